"""Exceptions and stacks as text, in the form that everybody knows."""

import sys

__all__ = [
    "FrameSummary", "extract_tb", "format_exc", "format_exception", "format_exception_only", "format_list",
    "format_tb", "print_exc", "print_exception",
]

HEADER = "Traceback (most recent call last):\n"
CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"

# Frames of one place in a row beyond this many are counted instead of shown: recursion fills no log.
REPEATED = 3


class FrameSummary:
    """One place in a stack: where, in which function, and the text of the line."""

    def __init__(self, filename, lineno, name, line):
        self.filename = filename
        self.lineno = lineno
        self.name = name
        self.line = line

    def place(self):
        return self.filename, self.lineno, self.name


def extract_tb(tb):
    """The frames of a traceback, outermost first."""
    entries = []
    sources = {}  # read every file once
    while tb is not None:
        code = tb.tb_frame.f_code
        line = _line(sources, code.co_filename, tb.tb_lineno)
        entries.append(FrameSummary(code.co_filename, tb.tb_lineno, code.co_name, line))
        tb = tb.tb_next
    return entries


def _line(sources, filename, lineno):
    if filename not in sources:
        try:
            with open(filename) as stream:
                sources[filename] = stream.read().split("\n")
        except (OSError, ValueError):
            sources[filename] = []
    lines = sources[filename]
    return lines[lineno - 1].strip() if 0 < lineno <= len(lines) else ""


def format_list(entries):
    """One text with its end of line for each entry."""
    texts = []
    last, count = None, 0
    for entry in entries:
        count = count + 1 if last == entry.place() else 1
        last = entry.place()
        if count > REPEATED:
            if count > REPEATED + 1:
                texts.pop()
            more = count - REPEATED
            texts.append(f"  [Previous line repeated {more} more time{'s' if more > 1 else ''}]\n")
            continue
        texts.append(_entry_text(entry))
    return texts


def _entry_text(entry):
    text = f'  File "{entry.filename}", line {entry.lineno}, in {entry.name}\n'
    return text + f"    {entry.line}\n" if entry.line else text


def format_tb(tb):
    return format_list(extract_tb(tb))


def format_exception_only(kind, value=None):
    """`ValueError: text`; for a SyntaxError also the place in the source."""
    if value is None and not isinstance(kind, type):
        kind, value = type(kind), kind
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = kind.__module__ + "." + name
    lines = []
    if isinstance(value, SyntaxError) and value.filename:
        lines.append(f'  File "{value.filename}", line {value.lineno}\n')
        if value.text:
            lines.append("    " + value.text.strip() + "\n")
    text = (value.msg if isinstance(value, SyntaxError) else _text(value)) if value is not None else ""
    lines.append(f"{name}: {text}\n" if text else name + "\n")
    return lines


def _text(value):
    try:
        return str(value)
    except Exception:
        return "<exception str() failed>"


def format_exception(kind, value=None, tb=None, chain=True):
    """The whole: causes first, then the traceback and the exception itself."""
    if isinstance(kind, BaseException):
        kind, value, tb = type(kind), kind, kind.__traceback__
    return _format_chain(value, tb, chain, [])


def _format_chain(value, tb, chain, seen):
    lines = []
    seen.append(value)
    if chain and value.__cause__ is not None and not _among(value.__cause__, seen):
        lines.extend(_format_chain(value.__cause__, value.__cause__.__traceback__, True, seen))
        lines.append(CAUSE)
    elif chain and value.__context__ is not None and not value.__suppress_context__ and not _among(value.__context__, seen):
        lines.extend(_format_chain(value.__context__, value.__context__.__traceback__, True, seen))
        lines.append(CONTEXT)
    if tb is not None:
        lines.append(HEADER)
        lines.extend(format_tb(tb))
    lines.extend(format_exception_only(type(value), value))
    return lines


def _among(value, seen):
    return any([value is other for other in seen])


def format_exc():
    """The exception that is being handled, as one text."""
    value = sys.exc_info()[1]
    return "".join(format_exception(type(value), value, value.__traceback__)) if value is not None else "NoneType: None\n"


def print_exception(kind, value=None, tb=None, file=None):
    (file or sys.stderr).write("".join(format_exception(kind, value, tb)))


def print_exc(file=None):
    (file or sys.stderr).write(format_exc())
