#!/usr/bin/python3
"""A subscriber whose process stands still delays nobody else, and what it misses is counted by the server."""
import json
import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from loopback_hosts import BIN, WAIT_S, Hosts  # noqa: E402

RATE_MS = 200


def subscribe(hosts, seconds):
    """Two clients with two advised groups each, whose every item changes in every period."""
    command = [str(BIN / "probe-scm"), "logon", "opcuser", "--", str(BIN / "load"), "beta", "--clients", "2", "--groups", "2",
               "--items", "100", "--rate", str(RATE_MS), "--seconds", str(seconds)]
    return subprocess.Popen(command, env=hosts.environment("alpha"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class StoppedSubscriber(unittest.TestCase):
    def setUp(self):
        self.hosts = Hosts()
        self.hosts.__enter__()
        self.addCleanup(self.hosts.__exit__)

    def start(self, seconds):
        process = subscribe(self.hosts, seconds)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def result(self, process):
        out, complaints = process.communicate(timeout=WAIT_S)
        self.assertEqual(process.returncode, 0, complaints)
        return json.loads(out)

    def test_others_are_served_while_one_stands_still_and_it_goes_on_afterwards(self):
        stopped = self.start(seconds=2)
        for line in stopped.stderr:
            if line.startswith("measuring"):
                break
        stopped.send_signal(signal.SIGSTOP)
        # All of the other's life, its beginning included, lies in the time the first one stands still.
        other = self.result(self.start(seconds=4))
        stopped.send_signal(signal.SIGCONT)
        # A server that waited for the first would have had at most one update of each group for the other.
        self.assertGreater(other["updates_delivered"], other["updates_expected"] / 2, other)
        self.assertGreater(other["overwritten"], 0, other)
        self.assertEqual(other["refused"], 0, other)
        # It measures, reads the counters, unsubscribes and leaves as if nothing had been.
        late = self.result(stopped)
        self.assertGreater(late["overwritten"], 0, late)


if __name__ == "__main__":
    unittest.main()
