"""A package in a package."""

from .. import VALUE


def helper():
    return VALUE + 1
