#!/usr/bin/env python3
"""Samba as our peer: our client against its endpoint mapper, its client against our server.

usage: samba_rpc.py ECHO_SERVER EPM_CLIENT [inside]

Samba checks every signature, in both roles. It runs with folders of its own inside a network and mount namespace, where
port 135 is free. Its workers call setgroups, which a namespace of an ordinary user forbids, so this needs root.
"""
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

DCERPCD = "/usr/libexec/samba/samba-dcerpcd"
PASSWORD = "Secret-1"
BACK, SIZE, FAULT, CALLER, OBJECT = range(5)
MECHANISMS = ("ntlm", "spnego")
LEVELS = ("none", "connect", "call", "packet", "packet-integrity", "packet-privacy")
CONFIGURATION = """[global]
 netbios name = SAMBAHOST
 workgroup = LAB
 server role = standalone server
 private dir = {0}/private
 lock directory = {0}/lock
 state directory = {0}/state
 cache directory = {0}/cache
 pid directory = {0}/pid
 ncalrpc dir = {0}/ncalrpc
 log file = {0}/log
 passdb backend = tdbsam:{0}/private/passdb.tdb
 rpc start on demand helpers = false
 interfaces = lo
 bind interfaces only = yes
 ntlm auth = ntlmv2-only
 allow dcerpc auth level connect = yes
 disable spoolss = yes
"""
failures = 0


def check(what, good):
    global failures
    print(("ok      " if good else "FAILED  ") + what, flush=True)
    failures += not good


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def enter_namespaces():
    for program in (DCERPCD, "/usr/bin/pdbedit"):
        if not os.path.exists(program):
            skip(f"{program} is missing (Debian package samba)")
    if os.geteuid() != 0:
        skip("Samba's workers need real root for setgroups")
    command = ["unshare", "--net", "--mount", "--fork", "--pid", "--mount-proc", "--kill-child"]
    if subprocess.run(command + ["true"], capture_output=True).returncode != 0:
        skip("namespaces are not allowed here")
    return subprocess.run(command + [sys.executable] + sys.argv + ["inside"]).returncode


def run(*arguments, **options):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=30, **options)


def start_samba(folder):
    for name in ("private", "lock", "state", "cache", "pid", "ncalrpc"):
        os.mkdir(f"{folder}/{name}")
    with open(f"{folder}/smb.conf", "w") as file:
        file.write(CONFIGURATION.format(folder))
    for path in ("/run", "/var/log/samba", "/var/lib/samba"):
        subprocess.run(["mount", "-t", "tmpfs", "none", path], check=True)
    os.mkdir("/run/samba")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    run("pdbedit", "-s", f"{folder}/smb.conf", "-a", "-u", "root", "-t", input=f"{PASSWORD}\n{PASSWORD}\n")
    samba = subprocess.Popen(
        [DCERPCD, "--libexec-rpcds", "-F", "--no-process-group", "-s", f"{folder}/smb.conf", "--debug-stdout"],
        stdout=open(f"{folder}/samba.out", "w"), stderr=subprocess.STDOUT)
    for _ in range(100):
        if ":135 " in run("ss", "-ltn").stdout:
            return samba
        time.sleep(0.1)
    print(open(f"{folder}/samba.out").read())
    check("Samba listens on port 135", False)
    return samba


def our_client(epm_client, mechanism):
    def look_up(level, user="root", password=PASSWORD, *more):
        environment = dict(os.environ, OPCPROBE_PASSWORD=password)
        return run(epm_client, "127.0.0.1", "135", mechanism, level, user, *more, env=environment).stdout.strip()

    for level in LEVELS:
        answer = look_up(level)
        check(f"our client, {mechanism} at {level}: {answer}",
              re.match(r"ok [1-9]\d* entries, status 0x(0|16C9A0D6),", answer) is not None)
        answer = look_up(level, "root", PASSWORD, "2", "100000")
        check(f"our client, {mechanism} at {level}, a request in fragments: {answer}",
              re.match(r"ok [1-9]\d* entries, status 0x(0|16C9A0D6),", answer) is not None)
        answer = look_up(level, "root", PASSWORD, "77")
        check(f"our client, {mechanism} at {level}, unknown operation: {answer}", "status 0x1C010002" in answer)
    # At connect Samba serves the unsigned request of an NTLM client it could not authenticate as an anonymous one.
    for level in LEVELS[2:]:
        answer = look_up(level, "root", "wrong")
        check(f"our client, {mechanism} at {level}, wrong password: {answer}", answer.startswith("failed"))


def pattern(size):
    return bytes(i * 7 & 0xFF for i in range(size))


def calls_of_samba_client(mechanism, connect):
    from samba import NTSTATUSError

    for option, level in (("connect", "connect"), ("packet", "packet"), ("sign", "packet-integrity"),
                          ("seal", "packet-privacy")):
        client = connect(mechanism, option)
        caller = client.request(CALLER, b"").decode()
        check(f"Samba's client [{mechanism},{option}] is seen as {caller!r}", caller.startswith(f"opcuser {level} ntlm"))
        for size in (1, 4000, 20001, 100000):
            check(f"Samba's client [{mechanism},{option}]: {size} bytes come back",
                  client.request(BACK, pattern(size))[:size] == pattern(size))
        check(f"Samba's client [{mechanism},{option}]: a reply of 280,000 bytes",
              client.request(SIZE, struct.pack("<I", 280000)) == pattern(280000))
        try:
            client.request(FAULT, struct.pack("<I", 0x1C010003))
            check(f"Samba's client [{mechanism},{option}] understands a fault", False)
        except NTSTATUSError as fault:
            check(f"Samba's client [{mechanism},{option}] understands a fault: {fault.args[1]}", True)
        check(f"Samba's client [{mechanism},{option}] goes on after it",
              client.request(BACK, b"again!!!")[:8] == b"again!!!")


def samba_client(echo_server, folder):
    """Samba's own client, by its Python bindings. It checks our signatures, and appends a verification trailer to requests."""
    from samba import NTSTATUSError, credentials, param
    from samba.dcerpc.mgmt import mgmt

    server = subprocess.Popen([echo_server, "127.0.0.1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = server.stdout.readline().split()[1]
    settings = param.LoadParm(f"{folder}/smb.conf")

    def connect(mechanism, option, password=PASSWORD):
        account = credentials.Credentials()
        account.guess(settings)
        account.set_kerberos_state(credentials.DONT_USE_KERBEROS)
        account.set_username("opcuser")
        account.set_domain("ALPHA")
        account.set_password(password)
        # The bindings know no interface of ours; the echo server answers raw requests on any.
        return mgmt(f"ncacn_ip_tcp:127.0.0.1[{port},{mechanism},{option}]", settings, account)

    for mechanism in MECHANISMS:
        calls_of_samba_client(mechanism, connect)
        try:
            connect(mechanism, "sign", "wrong").request(BACK, b"1234")
            check(f"Samba's client, {mechanism}, with a wrong password is refused", False)
        except NTSTATUSError as fault:
            check(f"Samba's client, {mechanism}, with a wrong password is refused: {fault.args[1]}",
                  fault.args[0] == (0xC0000022 if mechanism == "ntlm" else 0xC000006D))
    server.stdin.close()
    told = server.stdout.read()
    check("our server knows 0xC000006A", "0xC000006A" in told)
    check("our server ended well", server.wait(10) == 0)


def main():
    if "inside" not in sys.argv:
        return enter_namespaces()
    folder = tempfile.mkdtemp(prefix="opcprobe-samba-")
    samba = start_samba(folder)
    try:
        for mechanism in MECHANISMS:
            our_client(sys.argv[2], mechanism)
        samba_client(sys.argv[1], folder)
    finally:
        samba.terminate()
        samba.wait(10)
        shutil.rmtree(folder)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
