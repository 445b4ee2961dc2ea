"""Help for tests: what may be used, on what they run, how to run a program."""

import sys
import unittest

use_resources = []  # what -u allows in this run; "all" stands for everything
verbose = False

IS_RABBIT = sys.implementation.name == "rabbit"
Py_DEBUG = hasattr(sys, "gettotalrefcount")


class ResourceDenied(unittest.SkipTest):
    """A test needs a resource (network, cpu, ...) that -u did not allow."""


def is_resource_enabled(resource):
    return resource in use_resources or ("all" in use_resources and "-" + resource not in use_resources)


def requires(resource, msg=None):
    """Raise ResourceDenied unless the run allows `resource`."""
    if not is_resource_enabled(resource):
        raise ResourceDenied(msg or "Use of the " + repr(resource) + " resource not enabled")


def requires_resource(resource):
    """Leave out a test unless the run allows `resource`."""
    return unittest.skipUnless(is_resource_enabled(resource), "resource " + repr(resource) + " is not enabled")


def rabbit_only(test):
    """For what Python leaves open and Rabbit promises."""
    return unittest.skipUnless(IS_RABBIT, "Rabbit's own detail")(test)


def gc_collect():
    """Collect until nothing more is found: an object may take another collection to let go of its own."""
    import gc
    for _ in range(3):
        gc.collect()


def match_pattern(text, pattern):
    """Shell-style match of the whole text: * stands for anything, ? for one character."""
    positions = {0}  # how many characters of text the pattern so far may have taken
    for char in pattern:
        if char == "*":
            positions = set(range(min(positions), len(text) + 1)) if positions else positions
        else:
            positions = {p + 1 for p in positions if p < len(text) and (char == "?" or text[p] == char)}
    return len(text) in positions


def match_test(case_id, rules):
    """Does a case run?  rules: (pattern, True to choose or False to leave out), the last that matches decides.

    A pattern with no rule before it that chooses leaves the others in; one matches the whole id or any part of it.
    """
    chosen = not any([wanted for pattern, wanted in rules])
    for pattern, wanted in rules:
        if match_pattern(case_id, pattern) or any([match_pattern(part, pattern) for part in case_id.split(".")]):
            chosen = wanted
    return chosen
