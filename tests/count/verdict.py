# SPDX-License-Identifier: MIT
"""usage: verdict.py TOP
What ci/count makes of numbers; TOP is the top of the repository."""
import io
import json
import os
import sys
import tempfile
import unittest
from contextlib import redirect_stdout

TOP = sys.argv.pop(1)
sys.path.insert(0, os.path.join(TOP, "bench", "count"))
import count  # noqa: E402
import verdict  # noqa: E402


class Verdict(unittest.TestCase):
    def test_start_of_the_process_is_left_out(self):
        self.assertEqual(verdict.per_exchange((1000, 900000 + 1000 * 3271), (3000, 900000 + 3000 * 3271)), 3271)

    def test_same_passes(self):
        lines, status = verdict.judge({"trips": 1000.0}, {"trips": 1000.0})
        self.assertEqual(status, verdict.PASSED)
        self.assertIn("passed: 1 counts", lines[-1])

    def test_three_per_cent_pass(self):
        self.assertEqual(verdict.judge({"trips": 1030.0}, {"trips": 1000.0})[1], verdict.PASSED)

    def test_more_than_three_per_cent_fail(self):
        lines, status = verdict.judge({"trips": 1030.1, "cycles": 5.0}, {"trips": 1000.0, "cycles": 5.0})
        self.assertEqual(status, verdict.FAILED)
        self.assertIn("MORE than 3 % above", lines[0])
        self.assertIn("FAILED: trips;", lines[-1])
        self.assertIn("ci/count --update", lines[-1])

    def test_what_is_faster_does_not_make_up_for_what_is_slower(self):
        self.assertEqual(verdict.judge({"a": 500.0, "b": 1100.0}, {"a": 1000.0, "b": 1000.0})[1], verdict.FAILED)

    def test_much_below_passes_and_is_said(self):
        lines, status = verdict.judge({"trips": 960.0}, {"trips": 1000.0})
        self.assertEqual(status, verdict.PASSED)
        self.assertIn("much below the reference: trips", lines[1])

    def test_a_little_below_is_not_said(self):
        self.assertEqual(len(verdict.judge({"trips": 980.0}, {"trips": 1000.0})[0]), 2)

    def test_no_reference_fails(self):
        lines, status = verdict.judge({"trips": 1000.0}, {})
        self.assertEqual(status, verdict.FAILED)
        self.assertIn("has no reference", lines[0])

    def test_not_counted_fails(self):
        lines, status = verdict.judge({"trips": 1000.0}, {"trips": 1000.0, "cycles": 5.0})
        self.assertEqual(status, verdict.FAILED)
        self.assertIn("cycles", lines[-1])

    def test_nothing_counted_fails(self):
        self.assertEqual(verdict.judge({}, {})[1], verdict.FAILED)

    def test_what_repeats(self):
        self.assertTrue(verdict.is_same(1000.9, 1000.0))
        self.assertFalse(verdict.is_same(1001.1, 1000.0))
        self.assertFalse(verdict.is_same(998.9, 1000.0))


class Toolchain(unittest.TestCase):
    def test_same(self):
        self.assertEqual(verdict.differences({"libc": "2.36"}, {"libc": "2.36"}), [])

    def test_another_version_and_what_one_lacks(self):
        self.assertEqual(verdict.differences({"libc": "2.40", "a": "1"}, {"libc": "2.36", "b": "2"}),
                         ["a is 1, the reference's is absent", "b is absent, the reference's is 2",
                          "libc is 2.40, the reference's is 2.36"])

    def test_another_toolchain_is_a_skip_and_nothing_is_counted(self):
        def not_now(*_):
            self.fail("counted")

        kept = count.toolchain, count.count
        count.toolchain, count.count = lambda build: {"compiler": "another"}, not_now
        said = io.StringIO()
        try:
            with tempfile.NamedTemporaryFile("w", suffix=".json") as file, redirect_stdout(said):
                json.dump({"toolchain": {"compiler": "one"}, "instructions": {"bulk": 1.0}}, file)
                file.flush()
                self.assertEqual(count.check("nowhere", file.name, ["bulk"]), 77)
        finally:
            count.toolchain, count.count = kept
        self.assertIn("compiler is another, the reference's is one", said.getvalue())
        self.assertIn("SKIPPED: nothing was compared", said.getvalue())


class Reference(unittest.TestCase):
    def test_names_every_workload(self):
        with open(os.path.join(TOP, "bench", "count.json"), encoding="utf-8") as file:
            reference = json.load(file)
        self.assertEqual(list(reference["instructions"]), list(count.WORKLOADS))
        self.assertIn("compiler", reference["toolchain"])


if __name__ == "__main__":
    unittest.main()
