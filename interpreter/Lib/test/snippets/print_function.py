"""print with sep, end, file; str against repr."""
import sys

print(1, "a", None, [1, "b"], sep=" | ", end="!\n")
print()
print("no newline", end="")
print(" then", "this", sep="")
print("to stderr", file=sys.stderr)
print(*range(3), sep="\n")
class W:
    def __init__(self):
        self.parts = []

    def write(self, text):
        self.parts.append(text)


w = W()
print("a", 5, file=w)
print(w.parts, sep=None, end=None)
for job in (lambda: print(sep=5), lambda: print(end=5), lambda: print(file=5)):
    try:
        job()
    except Exception as error:
        print(type(error).__name__, error)
