#!/usr/bin/env python3
"""No command of probe-client writes to a server or reads past its cache: it is carried into plants.

Looks for every way to write (IOPCSyncIO, IOPCAsyncIO and their successors, WriteVQT), for device reads and for refreshes
that are not from the cache in the sources. What bench measures on our own server is in OURS_ALONE, each call behind the
question whether the server is ours.
"""
import os
import pathlib
import re
import sys

FORBIDDEN = re.compile(r"\bIOPC\w+_Write\w*\s*\(|->\s*Write\w*\s*\(|WriteVQT|OPC_DS_DEVICE|_ReadMaxAge\b|_Refresh\w*\s*\((?!.*\bOPC_DS_CACHE\b)")

OURS_ALONE = {"bench_call.c", "bench_refresh.c"}
GUARD = "    if (!b->connection.is_ours)\n        return E_ACCESSDENIED;\n"


def main():
    folder = pathlib.Path(os.environ.get("OPCPROBE_SOURCE", ".")) / "probe-client"
    sources = sorted(folder.rglob("*.[ch]"))
    if len(sources) < 10:
        print(f"{folder}: the sources are not there")
        return 1
    bad = [
        f"{source.name}:{number}: {line.strip()}"
        for source in sources
        if source.name not in OURS_ALONE
        for number, line in enumerate(source.read_text().splitlines(), 1)
        if FORBIDDEN.search(line)
    ]
    entry = (folder / "bench_call.c").read_text().partition("\nHRESULT bench_call(")[2].partition("{\n")[2]
    if not entry.startswith(GUARD):
        bad.append("bench_call.c: the measured calls begin without the question whether the server is ours")
    print("\n".join(bad) if bad else f"{len(sources)} sources, none writes")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
