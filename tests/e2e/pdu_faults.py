#!/usr/bin/python3
"""PDUs lost, repeated, swapped and replayed on their way: from Packet on nobody believes them, below nobody falls over.

AddItems is a request of several fragments, Read has a response of several. GetStatus is one of each.
"""
import json
import pathlib
import struct
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from pdu_proxy import REQUEST, RESPONSE, hosts_behind_proxy  # noqa: E402
from process_faults import ADD_ITEMS, GET_STATUS, ON_DATA_CHANGE, READ  # noqa: E402

LEVELS = ["none", "connect", "call", "packet", "packet-integrity", "packet-privacy"]
PROTECTED = LEVELS[2:]  # call travels as packet
ITEMS = [f"Bulk.R8.{number:05}" for number in range(1, 201)]
FIRST_OBJECT_PORT = 40000  # the resolvers have lower ones
TIMEOUT_S = 2
# The stage that waits in vain, those that fail after it and the teardown, on a machine that is busy.
LIMIT_S = 20
# The connection broke, was refused, did not stand up to its signature, made no sense, or said nothing until the deadline.
CLEAR_CODES = ("0x800706BE", "0x800706BA", "0x80070005", "0x80070721", "0x800706F7", "0x800706C0", "0x8001011F")


class Lost:
    """The first fragment never arrives."""

    def __init__(self):
        self.done = False

    def pass_on(self, pdu, is_victim):
        if is_victim and not self.done:
            self.done = True
            return []
        return [pdu.data]


class Repeated(Lost):
    """The first fragment arrives twice."""

    def pass_on(self, pdu, is_victim):
        if is_victim and not self.done:
            self.done = True
            return [pdu.data, pdu.data]
        return [pdu.data]


class Swapped(Lost):
    """The second fragment overtakes the first."""

    kept = None

    def pass_on(self, pdu, is_victim):
        if is_victim and self.kept is None and not self.done:
            self.kept = pdu.data
            return []
        if self.kept is not None and is_victim:
            out, self.kept, self.done = [pdu.data, self.kept], None, True
            return out
        return [pdu.data]


class Replayed(Lost):
    """Behind the victim comes a PDU of the same kind that has been delivered before."""

    earlier = None

    def pass_on(self, pdu, is_victim):
        out = [pdu.data]
        if is_victim and self.earlier and not self.done:
            self.done = True
            out.append(self.earlier)
        if pdu.kind in (REQUEST, RESPONSE):
            self.earlier = pdu.data
        return out


def changed_at(where):
    """A fault that changes one bit of the byte that `where` finds; every bit is changed by the suite of the RPC runtime."""

    class Changed(Lost):
        def pass_on(self, pdu, is_victim):
            data = bytearray(pdu.data)
            if is_victim and not self.done:
                self.done = True
                data[where(data)] ^= 1
            return [bytes(data)]

    return Changed


def trailer_of(data):
    return len(data) - struct.unpack_from("<H", data, 10)[0] - 8


# An unknown opnum or a cancel count, the IPID or the ORPCTHAT, the stub's end, and of what protects them the level, the
# context and the signature.
PLACES = {"behind the context": lambda data: 22, "behind the header": lambda data: 28,
          "end of the stub": lambda data: trailer_of(data) - 1, "level": lambda data: trailer_of(data) + 1, "auth context": lambda data: trailer_of(data) + 4,
          "signature": lambda data: len(data) - 1}
CHANGED = {name: changed_at(where) for name, where in PLACES.items()}


class Middle:
    """Applies a fault to one call's PDUs of one direction."""

    def __init__(self, fault, call, up):
        self.fault, self.call, self.up = fault, call, up

    def __call__(self, pdu):
        if pdu.up != self.up or pdu.connection.port < FIRST_OBJECT_PORT:
            return [pdu.data]
        is_victim = pdu.kind == (REQUEST if self.up else RESPONSE) and (pdu.interface, pdu.opnum) == self.call
        return self.fault.pass_on(pdu, is_victim)


class Faults(unittest.TestCase):
    BEHIND = "beta"

    @classmethod
    def setUpClass(cls):
        cls.hosts, cls.proxy = hosts_behind_proxy(cls.BEHIND, minimum_level="none", grants_anonymous=True)
        cls.hosts.__enter__()
        cls.addClassCleanup(cls.hosts.__exit__)
        cls.proxy.__enter__()
        cls.addClassCleanup(cls.proxy.__exit__)

    def check(self, level):
        begun = time.monotonic()
        result = self.hosts.client("check", "beta", "opcprobe.TestServer.1", *ITEMS, "--level", level, "--timeout",
                                   str(TIMEOUT_S), "--json")
        self.assertLess(time.monotonic() - begun, LIMIT_S)
        self.assertIn(result.returncode, (0, 1), result.stderr)
        report = json.loads(result.stdout)
        report["by_name"] = {stage["stage"]: stage for stage in report["stages"]}
        return report

    def check_with(self, fault, level, call, up):
        self.proxy.watch = Middle(fault(), call, up)
        report = self.check(level)
        self.assertTrue(self.proxy.watch.fault.done, "the fault found no PDU")
        self.proxy.watch = None
        return report

    def assert_nothing_is_left_of_it(self, level):
        verdict = self.check(level)["verdict"]
        self.assertEqual(verdict["outcome"], "connected", verdict)


class Calls(Faults):
    def test_fragments_in_disorder_fail_their_stage_where_the_level_protects(self):
        for level in PROTECTED:
            for call, up, stage in ((ADD_ITEMS, True, "group"), (READ, False, "read")):
                for fault in (Lost, Repeated, Swapped, Replayed):
                    with self.subTest(level=level, stage=stage, fault=fault.__name__):
                        report = self.check_with(fault, level, call, up)
                        failed = report["by_name"][stage]
                        self.assertEqual(report["verdict"]["stage"], stage, failed)
                        self.assertIn(failed["code"], CLEAR_CODES, failed)
            self.assert_nothing_is_left_of_it(level)

    def test_a_whole_pdu_again_is_never_taken_for_an_answer_where_the_level_protects(self):
        for level in PROTECTED:
            for up in (True, False):
                for fault in (Repeated, Replayed):
                    with self.subTest(level=level, up=up, fault=fault.__name__):
                        report = self.check_with(fault, level, GET_STATUS, up)
                        stage = report["by_name"]["call"]
                        self.assertTrue(stage["status"] == "ok" and "opcprobe test server" in stage["detail"], stage)
                        for other in report["stages"]:
                            if other["status"] == "failed":
                                self.assertIn(other["code"], CLEAR_CODES, other)
            self.assert_nothing_is_left_of_it(level)

    def test_a_changed_bit_fails_the_call_where_the_level_protects(self):
        for level in PROTECTED:
            for up in (True, False):
                for name, fault in CHANGED.items():
                    with self.subTest(level=level, up=up, place=name):
                        report = self.check_with(fault, level, GET_STATUS, up)
                        failed = report["by_name"]["call"]
                        self.assertEqual(report["verdict"]["stage"], "call", failed)
                        self.assertIn(failed["code"], CLEAR_CODES, failed)
            self.assert_nothing_is_left_of_it(level)

    def test_without_protection_nobody_falls_over(self):
        for level in ("none", "connect"):
            for call, up in ((ADD_ITEMS, True), (READ, False), (GET_STATUS, True), (GET_STATUS, False)):
                for fault in (Lost, Repeated, Replayed) if call == GET_STATUS else (Lost, Repeated, Swapped, Replayed):
                    with self.subTest(level=level, call=call, up=up, fault=fault.__name__):
                        self.check_with(fault, level, call, up)
            self.assert_nothing_is_left_of_it(level)


class Callbacks(Faults):
    """The same on the way back: the client's sink takes nothing that does not stand up to its signature."""

    BEHIND = "alpha"

    def test_no_damaged_request_brings_data_and_the_check_says_which_way_is_at_fault(self):
        for name, fault in {"lost": Lost, "repeated": Repeated, "swapped": Swapped, "replayed": Replayed, **CHANGED}.items():
            with self.subTest(fault=name):
                report = self.check_with(fault, "packet-integrity", ON_DATA_CHANGE, True)
                failed = report["by_name"]["data"]
                self.assertEqual((report["verdict"]["stage"], report["verdict"]["direction"]), ("data", "server-to-client"), failed)
                self.assertEqual(failed["code"], "0x8001011F", failed)
                self.assertEqual(report["counts"]["data_changes"], 0)
        self.assert_nothing_is_left_of_it("packet-integrity")

    def test_a_damaged_response_is_a_failed_call_of_the_server_and_nothing_to_the_client(self):
        for name, fault in CHANGED.items():
            with self.subTest(fault=name):
                before = len(self.hosts.event_list("BETA", "call_failed"))
                report = self.check_with(fault, "packet-integrity", ON_DATA_CHANGE, False)
                self.assertEqual(report["verdict"]["outcome"], "connected", report["verdict"])
                self.assertEqual(report["counts"]["data_changes"], 1)
                self.assertGreater(len(self.hosts.event_list("BETA", "call_failed")), before)
        self.assert_nothing_is_left_of_it("packet-integrity")


if __name__ == "__main__":
    unittest.main(verbosity=2)
