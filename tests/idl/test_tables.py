#!/usr/bin/env python3
"""The faults of widl's tables, each with a test that fails if its cure is missing.

usage: test_tables.py GENERATED_FOLDER IDL_FOLDER
"""
import collections
import pathlib
import re
import sys
import unittest

GENERATED, IDL = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
sys.path.insert(0, str(IDL))
import fix_tables  # noqa: E402
import format_walk as fw  # noqa: E402

NAMES = ["comstd", "opccomn", "opcsec", "opcda", "dcom", "local"]
# Parameters of type [out] LPWSTR * and [in, out] LPWSTR *, counted in the IDL by hand.
STRING_OUT_PARAMETERS = {"comstd": 0, "opccomn": 6, "opcsec": 0, "opcda": 4, "dcom": 0, "local": 7}


def table(name, repaired=True):
    return (GENERATED / ("" if repaired else "widl") / f"{name}_p.c").read_text(encoding="ascii")


def codes(name):
    found = []
    fw.Walk(table(name), lambda code, at, parent: found.append((code, at, parent))).all()
    return found


class Tables(unittest.TestCase):
    def test_string_results_point_at_their_reference(self):
        """Quirk: [out] LPWSTR * gets the type of the inner pointer, and the text never arrives."""
        for name in NAMES:
            with self.subTest(name):
                before = fix_tables.wrong_parameters(table(name, repaired=False))
                self.assertEqual(len(before), STRING_OUT_PARAMETERS[name])
                self.assertEqual(fix_tables.wrong_parameters(table(name)), [])

    def test_every_string_result_is_a_reference_to_a_pointer(self):
        """The same from the other side: where an out-parameter leads to text, an FC_RP is in between."""
        for name in NAMES:
            walk = fw.Walk(table(name), lambda *_: None)
            for flags, offset, _ in walk.parameters():
                if offset is None or not flags & fix_tables.PARAMETER_OUT:
                    continue
                self.assertNotIn(walk.types[offset], (fw.FC_UP, fw.FC_OP, fw.FC_C_WSTRING), f"{name} at {offset}")

    def test_no_parameter_repeats_string_on_a_string_type(self):
        """Quirk: [string] on a parameter whose typedef has it already gives a garbage offset."""
        for name in NAMES:
            text = (IDL / f"{name}.idl").read_text(encoding="ascii")
            self.assertIsNone(re.search(r"\[[^\]]*\bstring\b[^\]]*\]\s*(const\s+)?LP(C?)(WSTR|OLESTR)\b", text), name)

    def test_every_offset_leads_to_a_type(self):
        """A garbage offset ends the walk at a code that is no type."""
        for name in NAMES:
            with self.subTest(name):
                self.assertTrue(codes(name))

    def test_a_value_is_aligned_to_4_on_the_wire(self):
        """Quirk: a stand-in with a hyper makes whatever contains a VARIANT 8-aligned on the wire."""
        types = fix_tables.format_string(table("opcda"), "Type")
        values = [(at, around) for code, at, around in codes("opcda") if code == fw.FC_USER_MARSHAL]
        containers = {around for _, around in values if types[around] in (fw.FC_BOGUS_STRUCT, fw.FC_BOGUS_ARRAY)}
        self.assertGreaterEqual(len(containers), 5)
        for at in containers:
            self.assertEqual(types[at + 1], 3, f"alignment less one of the type at {at}")
        for at, _ in values:
            self.assertEqual(int.from_bytes(types[at + 4:at + 6], "little"), 24, "size in memory")

    def test_no_reference_leads_to_a_reference(self):
        """Quirk: [out, ref] T ** makes the inner pointer a reference, which cannot be NULL and is not allocated."""
        for name in NAMES:
            for code, at, parent in codes(name):
                self.assertFalse(code == fw.FC_RP and parent is not None, f"{name} at {at}")

    def test_opc_enumerations_have_16_bits_on_the_wire(self):
        counts = collections.Counter(code for code, _, _ in codes("opcda"))
        self.assertEqual(counts[fw.FC_ENUM32], 0)
        self.assertGreaterEqual(counts[fw.FC_ENUM16], 7)
        for name in NAMES:
            self.assertNotIn("v1_enum", (IDL / f"{name}.idl").read_text(encoding="ascii"))

    def test_the_idl_needs_no_file_that_debian_does_not_ship(self):
        """Quirk: there are no .idl files of the Windows SDK, so ours import nothing but each other."""
        for name in NAMES:
            for imported in re.findall(r'^\s*import\s+"([^"]+)"', (IDL / f"{name}.idl").read_text(encoding="ascii"), re.M):
                self.assertTrue((IDL / imported).exists(), imported)

    def test_windows_proxies_declare_what_mingw_forgets(self):
        """Quirk: mingw-w64 has the prototypes of IUnknown's proxies for C++ only."""
        prefix = (IDL / "windows" / "proxy_prefix.h").read_text(encoding="ascii")
        for method in ("QueryInterface", "AddRef", "Release"):
            self.assertIn(f"IUnknown_{method}_Proxy(", prefix)

    def test_windows_registers_every_opc_interface(self):
        listed = set(re.findall(r"&IID_(\w+),", (IDL / "windows" / "opc_proxies_windows.c").read_text(encoding="ascii")))
        known = set()
        for name in ("opcda", "opccomn", "opcsec"):
            names = re.search(r"_InterfaceNamesList\[\] =\s*\{(.*?)\};", table(name), re.S).group(1)
            known |= set(re.findall(r'"(\w+)"', names))
        self.assertEqual(listed - {"IUnknown"}, known)

    def test_no_call_is_variadic(self):
        for name in NAMES:
            self.assertNotIn("NdrClientCall2", table(name))
        self.assertIn("ndr_call_procedure(&__MIDL_ProcFormatString", table("comstd"))


class Guids(unittest.TestCase):
    def test_interfaces_have_their_published_identifiers(self):
        made = {}
        for name in NAMES:
            text = (GENERATED / f"{name}_i.c").read_text(encoding="ascii")
            for iid, numbers in re.findall(r"MIDL_DEFINE_GUID\(IID, IID_(\w+), ([^)]*)\)", text):
                parts = [int(n, 0) for n in numbers.split(",")]
                tail = "".join(f"{n:02x}" for n in parts[3:])
                made[iid] = f"{parts[0]:08x}-{parts[1]:04x}-{parts[2]:04x}-{tail[:4]}-{tail[4:]}"
        published = pathlib.Path(__file__).with_name("guids.txt").read_text(encoding="ascii")
        expected = dict(line.split() for line in published.splitlines() if line and not line.startswith("#"))
        self.assertGreaterEqual(len(expected), 40)
        for name, guid in expected.items():
            self.assertEqual(made.get(name), guid, name)
        # Nothing is made that nobody has checked.
        self.assertEqual(sorted(set(made) - set(expected)), [])


class Repair(unittest.TestCase):
    def test_a_file_that_is_no_proxy_is_refused(self):
        with self.assertRaises(ValueError):
            fix_tables.fix_strings("int main(void) { return 0; }")

    def test_an_unknown_form_of_call_is_refused(self):
        with self.assertRaises(ValueError):
            fix_tables.type_calls("_RetVal = NdrClientCall2(&Other, 0);")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
