"""What becomes of a test file, of a run, and which exit code says so."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import Any

PASSED, FAILED, SKIPPED, UNCAUGHT_EXC = "PASSED", "FAILED", "SKIPPED", "UNCAUGHT_EXC"
REFLEAK, ENV_CHANGED, RESOURCE_DENIED = "REFLEAK", "ENV_CHANGED", "RESOURCE_DENIED"
INTERRUPTED, WORKER_FAILED, WORKER_BUG = "INTERRUPTED", "WORKER_FAILED", "WORKER_BUG"
DID_NOT_RUN, TIMEOUT = "DID_NOT_RUN", "TIMEOUT"

BAD = frozenset({FAILED, UNCAUGHT_EXC, REFLEAK, WORKER_FAILED, WORKER_BUG, TIMEOUT})

EXIT_OK, EXIT_BAD, EXIT_ENV_CHANGED, EXIT_NO_TESTS, EXIT_RERUN, EXIT_INTERRUPTED = 0, 2, 3, 4, 5, 130


@dataclass(frozen=True)
class Outcome:
    """One run of one test file. `detail` is an exit code, or what is wrong with the worker; `leaks` are -R lines."""

    test: str
    state: str
    duration_s: float = 0.0
    tests_run: int = 0
    failures_count: int = 0
    skipped: int = 0
    errors: tuple[tuple[str, str], ...] = ()
    failures: tuple[tuple[str, str], ...] = ()
    xml: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    output: str = ""
    detail: str = ""

    @property
    def bad(self) -> bool:
        return self.state in BAD


def from_json(data: dict[str, Any], output: str) -> Outcome:
    """The outcome in a worker's line of JSON. Raises KeyError or TypeError when the line lacks something."""
    stats = data["stats"]
    return Outcome(
        test=data["test_name"],
        state=data["state"],
        duration_s=data["duration"],
        tests_run=stats["tests_run"],
        failures_count=stats["failures"],
        skipped=stats["skipped"],
        errors=tuple((name, text) for name, text in data["errors"]),
        failures=tuple((name, text) for name, text in data["failures"]),
        xml=tuple(data["xml_data"]),
        leaks=tuple(data.get("leaks", ())),
        cases=tuple(data.get("cases", ())),
        output=output,
    )


def exit_code_text(code: int) -> str:
    """`Exit code -11 (SIGSEGV)`; a code of 128 and more is how a shell reports a signal, so it stays a number."""
    if code >= 0:
        return f"Exit code {code}"
    try:
        return f"Exit code {code} ({signal.Signals(-code).name})"
    except ValueError:
        return f"Exit code {code}"


@dataclass
class Results:
    """Everything a run has seen so far. A re-run moves its file from bad to good or leaves it there."""

    fail_env_changed: bool = False
    fail_rerun: bool = False
    final: dict[str, Outcome] = field(default_factory=dict)
    durations: list[tuple[float, str]] = field(default_factory=list)
    rerun: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)
    xml: list[str] = field(default_factory=list)
    tests_run: int = 0
    failures: int = 0
    skipped_cases: int = 0
    files_run: int = 0
    interrupted: bool = False
    first_verdict: str = ""

    def add(self, outcome: Outcome, rerun: bool = False) -> None:
        """Count one outcome. An interrupted file counts as not run."""
        if outcome.state == INTERRUPTED:
            self.interrupted = True
            return
        self.files_run += 1
        self.tests_run += outcome.tests_run
        self.failures += outcome.failures_count
        self.skipped_cases += outcome.skipped
        self.xml.extend(outcome.xml)
        self.final[outcome.test] = outcome
        if outcome.state == REFLEAK and outcome.test not in self.leaked:
            self.leaked.append(outcome.test)
        if rerun:
            self.rerun.append(outcome.test)
        else:
            self.durations.append((outcome.duration_s, outcome.test))

    def named(self, *states: str) -> list[str]:
        """The files whose last outcome is one of the states, sorted."""
        return sorted(test for test, outcome in self.final.items() if outcome.state in states)

    @property
    def bad(self) -> list[str]:
        return self.named(*BAD)

    @property
    def need_rerun(self) -> list[Outcome]:
        return [outcome for outcome in self.final.values() if outcome.bad or outcome.state == ENV_CHANGED]

    @property
    def no_tests_run(self) -> bool:
        return not any(o.state != DID_NOT_RUN for o in self.final.values())

    def verdict(self) -> str:
        """`FAILURE`, `SUCCESS`, `FAILURE, INTERRUPTED`, ...; after a re-run `FAILURE then SUCCESS`."""
        words = []
        if self.bad:
            words.append("FAILURE")
        elif self.fail_env_changed and self.named(ENV_CHANGED):
            words.append("ENV CHANGED")
        elif self.no_tests_run and not self.interrupted:
            words.append("NO TESTS RAN")
        if self.interrupted:
            words.append("INTERRUPTED")
        text = ", ".join(words) or "SUCCESS"
        return f"{self.first_verdict} then {text}" if self.first_verdict else text

    def exit_code(self) -> int:
        if self.bad:
            return EXIT_BAD
        if self.interrupted:
            return EXIT_INTERRUPTED
        if self.no_tests_run:
            return EXIT_NO_TESTS
        if self.fail_env_changed and self.named(ENV_CHANGED):
            return EXIT_ENV_CHANGED
        if self.fail_rerun and self.rerun:
            return EXIT_RERUN
        return EXIT_OK
