#!/usr/bin/python3
"""The golden stubs against a marshaller that nobody here wrote: impacket's NDR classes.

usage: test_impacket.py GOLDEN_FOLDER        ends with 77 when impacket is not installed

OPC structures are described here in impacket's terms and encoded from the same values; DCOM's own are decoded by the
definitions that impacket itself has. The values of referents and of padding bytes are free.
"""
import pathlib
import re
import struct
import sys
import unittest

try:
    from impacket.dcerpc.v5 import dcomrt
    from impacket.dcerpc.v5.dcom.oaut import VARIANT
    from impacket.dcerpc.v5.dtypes import DWORD, LONG, LPWSTR, NULL, ULONG, USHORT, WORD
    from impacket.dcerpc.v5.ndr import NDRCALL, NDRPOINTER, NDRSTRUCT, NDRUniConformantArray
except ImportError:
    print("skipped: impacket is not installed (Debian package python3-impacket)")
    sys.exit(77)

GOLDEN = pathlib.Path(sys.argv[1])
PADDING = (0xAA, 0xAB, 0xBF)  # what impacket fills gaps with; ours are zero
USER = 0x72657355


def golden_calls():
    calls = {}
    for block in (GOLDEN / "calls.txt").read_text().split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if len(lines) == 3:
            interface, _, method = lines[0].split()
            calls.setdefault(f"{interface}.{method}", tuple(bytes.fromhex(line[1:]) for line in lines[1:]))
    return calls


CALLS = golden_calls()


def differences(theirs, ours):
    """The 4-byte words that differ other than in referents and padding."""
    found = [] if len(theirs) == len(ours) else [f"{len(theirs)} bytes are {len(ours)}"]
    for at in range(0, min(len(theirs), len(ours)), 4):
        a, b = theirs[at:at + 4], ours[at:at + 4]
        word = int.from_bytes(b, "little")
        if len(b) == 4 and any(a) and (word == USER or word >> 16 == 2):
            continue
        if any(x != y and not (x in PADDING and y == 0) for x, y in zip(a, b)):
            found.append(f"at {at}: {a.hex()} is {b.hex()}")
    return found


# ---- OPC structures in impacket's terms ---------------------------------------------------------
class FILETIME(NDRSTRUCT):
    structure = (("low", DWORD), ("high", DWORD))


class SERVERSTATUS(NDRSTRUCT):
    structure = (("start", FILETIME), ("current", FILETIME), ("update", FILETIME), ("state", USHORT), ("groups", DWORD),
                 ("bandwidth", DWORD), ("major", WORD), ("minor", WORD), ("build", WORD), ("reserved", WORD),
                 ("vendor", LPWSTR))


class PSERVERSTATUS(NDRPOINTER):
    referent = (("Data", SERVERSTATUS),)


class GetStatusReply(NDRCALL):
    structure = (("status", PSERVERSTATUS), ("result", DWORD))


class BLOB(NDRUniConformantArray):
    item = "c"


class PBLOB(NDRPOINTER):
    referent = (("Data", BLOB),)


class ITEMDEF(NDRSTRUCT):
    structure = (("path", LPWSTR), ("id", LPWSTR), ("active", LONG), ("client", DWORD), ("size", DWORD), ("blob", PBLOB),
                 ("type", WORD), ("reserved", WORD))


class ITEMDEFS(NDRUniConformantArray):
    item = ITEMDEF


class AddItemsRequest(NDRCALL):
    structure = (("count", DWORD), ("items", ITEMDEFS))


class ITEMRESULT(NDRSTRUCT):
    structure = (("server", DWORD), ("type", WORD), ("reserved", WORD), ("rights", DWORD), ("size", DWORD), ("blob", PBLOB))


class ITEMRESULTS(NDRUniConformantArray):
    item = ITEMRESULT


class PITEMRESULTS(NDRPOINTER):
    referent = (("Data", ITEMRESULTS),)


class ERRORS(NDRUniConformantArray):
    item = "<L"


class PERRORS(NDRPOINTER):
    referent = (("Data", ERRORS),)


class AddItemsReply(NDRCALL):
    structure = (("results", PITEMRESULTS), ("errors", PERRORS), ("result", DWORD))


class ITEMSTATE(NDRSTRUCT):
    structure = (("client", DWORD), ("time", FILETIME), ("quality", WORD), ("reserved", WORD), ("value", VARIANT))


class ITEMSTATES(NDRUniConformantArray):
    item = ITEMSTATE


class PITEMSTATES(NDRPOINTER):
    referent = (("Data", ITEMSTATES),)


class ReadRequest(NDRCALL):
    structure = (("source", USHORT), ("count", DWORD), ("handles", ERRORS))


class ReadReply(NDRCALL):
    structure = (("states", PITEMSTATES), ("errors", PERRORS), ("result", DWORD))


# Type, member of impacket's union, value, size in quad words: the seven values of the golden Read.
VALUES = [(5, "dblVal", 3.25, 4), (8, "bstrVal", "hello", 6), (2, "iVal", -5, 3), (0, None, None, 3),
          (11, "boolVal", 0xFFFF, 3), (20, "llVal", 0x1122334455667788, 4), (17, "bVal", 9, 3)]


def set_time(field, low, high):
    field["low"], field["high"] = low, high


def set_value(v, kind, member, value, quads):
    v["clSize"], v["rpcReserved"], v["vt"] = quads, 0, kind
    v["wReserved1"] = v["wReserved2"] = v["wReserved3"] = 0
    v["_varUnion"]["tag"] = kind
    if member == "bstrVal":
        text = v["_varUnion"]["bstrVal"]
        text["cBytes"], text["clSize"], text["asData"] = 2 * len(value), len(value), value
    elif member:
        v["_varUnion"][member] = value


def item_def(path, name, active, client, blob, kind):
    d = ITEMDEF()
    d["path"], d["id"] = (NULL if path is None else path + "\0"), name + "\0"
    d["active"], d["client"], d["size"], d["type"], d["reserved"] = active, client, len(blob), kind, 0
    d["blob"] = [bytes([b]) for b in blob] if blob else NULL
    return d


class Opc(unittest.TestCase):
    def assert_same(self, call, ours):
        self.assertEqual(differences(call.getData(), ours), [])

    def test_server_status(self):
        reply = GetStatusReply()
        status = reply["status"]
        set_time(status["start"], 1, 0)
        set_time(status["current"], 0, 2)
        set_time(status["update"], 3, 0)
        status["state"], status["groups"], status["bandwidth"] = 5, 7, 80
        status["major"], status["minor"], status["build"], status["reserved"] = 3, 1, 4, 0
        status["vendor"] = "Vendor X\0"
        reply["result"] = 0
        self.assert_same(reply, CALLS["IOPCServer.GetStatus"][1])

    def test_item_definitions(self):
        request = AddItemsRequest()
        request["count"] = 3
        for d in (item_def("", "Random.Int4", 1, 1, b"", 3), item_def(None, "X", 0, 2, b"blob!", 0),
                  item_def("path", "Long.Item.Name", 1, 3, b"", 8)):
            request["items"].append(d)
        self.assert_same(request, CALLS["IOPCItemMgt.AddItems"][0])

    def test_item_results(self):
        reply = AddItemsReply()
        for i in range(3):
            r = ITEMRESULT()
            r["server"], r["type"], r["reserved"], r["rights"] = 100 + i, 5, 0, 3
            r["size"], r["blob"] = (3, [b"x", b"y", b"z"]) if i == 1 else (0, NULL)
            reply["results"].append(r)
        reply["errors"], reply["result"] = [0, 0, 0xC0040007], 1
        self.assert_same(reply, CALLS["IOPCItemMgt.AddItems"][1])

    def test_read_request(self):
        request = ReadRequest()
        request["source"], request["count"], request["handles"] = 2, 7, list(range(11, 18))
        self.assert_same(request, CALLS["IOPCSyncIO.Read"][0])

    def test_item_states_with_values(self):
        reply = ReadReply()
        for i, (kind, member, value, quads) in enumerate(VALUES):
            state = ITEMSTATE()
            state["client"], state["quality"], state["reserved"] = 11 + i, 192, 0
            set_time(state["time"], 0x11111111, 0x22222222)
            set_value(state["value"], kind, member, value, quads)
            reply["states"].append(state)
        reply["errors"], reply["result"] = [0] * 7, 0
        self.assert_same(reply, CALLS["IOPCSyncIO.Read"][1])


class Dcom(unittest.TestCase):
    """Our bytes, read by impacket's own definitions."""

    def test_resolve_oxid2(self):
        request = dcomrt.ResolveOxid2(CALLS["IObjectExporter.ResolveOxid2"][0])
        self.assertEqual(request["pOxid"], 0xABCDEF)
        self.assertEqual(request["arRequestedProtseqs"], [7])
        reply = dcomrt.ResolveOxid2Response(CALLS["IObjectExporter.ResolveOxid2"][1])
        self.assertEqual(reply["ppdsaOxidBindings"]["wNumEntries"], 6)
        self.assertEqual(reply["ppdsaOxidBindings"]["aStringArray"], [7, 8, 9, 10, 11, 12])
        self.assertEqual(reply["pipidRemUnknown"], b"\x5a" * 16)
        self.assertEqual(reply["pAuthnHint"], 10)
        self.assertEqual((reply["pComVersion"]["MajorVersion"], reply["pComVersion"]["MinorVersion"]), (5, 7))

    def test_complex_ping(self):
        request = dcomrt.ComplexPing(CALLS["IObjectExporter.ComplexPing"][0])
        self.assertEqual((request["pSetId"], request["SequenceNum"], request["cAddToSet"]), (5, 2, 3))
        reply = dcomrt.ComplexPingResponse(CALLS["IObjectExporter.ComplexPing"][1])
        self.assertEqual((reply["pSetId"], reply["pPingBackoffFactor"], reply["ErrorCode"]), (77, 0, 0))

    def test_rem_add_ref(self):
        # impacket counts ORPCTHIS, 32 bytes without extensions, as part of the request.
        request = dcomrt.RemAddRef(struct.pack("<HHLL16sL", 5, 7, 0, 0, bytes(16), 0) + CALLS["IRemUnknown2.RemAddRef"][0])
        self.assertEqual(request["cInterfaceRefs"], 2)
        self.assertEqual([r["cPublicRefs"] for r in request["InterfaceRefs"]], [1, 5])

    def test_remote_create_instance(self):
        request = dcomrt.RemoteCreateInstance(CALLS["IRemoteSCMActivator.RemoteCreateInstance"][0])
        self.assertEqual(request["ORPCthis"]["version"]["MinorVersion"], 7)
        self.assertEqual(b"".join(request["pActProperties"]["abData"]), b"\x22\x22")

    def test_activation_records(self):
        header = self.record(dcomrt.CustomHeader, "PickleCustomHeader")
        self.assertEqual((header["totalSize"], header["cIfs"]), (100, 2))
        self.assertEqual([size["Data"] if not isinstance(size, int) else size for size in header["pSizes"]], [10, 20])
        reply = self.record(dcomrt.ScmReplyInfoData, "PickleScmReply")
        self.assertEqual(reply["remoteReply"]["Oxid"], 0xFEED)
        self.assertEqual(reply["remoteReply"]["serverVersion"]["MinorVersion"], 7)

    def record(self, kind, method):
        data, record = self.pickled(method), kind()
        size = record.fromString(data)
        record.fromStringReferents(data[size:])
        return record

    @staticmethod
    def pickled(method):
        """A record with the headers of type serialization in front ([MS-RPCE] 2.2.6)."""
        record = CALLS[f"Pickled.{method}"][0]
        record += bytes(-len(record) % 8)
        return struct.pack("<BBHLLL", 1, 0x10, 8, 0xCCCCCCCC, len(record), 0) + record


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
