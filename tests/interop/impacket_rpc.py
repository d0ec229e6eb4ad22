#!/usr/bin/env python3
"""impacket's DCERPC client against our server: NTLM at every level it protects, fragmented calls both ways.

usage: impacket_rpc.py ECHO_SERVER     (the test program tests/rpc/echo_server)
"""
import struct
import subprocess
import sys

try:
    from impacket.dcerpc.v5 import rpcrt, transport
    from impacket.uuid import uuidtup_to_bin
except ImportError as missing:
    print(f"skipped: {missing} (Debian package python3-impacket)")
    sys.exit(77)

ECHO = uuidtup_to_bin(("e60c73e6-88f9-11cf-9af1-0020af6e72f4", "1.0"))
OTHER = uuidtup_to_bin(("e60c73e6-88f9-11cf-9af1-0020af6e72f4", "2.0"))
UNKNOWN = uuidtup_to_bin(("e60c73e6-88f9-11cf-9af1-0020af6e72f4", "99.0"))
BACK, SIZE, FAULT, CALLER, OBJECT = range(5)
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


def connect(port, level, user="opcuser", password="Secret-1"):
    rpc = transport.DCERPCTransportFactory(f"ncacn_ip_tcp:127.0.0.1[{port}]")
    rpc.set_credentials(user, password, "ALPHA")
    dce = rpc.get_dce_rpc()
    dce.set_auth_level(LEVELS[level])
    dce.connect()
    return dce


def call(dce, opnum, stub, uuid=None):
    dce.call(opnum, stub, uuid)
    return dce.recv()


def pattern(size):
    return bytes(i * 7 & 0xFF for i in range(size))


def calls_at(port, level):
    dce = connect(port, level)
    dce.bind(ECHO)
    user = "nobody" if level == "none" else "opcuser"
    caller = call(dce, CALLER, b"").rstrip(b"\0").decode()
    check(f"{level}: seen as {caller!r}", caller.startswith(f"{user} {level} "))
    for size in (1, 13, 4000, 5700, 20000, 100001):
        check(f"{level}: {size} bytes come back", call(dce, BACK, pattern(size)) == pattern(size))
    check(f"{level}: a reply of 280,000 bytes", call(dce, SIZE, struct.pack("<I", 280000)) == pattern(280000))
    ipid = bytes(range(16))
    check(f"{level}: the object UUID arrives", call(dce, OBJECT, b"", ipid) == ipid)
    # DCOM clients of impacket add every interface by alter_context with a security context of its own.
    other = dce.alter_ctx(OTHER)
    caller = call(other, CALLER, b"").rstrip(b"\0").decode()
    check(f"{level}: after alter_context seen as {caller!r}", caller.startswith(f"{user} {level} "))
    check(f"{level}: and fragmented", call(other, BACK, pattern(20000)) == pattern(20000))
    check(f"{level}: the first interface still works", call(dce, BACK, pattern(9)) == pattern(9))
    dce.disconnect()


def fault_of(port, level, opnum, stub):
    dce = connect(port, level)
    dce.bind(ECHO)
    try:
        call(dce, opnum, stub)
    except rpcrt.DCERPCException as fault:
        return str(fault)
    return "no fault"


def refusal_of(port, **account):
    dce = connect(port, "packet-integrity", **account)
    try:
        dce.bind(ECHO)
        call(dce, BACK, b"1234")
    except rpcrt.DCERPCException as fault:
        return str(fault)
    return "no fault"


def main():
    server = subprocess.Popen([sys.argv[1], "127.0.0.1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = int(server.stdout.readline().split()[1])
    for level in LEVELS:
        calls_at(port, level)
        text = fault_of(port, level, FAULT, struct.pack("<I", 0x80010105))
        check(f"{level}: a fault is understood: {text}", "RPC_E_SERVERFAULT" in text)
    text = fault_of(port, "none", 99, b"")
    check(f"unknown operation: {text}", "nca_s_op_rng_error" in text or "0x1c010002" in text)
    try:
        connect(port, "none").bind(UNKNOWN)
        check("an unknown interface is rejected", False)
    except rpcrt.DCERPCException as refusal:
        check(f"an unknown interface is rejected: {refusal}", "abstract_syntax_not_supported" in str(refusal))
    for account in ({"password": "wrong"}, {"user": "nobody"}, {"user": "disabled"}):
        text = refusal_of(port, **account)
        check(f"{account}: {text}", "rpc_s_access_denied" in text)
    server.stdin.close()
    told = server.stdout.read()
    for status in ("0xC000006A", "0xC0000064", "0xC0000072"):
        check(f"the server knows {status}", status in told)
    check("the server ended well", server.wait(10) == 0)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
