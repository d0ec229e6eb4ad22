"""Walks the format strings of a proxy file: every type that a procedure leads to, by its code."""
import fix_tables

FC_RP, FC_UP, FC_OP, FC_STRUCT, FC_CSTRUCT, FC_BOGUS_STRUCT = 0x11, 0x12, 0x13, 0x15, 0x17, 0x1A
FC_CARRAY, FC_CVARRAY, FC_SMFARRAY, FC_BOGUS_ARRAY, FC_C_WSTRING = 0x1B, 0x1C, 0x1D, 0x21, 0x25
FC_IP, FC_AUTO_HANDLE, FC_POINTER, FC_EMBEDDED_COMPLEX, FC_END, FC_PAD = 0x2F, 0x33, 0x36, 0x4C, 0x5B, 0x5C
FC_USER_MARSHAL, FC_RANGE, FC_CONSTANT_IID = 0xB4, 0xB7, 0x5A
FC_ENUM16, FC_ENUM32 = 0x0D, 0x0E
BASE_TYPES = set(range(0x01, 0x0F)) | {0x10}
ALIGNMENTS = {0x37, 0x38, 0x39}
PADDINGS = set(range(0x3D, 0x44))


class Walk:
    """visit(code, offset, offset of the type around or None) is called for each type, once per way that leads to it."""

    def __init__(self, source, visit):
        self.types = fix_tables.format_string(source, "Type")
        self.procedures = fix_tables.format_string(source, "Proc")
        self.visit = visit

    def u16(self, data, at):
        return int.from_bytes(data[at:at + 2], "little")

    def target(self, at):
        return at + int.from_bytes(self.types[at:at + 2], "little", signed=True)

    def type(self, at, parent=None, depth=0):
        code = self.types[at]
        assert depth < 40, f"types at {at} lead to themselves"
        self.visit(code, at, parent)
        if code in (FC_RP, FC_UP, FC_OP):
            self.type(at + 2 if self.types[at + 1] & 8 else self.target(at + 2), at, depth + 1)
        elif code == FC_STRUCT:
            self.members(at + 4, None, at, depth)
        elif code == FC_CSTRUCT:
            self.type(self.target(at + 4), at, depth + 1)
            self.members(at + 6, None, at, depth)
        elif code == FC_BOGUS_STRUCT:
            assert self.u16(self.types, at + 4) == 0, "a complex structure that ends with an array"
            self.members(at + 8, self.target(at + 6), at, depth)
        elif code in (FC_CARRAY, FC_SMFARRAY, FC_CVARRAY, FC_BOGUS_ARRAY):
            element = at + {FC_CARRAY: 8, FC_SMFARRAY: 4}.get(code, 12)
            self.type(self.target(element + 2) if self.types[element] == FC_EMBEDDED_COMPLEX else element, at, depth + 1)
        else:
            assert code in BASE_TYPES | {FC_C_WSTRING, FC_IP, FC_USER_MARSHAL, FC_RANGE}, f"code {code:#x} at {at}"

    def members(self, at, pointers, parent, depth):
        while self.types[at] != FC_END:
            code = self.types[at]
            if code == FC_EMBEDDED_COMPLEX:
                self.type(self.target(at + 2), parent, depth + 1)
                at += 3
            elif code == FC_POINTER:
                self.type(pointers, parent, depth + 1)
                pointers += 4
            elif code not in ALIGNMENTS | PADDINGS | {FC_PAD}:
                assert code in BASE_TYPES, f"member code {code:#x} at {at}"
                self.visit(code, at, parent)
            at += 1

    def parameters(self):
        """(flags, type offset or None, base code or None) of each parameter of each procedure."""
        at, p = 0, self.procedures
        while at < len(p) and p[at] == FC_AUTO_HANDLE:
            at += 6 if p[at + 1] & 8 else 2
            has_extensions, count = p[at + 8] & 0x40, p[at + 9]
            at += 10 + (p[at + 10] if has_extensions else 0)
            for _ in range(count):
                flags = self.u16(p, at)
                if flags & 0x40:
                    yield flags, None, p[at + 4]
                else:
                    yield flags, self.u16(p, at + 4), None
                at += 6

    def all(self):
        for _, offset, base in self.parameters():
            if offset is None:
                self.visit(base, None, None)
            else:
                self.type(offset)
