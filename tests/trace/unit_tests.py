"""Run unit tests and write what became of each, as JSON: `python unit_tests.py RESULTS.json NAME...`.

`python unit_tests.py NAMES.json --list MODULE` writes the names of a module's classes. Modules in the current folder
are found. It is run in the tests' own Python, and imports nothing of the lab.
"""

from __future__ import annotations

import json
import os
import sys
import unittest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

OK, SKIPPED, FAILED, RAISED = "ok", "skipped", "failed", "raised"


class Results(unittest.TestResult):
    """Keeps by a test's name what became of it, and the traceback of what went wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.became: dict[str, str] = {}
        self.tracebacks: dict[str, str] = {}

    def _keep(self, test: Any, became: str, error: Any = None) -> None:
        name = test.id()
        if self.became.get(name) not in (FAILED, RAISED):
            self.became[name] = became
        if error is not None:
            self.tracebacks[name] = self._exc_info_to_string(error, test)  # type: ignore[attr-defined]

    def addSuccess(self, test: unittest.TestCase) -> None:
        """Keep that it was right."""
        self._keep(test, OK)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        """Keep that something was not so."""
        self._keep(test, FAILED, err)

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        """Keep that it, or what is set up for it, raised."""
        self._keep(test, RAISED, err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: ARG002
        """Keep that it was left out."""
        self._keep(test, SKIPPED)

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: ARG002
        """Keep that it failed as it should."""
        self._keep(test, OK)

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        """Keep that it did not fail as it should."""
        self._keep(test, FAILED)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:  # noqa: ARG002
        """Keep that a part of it failed."""
        if err is not None:
            self._keep(test, FAILED, err)


def classes(suite: unittest.TestSuite) -> Iterator[str]:
    """Yield the names of the classes whose tests a suite holds, one for each test."""
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from classes(one)
        else:
            yield f"{type(one).__module__}.{type(one).__qualname__}"


def main() -> None:
    """Do it."""
    path, *names = sys.argv[1:]
    sys.path.insert(0, os.getcwd())
    found: object
    if names[0] == "--list":
        found = sorted(set(classes(unittest.defaultTestLoader.loadTestsFromNames(names[1:]))))
    else:
        results = Results()
        unittest.defaultTestLoader.loadTestsFromNames(names).run(results)
        found = {"became": results.became, "tracebacks": results.tracebacks}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main()
