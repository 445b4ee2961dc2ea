"""Letters become large and small."""
for text in ("hello World", "ÀÉ straße", "ǆ ŉ ﬁ", "ΑΣ ΟΔΟΣ", "İI", "x1y2", "they're bill's"):
    print(text.upper(), text.lower(), text.title(), text.capitalize(), text.swapcase(), text.casefold())
for text in ("abc", "ABC", "Abc Def", "123", "²", "½", "a1", "", " ", "é", "日本", "_x", "1a", "def", "\u0661"):
    print(repr(text), text.isalpha(), text.isdigit(), text.isdecimal(), text.isnumeric(), text.isalnum(), text.islower(),
          text.isupper(), text.istitle(), text.isspace(), text.isidentifier(), text.isprintable(), text.isascii())
