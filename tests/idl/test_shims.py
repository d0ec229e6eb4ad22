#!/usr/bin/env python3
"""make_shims.py on small headers of our own.

usage: test_shims.py IDL_FOLDER
"""
import sys
import unittest

sys.path.insert(0, sys.argv[1])
import make_shims  # noqa: E402


def header(methods):
    entries = "".join(f"    {m};\n" for m in methods)
    return "typedef struct IThingVtbl {\n" + entries + "} IThingVtbl;\n"


def proxy(entries):
    return ('static CINTERFACE_PROXY_VTABLE(%d) _IThingProxyVtbl =\n{\n    {\n        &x,\n    },\n    {\n%s    }\n};\n'
            'static PCInterfaceName const _thing_InterfaceNamesList[] =\n{\n    "IThing",\n    0\n};\n'
            % (len(entries), "".join(f"        {e},\n" for e in entries)))


UNKNOWN = ["HRESULT (STDMETHODCALLTYPE *QueryInterface)(IThing *This, REFIID riid, void **out)",
           "ULONG (STDMETHODCALLTYPE *AddRef)(IThing *This)", "ULONG (STDMETHODCALLTYPE *Release)(IThing *This)"]
UNKNOWN_PROXY = ["IUnknown_QueryInterface_Proxy", "IUnknown_AddRef_Proxy", "IUnknown_Release_Proxy"]


def make(method, entry="(void *)-1"):
    return make_shims.make("thing.h", header(UNKNOWN + [method]), proxy(UNKNOWN_PROXY + [entry]))


class Shims(unittest.TestCase):
    def test_each_argument_has_a_slot_both_ways(self):
        text = make("HRESULT (STDMETHODCALLTYPE *Put)(IThing *This, WORD small, const WCHAR *text, GUID ids[])")
        self.assertIn("IThing_Put_client(IThing *This, WORD small, const WCHAR *text, GUID *ids)", text)
        self.assertIn("{ (uintptr_t)This, (uintptr_t)small, (uintptr_t)text, (uintptr_t)ids }", text)
        self.assertIn("Put(self, (WORD)slots[1], (const WCHAR *)slots[2], (GUID *)slots[3])", text)

    def test_iunknown_and_call_as_methods_have_no_entry(self):
        text = make("HRESULT (STDMETHODCALLTYPE *Next)(IThing *This, ULONG n)", "IThing_Next_Proxy")
        self.assertNotIn("Next_client", text)
        self.assertEqual(text.count("    NULL,\n"), 8)

    def test_a_real_by_value_is_refused(self):
        for kind in ("FLOAT", "double", "DATE"):
            with self.assertRaises(ValueError):
                make(f"HRESULT (STDMETHODCALLTYPE *Put)(IThing *This, {kind} value)")

    def test_an_unknown_result_is_refused(self):
        with self.assertRaises(ValueError):
            make("BOOL (STDMETHODCALLTYPE *Is)(IThing *This)")

    def test_header_and_proxy_must_agree(self):
        with self.assertRaises(ValueError):
            make_shims.make("thing.h", header(UNKNOWN), proxy(UNKNOWN_PROXY + ["(void *)-1"]))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
