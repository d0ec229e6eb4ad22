#!/usr/bin/env python3
"""gss-ntlmssp's initiator against our acceptor: NTLM at connect and at packet-integrity, both sides checking signatures.

usage: gss_ntlmssp.py ECHO_SERVER     (the test program tests/rpc/echo_server)

The library knows GSS-API and no RPC: this script builds the PDUs and gives it whole PDUs to sign, as NTLM does.
"""
import ctypes
import socket
import struct
import subprocess
import sys

NTLM, CONNECT, INTEGRITY = 10, 2, 5
BACK, CALLER = 0, 3
BIND, BIND_ACK, AUTH3, REQUEST, RESPONSE, FAULT = 11, 12, 16, 0, 2, 3
ECHO = bytes.fromhex("e6730ce6f988cf119af10020af6e72f4") + struct.pack("<HH", 1, 0)
NDR = bytes.fromhex("045d888aeb1cc9119fe808002b104860") + struct.pack("<HH", 2, 0)
SEQUENCE, INTEG = 0x08, 0x20  # GSS_C_SEQUENCE_FLAG, GSS_C_INTEG_FLAG
failures = 0


class Buffer(ctypes.Structure):
    _fields_ = [("length", ctypes.c_size_t), ("value", ctypes.c_void_p)]

    @classmethod
    def of(cls, data):
        made = cls(len(data), ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p))
        made.kept = data
        return made

    def bytes(self):
        return ctypes.string_at(self.value, self.length) if self.length else b""


class Oid(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint32), ("elements", ctypes.c_void_p)]

    @classmethod
    def of(cls, digits):
        data = bytes.fromhex(digits)
        made = cls(len(data), ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p))
        made.kept = data
        return made


class OidSet(ctypes.Structure):
    _fields_ = [("count", ctypes.c_size_t), ("elements", ctypes.POINTER(Oid))]


MECHANISM = Oid.of("2b06010401823702020a")
USER_NAME = Oid.of("2a864886f71201020101")
SERVICE_NAME = Oid.of("2a864886f71201020104")
COMPLETE, CONTINUE = 0, 1


def check(what, good):
    global failures
    print(("ok      " if good else "FAILED  ") + what)
    failures += not good


class Initiator:
    """A security context of the library for opcuser."""

    def __init__(self, gss, password, flags):
        self.gss, self.flags, self.minor = gss, flags, ctypes.c_uint32()
        self.context, self.credential = ctypes.c_void_p(), ctypes.c_void_p()
        self.target = self.name("host@alpha", SERVICE_NAME)
        mechanisms = OidSet(1, ctypes.pointer(MECHANISM))
        self.must(gss.gss_acquire_cred_with_password(
            ctypes.byref(self.minor), self.name("ALPHA\\opcuser", USER_NAME), ctypes.byref(Buffer.of(password.encode())),
            0, ctypes.byref(mechanisms), 1, ctypes.byref(self.credential), None, None))

    def must(self, major):
        if major & 0xFFFF0000:
            raise RuntimeError("GSS-API: major 0x%X minor 0x%X" % (major, self.minor.value))
        return major

    def name(self, text, kind):
        made = ctypes.c_void_p()
        self.must(self.gss.gss_import_name(ctypes.byref(self.minor), ctypes.byref(Buffer.of(text.encode())),
                                           ctypes.byref(kind), ctypes.byref(made)))
        return made

    def step(self, token):
        out = Buffer()
        major = self.must(self.gss.gss_init_sec_context(
            ctypes.byref(self.minor), self.credential, ctypes.byref(self.context), self.target, ctypes.byref(MECHANISM),
            self.flags, 0, None, ctypes.byref(Buffer.of(token)), None, ctypes.byref(out), None, None))
        return out.bytes(), major == COMPLETE

    def sign(self, message):
        out = Buffer()
        self.must(self.gss.gss_get_mic(ctypes.byref(self.minor), self.context, 0, ctypes.byref(Buffer.of(message)),
                                       ctypes.byref(out)))
        return out.bytes()

    def verifies(self, message, signature):
        return self.gss.gss_verify_mic(ctypes.byref(self.minor), self.context, ctypes.byref(Buffer.of(message)),
                                       ctypes.byref(Buffer.of(signature)), None) == COMPLETE


def pdu(kind, call_id, body, flags=3, auth_length=0):
    return struct.pack("<BBBBIHHI", 5, 0, kind, flags, 0x10, 16 + len(body), auth_length, call_id) + body


def with_token(kind, call_id, body, level, token):
    return pdu(kind, call_id, body + struct.pack("<BBBBI", NTLM, level, 0, 0, 1) + token, auth_length=len(token))


class Connection:
    def __init__(self, port, initiator, level):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.initiator, self.level, self.call_id = initiator, level, 1
        body = struct.pack("<HHIB3xHBB", 5840, 5840, 0, 1, 0, 1, 0) + ECHO + NDR
        token, _ = initiator.step(b"")
        self.socket.sendall(with_token(BIND, 1, body, level, token))
        answer = self.receive()
        check("the bind is taken", answer[2] == BIND_ACK)
        size = struct.unpack_from("<H", answer, 10)[0]
        token, done = initiator.step(answer[-size:])
        check("the library has all it needs after the challenge", done)
        self.socket.sendall(with_token(AUTH3, 1, bytes(4), level, token))

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError("the server hung up")
            data += more
        return data

    def receive(self):
        header = self.read(16)
        return header + self.read(struct.unpack_from("<H", header, 8)[0] - 16)

    def send_fragment(self, opnum, stub, flags):
        body = struct.pack("<IHH", len(stub), 0, opnum) + stub
        if self.level == CONNECT:
            self.socket.sendall(pdu(REQUEST, self.call_id, body, flags))
            return
        pad = -len(stub) % 16
        whole = pdu(REQUEST, self.call_id, body + bytes(pad) + struct.pack("<BBBBI", NTLM, self.level, pad, 0, 1) + bytes(16),
                    flags, 16)[:-16]
        self.socket.sendall(whole + self.initiator.sign(whole))

    def take_fragment(self):
        answer = self.receive()
        if answer[2] == FAULT:
            return None, True
        if self.level == CONNECT:
            return answer[24:], answer[3] & 2
        check("the library believes a signature of ours", self.initiator.verifies(answer[:-16], answer[-16:]))
        return answer[24:-24 - answer[-22]], answer[3] & 2

    def call(self, opnum, stub):
        self.call_id += 1
        pieces = [stub[at:at + 1600] for at in range(0, len(stub), 1600)] or [b""]
        for i, piece in enumerate(pieces):
            self.send_fragment(opnum, piece, (i == 0) + 2 * (i + 1 == len(pieces)))
        reply, last = b"", False
        while not last:
            piece, last = self.take_fragment()
            if piece is None:
                return None
            reply += piece
        return reply


def converse(gss, port, level, name):
    connection = Connection(port, Initiator(gss, "Secret-1", SEQUENCE | INTEG if level == INTEGRITY else 0), level)
    caller = connection.call(CALLER, b"")
    check("at %s we are %r" % (name, caller), (caller or b"").startswith(b"opcuser %s ntlm" % name.encode()))
    for size in (1, 20001):
        stub = bytes(i * 7 & 0xFF for i in range(size))
        check("at %s %d bytes come back" % (name, size), connection.call(BACK, stub) == stub)
    refused = Connection(port, Initiator(gss, "wrong", SEQUENCE | INTEG if level == INTEGRITY else 0), level)
    check("at %s a wrong password is a fault" % name, refused.call(BACK, b"1234") is None)


def load():
    try:
        gss = ctypes.CDLL("libgssapi_krb5.so.2")
        Initiator(gss, "any", 0)
        return gss
    except (OSError, RuntimeError) as missing:
        print("skipped: NTLM by GSS-API is not here: %s (Debian package gss-ntlmssp)" % missing)
        sys.exit(77)


def main():
    gss = load()
    server = subprocess.Popen([sys.argv[1], "127.0.0.1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = int(server.stdout.readline().split()[1])
    converse(gss, port, CONNECT, "connect")
    converse(gss, port, INTEGRITY, "packet-integrity")
    server.stdin.close()
    told = server.stdout.read()
    check("our server knows 0xC000006A", "0xC000006A" in told)
    check("our server ended well", server.wait(10) == 0)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
