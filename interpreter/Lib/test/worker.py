"""Runs test files inside the interpreter under test and tells the driver what came of them.

Started as `rabbit -m test.worker ARGUMENTS`, where ARGUMENTS is one JSON object (see `main`).  Everything that tests
print goes to standard output as it comes; after each file one line of JSON follows, in the shape of regrtest's
TestResult, which begins with MARK so that the driver finds it behind any other output.
"""

import gc
import json
import sys
import time
import traceback
import unittest

from test import environment, refleak, support
from test.testresult import RegressionTestResult
from unittest.runner import run_in_module

MARK = '{"__test_result__": "TestResult"'


def write(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def new_result(test_name):
    return {
        "__test_result__": "TestResult",
        "test_name": test_name,
        "state": None,
        "duration": 0.0,
        "stats": {"tests_run": 0, "failures": 0, "skipped": 0},
        "errors": [],
        "failures": [],
        "xml_data": [],
        "leaks": [],
    }


def import_test(test_name, testdir):
    """The module of a test file: from `testdir` if one was given, else from the package test."""
    name = test_name if testdir else "test." + test_name
    __import__(name)
    return sys.modules[name]


def chosen_cases(module, rules):
    """The cases of a module that the -m and -i rules leave, grouped by class in the order of their names."""
    cases = unittest.defaultTestLoader.loadTestsFromModule(module).cases()
    return [case for case in cases if not rules or support.match_test(case.id(), rules)]


def run_module(module, arguments, quiet):
    """Run the module's cases once and return the unittest result."""
    verbosity = 0 if quiet else 2 if arguments["verbose"] else 0
    result = RegressionTestResult(sys.stdout, verbosity, arguments["xml"])
    result.failfast = arguments["failfast"]
    suite = unittest.TestSuite(chosen_cases(module, arguments["match"]))
    started = time.perf_counter()
    run_in_module(suite, module, result)
    if verbosity:
        result.print_errors()
        if result.wasSuccessful():
            write("\n")
        result.print_summary(time.perf_counter() - started)
    return result


def hunt_leaks(module, arguments, outcome):
    """The -R loop.  The cases are quiet in it: their lines and the marks would be unreadable together."""
    warmups, repetitions = arguments["huntrleaks"]
    lines = outcome["leaks"]

    def note(text):
        if " leaked [" in text:
            lines.append(text.strip())
        write(text)

    def once():
        return run_module(module, arguments, True)

    result, leaked = refleak.hunt(outcome["test_name"], once, warmups, repetitions, note)
    if leaked:
        outcome["state"] = "REFLEAK"
    if not result.wasSuccessful() and arguments["verbose"]:
        result.verbosity = 2
        result.print_errors()
    return result


def judge(outcome, result, arguments):
    """Carry counts and problems of a unittest result into the outcome, and say the one line that sums them up."""
    outcome["stats"] = {
        "tests_run": result.testsRun,
        "failures": len(result.failures),
        "skipped": len(result.skipped),
    }
    outcome["errors"] = [list(item) for item in result.errors]
    outcome["failures"] = [list(item) for item in result.failures]
    outcome["xml_data"] = [result.xml()] if arguments["xml"] else []
    name = outcome["test_name"]
    if not result.wasSuccessful():
        outcome["state"] = "FAILED"
        problems = result.errors + result.failures
        if arguments["verbose"] or not problems:
            write(f"test {name} failed\n")
        elif len(problems) == 1:
            write(f"test {name} failed -- {problems[0][1].strip()}\n")
        else:
            write(f"test {name} failed -- multiple errors occurred; run in verbose mode for details\n")
    elif outcome["state"] is None:
        outcome["state"] = "PASSED" if result.testsRun or result.skipped else "DID_NOT_RUN"


def run_file(test_name, arguments, outcome):
    """Import and run one test file; whatever it raises becomes the outcome's state."""
    try:
        module = import_test(test_name, arguments["testdir"])
        if arguments["huntrleaks"]:
            result = hunt_leaks(module, arguments, outcome)
        else:
            result = run_module(module, arguments, False)
        judge(outcome, result, arguments)
    except support.ResourceDenied as error:
        outcome["state"] = "RESOURCE_DENIED"
        write(f"{test_name} skipped -- {error}\n")
    except unittest.SkipTest as error:
        outcome["state"] = "SKIPPED"
        write(f"{test_name} skipped -- {error}\n")
    except KeyboardInterrupt:
        outcome["state"] = "INTERRUPTED"
    except SystemExit as error:
        outcome["state"] = "UNCAUGHT_EXC"
        write(f"test {test_name} crashed -- it called sys.exit({error.code!r})\n")
    except Exception:
        outcome["state"] = "UNCAUGHT_EXC"
        write(f"test {test_name} crashed -- {traceback.format_exc()}")


def run_guarded(test_name, arguments):
    """Run one file and see whether it left the process as it found it."""
    outcome = new_result(test_name)
    before = environment.snapshot()
    modules = set(sys.modules)
    started = time.perf_counter()
    run_file(test_name, arguments, outcome)
    outcome["duration"] = time.perf_counter() - started
    gc.collect()
    lines = environment.changes(before, environment.snapshot(), test_name)
    if lines:
        write("\n".join(lines) + "\n")
        environment.restore(before)
        if outcome["state"] == "PASSED":
            outcome["state"] = "ENV_CHANGED"
    for name in set(sys.modules) - modules:
        if name.startswith("test.test_"):
            del sys.modules[name]
    return outcome


def list_cases(test_name, arguments):
    """The outcome of --list-cases: the ids, nothing run."""
    outcome = new_result(test_name)
    outcome["state"] = "PASSED"
    try:
        module = import_test(test_name, arguments["testdir"])
        outcome["cases"] = [case.id() for case in chosen_cases(module, arguments["match"])]
    except unittest.SkipTest:
        outcome["state"] = "SKIPPED"
        outcome["cases"] = []
    return outcome


def main(text):
    """ARGUMENTS: {"tests": [names], "testdir": path or null, "match": [[pattern, wanted]], "use": [resources],
    "verbose": bool, "failfast": bool, "huntrleaks": [warmups, repetitions] or null, "xml": bool, "list": bool,
    "threshold": new objects between collections, or null}."""
    arguments = json.loads(text)
    if arguments["threshold"] is not None:
        gc.set_threshold(arguments["threshold"])
    support.use_resources = arguments["use"]
    support.verbose = arguments["verbose"]
    if arguments["testdir"]:
        sys.path.insert(0, arguments["testdir"])
    for test_name in arguments["tests"]:
        outcome = list_cases(test_name, arguments) if arguments["list"] else run_guarded(test_name, arguments)
        write("\n" + json.dumps(outcome) + "\n")
        if outcome["state"] == "INTERRUPTED":
            break


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.stderr.write("test.worker: give it one JSON object; it is meant for Tools/regrtest\n")
        sys.exit(2)
    main(sys.argv[1])
