"""Somebody between two hosts who sees every PDU of their RPC connections and may keep, repeat, swap or lose it.

A proxy listens on an address of its own, at the same ports as the host behind it. Each PDU is shown to `watch`, which
returns the PDUs to pass on in its place.
"""
import socket
import struct
import threading
import uuid

from loopback_hosts import ADDRESSES, NET, Hosts

REQUEST, RESPONSE, FAULT, BIND, ALTER_CONTEXT = 0, 2, 3, 11, 14


class Pdu:
    """One PDU as it passes: `up` goes from the client to the server."""

    def __init__(self, data, up, connection):
        self.data = data
        self.up = up
        self.connection = connection
        self.kind = data[2]
        self.first, self.last = bool(data[3] & 1), bool(data[3] & 2)
        self.call_id = struct.unpack_from("<I", data, 12)[0]
        self.opnum = struct.unpack_from("<H", data, 22)[0] if self.kind == REQUEST else None
        self.interface = connection.note(self)


class Connection:
    """What has been agreed on, so that a PDU can be named."""

    def __init__(self, port):
        self.port = port
        self.contexts = {}
        self.calls = {}

    def note(self, pdu):
        if pdu.kind in (BIND, ALTER_CONTEXT) and pdu.up:
            at = 28
            for _ in range(pdu.data[24]):
                context, transfers = struct.unpack_from("<HB", pdu.data, at)
                self.contexts[context] = uuid.UUID(bytes_le=pdu.data[at + 4:at + 20])
                at += 24 + 20 * transfers
        if pdu.kind == REQUEST:
            context = struct.unpack_from("<H", pdu.data, 20)[0]
            self.calls[pdu.call_id] = (self.contexts.get(context), pdu.opnum)
        interface, opnum = self.calls.get(pdu.call_id, (None, None))
        if pdu.opnum is None:
            pdu.opnum = opnum
        return interface


def read_exactly(s, size):
    data = b""
    while len(data) < size:
        more = s.recv(size - len(data))
        if not more:
            return None
        data += more
    return data


def read_pdu(s):
    head = read_exactly(s, 16)
    if head is None:
        return None
    rest = read_exactly(s, struct.unpack_from("<H", head, 8)[0] - 16)
    return None if rest is None else head + rest


class Proxy:
    """with Proxy(own address, address behind, ports) as proxy: proxy.watch = function(pdu) -> list of bytes."""

    def __init__(self, address, behind, ports):
        self.address, self.behind, self.ports = address, behind, ports
        self.watch = None
        self.listeners = []
        self.sockets = set()
        self.lock = threading.Lock()

    def __enter__(self):
        for port in self.ports:
            listener = socket.create_server((self.address, port), backlog=64)
            self.listeners.append(listener)
            threading.Thread(target=self.accept, args=(listener, port), daemon=True).start()
        return self

    def __exit__(self, *_):
        for listener in self.listeners:
            shut(listener)
        with self.lock:
            for s in list(self.sockets):
                shut(s)

    def accept(self, listener, port):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((self.behind, port), timeout=5)
            except OSError:
                shut(client)
                continue
            server.settimeout(None)
            connection = Connection(port)
            with self.lock:
                self.sockets |= {client, server}
            for s in (client, server):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, target, up in ((client, server, True), (server, client, False)):
                threading.Thread(target=self.relay, args=(source, target, up, connection), daemon=True).start()

    def relay(self, source, target, up, connection):
        try:
            while (data := read_pdu(source)) is not None:
                pdu = Pdu(data, up, connection)
                for out in self.watch(pdu) if self.watch else [data]:
                    target.sendall(out)
        except OSError:
            pass
        shut(source)
        shut(target)


def shut(s):
    for end in (lambda: s.shutdown(socket.SHUT_RDWR), s.close):
        try:
            end()
        except OSError:
            pass


PROXY = f"{NET}.4.2"


def hosts_behind_proxy(behind="beta", **options):
    """Two hosts and a proxy that stands for one of them: (hosts, proxy), neither of them entered.

    That host's string bindings carry its name only, and the other one finds the proxy under that name. For beta the
    proxy sees what the client calls, for alpha what the server calls back.
    """
    hosts = Hosts(**options)
    other, first = ("alpha", 45000) if behind == "beta" else ("beta", 40000)
    last = first + 15
    hosts.settings = {behind: {"bindings": "names", "dynamic_ports": [first, last]},
                      other: {"names": {behind: {"address": PROXY, "port": hosts.port}}}}
    return hosts, Proxy(PROXY, ADDRESSES[behind], [hosts.port, *range(first, last + 1)])
