#!/usr/bin/python3
"""What probe-client asks of a server that is not ours: a server that records every request it gets is asked by every command.

No write, no device read, nothing that was not named, nothing left behind; and what a run touches on its own computer is
what docs/what-it-touches.md says.
"""
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from loopback_hosts import ADDRESSES, BIN, SOURCE, WAIT_S, Hosts  # noqa: E402

CLASS = "{A9E3F0C1-5B7D-4C7A-8E55-2F6B1D0C9E42}"
NAMES = dict(reversed(line.split()) for line in (SOURCE / "tests/idl/guids.txt").read_text().splitlines()
             if line and not line.startswith("#"))
ORPCTHIS = 32
CACHE = 1
# Method numbers behind IUnknown's three that may be asked of a foreign server; everything else is a failure.
ALLOWED = {
    "IOPCServer": {3: "AddGroup", 6: "GetStatus", 7: "RemoveGroup", 8: "CreateGroupEnumerator"},
    "IOPCCommon": {7: "SetClientName"},
    "IOPCItemMgt": {3: "AddItems"},
    "IOPCSyncIO": {3: "Read"},
    "IConnectionPointContainer": {4: "FindConnectionPoint"},
    "IConnectionPoint": {5: "Advise", 6: "Unadvise"},
    "IEnumString": {3: "Next"},
    "IRemUnknown": {3: "RemQueryInterface", 4: "RemAddRef", 5: "RemRelease"},
    "IRemUnknown2": {3: "RemQueryInterface", 4: "RemAddRef", 5: "RemRelease", 6: "RemQueryInterface2"},
    "ILocalExporter": None,  # between the server and its own computer's probe-scm
}
# How each command is pointed at it; None: it has no server. A new command needs a line here.
COMMANDS = {
    "check": ["check", "beta", CLASS, "Ramp.Int4", "Store.Int4", "--may-launch"],
    "bench": ["bench", "beta", "--levels", "connect", "--items", "1", "--duration", "1"],
    "servers": ["servers", "beta", "--may-launch"],
    "explain": ["explain", "0x80070005"],
}


class Request:
    def __init__(self, entry):
        self.interface = NAMES.get(entry["iid"].strip("{}").lower(), entry["iid"])
        self.opnum = entry["opnum"]
        methods = ALLOWED.get(self.interface, {})
        self.method = None if methods is None else methods.get(self.opnum, f"method {self.opnum}")
        self.allowed = methods is None or self.opnum in methods
        self.arguments = bytes.fromhex(entry["stub"])[ORPCTHIS:]

    def number(self, at=0):
        return struct.unpack_from("<I", self.arguments, at)[0]

    def has_text(self, text):
        return text.encode("utf-16-le") in self.arguments


def tcp_of(pid):
    """The TCP sockets of a process: (own address, port), (peer's address, port); a listener has no peer's port."""
    inodes = set()
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            inodes.update(re.findall(r"socket:\[(\d+)\]", os.readlink(link)))
        except OSError:
            continue

    def endpoint(text):
        address, port = text.split(":")
        return socket.inet_ntoa(bytes.fromhex(address)[::-1]), int(port, 16)
    lines = [line.split() for line in pathlib.Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return [(endpoint(f[1]), endpoint(f[2])) for f in lines if f[9] in inodes]


class Recorded(unittest.TestCase):
    """Beta has one class: a server that records what it is asked."""
    server, clsid = "recording-plant", CLASS

    def setUp(self):
        self.hosts = Hosts(registered=False).__enter__()
        self.addCleanup(self.hosts.__exit__)
        subprocess.run([BIN / self.server, "/RegServer"], check=True, env=self.hosts.environment("beta"),
                       stdout=subprocess.DEVNULL)
        with open(self.hosts.folder / "beta/registry.reg", "a") as file:
            file.write(f'\r\n[HKEY_CLASSES_ROOT\\AppID\\{self.clsid}]\r\n"RunAs"="opcserver"\r\n')

    def requests(self):
        return [Request(entry) for entry in self.hosts.event_list("BETA", "asked")]


class ForeignServer(Recorded):
    def assert_harmless(self, named=()):
        """Nothing but the allowed was asked; returns the methods asked."""
        requests = self.requests()
        for r in requests:
            self.assertTrue(r.allowed, f"{r.interface} {r.method}")
            self.assertFalse(r.has_text("opcprobe.nonce") or r.has_text("opcprobe.caller"), r.method)
            if r.method == "Read":
                self.assertEqual(r.number(), CACHE)
            if r.method == "AddItems":
                self.assertEqual(r.number(), len(named))
                for item in named:
                    self.assertTrue(r.has_text(item), item)
            if r.method in ("AddGroup", "SetClientName"):
                self.assertTrue(r.has_text("opcprobe-ALPHA-"), r.method)
        methods = [r.method for r in requests]
        self.assertEqual(methods.count("AddGroup"), methods.count("RemoveGroup"))
        self.assertEqual(methods.count("Advise"), methods.count("Unadvise"))
        return methods

    def check(self, *arguments, password=None):
        result = self.hosts.client("check", "beta", CLASS, *arguments, "--json", password=password)
        return result.returncode, json.loads(result.stdout) if result.stdout else None, result.stderr

    def test_a_whole_check_reads_the_cache_of_what_was_named_and_takes_everything_back(self):
        code, report, errors = self.check("Ramp.Int4", "Store.Int4", "--may-launch")
        self.assertEqual((code, report["verdict"]["outcome"]), (0, "connected"), report)
        methods = self.assert_harmless(("Ramp.Int4", "Store.Int4"))
        for method in ("GetStatus", "AddGroup", "AddItems", "Read", "Advise"):
            self.assertEqual(methods.count(method), 1, method)
        self.assertIsNone(report["seen_by_server"])
        self.assertEqual(report["kind"], "unknown")
        self.assertTrue(report["verdict"]["not_proven"])

    def test_without_a_named_item_nothing_is_added_and_nothing_read(self):
        code, _, errors = self.check("--may-launch")
        self.assertEqual(code, 0, errors)
        methods = self.assert_harmless()
        self.assertNotIn("AddItems", methods)
        self.assertNotIn("Read", methods)

    def test_a_refused_item_is_not_asked_for_again(self):
        code, _, errors = self.check("No.Such.Item", "--may-launch")
        self.assertEqual(code, 1, errors)
        self.assertEqual(self.assert_harmless(("No.Such.Item",)).count("AddItems"), 1)

    def test_ctrl_c_takes_subscription_and_group_back(self):
        process = subprocess.Popen(self.hosts.command("check", "beta", CLASS, "Store.Int4", "--may-launch", "--data-changes",
                                                      "1000"),
                                   env=self.hosts.environment("alpha"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + WAIT_S
        while "Advise" not in [r.method for r in self.requests()] and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=WAIT_S)
        self.assertEqual(process.returncode, 1, errors)
        self.assertIn(b"ENDED at data by the user", output)
        self.assertEqual(self.assert_harmless(("Store.Int4",)).count("Unadvise"), 1)

    def test_nothing_is_asked_before_it_was_agreed_to(self):
        code, _, errors = self.check("Ramp.Int4")
        self.assertEqual(code, 2)
        self.assertIn("--may-launch", errors)
        code, _, errors = self.check("Ramp.Int4", "--as", "opcuser", "--may-launch", password=self.hosts.passwords["opcuser"])
        self.assertEqual(code, 2)
        self.assertIn("lockout", errors)
        self.assertIn("--may-fail-logon", errors)
        self.assertEqual((self.requests(), self.hosts.event_list("BETA", "logon")), ([], []))

    def test_a_refused_logon_is_one_attempt_and_the_end(self):
        code, report, errors = self.check("Ramp.Int4", "--as", "opcuser", "--may-launch", "--may-fail-logon", password="wrong")
        self.assertEqual((code, report["verdict"]["stage"]), (1, "authenticate"), errors)
        self.assertEqual([logon["ntstatus"] for logon in self.hosts.event_list("BETA", "logon")], ["0xC000006A"])
        self.assertEqual(self.requests(), [])

    def test_files_and_ports_of_a_run_are_those_of_the_page(self):
        page = (SOURCE / "docs/what-it-touches.md").read_text()
        patterns = [re.sub("FOLDER", "out", row) for row in re.findall(r"^\| `([A-Z_]+/[^`]+)` \|", page, re.M)]
        self.assertEqual(len(patterns), 3)
        words = {"OPCPROBE_HOST": "alpha", "EVENTS": "events", "HOST": "ALPHA", "PID": r"\d+", "OXID": "[0-9a-f]+"}
        allowed = [re.compile(re.sub("|".join(words), lambda m: words[m[0]], p.replace(".", r"\.")) + "$") for p in patterns]
        folder = self.hosts.folder
        (folder / "out").mkdir()
        before = set(folder.rglob("*"))
        process = subprocess.Popen(self.hosts.command("check", "beta", CLASS, "Store.Int4", "--may-launch", "--data-changes",
                                                      "1000", "--out", str(folder / "out")),
                                   env=self.hosts.environment("alpha"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + WAIT_S
        while "Advise" not in [r.method for r in self.requests()] and time.monotonic() < deadline:
            time.sleep(0.1)
        during = {path for path in set(folder.rglob("*")) - before if "beta" not in str(path).lower()}
        endpoints = tcp_of(process.pid)
        process.send_signal(signal.SIGINT)
        process.wait(WAIT_S)
        after = {path for path in set(folder.rglob("*")) - before if "beta" not in str(path).lower()}
        for path in during:
            name = str(path.relative_to(folder))
            self.assertTrue(any(a.match(name) for a in allowed), f"{name} does not stand on the page")
        self.assertEqual(sorted(path.suffix for path in after), [".jsonl", ".jsonl"])
        host = json.loads((folder / "alpha/host.json").read_text())
        first, last = host["dynamic_ports"]
        for (address, port), (peer, peer_port) in endpoints:
            if peer_port == 0:
                self.assertTrue(address == ADDRESSES["alpha"] and first <= port <= last, (address, port))
            elif not first <= port <= last:
                self.assertEqual(peer, ADDRESSES["beta"])
                self.assertTrue(peer_port == self.hosts.port or 45000 <= peer_port <= 49999, peer_port)
        self.assertGreaterEqual(len(endpoints), 3)

    def test_every_command_was_asked(self):
        listed = re.findall(r"^  probe-client (\w+)", subprocess.run([BIN / "probe-client", "--help"], capture_output=True,
                                                                     text=True, check=True).stdout, re.M)
        self.assertEqual(set(listed) - set(COMMANDS), set(), "a command that this test does not know")
        for name in listed:
            with self.subTest(command=name):
                self.hosts.client(*COMMANDS[name])
                self.assert_harmless(("Ramp.Int4", "Store.Int4"))


class Impostor(Recorded):
    """Who has the class of the test server is not yet the test server."""
    server, clsid = "recording-impostor", "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}"

    def test_bench_puts_no_load_on_a_server_that_cannot_prove_to_be_ours(self):
        result = self.hosts.client("bench", "beta", "--items", "100", "--duration", "1")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("not put under load", result.stderr)
        methods = [r.method for r in self.requests()]
        self.assertEqual([methods.count(m) for m in ("GetStatus", "AddItems", "Read", "AddGroup", "RemoveGroup")], [1] * 5)

    def test_check_believes_nothing_that_it_says_of_us(self):
        result = self.hosts.client("check", "beta", "--json")
        report = json.loads(result.stdout)
        self.assertEqual((result.returncode, report["seen_by_server"], report["kind"]), (0, None, "unknown"))
        for r in self.requests():
            self.assertTrue(r.allowed, f"{r.interface} {r.method}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
