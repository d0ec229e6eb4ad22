#!/usr/bin/python3
"""Sessions of clients that are killed, one after the other: killed_sessions.py [HOW MANY]

Neither the server nor the probe-scm of either host keeps a group, a thread, a descriptor or memory of them, and the
server ends when its last client has.
"""
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from loopback_hosts import BIN, Hosts  # noqa: E402
from process_faults import Footprint, is_gone, server_pid, wait_until  # noqa: E402

SESSIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 250
ROUNDS = 5 if SESSIONS >= 1000 else 1
# A round before those that count: a thread's stack and a piece of heap once used stay with the process.
WARM_UP = max(50, SESSIONS // ROUNDS // 2)
AT_A_TIME = 4
PING_PERIOD_S = 2
# The heap grows by several MiB until it has held as many sessions as are ever run down at a time, and breathes. What is kept
# of every session shows in every round, the quietest too; 128 bytes of each are too many. That nothing is lost without a
# pointer to it, the sanitized build says at the server's end.
BYTES_PER_SESSION = 128
DYING_CLIENT = BIN.parent / "tests/dying_client"


class Measured(Footprint):
    def __init__(self, pid):
        super().__init__(pid)
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        self.memory_kib = int(status.split("VmRSS:")[1].split()[0])

    def __str__(self):
        return f"{self.threads:4} threads {self.descriptors:4} descriptors {self.memory_kib:8} KiB"


def is_sanitized(pid):
    """The address sanitizer keeps what was freed; that nothing is lost, it says itself at the process's end."""
    return "libasan" in pathlib.Path(f"/proc/{pid}/maps").read_text()


def run_sessions(hosts, number):
    command = [str(BIN / "probe-scm"), "logon", "opcuser", "--", str(DYING_CLIENT), "beta", str(number), str(AT_A_TIME)]
    environment = hosts.environment("alpha")
    del environment["OPCPROBE_EVENTS"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]


def settled(pids, before):
    """What the processes have when no pings, callbacks or rundowns of the dead are under way any more."""
    time.sleep(3 * PING_PERIOD_S)
    deadline = time.monotonic() + 60
    seen = None
    while time.monotonic() < deadline:
        now = {name: Measured(pid) for name, pid in pids.items()}
        if seen and all(seen[name].within(now[name]) and (not before or now[name].within(before[name])) for name in pids):
            return now
        seen = now
        time.sleep(2)
    raise AssertionError("\n".join(f"{name} had {before and before[name]}, has {seen[name]}" for name in pids))


def start_anchor(hosts):
    """One client that stays, so that the server does."""
    anchor = subprocess.Popen(hosts.command("check", "beta", "--data-changes", "1000", "--deadline", "data=3600", "--json"),
                              env=hosts.environment("alpha"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    wait_until(lambda: hosts.event_list("ALPHA", "data_change"), "the first data")
    return anchor


def main():
    os.environ["MALLOC_ARENA_MAX"] = "1"  # else it depends on which threads met which heap
    hosts = Hosts()
    hosts.server_options = ["--linger", "1s"]
    hosts.settings = {name: {"ping_period_s": PING_PERIOD_S} for name in ("alpha", "beta")}
    with hosts:
        anchor = start_anchor(hosts)
        try:
            pids = {"probe-server": server_pid(hosts), "probe-scm of ALPHA": hosts.scms["alpha"].pid,
                    "probe-scm of BETA": hosts.scms["beta"].pid}
            run_sessions(hosts, WARM_UP)
            measured = [settled(pids, None)]
            took = 0
            for _ in range(ROUNDS):
                begun = time.monotonic()
                run_sessions(hosts, SESSIONS // ROUNDS)
                took += time.monotonic() - begun
                measured.append(settled(pids, measured[0]))
        finally:
            anchor.kill()
            anchor.wait()
        print(f"{SESSIONS} killed sessions in {took:.1f} s, {SESSIONS / took:.0f} in a second")
        for name in pids:
            print("\n".join(f"{name:20} after round {number}: {one[name]}" for number, one in enumerate(measured)))
        for name, pid in pids.items():
            grown = min(b[name].memory_kib - a[name].memory_kib for a, b in zip(measured, measured[1:]))
            limit = BYTES_PER_SESSION * SESSIONS / ROUNDS / 1024
            assert ROUNDS == 1 or is_sanitized(pid) or grown <= limit, f"{name} grows by {grown} KiB and more in every round"
        server = pids["probe-server"]
        wait_until(lambda: is_gone(server), "the server's end, which comes when it has no object and no client any more", 60)
        end = hosts.event_list("BETA", "end")[-1]
        assert (end["pid"], end["objects"]) == (server, 0), end
    return 0


if __name__ == "__main__":
    sys.exit(main())
