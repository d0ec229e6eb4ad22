#!/usr/bin/python3
"""Wireshark's opinion of a whole run: nothing malformed at any level, and Packet Privacy opens with the password."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PROGRAM = pathlib.Path(os.environ["OPCPROBE_BIN"]) / "probe-matrix"
SCENARIO = pathlib.Path(os.environ["OPCPROBE_SOURCE"]) / "scenarios/workgroup.json"
PASSWORD = "Capture-me-7"
LEVELS = ["none", "connect", "call", "packet", "packet-integrity", "packet-privacy"]
# What probe-client asks of our server at every level, as it stands in the stub: UTF-16.
ITEM = "opcprobe.nonce".encode("utf-16-le").hex()


def tshark(capture, *arguments):
    done = subprocess.run(["tshark", "-n", "-r", capture, *arguments], capture_output=True, text=True, check=True,
                          env=os.environ | {"HOME": tempfile.gettempdir()})
    return done.stdout.splitlines()


def stubs_in_clear(capture, *options):
    """Every request's and response's stub that can be read, in hex: as sent, or deciphered."""
    lines = tshark(capture, *options, "-Y", "dcerpc.pkt_type == 0 || dcerpc.pkt_type == 2", "-T", "fields",
                   "-e", "dcerpc.stub_data", "-e", "dcerpc.decrypted_stub_data", "-e", "dcerpc.encrypted_stub_data")
    return "\n".join(line.replace(":", "") for line in lines)


def check_capture(level, capture):
    malformed = tshark(capture, "-Y", "_ws.malformed || _ws.expert.severity == error")
    assert not malformed, f"{level}: {malformed[:5]}"
    calls = tshark(capture, "-Y", "dcerpc")
    assert len(calls) > 20, f"{level}: only {len(calls)} PDUs"
    levels = set(tshark(capture, "-Y", "dcerpc.auth_level && dcerpc.pkt_type == 0", "-T", "fields", "-e", "dcerpc.auth_level"))
    print(f"{level}: {len(calls)} frames with PDUs, none malformed, requests at levels {sorted(levels)}")


def check_privacy(capture):
    with_password = ["-o", f"ntlmssp.nt_password:{PASSWORD}"]
    assert ITEM not in stubs_in_clear(capture), "sealed stubs can be read without the password"
    opened = stubs_in_clear(capture, *with_password)
    assert ITEM in opened, "the password does not open the sealed stubs"
    # Wireshark cannot decipher nothing: it calls a sealed request without parameters (ServerAlive2) malformed.
    # And it does not begin the key stream anew after SPNEGO's signature of the list ([MS-SPNG] 3.2.5.1), so that it reads
    # noise in what follows: the callbacks, whose mechanism the server chooses.
    malformed = tshark(capture, *with_password, "-Y",
                       "_ws.malformed && !(dcerpc.pkt_type == 0 && dcerpc.cn_alloc_hint == 0 && dcerpc.cn_frag_len == 48)"
                       " && !(dcerpc.auth_type == 9)")
    assert not malformed, malformed[:5]
    print("packet-privacy: opens with the password")


def run(out, secrets, *arguments):
    done = subprocess.run([PROGRAM, "run", "--scenario", "workgroup", "--capture", "--secrets", secrets, "--out", out, *arguments],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout


def scenario_with_ntlm_alone(folder):
    """The same scenario, whose client does not negotiate: what Wireshark can decipher."""
    scenario = json.loads(SCENARIO.read_text())
    for step in scenario["steps"]:
        step["arguments"] = ["--mechanism", "ntlm"]
    shutil.copytree(SCENARIO.parent / "schema", folder / "schema")
    (folder / SCENARIO.name).write_text(json.dumps(scenario))
    return folder


def main():
    for tool in ("tshark", "dumpcap"):
        if not shutil.which(tool):
            print(f"{tool} is not installed")
            return 77
    if subprocess.run(["unshare", "-Urnm", "true"], capture_output=True).returncode != 0:
        print("network namespaces are refused here: nothing can be captured")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        out, secrets = pathlib.Path(folder) / "out", pathlib.Path(folder) / "secrets.json"
        secrets.write_text(json.dumps({"user": PASSWORD, "server": PASSWORD}))
        secrets.chmod(0o600)
        run(out, secrets)
        for level in LEVELS:
            check_capture(level, out / f"cells/workgroup.{level}/capture.pcapng")
        ntlm = pathlib.Path(folder) / "ntlm"
        run(ntlm, secrets, "--levels", "packet-privacy", "--scenarios", scenario_with_ntlm_alone(pathlib.Path(folder) / "scenarios"))
        check_privacy(ntlm / "cells/workgroup.packet-privacy/capture.pcapng")
    return 0


if __name__ == "__main__":
    sys.exit(main())
