"""Warnings: told once a place to standard error, or ignored, or raised, as the filters say.

A filter is (action, category, pattern of the message or None, module or None, line or 0); the first that fits decides.
"""

import sys

_DEFAULT = [
    ("default", DeprecationWarning, None, "__main__", 0),
    ("ignore", DeprecationWarning, None, None, 0),
    ("ignore", PendingDeprecationWarning, None, None, 0),
    ("ignore", ImportWarning, None, None, 0),
    ("ignore", ResourceWarning, None, None, 0),
]
_ACTIONS = ("default", "always", "ignore", "module", "once", "error")

filters = list(_DEFAULT)
_told_once = {}
_version = 1  # of the filters; what was told under other filters is told again


def _filters_mutated():
    global _version
    _version += 1


class WarningMessage:
    """One warning as it was given."""

    def __init__(self, message, category, filename, lineno):
        self.message = message
        self.category = category
        self.filename = filename
        self.lineno = lineno

    def __str__(self):
        name = self.category.__name__
        return f"{{message : {self.message!r}, category : {name!r}, filename : {self.filename!r}, lineno : {self.lineno}}}"


def warn(message, category=None, stacklevel=1, source=None):
    """Give a warning for the caller, or for whoever called `stacklevel - 1` frames above it."""
    if isinstance(message, Warning):
        category = type(message)
    category = category or UserWarning
    if not (isinstance(category, type) and issubclass(category, Warning)):
        raise TypeError(f"category must be a Warning subclass, not {type(category).__name__!r}")
    try:
        frame = sys._getframe(stacklevel)
    except ValueError:
        space, filename, lineno = sys.__dict__, "sys", 1
    else:
        space, filename, lineno = frame.f_globals, frame.f_code.co_filename, frame.f_lineno
    registry = space.setdefault("__warningregistry__", {})
    warn_explicit(message, category, filename, lineno, space.get("__name__", "<string>"), registry)


def warn_explicit(message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None):
    """Give a warning for a place that is named."""
    text = str(message)
    made = message if isinstance(message, Warning) else category(message)
    action = _action(text, category, module or filename, lineno)
    if action == "ignore":
        return
    if action == "error":
        raise made
    registry = {} if registry is None else registry
    if registry.get("version") != _version:
        registry.clear()
        registry["version"] = _version
    places = {"default": (registry, (text, category, lineno)), "module": (registry, (text, category)),
              "once": (_told_once, (text, category))}
    if action in places:
        told, place = places[action]
        if told.get(place):
            return
        told[place] = True
    _showwarnmsg(WarningMessage(made, category, filename, lineno))


def _action(text, category, module, lineno):
    for action, kind, pattern, where, line in filters:
        if not issubclass(category, kind) or (line and line != lineno) or (where is not None and where != module):
            continue
        if pattern is None or text.lower().startswith(pattern.lower()):
            return action
    return "default"


def _showwarnmsg(entry):
    showwarning(entry.message, entry.category, entry.filename, entry.lineno)


def showwarning(message, category, filename, lineno, file=None, line=None):
    stream = file if file is not None else sys.stderr
    if stream is not None:
        stream.write(formatwarning(message, category, filename, lineno, line))


def formatwarning(message, category, filename, lineno, line=None):
    """`file:line: Category: message`, and the line itself where it can be read."""
    text = f"{filename}:{lineno}: {category.__name__}: {message}\n"
    if line is None:
        line = _source(filename, lineno)
    return text + (f"  {line.strip()}\n" if line and line.strip() else "")


def _source(filename, lineno):
    try:
        with open(filename) as stream:
            lines = stream.read().split("\n")
    except (OSError, ValueError):
        return ""
    return lines[lineno - 1] if 0 < lineno <= len(lines) else ""


def simplefilter(action, category=Warning, lineno=0, append=False):
    """A filter for every message and module."""
    _add((_checked(action), category, None, None, lineno), append)


def filterwarnings(action, message="", category=Warning, module="", lineno=0, append=False):
    """A filter. `message` is what the text begins with, small and large letters alike."""
    _add((_checked(action), category, message or None, module or None, lineno), append)


def _warn_unawaited_coroutine(coroutine):
    """What a coroutine that dies before it has begun does to the code that lets it go."""
    text = f"coroutine '{coroutine.__qualname__}' was never awaited"
    if coroutine.cr_origin is not None:
        text += "\nCoroutine created at (most recent call last)"
        for filename, lineno, name in reversed(coroutine.cr_origin):
            line = _source(filename, lineno).strip()
            text += f'\n  File "{filename}", line {lineno}, in {name}' + (f"\n    {line}" if line else "")
    warn(text, RuntimeWarning, 2)


def _process_options(options):
    """The filters that -W and PYTHONWARNINGS ask for; the last one goes first."""
    for option in options:
        try:
            _add(_filter_of(option), False)
        except ValueError as error:
            print(f"Invalid -W option ignored: {error}", file=sys.stderr)


def _filter_of(option):
    """action:message:category:module:line; what is missing at the end fits everything, words of actions may be cut short."""
    parts = [part.strip() for part in option.split(":")]
    if len(parts) > 5:
        raise ValueError(f"too many fields (max 5): {option!r}")
    action, message, category, module, line = parts + [""] * (5 - len(parts))
    return (_action_called(action), _category_called(category), message or None, module or None, _line_of(line))


def _action_called(text):
    if text == "all":
        return "always"
    for action in _ACTIONS:
        if action.startswith(text):  # nothing at all: the first
            return action
    raise ValueError(f"invalid action: {text!r}")


def _category_called(text):
    if not text:
        return Warning
    module, _, name = text.rpartition(".")
    try:
        found = __import__(module or "builtins", fromlist=[name])
    except ImportError:
        raise ValueError(f"invalid module name: {module!r}") from None
    if not hasattr(found, name):
        raise ValueError(f"unknown warning category: {text!r}")
    category = getattr(found, name)
    if not (isinstance(category, type) and issubclass(category, Warning)):
        raise ValueError(f"invalid warning category: {text!r}")
    return category


def _line_of(text):
    try:
        line = int(text or 0)
    except ValueError:
        raise ValueError(f"invalid lineno {text!r}") from None
    if line < 0:
        raise ValueError(f"invalid lineno {line}")
    return line


def _checked(action):
    if action not in _ACTIONS:
        raise ValueError(f"invalid action: {action!r}")
    return action


def _add(entry, append):
    if entry in filters:
        if append:
            return
        filters.remove(entry)
    if append:
        filters.append(entry)
    else:
        filters.insert(0, entry)
    _filters_mutated()


def resetwarnings():
    """No filters: every warning is told."""
    filters.clear()
    _filters_mutated()


class catch_warnings:
    """Filters and showwarning come back at the end; with record=True the warnings are put into a list instead of shown."""

    def __init__(self, *, record=False, module=None, action=None, category=Warning, lineno=0, append=False):
        self._record = record
        self._filter = None if action is None else (action, category, lineno, append)

    def __enter__(self):
        global _showwarnmsg
        self._filters = list(filters)
        self._show = _showwarnmsg
        _filters_mutated()
        if self._filter is not None:
            simplefilter(*self._filter)
        if not self._record:
            return None
        log = []
        _showwarnmsg = log.append
        return log

    def __exit__(self, kind, error, traceback):
        global _showwarnmsg
        filters[:] = self._filters
        _showwarnmsg = self._show
        _filters_mutated()


_process_options(sys.warnoptions)
