"""What a test must leave as it found it, and how to say that it did not."""

import os
import sys
import warnings


def open_fds():
    """How many file descriptors are open; 0 where the system does not tell."""
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return 0


def _threads():
    """How many threads run, where something has brought threads."""
    threading = sys.modules.get("threading")
    return threading.active_count() if threading is not None else 1


def snapshot():
    """The watched things by name."""
    return {
        "os.getcwd()": os.getcwd(),
        "os.environ": dict(os.environ),
        "sys.path": list(sys.path),
        "sys.argv": list(sys.argv),
        "sys.stdout": id(sys.stdout),
        "sys.stderr": id(sys.stderr),
        "warnings.filters": list(warnings.filters),
        "warnings.showwarning": warnings.showwarning,
        "threads": _threads(),
        "file descriptors": open_fds(),
    }


def restore(before):
    """Put back what the next test in the same process relies on."""
    os.chdir(before["os.getcwd()"])
    sys.path[:] = before["sys.path"]
    sys.argv[:] = before["sys.argv"]
    warnings.filters[:] = before["warnings.filters"]
    warnings.showwarning = before["warnings.showwarning"]
    for name in [name for name in os.environ if name not in before["os.environ"]]:
        del os.environ[name]
    for name, value in before["os.environ"].items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def changes(before, after, test_name):
    """The lines that name each change.  Of the environment only names are shown: values may be secrets."""
    lines = []
    for name, old in before.items():
        new = after[name]
        if old == new:
            continue
        if name == "os.environ":
            changed = sorted([key for key in set(old) | set(new) if old.get(key) != new.get(key)])
            old, new = [k for k in changed if k in old], [k for k in changed if k in new]
        lines.append(f"Warning -- {name} was modified by {test_name}")
        lines.append(f"Warning --   Before: {old!r}")
        lines.append(f"Warning --   After:  {new!r}")
    return lines
