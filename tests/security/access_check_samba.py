#!/usr/bin/python3
"""Asks Samba's access check what ours was asked, and holds its readers against our writers.

usage: access_check_samba.py ACCESS_PAIRS [COUNT [SEED]]
Ends with 77 when Samba's Python modules are not installed (Debian: python3-samba).
"""
import subprocess
import sys

try:
    from samba import NTSTATUSError, security
    from samba.dcerpc import security as types
    from samba.ndr import ndr_unpack
except ImportError as missing:
    print(f"skipped: {missing} (Debian: python3-samba)")
    sys.exit(77)

ACCESS_DENIED = 0xC0000022
SDDL_EVERY = 20  # Samba's SDDL reader is slow; one text in so many is enough


def grants(descriptor, sids, mask):
    names = sids.split(",")
    token = types.token()
    token.sids = [types.dom_sid(name) for name in names]
    token.num_sids = len(names)  # how many the token says it has is not set with the list
    try:
        security.access_check(descriptor, token, mask)
    except NTSTATUSError as refusal:
        if refusal.args[0] != ACCESS_DENIED:
            raise
        return False
    return True


def same_list(one, other):
    """Owner, group and entries; SDDL does not carry more."""
    def entries(descriptor):
        return [(ace.type, ace.flags, ace.access_mask, str(ace.trustee)) for ace in descriptor.dacl.aces]
    return (str(one.owner_sid), str(one.group_sid), entries(one)) == \
        (str(other.owner_sid), str(other.group_sid), entries(other))


def main(program, count="100000", seed="1"):
    domain = types.dom_sid("S-1-5-21-1-2-3")
    granted = asked = texts = 0
    with subprocess.Popen([program, count, seed], stdout=subprocess.PIPE, text=True) as pairs:
        for line in pairs.stdout:
            binary, sddl, sids, mask, answer = line.split()
            descriptor = ndr_unpack(types.descriptor, bytes.fromhex(binary))
            theirs = grants(descriptor, sids, int(mask))
            if theirs != (answer == "1"):
                sys.exit(f"ours says {answer}, Samba says {int(theirs)}: {sddl} for {sids}, mask {int(mask):#x}")
            if asked % SDDL_EVERY == 0 and "NO_ACCESS_CONTROL" not in sddl:
                if not same_list(descriptor, types.descriptor.from_sddl(sddl, domain)):
                    sys.exit(f"Samba reads {sddl} as another list than {binary}")
                texts += 1
            granted += theirs
            asked += 1
    if pairs.returncode != 0 or asked != int(count):
        sys.exit(f"{program} ended with {pairs.returncode} after {asked} questions")
    if not asked / 10 < granted < asked * 9 / 10:
        sys.exit(f"the questions are lopsided: {granted} of {asked} granted")
    print(f"{asked} answers agree ({granted} granted), and so do {texts} texts")


if __name__ == "__main__":
    main(*sys.argv[1:])
