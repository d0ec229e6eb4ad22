#!/usr/bin/python3
"""Processes killed in the middle of a connection: who is left says what happened, in time, and keeps nothing of the dead."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from loopback_hosts import CLSID, WAIT_S, Hosts  # noqa: E402
from pdu_proxy import REQUEST, hosts_behind_proxy  # noqa: E402

RESOLVER = uuid.UUID("99fcfec4-5260-101b-bbcb-00aa0021347a")
ACTIVATOR = uuid.UUID("000001a0-0000-0000-c000-000000000046")
REM_UNKNOWN = uuid.UUID("00000131-0000-0000-c000-000000000046")
OPC_SERVER = uuid.UUID("39c13a4d-011e-11d0-9675-0020afd8adb3")
ITEM_MGT = uuid.UUID("39c13a54-011e-11d0-9675-0020afd8adb3")
SYNC_IO = uuid.UUID("39c13a52-011e-11d0-9675-0020afd8adb3")
DATA_CALLBACK = uuid.UUID("39c13a70-011e-11d0-9675-0020afd8adb3")
CONNECTION_POINT = uuid.UUID("b196b286-bab4-101a-b69c-00aa00341d07")

SERVER_ALIVE2, REMOTE_CREATE_INSTANCE, REM_QUERY_INTERFACE = (RESOLVER, 5), (ACTIVATOR, 4), (REM_UNKNOWN, 3)
ADD_GROUP, GET_STATUS, ADD_ITEMS, READ, ADVISE = (OPC_SERVER, 3), (OPC_SERVER, 6), (ITEM_MGT, 3), (SYNC_IO, 3), (CONNECTION_POINT, 5)

ON_DATA_CHANGE = (DATA_CALLBACK, 3)

TIMEOUT_S = 5
# A stage's deadline, the question whether the server is there, and the teardown, on a machine that is busy.
LIMIT_S = 4 * TIMEOUT_S


def wait_until(condition, what, seconds=WAIT_S):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.02)


def is_gone(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except OSError:
        return True


def kill(pid):
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid), "the end of a killed process")


def server_pid(hosts):
    return int(hosts.event_list("BETA", "launch")[-1]["of_pid"])


class Faults(unittest.TestCase):
    def check(self, *arguments):
        begun = time.monotonic()
        result = self.hosts.client("check", "beta", "--timeout", str(TIMEOUT_S), "--json", *arguments)
        self.assertLess(time.monotonic() - begun, LIMIT_S)
        report = json.loads(result.stdout)
        report["by_name"] = {stage["stage"]: stage for stage in report["stages"]}
        self.assertEqual(result.returncode, 0 if report["verdict"]["outcome"] == "connected" else 1)
        return report

    def assert_failed(self, report, stage, codes, direction="client-to-server"):
        verdict = report["verdict"]
        failed = report["by_name"].get(verdict["stage"])
        self.assertEqual((verdict["outcome"], verdict["stage"], verdict["direction"]), ("failed", stage, direction), failed)
        self.assertIn(failed["code"], codes, failed)
        self.assertTrue(verdict["meaning"] and verdict["look_at"] and verdict["causes"], verdict)

    def assert_connected(self, report):
        self.assertEqual(report["verdict"]["outcome"], "connected", report["verdict"])


class BehindProxy(Faults):
    """The proxy lets something happen when a certain request passes, before the one it is for has seen it."""

    def setUp(self):
        self.hosts, self.proxy = hosts_behind_proxy()
        self.hosts.__enter__()
        self.addCleanup(self.hosts.__exit__)
        self.proxy.__enter__()
        self.addCleanup(self.proxy.__exit__)

    def when(self, call, action):
        happened = []

        def watch(pdu):
            if pdu.up and pdu.kind == REQUEST and (pdu.interface, pdu.opnum) == call and not happened:
                happened.append(call)
                action()
            return [pdu.data]

        self.proxy.watch = watch
        self.addCleanup(lambda: self.assertTrue(happened, "the request never passed"))

    def test_a_server_killed_in_a_call_fails_that_stage_and_the_next_check_starts_another(self):
        for stage, call in (("query", REM_QUERY_INTERFACE), ("call", GET_STATUS), ("group", ADD_GROUP), ("group", ADD_ITEMS),
                            ("read", READ), ("advise", ADVISE)):
            with self.subTest(stage=stage, call=call):
                self.proxy.watch = None
                self.assert_connected(self.check())
                self.when(call, lambda: kill(server_pid(self.hosts)))
                report = self.check()
                self.assert_failed(report, stage, ("0x800706BE",))
                self.assertEqual(report["verdict"]["host"], "beta")
                self.assertEqual(report["by_name"][stage]["wire"]["shape"], "closed")

    def test_a_server_killed_before_it_is_asked_for_is_started_anew(self):
        for call in (SERVER_ALIVE2, REMOTE_CREATE_INSTANCE):
            with self.subTest(call=call):
                self.proxy.watch = None
                self.assert_connected(self.check())
                self.when(call, lambda: kill(server_pid(self.hosts)))
                self.assert_connected(self.check())

    def test_a_server_killed_while_data_comes_is_told_from_a_way_back_that_is_cut(self):
        def kill_after_data():
            wait_until(lambda: self.hosts.event_list("ALPHA", "data_change"), "the first data")
            kill(server_pid(self.hosts))

        killer = threading.Thread(target=kill_after_data)
        killer.start()
        report = self.check("--data-changes", "1000")
        killer.join()
        self.assert_failed(report, "data", ("0x800706BE", "0x800706BA"))
        self.assertEqual(report["verdict"]["host"], "beta")

    def test_a_resolver_started_anew_does_not_know_the_sinks_exporter_and_Advise_says_so(self):
        def start_anew():
            kill(self.hosts.scms["alpha"].pid)
            self.hosts.restart_scm("alpha")

        self.when(ADVISE, start_anew)
        report = self.check()
        self.assert_failed(report, "advise", ("0x80070776",), "server-to-client")
        self.assertEqual((report["verdict"]["machine"], report["verdict"]["host"]), ("client", "ALPHA"))
        self.assertEqual(report["by_name"]["advise"]["wire"]["shape"], "fault")
        self.assertEqual([e["status"] for e in self.hosts.event_list("ALPHA", "resolve")], [1910])  # OR_INVALID_OXID
        self.proxy.watch = None
        self.assert_connected(self.check())

    def test_probe_scm_killed_while_it_is_asked_ends_the_check_there(self):
        self.assert_connected(self.check())
        for stage, call in (("resolver", SERVER_ALIVE2), ("activate", REMOTE_CREATE_INSTANCE)):
            with self.subTest(stage=stage):
                self.when(call, lambda: kill(self.hosts.scms["beta"].pid))
                report = self.check()
                self.assert_failed(report, stage, ("0x800706BE", "0x800706BA"))
                self.proxy.watch = None
                self.hosts.restart_scm("beta")
                self.assert_connected(self.check())

    def test_probe_scm_killed_under_a_connection_takes_its_servers_along(self):
        self.when(GET_STATUS, lambda: (kill(self.hosts.scms["beta"].pid),
                                       wait_until(lambda: is_gone(server_pid(self.hosts)), "the end of its server")))
        self.assert_failed(self.check(), "call", ("0x800706BE", "0x800706BA"))
        self.proxy.watch = None
        self.hosts.restart_scm("beta")
        self.assert_connected(self.check())

    def test_the_clients_own_probe_scm_killed_before_advise_is_the_clients_to_mend(self):
        self.when(ADVISE, lambda: kill(self.hosts.scms["alpha"].pid))
        report = self.check()
        self.assert_failed(report, "advise", ("0x800706BA", "0x80070005", "0x80040202"), "server-to-client")
        self.assertEqual(report["verdict"]["host"], "ALPHA")
        self.hosts.restart_scm("alpha")
        self.proxy.watch = None
        self.assert_connected(self.check())


class NeverRegisters(Faults):
    def test_a_server_killed_while_it_starts_fails_activation_at_once(self):
        self.hosts = Hosts(registered=False)
        with self.hosts:
            program = self.hosts.folder / "starts-for-ever"
            own_pid = self.hosts.folder / "pid"
            program.write_text(f"#!/bin/sh\necho $$ >{own_pid}.new\nmv {own_pid}.new {own_pid}\nexec sleep 600\n")
            program.chmod(0o755)
            (self.hosts.folder / "beta/registry.reg").write_text(
                "Windows Registry Editor Version 5.00\r\n\r\n"
                f'[HKEY_CLASSES_ROOT\\CLSID\\{CLSID}]\r\n"AppID"="{CLSID}"\r\n\r\n'
                f'[HKEY_CLASSES_ROOT\\CLSID\\{CLSID}\\LocalServer32]\r\n@="{program}"\r\n\r\n'
                f'[HKEY_CLASSES_ROOT\\AppID\\{CLSID}]\r\n"RunAs"="opcserver"\r\n')

            def kill_launched():
                wait_until(own_pid.exists, "the launch")
                kill(int(own_pid.read_text()))

            killer = threading.Thread(target=kill_launched)
            killer.start()
            begun = time.monotonic()
            report = self.check()
            killer.join()
            self.assert_failed(report, "activate", ("0x80080005",))
            self.assertEqual(report["verdict"]["host"], "beta")
            self.assertLess(time.monotonic() - begun, TIMEOUT_S)


class Footprint:
    """What a process has of the system."""

    def __init__(self, pid):
        folder = pathlib.Path(f"/proc/{pid}")
        self.threads = len(list((folder / "task").iterdir()))
        self.descriptors = len(list((folder / "fd").iterdir()))

    def within(self, other):
        """Far less than one more for each client of a test: a ping or an accepted connection may be under way."""
        return self.threads <= other.threads + 2 and self.descriptors <= other.descriptors + 2


class ClientKilled(Faults):
    CLIENTS = 8

    def setUp(self):
        self.hosts = Hosts()
        self.hosts.server_options = ["--linger", "1s"]
        self.hosts.settings = {name: {"ping_period_s": 2} for name in ("alpha", "beta")}
        self.hosts.__enter__()
        self.addCleanup(self.hosts.__exit__)

    def start_client(self):
        """A check that holds its group and its advise, once data has come."""
        client = subprocess.Popen(self.hosts.command("check", "beta", "--data-changes", "1000", "--deadline", "data=300", "--json"),
                                  env=self.hosts.environment("alpha"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (client.kill(), client.wait()))
        wait_until(lambda: any(event["pid"] == client.pid for event in self.hosts.event_list("ALPHA", "data_change")),
                   "the client's data")
        return client

    def test_what_a_killed_client_held_goes_and_the_server_with_its_last_client(self):
        anchor = self.start_client()
        time.sleep(1)
        pids = [server_pid(self.hosts), self.hosts.scms["alpha"].pid, self.hosts.scms["beta"].pid]
        before = {pid: Footprint(pid) for pid in pids}
        clients = [self.start_client() for _ in range(self.CLIENTS)]
        self.assertGreaterEqual(Footprint(pids[0]).threads, before[pids[0]].threads + self.CLIENTS)
        for client in clients:
            client.kill()
            client.wait()
        for pid in pids:
            wait_until(lambda pid=pid: Footprint(pid).within(before[pid]), f"what {pid} had before: {vars(before[pid])}", 40)
        anchor.kill()
        wait_until(lambda: is_gone(pids[0]), "the server's end, which comes when it has no object and no client any more", 30)
        end = self.hosts.event_list("BETA", "end")[-1]
        self.assertEqual((end["pid"], end["objects"]), (pids[0], 0))


if __name__ == "__main__":
    unittest.main(verbosity=2)
