"""The JUnit file of a run.

Workers write one <testsuite> a file. What they cannot tell, because they crashed, hung or never got to a case, becomes
a test case here that bears the file's name: a reader of the XML alone must not think that all was well.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET  # noqa: S405 - it parses what our own workers wrote
from pathlib import Path

import results
from report import outcome_text
from results import Outcome, Results

TOLD_BY_NOBODY = (results.UNCAUGHT_EXC, results.WORKER_FAILED, results.WORKER_BUG, results.TIMEOUT)
TELLS = (*TOLD_BY_NOBODY, results.REFLEAK, results.ENV_CHANGED)
# the characters that XML 1.0 does not allow, whatever a test printed
ILLEGAL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF], "?")


def write(path: Path, found: Results) -> None:
    """Write all suites below one root whose counts are their sums."""
    root = ET.Element("testsuites")
    totals = {"tests": 0, "errors": 0, "failures": 0}
    suites = [ET.fromstring(text) for text in found.xml]  # noqa: S314 - the same
    suites += [_suite(outcome) for outcome in found.final.values() if outcome.state in TELLS]
    for suite in suites:
        root.append(suite)
        for name in totals:
            totals[name] += int(suite.get(name, "0"))
    for name, number in totals.items():
        root.set(name, str(number))
    ET.ElementTree(root).write(path, encoding="unicode")


def _suite(outcome: Outcome) -> ET.Element:
    tag = "error" if outcome.state in TOLD_BY_NOBODY else "failure"
    counts = {"tests": "1", "errors": str(int(tag == "error")), "failures": str(int(tag == "failure"))}
    suite = ET.Element("testsuite", counts)
    attributes = {"name": outcome.test, "status": "run", "result": "completed", "time": f"{outcome.duration_s:.6f}"}
    case = ET.SubElement(suite, "testcase", attributes)
    problem = ET.SubElement(case, tag, {"type": outcome.state, "message": outcome_text(outcome)})
    problem.text = ("\n".join(outcome.leaks) or outcome.output).translate(ILLEGAL)
    return suite
