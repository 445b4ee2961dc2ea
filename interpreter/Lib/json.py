"""JSON, in small: dumps and loads of None, bool, int, float, str, list and dict."""

__all__ = ["JSONDecodeError", "dumps", "loads"]

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_UNESCAPES = {'"': '"', "\\": "\\", "/": "/", "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_WORDS = (("null", None), ("true", True), ("false", False))
_HEX = "0123456789abcdef"


class JSONDecodeError(ValueError):
    """Text that is not JSON; the message gives the position."""


def dumps(value):
    """The value as one line of ASCII."""
    parts = []
    _write(value, parts)
    return "".join(parts)


def _write(value, parts):
    if value is None:
        parts.append("null")
    elif value is True:
        parts.append("true")
    elif value is False:
        parts.append("false")
    elif isinstance(value, str):
        parts.append(_quote(value))
    elif isinstance(value, int):
        parts.append(str(int(value)))
    elif isinstance(value, float):
        parts.append(repr(float(value)))
    elif isinstance(value, dict):
        parts.append("{")
        for index, (key, item) in enumerate(value.items()):
            parts.append((", " if index else "") + _quote(str(key)) + ": ")
            _write(item, parts)
        parts.append("}")
    elif isinstance(value, (list, tuple)):
        parts.append("[")
        for index, item in enumerate(value):
            if index:
                parts.append(", ")
            _write(item, parts)
        parts.append("]")
    else:
        raise TypeError("Object of type " + type(value).__name__ + " is not JSON serializable")


def _quote(text):
    return '"' + "".join([_ESCAPES.get(c) or (c if " " <= c < "\x7f" else _escape(ord(c))) for c in text]) + '"'


def _escape(code):
    """\\uXXXX, or two of them for a character beyond the first plane."""
    if code > 0xFFFF:
        code -= 0x10000
        return _escape(0xD800 + (code >> 10)) + _escape(0xDC00 + (code & 0x3FF))
    return "\\u" + "".join([_HEX[code >> shift & 15] for shift in (12, 8, 4, 0)])


def loads(text):
    """The value of a JSON text; raises JSONDecodeError."""
    value, end = _value(text, _blank(text, 0))
    end = _blank(text, end)
    if end != len(text):
        raise JSONDecodeError("Extra data: char " + str(end))
    return value


def _blank(text, at):
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _value(text, at):
    char = text[at:at + 1]
    if char == '"':
        return _string(text, at + 1)
    if char == "[":
        return _list(text, at + 1)
    if char == "{":
        return _dict(text, at + 1)
    for word, value in _WORDS:
        if text.startswith(word, at):
            return value, at + len(word)
    end = at
    while end < len(text) and text[end] in "+-.0123456789eE":
        end += 1
    number = text[at:end]
    if not number or number[-1] not in "0123456789":
        raise JSONDecodeError("Expecting value: char " + str(at))
    is_int = not any([c in number for c in ".eE"])
    return (int(number) if is_int else float(number)), end


def _string(text, at):
    parts = []
    while True:
        end = at
        while end < len(text) and text[end] not in '"\\':
            end += 1
        if end >= len(text):
            raise JSONDecodeError("Unterminated string starting at: char " + str(at - 1))
        parts.append(text[at:end])
        if text[end] == '"':
            return "".join(parts), end + 1
        char = text[end + 1:end + 2]
        if char == "u":
            code = int(text[end + 2:end + 6], 16)
            at = end + 6
            if 0xD800 <= code < 0xDC00 and text[at:at + 2] == "\\u":
                code = 0x10000 + ((code - 0xD800) << 10) + int(text[at + 2:at + 6], 16) - 0xDC00
                at += 6
            parts.append(chr(code))
        elif char in _UNESCAPES:
            parts.append(_UNESCAPES[char])
            at = end + 2
        else:
            raise JSONDecodeError("Invalid \\escape: char " + str(end))


def _list(text, at):
    items = []
    at = _blank(text, at)
    if text[at:at + 1] == "]":
        return items, at + 1
    while True:
        item, at = _value(text, _blank(text, at))
        items.append(item)
        at = _blank(text, at)
        char = text[at:at + 1]
        if char == "]":
            return items, at + 1
        if char != ",":
            raise JSONDecodeError("Expecting ',' delimiter: char " + str(at))
        at += 1


def _dict(text, at):
    found = {}
    at = _blank(text, at)
    if text[at:at + 1] == "}":
        return found, at + 1
    while True:
        at = _blank(text, at)
        if text[at:at + 1] != '"':
            raise JSONDecodeError("Expecting property name enclosed in double quotes: char " + str(at))
        key, at = _string(text, at + 1)
        at = _blank(text, at)
        if text[at:at + 1] != ":":
            raise JSONDecodeError("Expecting ':' delimiter: char " + str(at))
        value, at = _value(text, _blank(text, at + 1))
        found[key] = value
        at = _blank(text, at)
        char = text[at:at + 1]
        if char == "}":
            return found, at + 1
        if char != ",":
            raise JSONDecodeError("Expecting ',' delimiter: char " + str(at))
        at += 1
