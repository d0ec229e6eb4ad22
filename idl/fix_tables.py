#!/usr/bin/env python3
"""Repairs a proxy file that widl -Oicf made, so that its tables say what MIDL's would.

usage: fix_tables.py [--typed-calls] IN_p.c OUT_p.c

1. Out-parameters that are strings. For an [out] or [in,out] parameter that points to a string pointer widl (7.0 to 8.0
   at least) writes the type offset of the inner pointer (FC_OP or FC_UP, simple, string) where MIDL writes that of the FC_RP
   in front of it. An interpreter then takes the parameter for the string pointer itself and the text never arrives.
2. With --typed-calls: the remote halves of [call_as] methods call a variadic function with arguments of different sizes.
   Only a machine's own calling convention makes sense of that; here each argument is put into its slot by a cast instead.
"""
import re
import sys

FC_RP, FC_UP, FC_OP = 0x11, 0x12, 0x13
FC_C_CSTRING, FC_C_WSTRING = 0x22, 0x25
POINTER_SIMPLE = 0x08
PARAMETER_OUT = 0x10
# An FC_RP that is allocated on the stack and dereferenced, with its target right behind it.
REFERENCE_TO_NEXT = bytes([FC_RP, 0x14, 0x02, 0x00])

PARAMETER = re.compile(
    r"(NdrFcShort\((0x[0-9a-f]+)\),\t/\* flags:[^*]*\*/\s*NdrFcShort\(0x[0-9a-f]+\),\t/\* stack offset = \d+ \*/\s*)"
    r"NdrFcShort\((0x[0-9a-f]+)\),\t/\* type offset = \d+ \*/")
CALL = re.compile(r"NdrClientCall2\( &Object_StubDesc,\s*(&__MIDL_ProcFormatString\.Format\[\d+\]),\s*([^;]*?) \);", re.S)


def format_string(source, kind):
    """The bytes of the Type or Proc format string of a proxy file."""
    body = re.search(r"MIDL_%sFormatString\s*=\s*\{\s*0,\s*\{(.*?)\n\s*\}\s*\n\s*\};" % kind, source, re.S)
    if not body:
        raise ValueError(f"there is no {kind} format string: is this the output of widl -Oicf?")
    data = bytearray()
    text = re.sub(r"/\*.*?\*/", " ", body.group(1), flags=re.S)
    for token in re.finditer(r"NdrFcShort\(\s*([^)]+)\)|NdrFcLong\(\s*([^)]+)\)|(0x[0-9a-fA-F]+|\d+)", text):
        short, long, byte = token.groups()
        if short:
            data += (int(short, 0) & 0xFFFF).to_bytes(2, "little")
        elif long:
            data += (int(long, 0) & 0xFFFFFFFF).to_bytes(4, "little")
        else:
            data.append(int(byte, 0) & 0xFF)
    return bytes(data)


def is_inner_string(types, offset):
    """True if `offset` is a simple pointer to a string and an FC_RP to it stands in front of it."""
    return (offset >= 4 and types[offset] in (FC_UP, FC_OP) and types[offset + 1] == POINTER_SIMPLE
            and types[offset + 2] in (FC_C_CSTRING, FC_C_WSTRING) and types[offset - 4:offset] == REFERENCE_TO_NEXT)


def wrong_parameters(source):
    """The matches of parameters with the offset of the inner pointer."""
    types = format_string(source, "Type")
    return [m for m in PARAMETER.finditer(source)
            if int(m.group(2), 0) & PARAMETER_OUT and is_inner_string(types, int(m.group(3), 0))]


def fix_strings(source):
    for match in reversed(wrong_parameters(source)):
        offset = int(match.group(3), 0) - 4
        line = f"{match.group(1)}NdrFcShort(0x{offset:x}),\t/* type offset = {offset} */"
        source = source[:match.start()] + line + source[match.end():]
    return source


def type_calls(source):
    def typed(match):
        slots = ", ".join(f"(uintptr_t){a.strip()}" for a in match.group(2).split(","))
        return f"ndr_call_procedure({match.group(1)}, (uintptr_t[]){{ {slots} }});"

    source = CALL.sub(typed, source)
    if "NdrClientCall2" in source:
        raise ValueError("a call of NdrClientCall2 has a form that is not known here")
    return source


def main(arguments):
    typed = "--typed-calls" in arguments
    source_name, out_name = [a for a in arguments if not a.startswith("--")]
    with open(source_name, encoding="ascii") as file:
        source = file.read()
    source = fix_strings(source)
    if typed:
        source = type_calls(source)
    with open(out_name, "w", encoding="ascii") as file:
        file.write(source)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ValueError as error:
        sys.exit(f"fix_tables.py: {sys.argv[-2]}: {error}")
