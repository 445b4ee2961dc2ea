"""Truth, and what the words make of it."""
class T:
    def __init__(self, answer):
        self.answer = answer

    def __bool__(self):
        return self.answer


class L:
    def __len__(self):
        return 0


for value in (0, 1, -1, 0.0, "", "0", [], [0], (), {}, set(), None, True, T(True), T(False), L(), object(), range(0), b"", ...):
    print(bool(value), "yes" if value else "no", not value, end="; ")
print()
print(1 and 2, 0 and 1 / 0, 1 or 1 / 0, "" or [] or "last", 1 and [] and 2, not 1 == 2, 1 if 0 else 2 if 0 else 3)
for bad in (T(1), T("x"), type("N", (), {"__len__": lambda self: -1})(), type("S", (), {"__len__": lambda self: "x"})()):
    try:
        bool(bad)
    except Exception as error:
        print(type(error).__name__, error)
if None:
    pass
elif 0:
    print("no")
else:
    print("else")
