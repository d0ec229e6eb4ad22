#!/usr/bin/python3
"""probe-client asks the OPCEnum of another host: by ProgID, and for the whole list."""
import json
import pathlib
import subprocess
import sys
import unittest

import jsonschema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from loopback_hosts import BIN, CLSID, SOURCE, Hosts  # noqa: E402

CHECK_SCHEMA = json.loads((SOURCE / "probe-client/schema/check.schema.json").read_text())
SERVERS_SCHEMA = json.loads((SOURCE / "probe-client/schema/servers.schema.json").read_text())
PROGID = "opcprobe.TestServer.1"
OTHER = "{0A0B0C0D-0000-0000-0000-000000000001}"


def register_opcenum(hosts, minimum_level="connect"):
    subprocess.run([BIN / "opcprobe-opcenum", "/RegServer", "--minimum-level", minimum_level], check=True,
                   env=hosts.environment("beta"), stdout=subprocess.DEVNULL)


def set_values(hosts, host, *sections):
    with open(hosts.folder / host / "registry.reg", "a", newline="") as file:
        for section in sections:
            file.write(f"\r\n{section}\r\n")


def forget_class(hosts, host):
    subprocess.run([BIN / "probe-server", "/UnregServer"], check=True, env=hosts.environment(host),
                   stdout=subprocess.DEVNULL)


def report_of(hosts, schema, *arguments):
    result = hosts.client(*arguments, "--json")
    try:
        report = json.loads(result.stdout)
    except ValueError:
        raise AssertionError(f"exit {result.returncode}\n{result.stdout}\n{result.stderr}")
    jsonschema.validate(report, schema)
    return result.returncode, report


def check(hosts, *arguments):
    code, report = report_of(hosts, CHECK_SCHEMA, "check", "beta", *arguments)
    return code, report, {stage["stage"]: stage for stage in report["stages"]}


class WithOpcEnum(unittest.TestCase):
    def setUp(self):
        self.hosts = Hosts()
        self.hosts.__enter__()
        self.addCleanup(self.hosts.__exit__)
        register_opcenum(self.hosts)

    def test_a_progid_is_looked_up_by_the_servers_own_computer(self):
        code, report, stages = check(self.hosts, "opcprobe.testserver", "--may-launch")
        self.assertEqual((code, report["verdict"]["outcome"], report["clsid"].upper()), (0, "connected", CLSID))
        self.assertEqual((stages["lookup"]["status"], stages["lookup"]["level_sent"]), ("ok", "packet-integrity"))
        self.assertRegex(stages["lookup"]["detail"], r"by OPCEnum$")
        for name in ("name", "port135", "resolver", "authenticate", "activate", "connect"):
            self.assertEqual((name, stages[name]["status"]), (name, "ok"))
        started = {e["progid"]: e["pid"] for e in self.hosts.event_list("BETA", "announce")}
        self.assertEqual(sorted(started), ["OPC.ServerList.1", PROGID])
        self.assertEqual(len(set(started.values())), 2)

    def test_without_leave_opcenum_is_not_started(self):
        code, _, stages = check(self.hosts, PROGID)
        self.assertEqual((code, stages["lookup"]["status"]), (0, "ok"))
        self.assertEqual([e["progid"] for e in self.hosts.event_list("BETA", "announce")], [PROGID])
        result = self.hosts.client("check", "beta", "Some.Other.Server")
        self.assertIn("--may-launch", result.stderr)
        self.assertNotIn("OPC.ServerList.1", [e["progid"] for e in self.hosts.event_list("BETA", "announce")])

    def test_an_unknown_progid_fails_at_lookup_with_every_way_told(self):
        code, report, stages = check(self.hosts, "No.Such.Server", "--may-launch")
        self.assertEqual((code, report["verdict"]["stage"], stages["lookup"]["code"]), (1, "lookup", "0x800401F3"))
        self.assertRegex(stages["lookup"]["detail"],
                         "^OPCEnum: 0x800401F3 CO_E_CLASSSTRING; this computer's registry: 0x800401F3 CO_E_CLASSSTRING")
        self.assertEqual(stages["lookup"]["wire"], {"shape": "body", "status": "0x800401F3"})
        self.assertEqual((stages["authenticate"]["status"], stages["activate"]["status"]), ("ok", "skipped"))

    def test_the_registry_here_helps_when_opcenum_does_not_know(self):
        set_values(self.hosts, "alpha", f'[HKEY_CLASSES_ROOT\\Here.Only\\CLSID]\r\n@="{CLSID}"')
        code, report, stages = check(self.hosts, "Here.Only", "--may-launch")
        self.assertEqual((code, report["clsid"].upper()), (0, CLSID))
        self.assertIn("by this computer's registry; before it: OPCEnum: 0x800401F3", stages["lookup"]["detail"])

    def test_opcenum_refuses_while_the_clsid_works(self):
        register_opcenum(self.hosts, "packet-privacy")
        forget_class(self.hosts, "alpha")
        code, report, stages = check(self.hosts, PROGID, "--may-launch")
        self.assertEqual((code, report["verdict"]["stage"], stages["lookup"]["code"]), (1, "lookup", "0x80070005"))
        self.assertIn("CLSID", report["verdict"]["finding"])
        self.assertIn("CLSID", report["verdict"]["change"])
        self.assertEqual((stages["activate"]["status"], stages["data"]["status"]), ("ok", "ok"))
        self.assertEqual(check(self.hosts, CLSID)[0], 0)

    def test_the_list_names_every_server_with_its_categories(self):
        set_values(self.hosts, "beta",
                   f'[HKEY_CLASSES_ROOT\\CLSID\\{OTHER}]\r\n@="Grüße"',
                   f'[HKEY_CLASSES_ROOT\\CLSID\\{OTHER}\\ProgID]\r\n@="Other.Server"',
                   f'[HKEY_CLASSES_ROOT\\CLSID\\{OTHER}\\Implemented Categories\\{{CC603642-66D7-48F1-B69A-B625E73652D7}}]')
        code, report = report_of(self.hosts, SERVERS_SCHEMA, "servers", "beta", "--may-launch")
        self.assertEqual((code, report["way"], report["code"]), (0, "opcenum-list2", None))
        self.assertEqual(report["servers"], [
            {"progid": PROGID, "latest_progid": "opcprobe.TestServer", "clsid": CLSID, "name": "opcprobe test server",
             "categories": ["da10", "da20"], "code": None},
            {"progid": "Other.Server", "latest_progid": "Other.Server", "clsid": OTHER, "name": "Grüße",
             "categories": ["da30"], "code": None}])
        text = self.hosts.client("servers", "beta", "--may-launch").stdout
        self.assertIn("2 OPC DA servers on beta", text)
        self.assertIn(PROGID, text)

    def test_the_list_of_this_computer_comes_from_its_registry(self):
        set_values(self.hosts, "alpha", f"[HKEY_CLASSES_ROOT\\CLSID\\{OTHER}]",
                   f'[HKEY_CLASSES_ROOT\\Old.Server\\CLSID]\r\n@="{OTHER}"', "[HKEY_CLASSES_ROOT\\Old.Server\\OPC]")
        code, report = report_of(self.hosts, SERVERS_SCHEMA, "servers")
        self.assertEqual((code, report["way"]), (0, "registry"))
        self.assertEqual([s["clsid"] for s in report["servers"] if "da10" in s["categories"]], [CLSID, OTHER])

    def test_the_list_needs_leave_to_start_opcenum(self):
        result = self.hosts.client("servers", "beta")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("--may-launch", result.stderr)
        self.assertEqual(self.hosts.event_list("BETA", "announce"), [])


class WithoutOpcEnum(unittest.TestCase):
    def test_its_absence_is_told_and_the_class_still_answers(self):
        with Hosts() as hosts:
            forget_class(hosts, "alpha")
            code, report, stages = check(hosts, PROGID, "--may-launch")
            self.assertEqual((code, report["verdict"]["stage"], stages["lookup"]["code"]), (1, "lookup", "0x80040154"))
            self.assertEqual(stages["data"]["status"], "ok")
            code, report = report_of(hosts, SERVERS_SCHEMA, "servers", "beta", "--may-launch")
            self.assertEqual((code, report["way"], report["code"], report["servers"]), (1, None, "0x80040154", []))
            self.assertTrue(report["meaning"] and report["causes"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
