#!/usr/bin/python3
"""impacket activates the test server by both roads and reads through it, at every level it can do."""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import peer_host  # noqa: E402

CLIENT = pathlib.Path(__file__).parent / "impacket_opcda.py"
PASSWORD = "correct horse"


def run(level, road, password=PASSWORD):
    return subprocess.run(["/usr/bin/python3", str(CLIENT), "127.0.0.1", "opcuser", "PEER_PASSWORD", level, road],
                          env=dict(os.environ, PEER_PASSWORD=password), capture_output=True, text=True, timeout=60)


def main():
    if subprocess.run(["/usr/bin/python3", "-c", "import impacket"], capture_output=True).returncode:
        peer_host.skip("python3-impacket is not installed")
    peer_host.enter_namespace()
    failures = 0
    for level in ("none", "connect", "packet-integrity", "packet-privacy"):
        with peer_host.Host(minimum=level, anonymous=level == "none", password=PASSWORD) as host:
            for road in ("create-instance", "class-object", "activation", "activation-class-object"):
                done = run(level, road)
                good = done.returncode == 0 and json.loads(done.stdout)["level"] == level
                print("%-4s impacket %s at %s%s" % ("ok" if good else "FAIL", road, level, "" if good else ": " + done.stderr.strip()))
                failures += not good
            if level != "none":
                refused = run(level, "create-instance", password="wrong")
                statuses = [e.get("ntstatus") for e in host.events("logon")]
                good = refused.returncode != 0 and "0xC000006A" in statuses
                print("%-4s impacket with a wrong password at %s is refused, and the acceptor knows 0xC000006A" % ("ok" if good else "FAIL", level))
                failures += not good
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
