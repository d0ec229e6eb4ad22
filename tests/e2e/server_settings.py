#!/usr/bin/python3
"""Servers that refuse as real ones do, and servers that run as somebody whom the client's host does not know."""
import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from loopback_hosts import BIN, CLSID, Hosts  # noqa: E402

APPLICATION = f"HKCR\\AppID\\{CLSID}\\"
SERVICE = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\opcsvc\\"
SERVER = f'sz:"{BIN / "probe-server"}" --minimum-level connect '
IID_SERVER = "{39C13A4D-011E-11D0-9675-0020AFD8ADB3}"


def outcome(result):
    """What a check ended with: nothing, or the stage and its code."""
    report = json.loads(result.stdout)
    failed = [(stage["stage"], stage["code"]) for stage in report["stages"] if stage["status"] == "failed"]
    return failed[0] if failed else None


class Server(unittest.TestCase):
    def setUp(self):
        self.hosts = Hosts().__enter__()
        self.addCleanup(self.hosts.__exit__)

    def set(self, *settings):
        subprocess.run([BIN / "probe-scm", "registry", self.hosts.folder / "beta", *settings], check=True)

    def remote(self):
        return outcome(self.hosts.client("check", "beta", "--json", "--level", "connect"))

    def local(self):
        return outcome(subprocess.run(
            [BIN / "probe-scm", "logon", "opcuser", "--", BIN / "probe-client", "check", "", "--json"],
            env=self.hosts.environment("beta"), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60))

    def options(self, text):
        self.set(f"HKCR\\CLSID\\{CLSID}\\LocalServer32\\@={SERVER}{text}")

    def test_a_class_for_local_clients_alone(self):
        self.options("--refuse-class remote")
        self.assertEqual((self.remote(), self.local()), (("activate", "0x80040111"), None))

    def test_a_class_for_remote_clients_alone(self):
        self.options("--refuse-class local")
        self.assertEqual((self.remote(), self.local()), (None, ("activate", "0x80040111")))

    def test_a_server_without_a_licence(self):
        self.options("--unlicensed")
        self.assertEqual((self.remote(), self.local()), (("activate", "0x80040112"),) * 2)

    def test_a_server_without_an_interface(self):
        self.options(f"--no-interface {IID_SERVER}")
        self.assertEqual((self.remote(), self.local()), (("query", "0x80004002"),) * 2)

    def denied_on_alpha(self):
        return {(e["list"], e["account"]) for e in self.hosts.event_list("ALPHA", "access_denied")}

    def test_a_service_as_LocalSystem_calls_back_as_nobody(self):
        """In a workgroup the machine account is unknown to the other machine."""
        self.set(f"{APPLICATION}LocalService=sz:opcsvc", f"{SERVICE}ImagePath={SERVER.strip()}")
        self.assertEqual(self.remote(), ("advise", "0x80040202"))
        self.assertEqual([e["account"] for e in self.hosts.event_list("BETA", "launch")], ["LocalSystem"])
        self.assertEqual(self.denied_on_alpha(), {("MachineAccessRestriction", "NT AUTHORITY\\ANONYMOUS LOGON")})

    def test_a_server_as_its_remote_launching_user_has_nothing_to_call_back_with(self):
        self.set(f"{APPLICATION}RunAs=-")
        self.assertEqual(self.remote(), ("advise", "0x80040202"))
        self.assertEqual(self.denied_on_alpha(), {("MachineAccessRestriction", "NT AUTHORITY\\ANONYMOUS LOGON")})

    def test_a_service_of_an_account_that_both_hosts_know_calls_back(self):
        self.set(f"{APPLICATION}LocalService=sz:opcsvc", f"{SERVICE}ImagePath={SERVER.strip()}",
                 f"{SERVICE}ObjectName=sz:.\\opcserver")
        self.assertIsNone(self.remote())


if __name__ == "__main__":
    unittest.main(verbosity=2)
