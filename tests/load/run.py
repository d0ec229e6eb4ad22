"""What many clients cost the test server: memory, processor time and punctuality, and how they grow.

    cmake --build --preset release --target load
    OPCPROBE_SOURCE=$PWD OPCPROBE_BIN=$PWD/build/release/bin python3 tests/load/run.py idle|updates|items|clients

Two hosts on loopback addresses; every client in a process of load.c. Figures are of the machine it runs on.
"""
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))
import loopback_hosts  # noqa: E402

LOAD = [str(loopback_hosts.BIN / "load"), "beta"]
# A request or callback with more data than 4 MiB is refused ([MS-RPCE] 3.3.3.5.4): so many items have room in one group.
GROUP = 10000


class Server:
    """The probe-server that the host's probe-scm launched, as /proc shows it."""

    def __init__(self, hosts):
        self.pid = hosts.event_list("BETA", "launch")[-1]["of_pid"]

    def memory_kib(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def cpu_s(self):
        """Of all its threads, those that have ended too: the clock that clock_getcpuclockid(3) names."""
        return time.clock_gettime(~self.pid << 3 | 2)

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))


def start(hosts, *arguments, **more):
    command = [str(loopback_hosts.BIN / "probe-scm"), "logon", "opcuser", "--", *LOAD, *arguments]
    return subprocess.Popen(command, env=hosts.environment("alpha"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more)


def hold(hosts, items):
    process = start(hosts, "--hold", "--items", str(items))
    if process.stdout.readline().strip() != "held":
        sys.exit("a client could not connect")
    return process


def release(processes):
    for process in processes:
        process.stdin.close()
    for process in processes:
        process.wait(60)


def idle(connections=1000, items=5000):
    """Memory of the server for each connection that did one Read and then nothing."""
    with loopback_hosts.Hosts() as hosts:
        held = [hold(hosts, items)]
        server = Server(hosts)
        before, threads = server.memory_kib(), server.threads()
        held += [hold(hosts, items) for _ in range(connections)]
        time.sleep(2)
        after = server.memory_kib()
        print(f"{connections} connections: {(after - before) / connections:.1f} KiB each "
              f"({before} KiB before, {after} KiB after), {server.threads() - threads} threads more")
        release(held)


def updates(clients=100, groups=10, items=1000, seconds=20, rate=1000, level="packet-integrity"):
    """Advised groups whose every item changes in every period."""
    with loopback_hosts.Hosts() as hosts:
        process = start(hosts, "--clients", str(clients), "--groups", str(groups), "--items", str(items), "--rate", str(rate),
                        "--seconds", str(seconds), "--level", level, stderr=subprocess.PIPE)
        for line in process.stderr:
            if line.startswith("measuring"):
                server = Server(hosts)
                cpu, begun = server.cpu_s(), time.monotonic()
            elif line.startswith("measured"):
                cpu, begun = server.cpu_s() - cpu, time.monotonic() - begun
                memory, threads = server.memory_kib(), server.threads()
            else:
                print(line, end="")
        result = json.loads(process.stdout.read())
        process.wait(120)
    result.update(server_core_percent=round(100 * cpu / begun, 2), server_mib=round(memory / 1024, 1), server_threads=threads)
    print(json.dumps(result))
    return result


def fit(points):
    """Least squares y = a + b x, and the share of the variance that the line explains."""
    n = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    base = mean_y - slope * mean_x
    total = sum((y - mean_y) ** 2 for _, y in points)
    return base, slope, 1 - sum((y - base - slope * x) ** 2 for x, y in points) / total if total else 1


def growth(name, counts, measure):
    points = [(n, measure(n)["server_core_percent"]) for n in counts]
    base, slope, explained = fit(points)
    print(f"{name}: {base:.3f} % + {slope:.6f} % x {name}, R2 {explained:.4f}")


if __name__ == "__main__":
    what = sys.argv[1] if len(sys.argv) == 2 else ""
    if what == "idle":
        idle()
    elif what == "updates":
        updates()
    elif what == "items":
        growth("items", [10, 100, 1000, 10000, 30000, 100000],
               lambda n: updates(clients=1, groups=max(1, n // GROUP), items=min(n, GROUP), seconds=10))
    elif what == "clients":
        growth("clients", [1, 10, 50, 100, 200], lambda n: updates(clients=n, groups=1, items=1000, seconds=10))
    else:
        sys.exit(__doc__)
