#!/usr/bin/env python3
"""impacket's rpcdump and rpcmap list what probe-scm's endpoint mapper and management interface tell, and its oxidresolver
call finds the addresses of a host."""
import os
import subprocess
import sys

import peer_host

EXAMPLES = "/usr/share/doc/python3-impacket/examples"
HOST = ("99FCFEC4-5260-101B-BBCB-00AA0021347A v0.0", "4D9F4AB8-7D1C-11CF-861E-0020AF6E7C57 v0.0",
        "000001A0-0000-0000-C000-000000000046 v0.0", "E1AF8308-5D1F-11C9-91A4-08002B14A0FA v3.0",
        "AFA8BD80-7D8A-11C9-BEF4-08002B102989 v1.0")
EXPORTER = ("00000131-0000-0000-C000-000000000046 v0.0", "00000143-0000-0000-C000-000000000046 v0.0")
failures = 0


def check(what, good, output=""):
    global failures
    print(("ok      " if good else "FAILED  ") + what + ("" if good else "\n" + output), flush=True)
    failures += not good


def run(example, *arguments):
    result = subprocess.run([sys.executable, EXAMPLES + "/" + example, *arguments], capture_output=True, text=True, timeout=60)
    return result.stdout + result.stderr


def port_of_exporter():
    """The port at which rpcdump shows IRemUnknown, or None."""
    dump = run("rpcdump.py", "127.0.0.1").split("UUID    : " + EXPORTER[0])
    if len(dump) < 2 or "127.0.0.1[" not in dump[1]:
        return None
    return dump[1].split("127.0.0.1[")[1].split("]")[0]


def addresses():
    """ServerAlive2 without authentication: what the script known as oxidresolver asks."""
    from impacket.dcerpc.v5 import transport
    from impacket.dcerpc.v5.dcomrt import IObjectExporter
    from impacket.dcerpc.v5.rpcrt import RPC_C_AUTHN_LEVEL_NONE
    rpc = transport.DCERPCTransportFactory("ncacn_ip_tcp:127.0.0.1").get_dce_rpc()
    rpc.set_auth_level(RPC_C_AUTHN_LEVEL_NONE)
    rpc.connect()
    return [b["aNetworkAddr"].rstrip("\0") for b in IObjectExporter(rpc).ServerAlive2()]


def main():
    if not os.path.exists(EXAMPLES + "/rpcdump.py"):
        peer_host.skip("impacket's examples are missing (Debian package python3-impacket)")
    peer_host.enter_namespace()
    with peer_host.Host() as host:
        dump = run("rpcdump.py", "127.0.0.1")
        check("rpcdump lists port 135 five times and nothing else",
              dump.count("ncacn_ip_tcp:127.0.0.1[135]") == 5 and "Received 5 endpoints" in dump, dump)
        for name, text in (("rpcdump", dump), ("rpcmap", run("rpcmap.py", "ncacn_ip_tcp:127.0.0.1[135]"))):
            for interface in HOST:
                check("%s shows %s" % (name, interface), interface in text, text)
        check("oxidresolver finds the address", "127.0.0.1" in addresses())

        server = subprocess.Popen([peer_host.program("probe-server"), "-Embedding"], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL,
                                  env=dict(os.environ, OPCPROBE_HOST=str(host.folder)))
        try:
            check("rpcdump shows an object exporter once it runs", peer_host.wait_until(port_of_exporter, 20))
            port = port_of_exporter()
            listed = run("rpcmap.py", "ncacn_ip_tcp:127.0.0.1[%s]" % port)
            for interface in EXPORTER + HOST[-1:]:
                check("rpcmap shows %s at the exporter's own port" % interface, interface in listed, listed)
        finally:
            server.terminate()
            server.wait(10)
        check("rpcdump shows it no more when it has ended", peer_host.wait_until(lambda: port_of_exporter() is None, 20))
    sys.exit(failures > 0)


main()
