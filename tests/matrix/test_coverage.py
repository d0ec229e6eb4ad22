"""docs/coverage.md and the scenarios' `covers` say the same."""
import json
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (S-\d+) \| (.+?) \| (.+?) \|$")


def covered_by_scenarios():
    pairs = set()
    for path in (ROOT / "scenarios").glob("*.json"):
        scenario = json.loads(path.read_text())
        for text in scenario["covers"]:
            pairs.add((text.split(":")[0], scenario["name"]))
    return pairs


def rows_of_document():
    lines = (ROOT / "docs" / "coverage.md").read_text().splitlines()
    return [ROW.match(line).groups() for line in lines if line.startswith("| S-")]


class Coverage(unittest.TestCase):
    def test_every_statement_is_a_row_and_its_words(self):
        for path in (ROOT / "scenarios").glob("*.json"):
            for text in json.loads(path.read_text())["covers"]:
                self.assertRegex(text, r"^S-\d+: \S", path.name)

    def test_the_document_lists_what_the_scenarios_cover(self):
        documented = {(row, name) for row, _, names in rows_of_document() for name in names.split(", ")}
        covered = covered_by_scenarios()
        self.assertEqual(covered - documented, set(), "missing in docs/coverage.md")
        self.assertEqual(documented - covered, set(), "in docs/coverage.md, but no scenario says so")

    def test_each_row_stands_once_and_in_order(self):
        numbers = [int(row[2:]) for row, _, _ in rows_of_document()]
        self.assertEqual(numbers, sorted(set(numbers)))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
