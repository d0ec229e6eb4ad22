#!/usr/bin/python3
"""probe-client against the real probe-scm and probe-server, on one host and between two."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

import jsonschema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from loopback_hosts import ADDRESSES, SOURCE, WAIT_S, Hosts  # noqa: E402

CHECK_SCHEMA = json.loads((SOURCE / "probe-client/schema/check.schema.json").read_text())
BENCH_SCHEMA = json.loads((SOURCE / "probe-client/schema/bench.schema.json").read_text())
TRAVELS_AS = {"call": "packet"}
AUTHENTICATED = ["connect", "call", "packet", "packet-integrity", "packet-privacy"]


def check(hosts, *arguments, password=None):
    """The exit code and the report, which fits its schema."""
    result = hosts.client("check", *arguments, "--json", password=password)
    try:
        report = json.loads(result.stdout)
    except ValueError:
        raise AssertionError(f"exit {result.returncode}\n{result.stdout}\n{result.stderr}")
    jsonschema.validate(report, CHECK_SCHEMA)
    report["by_name"] = {stage["stage"]: stage for stage in report["stages"]}
    return result.returncode, report


class TwoHosts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.hosts = Hosts().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.hosts.__exit__()

    def assert_connected(self, outcome):
        code, report = outcome
        failed = [stage for stage in report["stages"] if stage["status"] == "failed"]
        self.assertEqual((code, report["verdict"]["outcome"], failed), (0, "connected", []))
        self.assertTrue(report["verdict"]["not_proven"])
        return report

    def assert_failed(self, outcome, stage, code):
        exit_code, report = outcome
        verdict = report["verdict"]
        self.assertEqual((exit_code, verdict["outcome"], verdict["stage"], report["by_name"][stage]["code"]),
                         (1, "failed", stage, code), report["by_name"][stage])
        self.assertTrue(verdict["meaning"] and verdict["look_at"] and verdict["causes"])
        return report

    def test_at_every_level_both_directions_carry_it_and_the_server_sees_us(self):
        for level in AUTHENTICATED:
            with self.subTest(level=level):
                report = self.assert_connected(check(self.hosts, "beta", "--level", level))
                sent = TRAVELS_AS.get(level, level)
                self.assertEqual(report["seen_by_server"],
                                 {"account": "BETA\\opcuser", "level": sent, "mechanism": "ntlm", "session": "user"})
                for stage in ("authenticate", "activate", "connect", "query", "call", "group", "read", "advise", "data"):
                    self.assertEqual((stage, report["by_name"][stage]["level_sent"]), (stage, sent))
                self.assertEqual(report["by_name"]["data"]["account"], "ALPHA\\opcserver")
                self.assertGreaterEqual(report["counts"]["data_changes"], 1)
                self.assertGreaterEqual(report["counts"]["tcp_connections"], 3)

    def test_every_binding_is_listed_and_the_server_is_known_for_what_it_is(self):
        report = self.assert_connected(check(self.hosts, "beta"))
        for stage in ("resolver", "connect"):
            bindings = report["by_name"][stage]["bindings"]
            self.assertEqual([(b["reachable"], b["offered"]) for b in bindings], [(True, True)] * 2, stage)
            self.assertTrue(bindings[0]["in_use"] and ADDRESSES["beta"] in bindings[0]["binding"])
            self.assertIn("BETA", bindings[1]["binding"])
        own = report["by_name"]["listen"]["bindings"]
        self.assertEqual([b["reachable"] for b in own], [True, None, True, None])
        self.assertEqual((report["kind"], report["runtime"], report["findings"]), ("simulated", "portable", []))
        self.assertIn("nonce", report["kind_reason"])
        self.assertEqual([clock["source"] for clock in report["clocks"]], ["logon", "status"])
        for clock in report["clocks"]:
            self.assertLess(abs(clock["skew_ns"]), 10 ** 9)

    def test_before_the_server_proves_itself_nobody_is_called_simulated(self):
        report = self.assert_failed(check(self.hosts, "127.0.9.9"), "port135", "0x800706BA")
        self.assertEqual((report["kind"], report["clocks"]), ("unknown", []))

    def test_spnego_agrees_on_ntlm_at_every_kind_of_level(self):
        for level in ("connect", "packet-integrity", "packet-privacy"):
            with self.subTest(level=level):
                report = self.assert_connected(check(self.hosts, "beta", "--level", level, "--mechanism", "spnego"))
                self.assertEqual(report["seen_by_server"],
                                 {"account": "BETA\\opcuser", "level": level, "mechanism": "ntlm", "session": "user"})
                for stage in ("authenticate", "activate", "connect", "call", "group", "read", "advise", "data"):
                    found = report["by_name"][stage]
                    self.assertEqual((stage, found["level_sent"], found["mechanism"]), (stage, level, "ntlm"))

    def test_a_wrong_password_by_spnego_stops_at_authenticate(self):
        report = self.assert_failed(check(self.hosts, "beta", "--as", "opcuser", "--mechanism", "spnego", password="wrong"),
                                    "authenticate", "0x80070005")
        self.assertEqual(report["by_name"]["authenticate"]["wire"], {"shape": "fault", "status": "0x00000005"})
        self.assertEqual((report["verdict"]["machine"], report["verdict"]["host"]), ("server", "beta"))

    def test_calls_and_callbacks_may_have_different_levels(self):
        report = self.assert_connected(check(self.hosts, "beta", "--level", "packet-integrity", "--callback-level",
                                             "packet-privacy"))
        self.assertEqual(report["by_name"]["call"]["level_sent"], "packet-integrity")
        self.assertEqual(report["by_name"]["data"]["level_sent"], "packet-privacy")

    def test_on_one_host_nothing_goes_over_tcp(self):
        for target in ([], [""], ["localhost"], ["ALPHA"], [ADDRESSES["alpha"]]):
            with self.subTest(target=target):
                report = self.assert_connected(check(self.hosts, *target))
                self.assertEqual(report["counts"]["tcp_connections"], 0)
                self.assertEqual(report["seen_by_server"]["account"], "ALPHA\\opcuser")
                self.assertEqual(report["seen_by_server"]["level"], "packet-privacy")
                self.assertEqual(report["by_name"]["port135"]["status"], "skipped")

    def test_a_wrong_password_stops_at_authenticate_and_shows_nowhere(self):
        wrong = "Wr0ng-" + self.hosts.passwords["opcserver"]
        report = self.assert_failed(check(self.hosts, "beta", "--as", "opcuser", password=wrong), "authenticate",
                                    "0x80070005")
        self.assertEqual(report["by_name"]["authenticate"]["wire"], {"shape": "fault", "status": "0x00000005"})
        self.assertEqual((report["verdict"]["machine"], report["verdict"]["host"]), ("server", "beta"))
        logons = self.hosts.event_list("BETA", "logon")
        self.assertIn("0xC000006A", [logon["ntstatus"] for logon in logons])
        self.assertNotIn(wrong, json.dumps(report))
        for path in self.hosts.folder.rglob("*"):
            if path.is_file():
                self.assertNotIn(wrong.encode(), path.read_bytes(), path)
        self.assert_connected(check(self.hosts, "beta", "--as", "opcuser", password=self.hosts.passwords["opcuser"]))

    def test_an_unknown_user_stops_at_authenticate(self):
        self.assert_failed(check(self.hosts, "beta", "--as", "visitor", password="x"), "authenticate", "0x80070005")
        self.assertIn("0xC0000064", [logon["ntstatus"] for logon in self.hosts.event_list("BETA", "logon")])

    def test_a_null_session_passes_the_logon_and_not_the_activation(self):
        report = self.assert_failed(check(self.hosts, "beta", "--anonymous", "--level", "connect"), "activate", "0x80070005")
        self.assertEqual(report["by_name"]["authenticate"]["status"], "ok")
        self.assertIsNone(report["verdict"]["change"])
        report = self.assert_failed(check(self.hosts, "beta", "--level", "none"), "activate", "0x80070005")
        self.assertEqual(report["by_name"]["authenticate"]["status"], "skipped")

    def test_a_password_changed_on_the_client_alone_leads_to_the_client(self):
        self.hosts.set_password("alpha", "opcserver", "changed")
        try:
            code, report = check(self.hosts, "beta", "--level", "packet-integrity")
        finally:
            self.hosts.set_password("alpha", "opcserver", self.hosts.passwords["opcserver"])
        verdict = report["verdict"]
        self.assertEqual((code, verdict["stage"], verdict["direction"], verdict["machine"], verdict["host"]),
                         (1, "advise", "server-to-client", "client", "ALPHA"))
        self.assertIn(report["by_name"]["advise"]["code"], ("0x80070005", "0x80040202"))
        self.assertEqual([report["by_name"][stage]["status"] for stage in ("call", "group", "read", "listen", "teardown")],
                         ["ok"] * 5)
        self.assertIn("0xC000006A", [logon["ntstatus"] for logon in self.hosts.event_list("ALPHA", "logon")])
        self.assert_connected(check(self.hosts, "beta"))

    def test_an_item_that_the_server_does_not_know_is_named(self):
        report = self.assert_failed(check(self.hosts, "beta", "opcprobe.TestServer.1", "Ramp.Int4", "No.Such.Item"), "group",
                                    "0xC0040007")
        self.assertIn("No.Such.Item", report["by_name"]["group"]["detail"])
        self.assertEqual(report["by_name"]["read"]["status"], "ok")
        self.assertEqual(report["by_name"]["data"]["status"], "ok")

    def test_a_name_without_an_address_stops_at_name(self):
        report = self.assert_failed(check(self.hosts, "no-such-host.invalid"), "name", "0x80072AF9")
        self.assertEqual(report["verdict"]["host"], "ALPHA")

    def test_a_closed_port_stops_at_port135(self):
        self.assert_failed(check(self.hosts, "127.0.9.9"), "port135", "0x800706BA")

    def test_a_foreign_class_is_not_activated_unasked(self):
        before = len(self.hosts.event_list("BETA", "activation"))
        result = self.hosts.client("check", "beta", "{11111111-2222-3333-4444-555555555555}")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--may-launch", result.stderr)
        self.assertEqual(len(self.hosts.event_list("BETA", "activation")), before)
        self.assert_failed(check(self.hosts, "beta", "{11111111-2222-3333-4444-555555555555}", "--may-launch"), "activate",
                           "0x80040154")

    def test_an_unknown_progid_fails_the_lookup_and_says_that_a_clsid_needs_none(self):
        code, report = check(self.hosts, "beta", "Vendor.Server.1", "--may-launch")
        self.assertEqual((code, report["verdict"]["stage"]), (1, "lookup"))
        self.assertIn("CLSID", report["by_name"]["lookup"]["detail"])

    def test_no_group_is_left_at_the_server(self):
        for _ in range(2):
            report = self.assert_connected(check(self.hosts, "beta"))
            self.assertIn(" 0 groups", report["by_name"]["call"]["detail"])

    def test_two_checks_at_once_pass_both(self):
        outcomes = []
        threads = [threading.Thread(target=lambda: outcomes.append(check(self.hosts, "beta"))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(outcomes), 2)
        for outcome in outcomes:
            self.assert_connected(outcome)

    def test_the_activity_log_counts_every_kind_of_call_and_no_write(self):
        self.assert_connected(check(self.hosts, "beta", "--out", str(self.hosts.folder)))
        lines = [json.loads(line) for line in (self.hosts.folder / "activity.jsonl").read_text().splitlines()]
        self.assertEqual([line["event"] for line in lines], ["begin", "items", "end"])
        self.assertEqual((lines[0]["from"], lines[0]["to"]), ("ALPHA", "beta"))
        self.assertEqual(lines[2]["writes"], [])
        self.assertEqual(lines[2]["calls"]["CoCreateInstanceEx"], 1)
        self.assertEqual(lines[2]["calls"]["IOPCServer::RemoveGroup"], 1)
        self.assertEqual(lines[2]["exit"], 0)

    def test_text_ends_with_what_is_not_proven_and_has_no_colour_in_a_pipe(self):
        result = self.hosts.client("check", "beta")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("CONNECTED", result.stdout)
        self.assertIn("\nNot proven:", result.stdout)
        self.assertIn("It saw us as  BETA\\opcuser", result.stdout)
        self.assertNotIn("\033", result.stdout)

    def test_bench_compares_levels_with_the_floor_of_the_same_run(self):
        result = self.hosts.client("bench", "beta", "--levels", "none,connect,packet-privacy", "--items", "1,100",
                                   "--operations", "GetStatus,Read", "--duration", "2", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        bench = json.loads(result.stdout)
        jsonschema.validate(bench, BENCH_SCHEMA)
        self.assertEqual([entry["level"] for entry in bench["not_obtainable"]], ["none"])
        rows = {(row["operation"], row["items"], row["level"]): row for row in bench["latency"]}
        self.assertEqual(set(rows), {(operation, items, level) for operation, items in
                                     (("GetStatus", 0), ("Read", 1), ("Read", 100)) for level in ("connect", "packet-privacy")})
        for row in rows.values():
            self.assertTrue(row["p50_ns"] <= row["p90_ns"] <= row["max_ns"])
            self.assertTrue(row["cpu_ns"] > 0 and row["floor_p50_ns"] > 0 and row["bytes"] > 0 and row["pdus"] >= 2)
        self.assertGreater(rows["Read", 100, "connect"]["bytes"], rows["Read", 1, "connect"]["bytes"])
        self.assertGreater(rows["Read", 1, "packet-privacy"]["bytes"], rows["Read", 1, "connect"]["bytes"])

    def test_bench_measures_every_operation_and_callbacks_at_the_level_of_its_process_alone(self):
        result = self.hosts.client("bench", "beta", "--levels", "connect,packet-integrity", "--items", "1,100", "--callback-level",
                                   "connect", "--duration", "2", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        bench = json.loads(result.stdout)
        jsonschema.validate(bench, BENCH_SCHEMA)
        rows = {(row["operation"], row["items"], row["level"]): row for row in bench["latency"]}
        both = ("connect", "packet-integrity")
        expected = {(operation, 0, level) for operation in ("GetStatus", "Activate", "Connect", "Bind") for level in both}
        expected |= {(operation, items, level) for operation in ("AddItems", "Read", "Write") for items in (1, 100) for level in both}
        expected |= {("Refresh2", items, "connect") for items in (1, 100)}
        self.assertEqual((set(rows), bench["failed"], bench["lost"]), (expected, [], None))
        self.assertEqual((bench["callback_level_asked"], bench["callback_level_sent"]), ("connect", "connect"))
        self.assertEqual({row["callback_level_sent"] for row in rows.values() if row["operation"] == "Refresh2"}, {"connect"})
        self.assertEqual(rows["AddItems", 1, "connect"]["pdus"], 2)
        self.assertIsNone(rows["AddItems", 1, "connect"]["cpu_ns"])
        self.assertGreaterEqual(rows["Write", 100, "connect"]["over_floor"]["blocks"], 2)

    def test_bench_on_one_host_has_one_row_that_is_called_local(self):
        result = self.hosts.client("bench", "--items", "1", "--duration", "1", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        bench = json.loads(result.stdout)
        jsonschema.validate(bench, BENCH_SCHEMA)
        self.assertEqual({row["level"] for row in bench["latency"]}, {"local"})

    def test_bench_measures_callbacks_of_every_level_in_processes_of_that_level(self):
        levels = ("connect", "packet-integrity", "packet-privacy")
        result = self.hosts.client("bench", "beta", "--levels", ",".join(levels), "--items", "1,100", "--operations", "Refresh2",
                                   "--duration", "2", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        bench = json.loads(result.stdout)
        jsonschema.validate(bench, BENCH_SCHEMA)
        rows = {(row["items"], row["level"]): row for row in bench["latency"]}
        self.assertEqual(set(rows), {(items, level) for items in (1, 100) for level in levels})
        for row in rows.values():
            self.assertEqual((row["level_sent"], row["callback_level_sent"]), (row["level"], row["level"]))
            self.assertGreaterEqual(row["over_floor"]["blocks"], 2)

    def test_bench_on_a_full_disk_prints_its_figures_elsewhere(self):
        for form in ([], ["--json"]):
            with open("/dev/full", "w") as full:
                done = subprocess.run(self.hosts.command("bench", "beta", "--levels", "connect", "--items", "1", "--operations",
                                                         "Read", "--duration", "1", *form),
                                      env=self.hosts.environment("alpha"), stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("cannot be written", done.stderr)
            self.assertIn("Read of 1 item\n", done.stderr)

    def test_bench_keeps_its_figures_when_the_server_stops(self):
        with Hosts() as hosts:
            process = subprocess.Popen(hosts.command("bench", "beta", "--levels", "connect", "--items", "1", "--operations",
                                                     "GetStatus,Read", "--duration", "30", "--json"),
                                       env=hosts.environment("alpha"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            time.sleep(4)
            os.kill(int(hosts.event_list("BETA", "launch")[-1]["of_pid"]), signal.SIGKILL)
            output, errors = process.communicate(timeout=WAIT_S)
        self.assertEqual(process.returncode, 1, errors)
        bench = json.loads(output)
        jsonschema.validate(bench, BENCH_SCHEMA)
        self.assertTrue(bench["lost"] and bench["latency"] and bench["failed"])

    def test_bench_keeps_its_figures_when_ctrl_c_ends_it(self):
        process = subprocess.Popen(self.hosts.command("bench", "beta", "--levels", "connect", "--items", "1", "--duration",
                                                      "40", "--json"),
                                   env=self.hosts.environment("alpha"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(4)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=WAIT_S)
        self.assertEqual(process.returncode, 0, errors)
        bench = json.loads(output)
        self.assertTrue(bench["interrupted"])
        self.assertTrue(bench["latency"])


class MutePeer(unittest.TestCase):
    """A host whose port 135 takes connections and never answers."""

    @classmethod
    def setUpClass(cls):
        cls.listener = socket.socket()
        cls.listener.bind(("127.0.3.2", 0))
        cls.listener.listen(16)
        cls.hosts = Hosts()
        cls.hosts.extra_names = {"gamma": {"address": "127.0.3.2", "port": cls.listener.getsockname()[1]}}
        cls.hosts.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.hosts.__exit__()
        cls.listener.close()

    def test_the_deadline_ends_the_wait_at_resolver(self):
        begun = time.monotonic()
        code, report = check(self.hosts, "gamma", "--timeout", "2")
        self.assertLess(time.monotonic() - begun, 15)
        self.assertEqual((code, report["verdict"]["stage"], report["by_name"]["resolver"]["code"]),
                         (1, "resolver", "0x8001011F"))
        self.assertEqual(report["by_name"]["port135"]["status"], "ok")
        self.assertIn("2 s", report["by_name"]["resolver"]["detail"])

    def test_ctrl_c_ends_the_wait_with_a_report(self):
        process = subprocess.Popen(self.hosts.command("check", "gamma", "--json"), env=self.hosts.environment("alpha"),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(2)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=WAIT_S)
        self.assertLess(time.monotonic() - begun, 8)
        self.assertEqual(process.returncode, 1, errors)
        report = json.loads(output)
        self.assertIn("user's request", report["stages"][2]["detail"])
        self.assertEqual((report["stages"][2]["code"], report["verdict"]["causes"]), (None, []))


class Unregistered(unittest.TestCase):
    def test_a_class_that_is_not_registered_is_refused_in_an_orderly_reply(self):
        with Hosts(registered=False) as hosts:
            code, report = check(hosts, "beta")
            self.assertEqual((code, report["verdict"]["stage"], report["by_name"]["activate"]["code"]),
                             (1, "activate", "0x80040154"))
            self.assertEqual(report["by_name"]["activate"]["wire"], {"shape": "body", "status": "0x80040154"})
            self.assertEqual(report["by_name"]["authenticate"]["status"], "ok")


class OpenHosts(unittest.TestCase):
    def test_where_nobody_authenticates_the_connection_works_and_shows_it(self):
        with Hosts(minimum_level="none", grants_anonymous=True) as hosts:
            code, report = check(hosts, "beta", "--level", "none")
            self.assertEqual((code, report["verdict"]["outcome"]), (0, "connected"), report["verdict"])
            self.assertEqual((report["seen_by_server"]["level"], report["seen_by_server"]["mechanism"],
                              report["seen_by_server"]["session"]), ("none", "none", "none"))
            self.assertEqual(report["by_name"]["data"]["level_sent"], "none")


if __name__ == "__main__":
    unittest.main(verbosity=2)
