"""A small pattern matcher for assertRaisesRegex and its like, until Rabbit has `re`.

Knows characters, `.`, sets, `\\d \\w \\s` and their opposites, `\\b`, `^ $`, groups, `|`, and `* + ? {m,n}` greedy or lazy.
A pattern becomes a tree of tuples; matching it is a generator of the places where a match may end, so going back is
asking for the next one.
"""

CLASSES = {"d": str.isdigit, "w": lambda c: c.isalnum() or c == "_", "s": str.isspace}
ENDLESS = 1 << 30
CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}


def search(pattern, text):
    """Does `pattern` match anywhere in `text`? An object with a `search` of its own is asked itself."""
    if hasattr(pattern, "search"):
        return pattern.search(text) is not None
    tree = _Reader(pattern).whole()
    for start in range(len(text) + 1):
        for _ in _match(tree, text, start):
            return True
    return False


class _Reader:
    """Reads a pattern into a tree. Raises ValueError for what it does not know."""

    def __init__(self, pattern):
        self.pattern = pattern
        self.at = 0

    def peek(self):
        return self.pattern[self.at] if self.at < len(self.pattern) else ""

    def take(self):
        char = self.peek()
        self.at += 1
        return char

    def whole(self):
        tree = self.either()
        if self.peek():
            raise ValueError(f"unbalanced parenthesis in the pattern {self.pattern!r}")
        return tree

    def either(self):
        ways = [self.sequence()]
        while self.peek() == "|":
            self.take()
            ways.append(self.sequence())
        return ("either", ways)

    def sequence(self):
        parts = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.repeated(self.single()))
        return ("sequence", parts)

    def repeated(self, part):
        bounds = {"*": (0, ENDLESS), "+": (1, ENDLESS), "?": (0, 1)}.get(self.peek())
        if bounds is not None:
            self.take()
        elif self.peek() == "{" and "}" in self.pattern[self.at :]:
            bounds = self.braces()
        else:
            return part
        lazy = self.peek() == "?"
        if lazy:
            self.take()
        return ("repeat", part, bounds[0], bounds[1], lazy)

    def braces(self):
        end = self.pattern.index("}", self.at)
        low, comma, high = self.pattern[self.at + 1 : end].partition(",")
        self.at = end + 1
        return int(low or 0), int(high) if high else ENDLESS if comma else int(low)

    def single(self):
        char = self.take()
        if char == ".":
            return ("one", lambda c: c != "\n")
        if char == "^":
            return ("place", lambda text, at: at == 0)
        if char == "$":
            return ("place", lambda text, at: at == len(text) or (at == len(text) - 1 and text[at] == "\n"))
        if char == "(":
            return self.group()
        if char == "[":
            return ("one", self.set())
        return self.escape() if char == "\\" else ("one", char.__eq__)

    def group(self):
        if self.pattern.startswith("?:", self.at):
            self.at += 2
        elif self.pattern.startswith("?P<", self.at):
            self.at = self.pattern.index(">", self.at) + 1
        elif self.peek() == "?":
            raise ValueError(f"unknown extension in the pattern {self.pattern!r}")
        tree = self.either()
        if self.take() != ")":
            raise ValueError(f"missing ) in the pattern {self.pattern!r}")
        return tree

    def escape(self):
        char = self.take()
        if char in ("b", "B"):
            return ("place", lambda text, at: _at_word_edge(text, at) == (char == "b"))
        if char == "Z":
            return ("place", lambda text, at: at == len(text))
        return ("one", _escaped(char))

    def set(self):
        other = self.peek() == "^"
        if other:
            self.take()
        tests = []
        while self.peek() != "]" or not tests:
            char = self.take()
            if char == "":
                raise ValueError(f"missing ] in the pattern {self.pattern!r}")
            if char == "\\":
                tests.append(_escaped(self.take()))
            elif self.peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
                self.take()
                tests.append(_between(char, self.take()))
            else:
                tests.append(char.__eq__)
        self.take()
        return lambda c: any(test(c) for test in tests) != other


def _escaped(char):
    if char.lower() in CLASSES:
        test = CLASSES[char.lower()]
        return test if char.islower() else lambda c: not test(c)
    return CONTROL.get(char, char).__eq__


def _between(low, high):
    return lambda c: low <= c <= high


def _at_word_edge(text, at):
    word = CLASSES["w"]
    before = at > 0 and word(text[at - 1])
    return before != (at < len(text) and word(text[at]))


def _match(tree, text, at):
    """Every place where a match of `tree` that begins at `at` ends, the preferred first."""
    kind = tree[0]
    if kind == "one":
        if at < len(text) and tree[1](text[at]):
            yield at + 1
    elif kind == "place":
        if tree[1](text, at):
            yield at
    elif kind == "either":
        for way in tree[1]:
            yield from _match(way, text, at)
    elif kind == "sequence":
        yield from _match_all(tree[1], 0, text, at)
    else:
        yield from _match_repeat(tree, text, at, 0)


def _match_all(parts, index, text, at):
    if index == len(parts):
        yield at
        return
    for end in _match(parts[index], text, at):
        yield from _match_all(parts, index + 1, text, end)


def _match_repeat(tree, text, at, done):
    _, part, low, high, lazy = tree
    if lazy and done >= low:
        yield at
    if done < high:
        for end in _match(part, text, at):
            if end > at or done < low:
                yield from _match_repeat(tree, text, end, done + 1)
    if not lazy and done >= low:
        yield at
