"""Slices of text, in characters."""
text = "naïve 日本🐇!"
for piece in (text[0], text[-1], text[2:4], text[::-1], text[5:2], text[-3:], text[:-3:2], text[100:], text[-100:2], text[::3]):
    print(repr(piece), len(piece))
for job in (lambda: text[50], lambda: text["a"], lambda: text[::0], lambda: text[1.0]):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
try:
    text[0] = "x"
except TypeError as error:
    print(error)
