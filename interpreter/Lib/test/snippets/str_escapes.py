"""What stands for what in a literal, and how repr writes it back."""
print("tab\tnew\\n \x41 \u00e9 \U0001F407 \101 \0end", len("\N{GREEK SMALL LETTER ALPHA}"))
print(r"raw \n \x41", b"bytes \x41 \n", rb"\n", "joined " "by " 'standing beside')
for text in ("'", '"', "'\"", "\\", "\n\r\t", "\x00\x7f\x80\xa0\xad", "é日🐇", "\ud800", "\u2028", "\u200b"):
    print(repr(text), ascii(text), len(text))
print("""three
lines "quoted" \
and one joined""")
