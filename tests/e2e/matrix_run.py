#!/usr/bin/python3
"""Every scenario with the programs of this build: matrix_run.py namespaces|loopback

Hosts on loopback take all levels of the wire; in namespaces, where everything else is the same, two levels stand for them.
Each cell goes as its scenario expects, only what cannot be shown here is unsupported, and no
process of either host leaves a sanitizer's report behind.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

SOURCE = pathlib.Path(os.environ["OPCPROBE_SOURCE"])
PROGRAM = pathlib.Path(os.environ["OPCPROBE_BIN"]) / "probe-matrix"
SCHEMA = json.loads((SOURCE / "scenarios/schema/results.schema.json").read_text())
WIRE_LEVELS = ["none", "connect", "call", "packet", "packet-integrity", "packet-privacy"]
LEVELS = {"loopback": ["local"] + WIRE_LEVELS, "namespaces": ["local", "none", "packet-integrity", "all"]}
FIGURES = ("p50_ns", "cpu_ns", "floor_p50_ns", "floor_cpu_ns")


def needs_router(scenario):
    """Something between the hosts is to be held back, translated or misnamed."""
    changes = [scenario] + [c for step in scenario["steps"] for c in [step, *step.get("meanwhile", [])]]
    return any(change.get(key) for change in changes for key in ("faults", "nat", "names"))


def planned_unsupported(lab):
    """(scenario, level) of the cells that may be unsupported, from the scenarios themselves."""
    planned = set()
    for path in (SOURCE / "scenarios").glob("*.json"):
        scenario = json.loads(path.read_text())
        levels = list(scenario.get("unsupported", {}))
        if lab == "loopback" and needs_router(scenario):
            levels += scenario["levels"]
        planned |= {(scenario["name"], level) for level in levels if level in LEVELS[lab]}
    return planned


def check_results(results, lab):
    jsonschema.validate(results, SCHEMA)
    assert results["lab"]["kind"] == lab, results["lab"]
    unsupported = {(cell["scenario"], cell["level"]) for cell in results["cells"] if cell["outcome"] == "unsupported"}
    assert unsupported == planned_unsupported(lab), unsupported ^ planned_unsupported(lab)
    for cell in results["cells"]:
        if cell["outcome"] != "unsupported" and cell["level"] != "all":
            assert cell["kind"] == "simulated", cell


def check_latency(results):
    rows = results["latency"]
    seen = {(row["operation"], row["items"], row["level"]) for row in rows}
    for operation, items in {(operation, items) for operation, items, _ in seen}:
        for level in WIRE_LEVELS:
            assert (operation, items, level) in seen, (operation, items, level)
    for row in rows:
        assert row["count"] > 0 and all(row[figure] is None or row[figure] > 0 for figure in FIGURES), row
        assert row["count"] >= 1000 or row["p99_ns"] is None, row


def main():
    lab = sys.argv[1]
    if lab == "namespaces" and subprocess.run(["unshare", "-Urnm", "true"], capture_output=True).returncode != 0:
        print("network namespaces are refused here")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        reports = pathlib.Path(folder) / "sanitizer"
        options = f"log_path={reports}:print_stacktrace=1"
        environment = os.environ | {"ASAN_OPTIONS": options, "UBSAN_OPTIONS": options}
        extra = ["--no-namespaces"] if lab == "loopback" else []
        done = subprocess.run([PROGRAM, "run", "--out", out, "--levels", ",".join(LEVELS[lab]), *extra], env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        print(done.stdout)
        for report in sorted(pathlib.Path(folder).glob("sanitizer*")):
            print(report.read_text())
        assert not list(pathlib.Path(folder).glob("sanitizer*")), "a sanitizer has something to say"
        assert done.returncode == 0, f"exit status {done.returncode}"
        results = json.loads((out / "results.json").read_text())
        check_results(results, lab)
        if lab == "namespaces":
            assert results["latency"], "no figures"
            check_latency(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
