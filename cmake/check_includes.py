#!/usr/bin/env python3
"""Holds every #include of the tree against the dependency directions of ARCHITECTURE.md.

usage: check_includes.py [ROOT]     prints each wrong line and ends with 1 if there is any
"""
import pathlib
import re
import sys

# Folder -> project folders it may include. dcom/include stands for the Windows-shaped headers (<objbase.h> ...).
ALLOWED = {
    "base": set(),
    "security": {"base"},
    "dcom/include": {"base"},
    "dcom/oleaut": {"base", "dcom/include"},
    "dcom/ndr": {"base", "dcom/include", "dcom/oleaut"},
    "dcom/auth": {"base"},
    "dcom/rpc": {"base", "dcom/auth", "dcom/include"},
    "dcom/orpc": {"base", "security", "dcom/include", "dcom/oleaut", "dcom/ndr", "dcom/auth", "dcom/rpc"},
    "dcom/com": {"base", "security", "dcom/include", "dcom/oleaut", "dcom/ndr", "dcom/auth", "dcom/rpc", "dcom/orpc"},
    "dcom/scm": {"base", "security", "dcom/include", "dcom/oleaut", "dcom/ndr", "dcom/auth", "dcom/rpc", "dcom/orpc"},
    "opcda": {"base"},
    "probe-server": {"base", "opcda"},
    "probe-client": {"base", "opcda"},
    "matrix": {"base"},
}
# The one file of the OPC vocabulary that knows where the portable runtime keeps its registry.
REGISTRY_FILES = {"opcda/classes_root_hostfolder.c"}
OBSERVER_USERS = {"probe-client/observe_dcom.c"}
OS_HEADERS = re.compile(r"<(sys/(?!types\.h)|unistd\.h|poll\.h|netinet/|arpa/|netdb\.h|winsock2\.h|fcntl\.h|signal\.h|termios\.h|sched\.h|spawn\.h)")
OS_FOLDERS = ("base/posix/", "base/win32/")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<][^">]+[">])')


def folder_of(path):
    for name in sorted(ALLOWED, key=len, reverse=True):
        if path.startswith(name + "/"):
            return name
    return None


def complaints(root, path):
    here = folder_of(path)
    for number, line in enumerate((root / path).read_text().splitlines(), 1):
        if re.search(r"\b_WIN32\b", line) and not path.startswith("base/win32/"):
            yield f"{path}:{number}: _WIN32 outside base/win32"
        match = INCLUDE.match(line)
        if not match:
            continue
        name = match.group(1)
        if OS_HEADERS.match(name) and not path.startswith(OS_FOLDERS):
            yield f"{path}:{number}: operating-system header {name} outside base/posix and base/win32"
        if name == "<dcom_observer.h>" and not (path.startswith("dcom/") or path in OBSERVER_USERS):
            yield f"{path}:{number}: only {sorted(OBSERVER_USERS)} may see the runtime's observer"
        target = folder_of(name[1:-1])
        if name.startswith('"tests/'):
            yield f"{path}:{number}: nothing includes tests"
        if target == "security" and path in REGISTRY_FILES:
            continue
        if target and target != here and target not in ALLOWED[here]:
            yield f"{path}:{number}: {here} must not include {target}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    bad = []
    for name in ALLOWED:
        for file in sorted((root / name).rglob("*.[ch]")):
            path = file.relative_to(root).as_posix()
            if folder_of(path) == name:
                bad += complaints(root, path)
    print("\n".join(bad) if bad else "includes follow ARCHITECTURE.md")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
