"""Text in lines of a given width, and its margin."""

__all__ = ["TextWrapper", "dedent", "fill", "indent", "shorten", "wrap"]

_SPACES = "\t\n\x0b\x0c\r "


class TextWrapper:
    """Wraps one paragraph: `width` columns, what to put before the first line and before the others, and so on."""

    def __init__(self, width=70, initial_indent="", subsequent_indent="", expand_tabs=True, replace_whitespace=True,
                 fix_sentence_endings=False, break_long_words=True, drop_whitespace=True, break_on_hyphens=True,
                 tabsize=8, *, max_lines=None, placeholder=" [...]"):
        self.width = width
        self.initial_indent, self.subsequent_indent = initial_indent, subsequent_indent
        self.expand_tabs, self.replace_whitespace, self.tabsize = expand_tabs, replace_whitespace, tabsize
        self.fix_sentence_endings = fix_sentence_endings
        self.break_long_words, self.break_on_hyphens = break_long_words, break_on_hyphens
        self.drop_whitespace = drop_whitespace
        self.max_lines, self.placeholder = max_lines, placeholder

    def _cleaned(self, text):
        if self.expand_tabs:
            text = text.expandtabs(self.tabsize)
        if self.replace_whitespace:
            text = text.translate({ord(c): " " for c in _SPACES})
        return text

    def _words(self, text):
        """Words and the spaces between them, in turn; a word may end behind a hyphen between letters."""
        chunks, at = [], 0
        while at < len(text):
            end = at
            space = text[at] in _SPACES
            while end < len(text) and (text[end] in _SPACES) == space:
                end += 1
            chunks += [text[at:end]] if space else self._parts(text[at:end])
            at = end
        return chunks

    def _parts(self, word):
        if not self.break_on_hyphens:
            return [word]
        parts, start = [], 0
        i = 1
        while i < len(word) - 1:
            if word[i] == "-" and word[i:i + 2] == "--" and word[i - 1] not in "-":
                end = i
                while end < len(word) and word[end] == "-":
                    end += 1
                if end < len(word) and word[start:i].strip("-"):
                    parts += [word[start:i], word[i:end]]
                    start = i = end
                    continue
                i = end
                continue
            before = word[start:i]
            if word[i] == "-" and len(before) >= 2 and before[-2:].isalpha() and word[i + 1:i + 3].isalpha() and len(word[i + 1:i + 3]) == 2:
                parts.append(word[start:i + 1])
                start = i + 1
            i += 1
        return parts + [word[start:]]

    def _sentence_ends(self, chunks):
        for i in range(len(chunks) - 1):
            word = chunks[i].rstrip("\"'")
            if chunks[i + 1] == " " and word[-1:] in (".", "!", "?") and word[-2:-1].islower():
                chunks[i + 1] = "  "

    def wrap(self, text):
        """The lines, without line ends."""
        chunks = self._words(self._cleaned(text))
        if self.fix_sentence_endings:
            self._sentence_ends(chunks)
        return self._lines(chunks)

    def _lines(self, chunks):
        if self.width <= 0:
            raise ValueError(f"invalid width {self.width!r} (must be > 0)")
        if self.max_lines is not None:
            margin = self.subsequent_indent if self.max_lines > 1 else self.initial_indent
            if len(margin) + len(self.placeholder.lstrip()) > self.width:
                raise ValueError("placeholder too large for max width")
        lines = []
        chunks.reverse()
        while chunks:
            margin = self.subsequent_indent if lines else self.initial_indent
            width = self.width - len(margin)
            if self.drop_whitespace and chunks[-1].strip() == "" and lines:
                chunks.pop()
            line, length = self._fill_line(chunks, width)
            if chunks and len(chunks[-1]) > width:
                self._long_word(chunks, line, length, width)
                length = sum(map(len, line))
            if self.drop_whitespace and line and line[-1].strip() == "":
                length -= len(line.pop())
            if not line:
                continue
            rest_blank = not chunks or (self.drop_whitespace and len(chunks) == 1 and not chunks[0].strip())
            if self.max_lines is None or len(lines) + 1 < self.max_lines or (rest_blank and length <= width):
                lines.append(margin + "".join(line))
                continue
            self._cut(lines, line, length, width, margin)
            break
        return lines

    def _fill_line(self, chunks, width):
        line, length = [], 0
        while chunks and length + len(chunks[-1]) <= width:
            length += len(chunks[-1])
            line.append(chunks.pop())
        return line, length

    def _long_word(self, chunks, line, length, width):
        left = 1 if width < 1 else width - length
        if self.break_long_words:
            end = left
            word = chunks[-1]
            if self.break_on_hyphens and len(word) > left:
                hyphen = word.rfind("-", 0, left)
                if hyphen > 0 and any(c != "-" for c in word[:hyphen]):
                    end = hyphen + 1
            line.append(word[:end])
            chunks[-1] = word[end:]
        elif not line:
            line.append(chunks.pop())

    def _cut(self, lines, line, length, width, margin):
        while line:
            if line[-1].strip() and length + len(self.placeholder) <= width:
                line.append(self.placeholder)
                lines.append(margin + "".join(line))
                return
            length -= len(line.pop())
        if lines:
            before = lines[-1].rstrip()
            if len(before) + len(self.placeholder) <= self.width:
                lines[-1] = before + self.placeholder
                return
        lines.append(margin + self.placeholder.lstrip())

    def fill(self, text):
        """The lines, joined."""
        return "\n".join(self.wrap(text))


def wrap(text, width=70, **kwargs):
    return TextWrapper(width=width, **kwargs).wrap(text)


def fill(text, width=70, **kwargs):
    return TextWrapper(width=width, **kwargs).fill(text)


def shorten(text, width, **kwargs):
    """The words that fit on one line, and a placeholder for the others."""
    return TextWrapper(width=width, max_lines=1, **kwargs).fill(" ".join(text.strip().split()))


def dedent(text):
    """Take away the white space that all lines begin with; lines of white space alone become empty."""
    lines = [line if line.strip(" \t") else "" for line in text.split("\n")]
    margin = None
    for line in lines:
        if line:
            own = line[:len(line) - len(line.lstrip(" \t"))]
            if margin is None:
                margin = own
            while not own.startswith(margin):
                margin = margin[:-1]
    return "\n".join([line[len(margin):] if margin and line else line for line in lines])


def indent(text, prefix, predicate=None):
    """Put `prefix` before each line that is not blank, or of which the predicate is true."""
    wanted = predicate or str.strip
    return "".join([prefix + line if wanted(line) else line for line in text.splitlines(True)])
