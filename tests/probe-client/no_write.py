#!/usr/bin/env python3
"""No command of probe-client writes to a server or reads past its cache: it is carried into plants.

Looks for every way to write (IOPCSyncIO, IOPCAsyncIO and their successors, WriteVQT) and for device reads in the sources.
"""
import os
import pathlib
import re
import sys

FORBIDDEN = re.compile(r"\bIOPC\w+_Write\w*\s*\(|->\s*Write\w*\s*\(|WriteVQT|OPC_DS_DEVICE|_ReadMaxAge\b|_Refresh\w*\s*\(")


def main():
    folder = pathlib.Path(os.environ.get("OPCPROBE_SOURCE", ".")) / "probe-client"
    sources = sorted(folder.rglob("*.[ch]"))
    if len(sources) < 10:
        print(f"{folder}: the sources are not there")
        return 1
    bad = [
        f"{source.name}:{number}: {line.strip()}"
        for source in sources
        for number, line in enumerate(source.read_text().splitlines(), 1)
        if FORBIDDEN.search(line)
    ]
    print("\n".join(bad) if bad else f"{len(sources)} sources, none writes")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
