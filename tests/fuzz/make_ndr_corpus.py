#!/usr/bin/env python3
"""Makes the seeds of the marshaller's fuzzers from the golden stubs.

usage: make_ndr_corpus.py        (writes into corpus/ beside this file)
"""
import pathlib
import re
import struct

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE.parent / "ndr" / "golden"
GUIDS = dict(line.split() for line in (HERE.parent / "idl" / "guids.txt").read_text().splitlines()
             if line and not line.startswith("#"))


def write(fuzzer, name, data):
    folder = HERE / "corpus" / fuzzer
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def calls(file):
    for block in re.split(r"\n\n", (GOLDEN / file).read_text()):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if len(lines) == 3:
            interface, number, method = lines[0].split()
            yield interface, int(number), method, *(bytes.fromhex(line[1:]) for line in lines[1:])


def stubs():
    seen = {}
    chosen = list(calls("calls.txt")) + [c for c in calls("others.txt") if c[0] in ("ILocalScm", "IEnumString", "IEnumConnections")]
    for interface, number, method, request, reply in chosen:
        selector = struct.pack("<LB", int(GUIDS[interface][:8], 16), number)
        seen[method] = seen.get(method, 0) + 1
        name = f"{interface}_{method}_{seen[method]}"
        write("fuzz_ndr_request", name, selector + request)
        write("fuzz_ndr_reply", name, selector + reply)


def records():
    for interface, number, method, request, _ in calls("calls.txt"):
        if interface == "Pickled":
            request += bytes(-len(request) % 8)
            headers = struct.pack("<BBHLLL", 1, 0x10, 8, 0xCCCCCCCC, len(request), 0)
            write("fuzz_pickle", method, bytes([number - 3]) + headers + request)
    # ORPCTHIS with an extension of 8 bytes.
    this = struct.pack("<HHLL16sL", 5, 7, 0, 0, bytes(16), 0x20000) + struct.pack("<LLL", 1, 0, 0x20004)
    this += struct.pack("<LLL", 2, 0x20008, 0) + struct.pack("<L16sL8s", 8, bytes(16), 8, b"extended")
    write("fuzz_pickle", "OrpcThis", bytes([10]) + this)


def value(vt, arm, discriminant=None):
    body = struct.pack("<LHHHHL", 0, vt, 0, 0, 0, vt if discriminant is None else discriminant) + arm
    return struct.pack("<L", (len(body) + 11) // 8) + body


def values():
    referent = struct.pack("<L", 0x20000)
    text = struct.pack("<LLL", 5, 10, 5) + "hello".encode("utf-16le")
    array = struct.pack("<LLLHHLLLLLLlL", 0x20000, 0x20004, 1, 1, 0x80, 8, 5 << 16, 20, 2, 0x20008, 2, 0, 2)
    write("fuzz_variant", "r8", value(5, bytes(4) + struct.pack("<d", 3.25)))
    write("fuzz_variant", "i2", value(2, struct.pack("<h", -5)))
    write("fuzz_variant", "empty", value(0, b""))
    write("fuzz_variant", "bstr", value(8, referent + text))
    write("fuzz_variant", "bstr_null", value(8, referent + struct.pack("<LLL", 0, 0xFFFFFFFF, 0)))
    write("fuzz_variant", "decimal", value(14, bytes(4) + struct.pack("<HBBLQ", 0, 3, 0x80, 1, 2)))
    write("fuzz_variant", "i4_byref", value(0x4003, referent + struct.pack("<l", 7)))
    write("fuzz_variant", "date_text", value(8, referent + struct.pack("<LLL", 10, 20, 10) + "2004-02-29".encode("utf-16le")))
    write("fuzz_variant", "r8_array", value(0x2005, array + bytes(4) + struct.pack("<dd", 1, 2), 0x2000))
    strings = struct.pack("<LLLHHLLLLLLlLLL", 0x20000, 0x20004, 1, 1, 0x180, 4, 8 << 16, 8, 2, 0x20008, 2, 0, 2, 0x2000C, 0)
    write("fuzz_variant", "bstr_array", value(0x2008, strings + text, 0x2000))
    inner = value(5, bytes(4) + struct.pack("<d", 1))
    write("fuzz_variant", "variant_byref", value(0x400C, referent + struct.pack("<L", 0x72657355) + bytes(4) + inner))


if __name__ == "__main__":
    stubs()
    records()
    values()
