#!/usr/bin/python3
"""probe-server as a program: its command line, its registration, and how a run ends."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(os.environ["OPCPROBE_SOURCE"]) / "tests" / "e2e"))
from loopback_hosts import BIN, SANITIZER, WAIT_S, Hosts  # noqa: E402

SERVER = BIN / "probe-server"


def run(*arguments, **environment):
    result = subprocess.run([SERVER, *arguments], env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=WAIT_S)
    if SANITIZER.search(result.stderr):
        raise AssertionError(result.stderr)
    return result


class CommandLine(unittest.TestCase):
    def test_help_and_version_end_with_0(self):
        self.assertEqual(run("--help").returncode, 0)
        self.assertRegex(run("--version").stdout, r"^probe-server \d+\.\d+\.\d+\n$")

    def test_a_mistake_is_one_line_and_ends_with_2(self):
        result = run("--colour")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertEqual(result.stderr, "probe-server: unknown argument '--colour'; see probe-server --help\n")

    def test_a_wrong_items_file_is_named_with_its_line_and_ends_with_2(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write('{ "items": [\n  { "id": "a", "type": "i4" },\n  { "id": "b" }\n] }\n')
            file.flush()
            result = run("--items", file.name)
        self.assertEqual(result.returncode, 2)
        self.assertTrue(result.stderr.startswith(f"probe-server: {file.name}:3: "), result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1)

    def test_without_a_host_it_says_what_is_missing_and_ends_with_3(self):
        result = run(OPCPROBE_HOST="")
        self.assertEqual(result.returncode, 3)
        self.assertIn("is the host's probe-scm running?", result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1)

    def test_an_address_that_is_not_ours_is_refused(self):
        result = run("--floor", "192.0.2.1", OPCPROBE_HOST="")
        self.assertEqual(result.returncode, 3)
        self.assertIn("give one of this machine's addresses to --floor", result.stderr)

    def test_registering_and_unregistering_leave_the_file_as_it_was(self):
        with tempfile.TemporaryDirectory() as folder:
            registry = pathlib.Path(folder) / "registry.reg"
            before = 'Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CLASSES_ROOT\\x]\r\n@="y"\r\n'
            registry.write_bytes(before.encode())
            self.assertEqual(run("/RegServer", "--items", "plant one.json", OPCPROBE_HOST=folder).returncode, 0)
            self.assertIn('--items \\"plant one.json\\""', registry.read_text())
            self.assertEqual(run("/UnregServer", OPCPROBE_HOST=folder).returncode, 0)
            self.assertEqual(registry.read_bytes().decode(), before)


class Runs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.hosts = Hosts()
        cls.hosts.__enter__()
        cls.addClassCleanup(cls.hosts.__exit__)

    def start(self, *arguments):
        log = self.hosts.folder / f"server-{time.monotonic_ns()}.log"
        with open(log, "w") as file:
            command = [BIN / "probe-scm", "logon", "opcserver", "--", SERVER, *arguments]
            process = subprocess.Popen(command, env=self.hosts.environment("beta"), stdin=subprocess.DEVNULL,
                                       stdout=file, stderr=file)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, log

    def wait_for(self, condition, what):
        deadline = time.monotonic() + WAIT_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)

    def announced(self, process):
        return [e for e in self.hosts.event_list("BETA", "announce") if e["pid"] == process.pid]

    def ended(self, process):
        return [e for e in self.hosts.event_list("BETA", "end") if e["pid"] == process.pid]

    def test_it_announces_itself_with_a_banner_and_ends_when_asked(self):
        process, log = self.start("--minimum-level", "connect")
        self.wait_for(lambda: self.announced(process), "no announcement")
        announcement = self.announced(process)[0]
        self.assertEqual(announcement["minimum_level"], "connect")
        self.assertGreater(announcement["floor_port"], 0)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(WAIT_S), 0, log.read_text())
        self.assertIn("REDUCED SECURITY", log.read_text())
        self.assertEqual(self.ended(process)[0]["reason"], "interrupted")

    def test_where_its_appid_decides_there_is_no_warning(self):
        process, log = self.start()
        self.wait_for(lambda: self.announced(process), "no announcement")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(WAIT_S), 0, log.read_text())
        self.assertNotIn("REDUCED", log.read_text())
        self.assertIn("calls as its AppID lets them in", log.read_text())

    def test_it_ends_when_its_time_is_over(self):
        process, log = self.start("--until", "1s")
        self.assertEqual(process.wait(WAIT_S), 0, log.read_text())
        self.assertEqual(self.ended(process)[0]["reason"], "time is over")

    def test_started_by_com_it_serves_its_client_and_then_leaves(self):
        registry = self.hosts.folder / "beta" / "registry.reg"
        registry.write_text(registry.read_text().replace("--minimum-level connect", "--minimum-level connect --linger 1s"))
        before = {e["pid"] for e in self.hosts.event_list("BETA", "announce")}
        result = self.hosts.client("check", "beta", CLSID_OF_SERVER, "--level", "packet-integrity", "--json",
                                   password=None)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(json.loads(result.stdout)["verdict"]["outcome"], "connected")
        started = [e for e in self.hosts.event_list("BETA", "announce") if e["pid"] not in before]
        self.assertEqual(len(started), 1)
        self.assertTrue(started[0]["embedding"])
        self.wait_for(lambda: [e for e in self.hosts.event_list("BETA", "end") if e["pid"] == started[0]["pid"]],
                      "the server stays without a client")
        end = [e for e in self.hosts.event_list("BETA", "end") if e["pid"] == started[0]["pid"]][0]
        self.assertEqual((end["reason"], end["objects"]), ("no client", 0))


    def test_a_client_that_stays_does_not_keep_it_from_ending(self):
        before = {e["pid"] for e in self.hosts.event_list("BETA", "announce")}
        client = subprocess.Popen(self.hosts.command("bench", "beta", "--duration", "20", "--json"),
                                  env=self.hosts.environment("alpha"), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)

        def started():
            return [e["pid"] for e in self.hosts.event_list("BETA", "announce") if e["pid"] not in before]

        self.wait_for(started, "the server was not started")
        server = started()[0]
        time.sleep(0.5)  # the client is in the middle of its calls
        os.kill(server, signal.SIGTERM)
        self.wait_for(lambda: [e for e in self.hosts.event_list("BETA", "end") if e["pid"] == server], "no end")
        self.wait_for(lambda: not pathlib.Path(f"/proc/{server}").exists(), "the process stays")
        # Hosts ends with an error when a sanitizer complained in any of its logs.
        # Until it is killed the client comes again, and COM starts another server for it.
        client.kill()
        client.wait()
        for pid in started():
            if pathlib.Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGTERM)
                self.wait_for(lambda pid=pid: not pathlib.Path(f"/proc/{pid}").exists(), "its successor stays")


CLSID_OF_SERVER = "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}"

if __name__ == "__main__":
    unittest.main(verbosity=2)
