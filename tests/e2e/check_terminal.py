#!/usr/bin/python3
"""probe-client as a person at a terminal sees it: the countdown of a stage, and another try after a cure."""
import os
import pathlib
import pty
import select
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from loopback_hosts import SANITIZER, WAIT_S, Hosts  # noqa: E402


def at_terminal(hosts, arguments, answers):
    """Runs probe-client on a terminal; `answers` are (text that appears, what is done and typed then), in order."""
    command = hosts.command(*arguments)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, hosts.environment("alpha", LANG="C.UTF-8", NO_COLOR="1"))
    seen, deadline = b"", time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if answers and answers[0][0] in seen:
            os.write(terminal, answers.pop(0)[1]())
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
    os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    text = seen.decode()
    if SANITIZER.search(text):
        raise AssertionError(text)
    return code, text


class Terminal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.hosts = Hosts().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.hosts.__exit__()

    def set_server_password(self, password):
        self.hosts.set_password("alpha", "opcserver", password)

    def test_after_the_cure_another_try_shows_only_what_is_new(self):
        self.set_server_password("changed")

        def cure():
            self.set_server_password(self.hosts.passwords["opcserver"])
            return b"again\n"
        code, text = at_terminal(self.hosts, ["check", "beta", "--again"], [(b"Enter ends:", cure)])
        self.assertEqual(code, 0, text)
        before, after = text.split("Enter ends:")
        self.assertIn("may count as another failed attempt", before)
        self.assertIn("FAILED at advise", before)
        self.assertNotIn("activate ", after)
        self.assertIn("CONNECTED", after)

    def test_a_refused_logon_needs_the_whole_word_for_another_try(self):
        self.set_server_password("changed")
        try:
            code, text = at_terminal(self.hosts, ["check", "beta", "--again"], [(b"Enter ends:", lambda: b"\n")])
        finally:
            self.set_server_password(self.hosts.passwords["opcserver"])
        self.assertEqual((code, text.count("FAILED at advise")), (1, 1), text)

    def test_a_refused_logon_is_not_repeated_by_itself(self):
        before = len(self.hosts.event_list("BETA", "logon"))
        result = self.hosts.client("check", "beta", "--as", "visitor", "--again-every", "1", password="x")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("Not repeated", result.stderr)
        self.assertEqual(len(self.hosts.event_list("BETA", "logon")) - before, 1)

    def test_what_is_closed_is_tried_until_it_is_open(self):
        address = "127.0.7.7"
        with socket.socket() as listener:
            listener.bind((address, 0))
            listener.listen()
            port = listener.getsockname()[1]
        opened = []

        def open_port():
            opened.append(socket.create_server((address, port)))
            return b""
        code, text = at_terminal(self.hosts, ["check", f"{address}[{port}]", "--again-every", "1", "--deadline", "resolver=1"],
                                 [(b"Again from port135", open_port), (b"Again from resolver", lambda: b"\x03")])
        opened[0].close()
        self.assertEqual(code, 1, text)
        self.assertRegex(text.split("Again from port135")[1], "ok +port135")

    def test_a_stage_that_waits_counts_down_to_its_own_deadline(self):
        with socket.create_server(("127.0.7.8", 0)) as mute:
            code, text = at_terminal(self.hosts, ["check", f"127.0.7.8[{mute.getsockname()[1]}]", "--deadline", "resolver=2"],
                                     [])
        self.assertEqual(code, 1, text)
        self.assertRegex(text, r"\.\.\. +resolver .* gives up in [12] s")
        self.assertIn("no answer within 2 s", " ".join(text.split()))

    def test_without_a_terminal_there_is_no_countdown_and_nobody_to_wait_for(self):
        result = self.hosts.client("check", "beta", "--again")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--again-every", result.stderr)
        result = self.hosts.client("check", "beta")
        self.assertEqual((result.returncode, result.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
