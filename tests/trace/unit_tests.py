"""Run unit tests and write what becomes of each, a line of JSON: `python unit_tests.py RESULTS NAME...`.

A line is the test's name, what became of it and its traceback; one that says "started" is written as it begins, so that
whoever kills what hangs knows in which test it hung. `python unit_tests.py NAMES --list MODULE` writes the names of a
module's tests. Modules in the current folder are found. It is run in the tests' own Python, and imports nothing of the
lab.
"""

from __future__ import annotations

import json
import os
import sys
import unittest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTED, OK, SKIPPED, FAILED, RAISED = "started", "ok", "skipped", "failed", "raised"
LEFT = "what is left"  # the name of a last line: whether a process or a thread is there that should have ended


class Results(unittest.TestResult):
    """Writes what becomes of each test.

    Args:
        path: of the file; opened for each line alone, since some tests close all descriptors and others fork.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self._became: dict[str, str] = {}

    def write(self, name: str, became: str, traceback: str = "") -> None:
        """Write a line."""
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps([name, became, traceback]) + "\n")

    def _keep(self, test: Any, became: str, error: Any = None) -> None:
        name = test.id()
        if self._became.get(name) in (FAILED, RAISED):  # what comes after that changes nothing
            return
        self._became[name] = became
        self.write(name, became, self._exc_info_to_string(error, test) if error is not None else "")  # type: ignore[attr-defined]

    def startTest(self, test: unittest.TestCase) -> None:
        """Write that it begins."""
        super().startTest(test)
        self.write(test.id(), STARTED)

    def addSuccess(self, test: unittest.TestCase) -> None:
        """Write that it was right."""
        self._keep(test, OK)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        """Write that something was not so."""
        self._keep(test, FAILED, err)

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        """Write that it, or what is set up for it, raised."""
        self._keep(test, RAISED, err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: ARG002
        """Write that it was left out."""
        self._keep(test, SKIPPED)

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: ARG002
        """Write that it failed as it should."""
        self._keep(test, OK)

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        """Write that it did not fail as it should."""
        self._keep(test, FAILED)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:  # noqa: ARG002
        """Write that a part of it failed."""
        if err is not None:
            self._keep(test, FAILED, err)


def tests_of(suite: unittest.TestSuite) -> Iterator[str]:
    """Yield the names of the tests that a suite holds."""
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from tests_of(one)
        else:
            yield one.id()


def main() -> None:
    """Do it."""
    path, *names = sys.argv[1:]
    sys.path.insert(0, os.getcwd())
    if names[0] == "--list":
        with open(path, "w", encoding="utf-8") as file:
            json.dump(list(tests_of(unittest.defaultTestLoader.loadTestsFromNames(names[1:]))), file)
        return
    results = Results(path)
    unittest.defaultTestLoader.loadTestsFromNames(names).run(results)
    support = sys.modules.get("test.support")
    results.write(LEFT, str(bool(getattr(support, "environment_altered", False))))


if __name__ == "__main__":
    main()
