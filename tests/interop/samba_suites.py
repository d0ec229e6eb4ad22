#!/usr/bin/env python3
"""Samba's own protocol suites against probe-scm's port 135.

usage: samba_suites.py raw_protocol NETLOGON_SERVER
       samba_suites.py smbtorture

raw_protocol is samba.tests.dcerpc.raw_protocol, PDU by PDU; those of its tests that call NETLOGON have a server of our
own for that on the same RPC runtime. smbtorture runs rpc.mgmt, rpc.epmapper and rpc.asyncbind. The tests that do not pass are listed in known_failures/SUITE.txt, each under its reason. Whatever does otherwise than the list says, an
unexpected pass too, is an error.
"""
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys

import peer_host

PASSWORD = "correct horse"
RAW_PROTOCOL = "samba.tests.dcerpc.raw_protocol"
TORTURE = ("rpc.mgmt", "rpc.epmapper", "rpc.asyncbind")


def known_failures(suite):
    """Test name -> reason. A reason stands at the margin, its tests below it, indented."""
    known, reason = {}, None
    for line in (pathlib.Path(__file__).parent / "known_failures" / (suite + ".txt")).read_text().splitlines():
        if line[:1] == " ":
            assert reason and line.strip() not in known, line
            known[line.strip()] = reason
        elif line and line[0] != "#":
            reason = line
    return known


def run_unittest(tests):
    environment = dict(os.environ, SERVER="127.0.0.1", TARGET_HOSTNAME="127.0.0.1", DOMAIN="BETA", REALM="BETA",
                       USERNAME="opcuser", PASSWORD=PASSWORD, SMB_CONF_PATH="/dev/null", MAX_NUM_AUTH="256")
    result = subprocess.run([sys.executable, "-m", "unittest", "-v"] + tests, timeout=240, env=environment,
                            capture_output=True, text=True)
    ran = re.findall(r"^(test_\w+) \(samba\.", result.stderr, re.MULTILINE)
    failed = set(re.findall(r"^(?:FAIL|ERROR): (test_\w+) ", result.stderr, re.MULTILINE))
    # Without its last line it has not come to its end.
    if not re.search(r"^Ran %d tests" % len(ran), result.stderr, re.MULTILINE):
        return {}, result.stderr
    return {name: name not in failed for name in ran}, result.stderr


def run_raw_protocol(netlogon_server):
    # Several tests log on as nobody.
    with peer_host.Host(password=PASSWORD, anonymous=True):
        outcomes, output = run_unittest([RAW_PROTOCOL])
    calling_netlogon = [name for name in outcomes if re.search(r"_requests\d*$", name)]
    server = subprocess.Popen([netlogon_server, "127.0.0.1", "135"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if server.stdout.readline() == "ready\n":
            again, more = run_unittest([RAW_PROTOCOL + ".TestDCERPC_BIND." + name for name in calling_netlogon])
            outcomes.update(again)
            output += more
    finally:
        server.stdin.close()
    return (outcomes if server.wait(30) == 0 else {}), output


def run_smbtorture():
    outcomes, output = {}, ""
    for suite in TORTURE:
        result = subprocess.run(["smbtorture", "ncacn_ip_tcp:127.0.0.1[135]", "-s", "/dev/null",
                                 "--option=torture:async=yes", "-U",
                                 "BETA\\opcuser%" + PASSWORD, suite], timeout=120, capture_output=True, text=True)
        output += result.stdout + result.stderr
        for outcome, name in re.findall(r"^(success|failure|error): ([\w.]+)", result.stdout, re.MULTILINE):
            outcomes["rpc." + name] = outcome == "success"
    return outcomes, output


def compare(outcomes, known, output):
    wrong = 0
    for name in sorted(set(outcomes) | set(known)):
        expected = name not in known
        if name not in outcomes:
            print("FAILED  %s is listed and did not run" % name)
        elif outcomes[name] and not expected:
            print("FAILED  %s passes; take it off the list" % name)
        elif not outcomes[name] and expected:
            print("FAILED  %s" % name)
        else:
            continue
        wrong += 1
    if wrong:
        print(output[-20000:])
    print("%d tests, %d as passes, %d known failures, %d unexpected" %
          (len(outcomes), sum(outcomes.values()), len(known), wrong))
    return wrong


def main():
    suite = sys.argv[1]
    if suite == "smbtorture" and not shutil.which("smbtorture"):
        peer_host.skip("smbtorture is missing (Debian package samba-testsuite)")
    if suite == "raw_protocol" and not importlib.util.find_spec("samba"):
        peer_host.skip("Samba's Python modules are missing (Debian package python3-samba)")
    peer_host.enter_namespace()
    if suite == "raw_protocol":
        outcomes, output = run_raw_protocol(sys.argv[2])
    else:
        with peer_host.Host(password=PASSWORD):
            outcomes, output = run_smbtorture()
    # A suite that could not begin has not passed.
    sys.exit(not outcomes or compare(outcomes, known_failures(suite), output) > 0)


main()
