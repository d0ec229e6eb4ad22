"""Two hosts on loopback addresses, each a folder with a probe-scm of its own, and probe-client in between.

For the tests: everything started here is ended here, by its own process.
"""
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time

BIN = pathlib.Path(os.environ["OPCPROBE_BIN"])
SOURCE = pathlib.Path(os.environ["OPCPROBE_SOURCE"])
CLSID = "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}"
# A net of this process's own, so that tests that run at the same time do not meet.
NET = f"127.{20 + os.getpid() % 200}"
ADDRESSES = {"alpha": f"{NET}.1.2", "beta": f"{NET}.2.2"}
WAIT_S = 60
SANITIZER = re.compile(r"(ERROR|WARNING): (Address|Leak|Thread)Sanitizer|runtime error:")


def free_port():
    """A port that is free on every address of the hosts."""
    for _ in range(100):
        port = 20000 + secrets.randbelow(10000)
        try:
            for address in ADDRESSES.values():
                with socket.socket() as s:
                    s.bind((address, port))
            return port
        except OSError:
            continue
    raise RuntimeError("no free port")


class Hosts:
    """with Hosts() as hosts: alpha is the client's host, beta the server's. Passwords are new in every run."""

    def __init__(self, minimum_level="connect", grants_anonymous=False, registered=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="opcprobe-"))
        self.events = self.folder / "events"
        self.events.mkdir()
        self.port = free_port()
        self.passwords = {"opcuser": secrets.token_hex(12), "opcserver": secrets.token_hex(12)}
        self.scms = {}  # the running probe-scm of a host
        self.grants_anonymous = grants_anonymous
        self.minimum_level = minimum_level
        self.registered = registered
        self.extra_names = {}
        self.server_options = []  # more of them, for the test server when it is started
        self.settings = {}  # members of a host's host.json, by the host

    def __enter__(self):
        try:
            for name in ADDRESSES:
                self.make_host(name)
                self.start_scm(name)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.scms.values():
            process.send_signal(signal.SIGTERM)
        for process in self.scms.values():
            try:
                process.wait(WAIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        logs = {path: path.read_text(errors="replace") for path in self.folder.rglob("*.log")}
        shutil.rmtree(self.folder)
        for path, text in logs.items():
            if SANITIZER.search(text):
                raise AssertionError(f"{path}:\n{text}")

    def environment(self, host, **more):
        return {**os.environ, "OPCPROBE_HOST": str(self.folder / host), "OPCPROBE_EVENTS": str(self.events), **more}

    def make_host(self, name):
        folder = self.folder / name
        folder.mkdir()
        first = 40000 if name == "alpha" else 45000
        self.write_host(name, first)
        (folder / "registry.reg").write_text("Windows Registry Editor Version 5.00\r\n\r\n")
        for account in self.passwords:
            self.set_password(name, account, self.passwords[account])
        self.set_lists(name)
        if self.registered:
            subprocess.run([BIN / "probe-server", "/RegServer", "--minimum-level", self.minimum_level, *self.server_options],
                           check=True, env=self.environment(name), stdout=subprocess.DEVNULL)
            with open(folder / "registry.reg", "a") as file:
                file.write(f'\r\n[HKEY_CLASSES_ROOT\\AppID\\{CLSID}]\r\n"RunAs"="opcserver"\r\n')

    def set_lists(self, name):
        """Both accounts, which are administrators, may do everything from both hosts, and nobody else."""
        nobody = ["AN"] if self.grants_anonymous else []
        launch = "O:BAG:BAD:" + "".join(f"(A;;CCDCLCSWRP;;;{sid})" for sid in ["BA", "SY"] + nobody)
        limits = "O:BAG:BAD:" + "".join(f"(A;;CCDCLC;;;{sid})" for sid in ["WD"] + nobody)
        access = "O:BAG:BAD:" + "".join(f"(A;;CCDCLC;;;{sid})" for sid in ["PS", "SY", "BA"] + nobody)
        ole = "HKLM\\SOFTWARE\\Microsoft\\Ole\\"
        subprocess.run([BIN / "probe-scm", "registry", self.folder / name,
                        f"{ole}MachineLaunchRestriction=sddl:{launch}", f"{ole}DefaultLaunchPermission=sddl:{launch}",
                        f"{ole}MachineAccessRestriction=sddl:{limits}", f"{ole}DefaultAccessPermission=sddl:{access}"],
                       check=True, stdout=subprocess.DEVNULL)

    def write_host(self, name, first):
        others = {other: {"address": address, "port": self.port} for other, address in ADDRESSES.items() if other != name}
        (self.folder / name / "host.json").write_text(json.dumps({
            "name": name.upper(), "dns_name": f"{name}.lab.test", "workgroup": "WORKGROUP",
            "machine_sid": f"S-1-5-21-{first}-2-3", "addresses": [ADDRESSES[name]], "resolver_port": self.port,
            "dynamic_ports": [first, first + 4999], "names": {**others, **self.extra_names},
            **self.settings.get(name, {})}))

    def set_password(self, host, account, password):
        subprocess.run([BIN / "probe-scm", "account", self.folder / host, account, "--group", "Administrators"],
                       check=True, env={**os.environ, "OPCPROBE_PASSWORD": password}, stdout=subprocess.DEVNULL)

    def start_scm(self, name):
        log = self.folder / f"{name}.log"
        begun = log.stat().st_size if log.exists() else 0
        with open(log, "a") as file:
            self.scms[name] = subprocess.Popen([BIN / "probe-scm", "run", self.folder / name], stdout=file, stderr=file,
                                               stdin=subprocess.DEVNULL, env=self.environment(name))
        deadline = time.monotonic() + WAIT_S
        while "ready" not in log.read_text()[begun:]:
            if time.monotonic() > deadline or self.scms[name].poll() is not None:
                raise RuntimeError(f"probe-scm of {name} is not ready: {log.read_text()}")
            time.sleep(0.02)

    def restart_scm(self, name):
        """After the host's probe-scm was killed."""
        self.scms[name].wait(WAIT_S)
        self.start_scm(name)

    def command(self, *arguments):
        """The command line of probe-client in a logon session of opcuser on alpha."""
        return [str(BIN / "probe-scm"), "logon", "opcuser", "--", str(BIN / "probe-client"), *arguments]

    def client(self, *arguments, password=None):
        more = {"OPCPROBE_PASSWORD": password} if password is not None else {}
        result = subprocess.run(self.command(*arguments), env=self.environment("alpha", **more), timeout=WAIT_S,
                                stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if SANITIZER.search(result.stderr):
            raise AssertionError(result.stderr)
        return result

    def event_list(self, host, event):
        found = []
        for path in self.events.glob("*.jsonl"):
            for line in path.read_text().splitlines():
                entry = json.loads(line)
                if entry["host"] == host and entry["event"] == event:
                    found.append(entry)
        return found
