#!/usr/bin/python3
"""The package logic of ./run and ./check, with a made-up dpkg, apt, sudo and user in PATH."""
import os
import pathlib
import pty
import stat
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("OPCPROBE_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
LIST = "tool-a            compiles\ntool-b            links"

FAKES = {
    # Packages are files in the folder "installed".
    "dpkg-query": 'for p; do :; done\n[ -e "$FAKE/installed/$p" ] || exit 1\nprintf "install ok installed"\n',
    "apt-get": 'echo "apt-get as $(cat "$FAKE/user" 2>/dev/null): $*" >>"$FAKE/calls"\n'
               'case "$*" in *update*) touch "$FAKE/updated"; exit 0;; esac\n'
               '[ -e "$FAKE/broken" ] && { echo "E: Unable to locate package tool-a" >&2; exit 100; }\n'
               '[ -e "$FAKE/stale" ] && [ ! -e "$FAKE/updated" ] && { echo "E: stale lists" >&2; exit 100; }\n'
               'for p; do case $p in tool-*) touch "$FAKE/installed/$p";; esac; done\n',
    "id": 'cat "$FAKE/uid"\n',
    "sudo": 'echo "sudo $*" >>"$FAKE/calls"\n[ "$1" = -n ] && { [ -e "$FAKE/sudo-asks" ] && exit 1; shift; }\nexec "$@"\n',
}


class Packages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.fake = pathlib.Path(folder.name)
        (self.fake / "bin").mkdir()
        (self.fake / "installed").mkdir()
        (self.fake / "uid").write_text("0\n")
        for name, body in FAKES.items():
            self.add_program(name, body)
        # Only what the script itself needs is beside the fakes, so that no real sudo is found.
        for tool in ("basename", "cut", "tr", "grep", "tail", "mktemp", "rm", "env", "cat", "touch", "true"):
            path = subprocess.run(["which", tool], capture_output=True, text=True, check=True).stdout.strip()
            (self.fake / "bin" / tool).symlink_to(path)

    def add_program(self, name, body):
        path = self.fake / "bin" / name
        path.write_text("#!/bin/bash\n" + body)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def environment(self, ci):
        environment = {"PATH": str(self.fake / "bin"), "FAKE": str(self.fake)}
        if ci:
            environment["CI"] = "true"
        return environment

    def command(self, yes):
        return ["/bin/bash", "-c", f'. "{SOURCE}/cmake/packages.sh"; packages_ensure {yes} "$LIST" && echo went on', "./run"]

    def ensure(self, yes="no", ci=False):
        done = subprocess.run(self.command(yes), env=self.environment(ci) | {"LIST": LIST}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout, done.stderr

    def ensure_on_terminal(self, answer):
        """The same with a person at a terminal who types `answer`."""
        ours, theirs = pty.openpty()
        done = subprocess.Popen(self.command("no"), env=self.environment(False) | {"LIST": LIST}, stdin=theirs,
                                stdout=theirs, stderr=subprocess.PIPE, text=True)
        os.close(theirs)
        os.write(ours, answer.encode())
        said = b""
        try:
            while chunk := os.read(ours, 4096):
                said += chunk
        except OSError:
            pass  # Linux reports the closed other end so
        os.close(ours)
        errors = done.communicate(timeout=30)[1]
        return done.returncode, said.decode(), errors

    def calls(self):
        path = self.fake / "calls"
        return path.read_text() if path.exists() else ""

    def install(self, *names):
        for name in names:
            (self.fake / "installed" / name).touch()

    def test_everything_installed_is_silent(self):
        self.install("tool-a", "tool-b")
        self.assertEqual(self.ensure(), (0, "went on\n", ""))
        self.assertEqual(self.calls(), "")

    def test_root_without_a_terminal_installs_without_asking_and_says_why(self):
        status, said, _ = self.ensure()
        self.assertEqual(status, 0)
        self.assertRegex(said, r"tool-a +compiles\n")
        self.assertRegex(said, r"tool-b +links\n")
        self.assertIn("install tool-a tool-b", self.calls())
        self.assertNotIn("sudo", self.calls())

    def test_only_what_is_missing_is_installed(self):
        self.install("tool-a")
        status, said, _ = self.ensure("yes")
        self.assertEqual(status, 0)
        self.assertNotIn("tool-a", said)
        self.assertIn("install tool-b", self.calls())

    def test_stale_lists_are_refreshed_once(self):
        (self.fake / "stale").touch()
        self.assertEqual(self.ensure("yes")[0], 0)
        self.assertIn("update", self.calls())

    def test_apt_that_cannot_install_ends_with_one_line(self):
        (self.fake / "broken").touch()
        status, said, errors = self.ensure("yes")
        self.assertEqual(status, 3)
        self.assertEqual(errors, "run: apt-get could not install them: E: Unable to locate package tool-a\n")
        self.assertNotIn("went on", said)

    def test_an_ordinary_user_uses_sudo(self):
        (self.fake / "uid").write_text("1000\n")
        self.assertEqual(self.ensure("yes")[0], 0)
        self.assertIn("sudo -n env", self.calls())

    def test_an_ordinary_user_in_ci_is_not_asked(self):
        (self.fake / "uid").write_text("1000\n")
        self.assertEqual(self.ensure(ci=True)[0], 0)

    def test_no_sudo_is_one_line_with_what_to_type(self):
        (self.fake / "uid").write_text("1000\n")
        (self.fake / "bin" / "sudo").unlink()
        status, _, errors = self.ensure("yes")
        self.assertEqual(status, 3)
        self.assertEqual(errors, "run: neither root nor sudo here; as root: apt-get install tool-a tool-b\n")

    def test_a_sudo_that_would_ask_is_one_line(self):
        (self.fake / "uid").write_text("1000\n")
        (self.fake / "sudo-asks").touch()
        status, _, errors = self.ensure("yes")
        self.assertEqual(status, 3)
        self.assertEqual(len(errors.splitlines()), 1)
        self.assertIn("sudo asks for a password", errors)

    def test_an_ordinary_user_without_terminal_and_yes_is_told_about_yes(self):
        (self.fake / "uid").write_text("1000\n")
        status, _, errors = self.ensure()
        self.assertEqual(status, 3)
        self.assertIn("--yes", errors)
        self.assertEqual(self.calls(), "")

    def test_a_person_at_a_terminal_is_asked_and_may_agree(self):
        status, said, _ = self.ensure_on_terminal("y\n")
        self.assertEqual(status, 0)
        self.assertIn("[Y/n]", said)
        self.assertIn("install tool-a tool-b", self.calls())

    def test_a_person_at_a_terminal_may_refuse(self):
        status, _, errors = self.ensure_on_terminal("n\n")
        self.assertEqual(status, 3)
        self.assertIn("apt-get install tool-a tool-b", errors)
        self.assertEqual(self.calls(), "")

    def test_without_dpkg_it_goes_on_and_says_so(self):
        (self.fake / "bin" / "dpkg-query").unlink()
        status, said, errors = self.ensure()
        self.assertEqual((status, said), (0, "went on\n"))
        self.assertIn("no Debian", errors)


if __name__ == "__main__":
    unittest.main()
