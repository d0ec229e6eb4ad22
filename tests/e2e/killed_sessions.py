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
# As many as are being run down at a time: a thread's stack and an arena once used stay with the process.
WARM_UP = max(50, SESSIONS // 5)
AT_A_TIME = 4
PING_PERIOD_S = 2
# The heap breathes with how many sessions were being run down at a time, by several MiB. One KiB kept of each of 10,000
# sessions would be more; that no byte is lost altogether, the sanitized build says at the server's end.
MEMORY_SLACK_KIB = 8192
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
            before = settled(pids, None)
            begun = time.monotonic()
            run_sessions(hosts, SESSIONS)
            took = time.monotonic() - begun
            after = settled(pids, before)
        finally:
            anchor.kill()
            anchor.wait()
        print(f"{SESSIONS} killed sessions in {took:.1f} s, {SESSIONS / took:.0f} in a second")
        for name in pids:
            print(f"{name:20} before {before[name]}\n{'':20} after  {after[name]}")
        for name, pid in pids.items():
            grown = after[name].memory_kib - before[name].memory_kib
            assert is_sanitized(pid) or grown <= MEMORY_SLACK_KIB, f"{name} has grown by {grown} KiB"
        server = pids["probe-server"]
        wait_until(lambda: is_gone(server), "the server's end, which comes when it has no object and no client any more", 60)
        end = hosts.event_list("BETA", "end")[-1]
        assert (end["pid"], end["objects"]) == (server, 0), end
    return 0


if __name__ == "__main__":
    sys.exit(main())
