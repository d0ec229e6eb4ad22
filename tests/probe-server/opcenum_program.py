#!/usr/bin/python3
"""opcprobe-opcenum as a program: its command line and its registration."""
import os
import pathlib
import subprocess
import tempfile
import unittest

BIN = pathlib.Path(os.environ["OPCPROBE_BIN"])
HEAD = "Windows Registry Editor Version 5.00\r\n\r\n"


def run(*arguments, **environment):
    return subprocess.run([BIN / "opcprobe-opcenum", *arguments], env={**os.environ, **environment}, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


class Program(unittest.TestCase):
    def test_its_mistakes_are_one_line_in_its_own_name(self):
        for argument in ("--colour", "--items", "--floor"):
            result = run(argument, "x")
            self.assertEqual(result.returncode, 2)
            self.assertEqual(result.stderr, f"opcprobe-opcenum: unknown argument '{argument}'; see opcprobe-opcenum --help\n")

    def test_help_and_version_end_with_0(self):
        self.assertIn("opcprobe-opcenum /RegServer", run("--help").stdout)
        self.assertRegex(run("--version").stdout, r"^opcprobe-opcenum \d+\.\d+\.\d+\n$")

    def test_without_a_host_it_says_what_is_missing(self):
        result = run(OPCPROBE_HOST="")
        self.assertEqual(result.returncode, 3)
        self.assertIn("opcprobe-opcenum: the class cannot be offered to COM; is the host's probe-scm running?", result.stderr)

    def test_it_has_the_foundations_class_with_an_appid_of_its_own_and_leaves_others_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            registry = pathlib.Path(folder) / "registry.reg"
            subprocess.run([BIN / "probe-server", "/RegServer"], env={**os.environ, "OPCPROBE_HOST": folder}, check=True,
                           stdout=subprocess.DEVNULL)
            before = registry.read_bytes()
            self.assertEqual(run("/RegServer", "--minimum-level", "connect", OPCPROBE_HOST=folder).returncode, 0)
            text = registry.read_bytes().decode()
            self.assertTrue(text.encode().startswith(before))
            for expected in ('[HKEY_CLASSES_ROOT\\CLSID\\{13486D51-4821-11D2-A494-3CB306C10000}]\r\n',
                             '"AppID"="{13486D44-4821-11D2-A494-3CB306C10000}"\r\n', 'opcprobe-opcenum\\" --minimum-level connect"',
                             '[HKEY_CLASSES_ROOT\\OPC.ServerList\\CurVer]\r\n@="OPC.ServerList.1"\r\n',
                             '[HKEY_CLASSES_ROOT\\AppID\\{13486D44-4821-11D2-A494-3CB306C10000}]\r\n'):
                self.assertIn(expected, text)
            self.assertEqual(run("/UnregServer", OPCPROBE_HOST=folder).returncode, 0)
            self.assertEqual(registry.read_bytes(), before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
