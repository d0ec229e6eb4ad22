#!/usr/bin/env python3
"""Makes typed C entry points for the methods of a widl header.

usage: make_shims.py NAME.h NAME_p.c OUT.c

Per method there is one client function, which puts its arguments into slots of 8 bytes, and one server function, which
takes them out and calls the object. So the compiler, and nothing specific to a processor, knows how arguments are passed. The table
NAME_shims has the interfaces in the order of NAME_ProxyFileInfo. Methods with [call_as] have routines of their own
in the proxy file and no entry here.
"""
import pathlib
import re
import sys

VTABLE = re.compile(r"typedef struct (\w+)Vtbl \{(.*?)\} \1Vtbl;", re.S)
METHOD = re.compile(r"(\w+) \(STDMETHODCALLTYPE \*(\w+)\)\((.*?)\);", re.S)
PARAMETER = re.compile(r"(.*?)\s*(\**)\s*(\w+)(\[\d*\])?$", re.S)


def interface_names(proxy):
    """In the order of the proxy file's own table."""
    names = re.search(r"_InterfaceNamesList\[\] =\s*\{(.*?)\};", proxy, re.S).group(1)
    return re.findall(r'"(\w+)"', names)


def stubless_methods(proxy, interface):
    """Which of the interface's methods the interpreter calls itself."""
    table = re.search(r"_%sProxyVtbl =\s*\{\s*\{.*?\},\s*\{(.*?)\n    \}" % interface, proxy, re.S).group(1)
    entries = [line.strip() for line in table.strip().splitlines()]
    return [entry.startswith("(void *)-1") for entry in entries]


def parameters(text):
    """(type, name) of each parameter but This."""
    found = []
    for parameter in re.split(r",\s*", text.strip())[1:]:
        base, stars, name, array = PARAMETER.match(parameter.strip()).groups()
        if not stars and not array and base in ("FLOAT", "DOUBLE", "float", "double", "DATE"):
            raise ValueError(f"{parameter}: a floating-point argument by value has no slot form")
        found.append((f"{base} {stars}{'*' if array else ''}".strip(), name))
    return found


def method_shims(interface, number, result, method, arguments):
    if result not in ("HRESULT", "ULONG"):
        raise ValueError(f"{interface}::{method} returns {result}")
    declared = "".join(f", {kind}{'' if kind.endswith('*') else ' '}{name}" for kind, name in arguments)
    slots = "".join(f", (uintptr_t){name}" for _, name in arguments)
    taken = "".join(f", ({kind})slots[{i}]" for i, (kind, _) in enumerate(arguments, 1))
    return (f"static {result} {interface}_{method}_client({interface} *This{declared})\n{{\n"
            f"    uintptr_t slots[] = {{ (uintptr_t)This{slots} }};\n"
            f"    return ndr_client_call(This, {number}, slots);\n}}\n\n"
            f"static uint64_t {interface}_{method}_server(void *object, const uint64_t *slots)\n{{\n"
            f"    {interface} *self = object;\n"
            + ("" if arguments else "    (void)slots;\n") +
            f"    return (uint32_t)self->lpVtbl->{method}(self{taken});\n}}\n\n")


def interface_shims(interface, vtable, stubless):
    methods = METHOD.findall(vtable)
    if len(methods) != len(stubless):
        raise ValueError(f"{interface}: the header has {len(methods)} methods, the proxy file {len(stubless)}")
    text, client, server = "", [], []
    for number, (result, method, arguments) in enumerate(methods):
        if not stubless[number]:
            client.append("NULL")
            server.append("NULL")
            continue
        text += method_shims(interface, number, result, method, parameters(arguments))
        client.append(f"(ndr_entry){interface}_{method}_client")
        server.append(f"{interface}_{method}_server")
    text += "static const ndr_entry %s_client[] = {\n    %s,\n};\n" % (interface, ",\n    ".join(client))
    text += "static const ndr_server_shim %s_server[] = {\n    %s,\n};\n\n" % (interface, ",\n    ".join(server))
    return text


def make(header_name, header, proxy):
    vtables = dict(VTABLE.findall(header))
    names = interface_names(proxy)
    base = pathlib.Path(header_name).stem
    text = f"/* Made from {base}.h by make_shims.py: do not edit. */\n"
    text += f'#include <{base}.h>\n\n#include "dcom/ndr/ndr.h"\n#include "dcom/ndr/table.h"\n\n'
    for name in names:
        text += interface_shims(name, vtables[name], stubless_methods(proxy, name))
    rows = "".join(f"    {{ &IID_{n}, {n}_client, {n}_server }},\n" for n in names)
    return text + f"const struct ndr_shims {base}_shims[] = {{\n{rows}}};\n"


def main(header_name, proxy_name, out_name):
    header = pathlib.Path(header_name).read_text(encoding="ascii")
    proxy = pathlib.Path(proxy_name).read_text(encoding="ascii")
    pathlib.Path(out_name).write_text(make(header_name, header, proxy), encoding="ascii")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ValueError as error:
        sys.exit(f"make_shims.py: {error}")
