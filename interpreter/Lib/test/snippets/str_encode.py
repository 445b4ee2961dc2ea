"""Text to bytes and back, and what cannot be said."""
text = "aé日🐇"
for name in ("utf-8", "latin-1", "ascii", "utf-16-le", "UTF8"):
    try:
        print(name, text[:2].encode(name), text.encode(name))
    except UnicodeEncodeError as error:
        print(name, error)
print(text.encode("ascii", "replace"), text.encode("ascii", "ignore"), text.encode("ascii", "backslashreplace"), text.encode("ascii", "xmlcharrefreplace"))
for data in (b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x90", b"\xc0\x80"):
    try:
        data.decode()
    except UnicodeDecodeError as error:
        print(error, error.start, error.end, error.reason)
    print(ascii(data.decode("utf-8", "replace")), ascii(data.decode("utf-8", "surrogateescape")))
try:
    "\ud800".encode()
except UnicodeEncodeError as error:
    print(error)
try:
    "x".encode("no-such-codec")
except LookupError as error:
    print(error)
