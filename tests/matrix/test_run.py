#!/usr/bin/python3
"""probe-matrix as a user meets it, with made-up programs under test: exit statuses, files, and that nothing stays behind."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import jsonschema

SOURCE = pathlib.Path(os.environ["OPCPROBE_SOURCE"])
PROGRAM = pathlib.Path(os.environ["OPCPROBE_BIN"]) / "probe-matrix"
FAKES = SOURCE / "tests/matrix/fakes"
SCHEMA = json.loads((SOURCE / "scenarios/schema/results.schema.json").read_text())


def namespaces_allowed():
    return subprocess.run(["unshare", "-Urnm", "true"], capture_output=True).returncode == 0


class Run(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "out"

    def start(self, *arguments, answer="", says="", stays="", command="run", **options):
        environment = os.environ | {"FAKE_ANSWER": answer, "FAKE_SCM_SAYS": says, "FAKE_SCM_STAYS": stays}
        return subprocess.Popen([PROGRAM, command, *arguments], cwd=self.folder, env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def run_matrix(self, *arguments, **options):
        process = self.start(*arguments, **options)
        said, errors = process.communicate(timeout=100)
        return process.returncode, said, errors

    def run_cells(self, *arguments, **options):
        return self.run_matrix("--programs", FAKES, "--out", self.out, *arguments, **options)

    def results(self):
        results = json.loads((self.out / "results.json").read_text())
        jsonschema.validate(results, SCHEMA)
        return results

    def own_scenario(self, **changes):
        """A folder with one scenario, same-host with the given changes to its first step, which is its only one."""
        shutil.copytree(SOURCE / "scenarios/schema", self.folder / "scenarios/schema")
        scenario = json.loads((SOURCE / "scenarios/same-host.json").read_text())
        scenario["steps"] = [scenario["steps"][0] | changes]
        (self.folder / "scenarios/same-host.json").write_text(json.dumps(scenario, indent=1))
        return self.folder / "scenarios"

    def test_settings_are_changed_and_a_host_is_started_anew(self):
        folder = self.own_scenario()
        path = folder / "same-host.json"
        scenario = json.loads(path.read_text())
        change = {"title": "c", "do": "set-registry", "on": "alpha", "restart": True,
                  "registry": {"launch_limits": {"opcuser": "LL LA"}, "enable_dcom": False}}
        scenario["steps"].insert(0, change)
        path.write_text(json.dumps(scenario))
        status, said, _ = self.run_cells("--scenarios", folder)
        self.assertEqual(status, 0, said)
        cell = self.results()["cells"][0]
        self.assertEqual([step["do"] for step in cell["steps"]], ["set-registry", "check"])
        log = next((self.out / "cells").glob("*/ALPHA-probe-scm.log"))
        self.assertEqual(log.read_text().count("ready"), 2)

    def test_a_setting_that_is_refused_is_an_error_of_the_harness(self):
        folder = self.own_scenario()
        path = folder / "same-host.json"
        scenario = json.loads(path.read_text())
        scenario["hosts"]["alpha"]["registry"] = {"run_as": "REFUSED"}
        path.write_text(json.dumps(scenario))
        status, said, _ = self.run_cells("--scenarios", folder)
        self.assertEqual(status, 3)
        self.assertIn("cannot write the registry of ALPHA: probe-scm: no such setting", said)

    def test_a_cell_as_expected_ends_with_0_and_leaves_results(self):
        for lab in ([], ["--no-namespaces"]):
            status, said, errors = self.run_cells("--scenario", "same-host", *lab)
            self.assertEqual(status, 0, said + errors)
            self.assertIn("1 as expected, 0 unexpected", said)
            cell = self.results()["cells"][0]
            self.assertEqual((cell["outcome"], cell["connection"], cell["kind"]), ("as-expected", "connected", "simulated"))
            self.assertTrue((self.out / cell["folder"] / "step-4.json").exists())
            shutil.rmtree(self.out)

    def test_an_unexpected_cell_ends_with_1_and_is_explained(self):
        status, said, _ = self.run_cells("--scenario", "same-host", answer="failed")
        self.assertEqual(status, 1)
        self.assertIn("UNEXPECTED: same-host at local: stage authenticate, code 0x80070005, files in cells/same-host.local", said)
        self.assertIn("outcome: expected connected, got failed at authenticate with 0x80070005", said)
        self.assertEqual(self.results()["cells"][0]["stage"], "authenticate")

    def test_a_client_without_an_answer_ends_with_3(self):
        status, said, _ = self.run_cells("--scenario", "same-host", answer="nothing")
        self.assertEqual(status, 3)
        self.assertIn("probe-client: nothing to say", said)
        self.assertEqual(self.results()["cells"][0]["outcome"], "error")

    def test_a_host_that_does_not_start_ends_with_3_and_its_own_words(self):
        status, said, _ = self.run_cells("--scenario", "same-host", says="probe-scm: port 135 is in use")
        self.assertEqual(status, 3)
        self.assertIn("probe-scm of ALPHA ended with 3: probe-scm: port 135 is in use", said)

    def test_a_host_that_does_not_end_is_ended_and_told(self):
        status, said, _ = self.run_cells("--scenario", "same-host", stays="yes")
        self.assertEqual(status, 3)
        self.assertRegex(said, "probe-scm of (ALPHA|BETA) did not end when asked to")

    def test_a_client_that_hangs_meets_its_deadline(self):
        folder = self.own_scenario(timeout_s=1)
        start = time.monotonic()
        status, said, _ = self.run_cells("--scenarios", folder, answer="hang")
        self.assertEqual(status, 3)
        self.assertLess(time.monotonic() - start, 15)
        self.assertIn("end of the program: expected before its deadline", said)

    def test_a_change_that_waits_for_an_event_in_vain_ends_with_3(self):
        folder = self.own_scenario(meanwhile=[{"after": {"host": "beta", "event": "never"}, "do": "set-rpcss", "on": "beta",
                                               "rpcss": "mute"}])
        status, said, _ = self.run_cells("--scenarios", folder)
        self.assertEqual(status, 3)
        self.assertIn("the program ended before the event that a change waited for", said)

    def test_cells_that_need_a_router_are_unsupported_without_one(self):
        status, said, _ = self.run_cells("--scenario", "callback-135-blocked", "--no-namespaces")
        self.assertEqual(status, 77)
        self.assertIn("needs a router between the hosts", said)
        self.assertEqual({cell["outcome"] for cell in self.results()["cells"]}, {"unsupported"})

    def test_usage_mistakes_end_with_2_and_one_line(self):
        for arguments, word in ((["--scenario", "nope"], "nope"), (["--levels", "loud"], "loud"), (["--frob"], "--frob"),
                                (["--scenario", "same-host", "--levels", "none"], "nothing to run")):
            status, said, errors = self.run_cells(*arguments)
            self.assertEqual((status, said), (2, ""))
            self.assertIn(word, errors)
            self.assertEqual(len(errors.splitlines()), 1)

    def test_a_wrong_scenario_ends_with_2_before_anything_is_started(self):
        folder = self.own_scenario(targett="beta")
        status, _, errors = self.run_cells("--scenarios", folder)
        self.assertEqual(status, 2)
        self.assertRegex(errors, r"same-host\.json:\d+: .*targett")
        self.assertFalse(self.out.exists())

    def test_missing_programs_end_with_3_and_one_line(self):
        status, _, errors = self.run_matrix("--programs", self.folder, "--out", self.out)
        self.assertEqual(status, 3)
        self.assertIn("probe-scm is missing", errors)
        self.assertEqual(len(errors.splitlines()), 1)

    def test_results_are_never_written_over_older_ones(self):
        self.assertEqual(self.run_cells("--scenario", "same-host")[0], 0)
        before = (self.out / "results.json").read_bytes()
        status, _, errors = self.run_cells("--scenario", "same-host")
        self.assertEqual(status, 3)
        self.assertIn("there are some already", errors)
        self.assertEqual((self.out / "results.json").read_bytes(), before)

    def test_without_out_the_link_latest_leads_to_the_results(self):
        self.assertEqual(self.run_matrix("--programs", FAKES, "--scenario", "same-host")[0], 0)
        self.assertTrue((self.folder / "out/latest").is_symlink())
        self.assertTrue((self.folder / "out/latest/results.json").exists())

    def test_keep_leaves_the_hosts_settings_but_no_secrets(self):
        self.assertEqual(self.run_cells("--scenario", "same-host", "--keep")[0], 0)
        kept = self.out / "cells/same-host.local/ALPHA"
        self.assertEqual(sorted(path.name for path in kept.iterdir()), ["host.json", "registry.reg"])

    def test_no_password_appears_in_what_is_left(self):
        secrets = self.folder / "secrets.json"
        secrets.write_text(json.dumps({"user": "Sw0rdfish-user", "server": "Sw0rdfish-server"}))
        secrets.chmod(0o600)
        self.assertEqual(self.run_cells("--scenario", "same-host", "--keep", "--secrets", secrets)[0], 0)
        for path in self.out.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"Sw0rdfish", path.read_bytes(), path)

    def test_an_interrupted_run_ends_soon_and_leaves_nothing_running(self):
        for lab in (["--no-namespaces"], []):
            marker = f"--cell-output {self.out}"
            process = self.start("--programs", FAKES, "--out", self.out, "--scenario", "same-host", *lab, answer="hang")
            wait_until(lambda: "sleep 600" in descendants(process.pid))
            process.send_signal(signal.SIGINT)
            start = time.monotonic()
            said, _ = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 3)
            self.assertIn("interrupted", said)
            self.assertLess(time.monotonic() - start, 20)
            wait_until(lambda: marker not in all_commands())
            self.results()
            shutil.rmtree(self.out)

    @unittest.skipUnless(namespaces_allowed(), "network namespaces are refused here")
    def test_a_killed_run_leaves_nothing_running(self):
        process = self.start("--programs", FAKES, "--out", self.out, "--scenario", "same-host", answer="hang")
        wait_until(lambda: "sleep 600" in descendants(process.pid))
        process.kill()
        process.communicate(timeout=30)
        wait_until(lambda: str(self.out) not in all_commands())

    def test_list_and_plan_start_nothing(self):
        status, said, _ = self.run_matrix(command="list")
        self.assertEqual(status, 0)
        self.assertIn("bad-password-callback", said)
        status, said, _ = self.run_matrix("--scenario", "callback-135-blocked", "--levels", "none", command="plan")
        self.assertEqual(status, 0)
        self.assertIn("router: reject: new and old connections from beta to alpha, ports 135", said)
        self.assertEqual(list(self.folder.iterdir()), [])


def processes():
    """pid -> (parent, command line) of everything that runs."""
    table = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue  # it ended in between
        table[int(entry.name)] = (parent, command)
    return table


def all_commands():
    return "\n".join(command for _, command in processes().values())


def descendants(pid):
    """The command lines of every process below `pid`."""
    table = processes()
    found, below = [], {pid}
    while below:
        below = {child for child, (parent, _) in table.items() if parent in below}
        found += [table[child][1] for child in below]
    return "\n".join(found)


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain")
        time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
