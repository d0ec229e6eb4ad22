"""A host for a peer to talk to: a folder, probe-scm on port 135 of loopback, and the test server registered in it.

Everything runs in a network namespace of the test's own, so that port 135 is free and nothing leaves the machine:
scripts call `enter_namespace()` first, which runs them again under unshare, or ends them with 77 where that is refused.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
CLSID = "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}"
REGISTRY = """Windows Registry Editor Version 5.00

[HKEY_CLASSES_ROOT\\CLSID\\{clsid}]
@="opcprobe test server"
"AppID"="{clsid}"

[HKEY_CLASSES_ROOT\\CLSID\\{clsid}\\LocalServer32]
@="\\"{program}\\" --minimum-level {minimum} -Embedding"

[HKEY_CLASSES_ROOT\\CLSID\\{clsid}\\ProgID]
@="opcprobe.TestServer.1"

[HKEY_CLASSES_ROOT\\opcprobe.TestServer.1\\CLSID]
@="{clsid}"

[HKEY_CLASSES_ROOT\\AppID\\{clsid}]
@="opcprobe test server"
"RunAs"="{account}"
"""


def skip(reason):
    print("skipped: " + reason)
    sys.exit(SKIPPED)


def program(name):
    path = pathlib.Path(os.environ.get("OPCPROBE_BIN", "build/dev/bin")).resolve() / name
    if not path.exists():
        sys.exit("%s is not built" % path)
    return str(path)


def enter_namespace():
    """Runs this script again inside fresh user, network and process namespaces; returns inside them."""
    if os.environ.get("OPCPROBE_IN_NAMESPACE"):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    unshare = ["unshare", "-Urnmpf", "--mount-proc", "--kill-child"]
    if not shutil.which("unshare") or subprocess.run(unshare + ["true"], capture_output=True).returncode:
        skip("user and network namespaces are refused here")
    os.environ["OPCPROBE_IN_NAMESPACE"] = "1"
    os.execvp("unshare", unshare + [sys.executable] + sys.argv)

# Windows' own limits keep anonymous callers of other machines out.
ANONYMOUS_CALLS = """
[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\DCOM]
"MachineAccessRestriction"="O:BAG:BAD:(A;;CCDCLC;;;WD)(A;;CCDCLC;;;AN)"
"""


class Host:
    """A running host named BETA at 127.0.0.1 with one account."""

    def __init__(self, user="opcuser", password="correct horse", minimum="connect", anonymous=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="opcprobe-"))
        (self.folder / "host.json").write_text(json.dumps({
            "name": "BETA", "dns_name": "beta.lab.test", "workgroup": "WORKGROUP", "machine_sid": "S-1-5-21-1-2-3",
            "addresses": ["127.0.0.1"], "resolver_port": 135, "dynamic_ports": [49152, 65535], "names": {}}))
        (self.folder / "accounts.json").write_text('{ "users": [] }')
        (self.folder / "registry.reg").write_text(REGISTRY.format(
            clsid=CLSID, program=program("probe-server"), minimum=minimum, account=user) +
            (ANONYMOUS_CALLS if anonymous else ""))
        subprocess.run([program("probe-scm"), "account", str(self.folder), user], check=True,
                       env=dict(os.environ, OPCPROBE_PASSWORD=password))
        self.write_lists(user, anonymous)
        environment = dict(os.environ, OPCPROBE_HOST=str(self.folder), OPCPROBE_EVENTS=str(self.folder))
        environment.pop("OPCPROBE_PASSWORD", None)
        self.log = open(self.folder / "scm.log", "w+")
        self.scm = subprocess.Popen([program("probe-scm"), "run", str(self.folder)], env=environment, stdout=subprocess.PIPE,
                                    stderr=self.log, text=True)
        if self.scm.stdout.readline().strip() != "ready":
            self.log.seek(0)
            raise RuntimeError("probe-scm did not become ready: " + self.log.read())

    def write_lists(self, user, anonymous):
        """The user, and nobody's callers when wanted, may do everything."""
        who = ["SY", "PS", "{%s}" % user] + (["AN"] if anonymous else [])
        launch = "O:BAG:BAD:" + "".join("(A;;CCDCLCSWRP;;;%s)" % sid for sid in who)
        access = "O:BAG:BAD:" + "".join("(A;;CCDCLC;;;%s)" % sid for sid in who)
        ole = "HKLM\\SOFTWARE\\Microsoft\\Ole\\"
        subprocess.run([program("probe-scm"), "registry", str(self.folder),
                        ole + "MachineLaunchRestriction=sddl:" + launch, ole + "DefaultLaunchPermission=sddl:" + launch,
                        ole + "MachineAccessRestriction=sddl:" + access, ole + "DefaultAccessPermission=sddl:" + access],
                       check=True)

    def events(self, name=None):
        """Every event the host's processes wrote so far, oldest first."""
        found = []
        for file in self.folder.glob("*.jsonl"):
            found += [json.loads(line) for line in file.read_text().splitlines()]
        return sorted((e for e in found if name is None or e["event"] == name), key=lambda e: e["t_ns"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.scm.terminate()
        try:
            self.scm.wait(10)
        except subprocess.TimeoutExpired:
            self.scm.kill()
            raise
        finally:
            self.log.close()
            shutil.rmtree(self.folder, ignore_errors=True)


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
