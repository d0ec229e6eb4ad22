#!/usr/bin/env python3
"""impacket against the resolver and the activators of a real probe-scm: aliveness, OXIDs, pings, activation, logons.

usage: impacket_resolver.py PROBE_SCM
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

try:
    from impacket.dcerpc.v5 import dcomrt, rpcrt, transport
    from impacket.uuid import generate, string_to_bin
except ImportError as missing:
    print(f"skipped: {missing} (Debian package python3-impacket)")
    sys.exit(77)

ADDRESS = "127.0.77.2"
CLSID = string_to_bin("6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10")
IUNKNOWN = string_to_bin("00000000-0000-0000-C000-000000000046")
TCP = 7
CLASS_NOT_REGISTERED = 0x80040154
SERVER_EXEC_FAILURE = 0x80080005
INVALID_OXID, INVALID_SET = 1910, 1912
LEVELS = {
    "none": rpcrt.RPC_C_AUTHN_LEVEL_NONE,
    "connect": rpcrt.RPC_C_AUTHN_LEVEL_CONNECT,
    "packet-integrity": rpcrt.RPC_C_AUTHN_LEVEL_PKT_INTEGRITY,
    "packet-privacy": rpcrt.RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
}
failures = 0


def check(what, good):
    global failures
    print(("ok      " if good else "FAILED  ") + what)
    failures += not good


def free_port():
    with socket.socket() as s:
        s.bind((ADDRESS, 0))
        return s.getsockname()[1]


def start(program, folder):
    port = free_port()
    (folder / "host.json").write_text(json.dumps({
        "name": "BETA", "machine_sid": "S-1-5-21-1-2-3", "addresses": [ADDRESS], "resolver_port": port,
        "server_start_timeout_s": 0.5}))
    subprocess.run([program, "account", str(folder), "opcuser", "--group", "Administrators"], check=True,
                   env=dict(os.environ, OPCPROBE_PASSWORD="right"))
    scm = subprocess.Popen([program, "run", str(folder)], stdout=subprocess.PIPE, text=True,
                           env=dict(os.environ, OPCPROBE_EVENTS=str(folder)))
    if scm.stdout.readline() != "ready\n":
        sys.exit("probe-scm does not get ready")
    return scm, port


def dce(port, level, user="opcuser", password="right"):
    rpc = transport.DCERPCTransportFactory(f"ncacn_ip_tcp:{ADDRESS}[{port}]")
    if level != "none":
        rpc.set_credentials(user, password, "BETA")
    connection = rpc.get_dce_rpc()
    connection.set_auth_level(LEVELS[level])
    if level != "none":
        connection.set_auth_type(rpcrt.RPC_C_AUTHN_WINNT)
    return connection


def status_of(call, *arguments):
    """What a call ends with: what it returned, the status in the body, or that of the fault."""
    try:
        return call(*arguments)
    except rpcrt.DCERPCException as failure:
        return failure.get_error_code() or (5 if "access_denied" in str(failure) else str(failure))


def resolver(port, level):
    exporter = dcomrt.IObjectExporter(dce(port, level))
    names = [b["aNetworkAddr"] for b in exporter.ServerAlive2()]
    check(f"ServerAlive2 at {level} gives name, then address", [n.rstrip("\0") for n in names] ==
          [f"BETA[{port}]", f"{ADDRESS}[{port}]"])
    check(f"ServerAlive at {level}", exporter.ServerAlive()["ErrorCode"] == 0)
    check(f"an unknown OXID at {level}", status_of(exporter.ResolveOxid, 0x1234, (TCP,)) == INVALID_OXID)
    check(f"an unknown OXID by ResolveOxid2 at {level}", status_of(exporter.ResolveOxid2, 0x1234, (TCP,)) == INVALID_OXID)
    made = exporter.ComplexPing()
    check(f"ComplexPing at {level} makes a set", made["pSetId"] != 0 and made["ErrorCode"] == 0)
    check(f"which SimplePing at {level} finds", exporter.SimplePing(made["pSetId"])["ErrorCode"] == 0)
    check(f"and no other at {level}", status_of(exporter.SimplePing, 99) == INVALID_SET)


def remote_activation(connection):
    """IActivation::RemoteActivation; impacket's own method does not look at the HRESULT."""
    connection.bind(dcomrt.IID_IActivation)
    this = dcomrt.ORPCTHIS()
    this["cid"] = generate()
    this["extensions"] = dcomrt.NULL
    this["flags"] = 1
    request = dcomrt.RemoteActivation()
    request["ORPCthis"] = this
    request["Clsid"] = CLSID
    request["pwszObjectName"] = dcomrt.NULL
    request["pObjectStorage"] = dcomrt.NULL
    request["ClientImpLevel"] = 2
    request["Mode"] = 0
    request["Interfaces"] = 1
    iid = dcomrt.IID()
    iid["Data"] = IUNKNOWN
    request["pIIDs"].append(iid)
    request["cRequestedProtseqs"] = 1
    request["aRequestedProtseqs"].append(TCP)
    return connection.request(request)["phr"] & 0xFFFFFFFF


def run_activation(method, connection):
    if method == "RemoteActivation":
        return status_of(remote_activation, connection)
    return status_of(getattr(dcomrt.IRemoteSCMActivator(connection), method), CLSID, IUNKNOWN)


def activation(port, level, expected, user="opcuser", password="right"):
    """Both generations of activation and the class object end with the same status."""
    for method in ("RemoteCreateInstance", "RemoteGetClassObject", "RemoteActivation"):
        connection = dce(port, level, user, password)
        connection.connect()
        got = run_activation(method, connection)
        check(f"{method} at {level} as {user or 'anonymous'}: {got if isinstance(got, str) else hex(got)}", got == expected)
        connection.disconnect()


def main():
    program = sys.argv[1]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="opcprobe-"))
    scm, port = start(program, folder)
    try:
        for level in LEVELS:
            resolver(port, level)
        for level in ("connect", "packet-integrity", "packet-privacy"):
            activation(port, level, CLASS_NOT_REGISTERED)
        activation(port, "none", 5)
        activation(port, "connect", 5, password="wrong")
        activation(port, "packet-integrity", 5, user="nobody")
        (folder / "registry.reg").write_text(
            "REGEDIT4\n[HKEY_CLASSES_ROOT\\CLSID\\{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}\\LocalServer32]\n"
            "@=\"/bin/sh -c \\\"exec sleep 60\\\"\"\n")
        activation(port, "packet-integrity", SERVER_EXEC_FAILURE)
        events = [json.loads(line) for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]
        reasons = {e["ntstatus"] for e in events if e["event"] == "logon"}
        check("the exact reasons of refused logons are events", {"0xC000006A", "0xC0000064", "0x00000000"} <= reasons)
        scm.terminate()
        check("probe-scm ends on SIGTERM", scm.wait(10) == 0)
    finally:
        if scm.poll() is None:
            scm.kill()
            scm.wait()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
