"""except*: raising inside handlers joins, bare raise puts back."""
def show(error, depth=0):
    print(" " * depth + repr(error))
    for inner in getattr(error, "exceptions", ()):
        show(inner, depth + 2)


for mode in ("again", "new", "both"):
    try:
        try:
            raise ExceptionGroup("g", [ValueError("v"), TypeError("t"), KeyError("k")])
        except* ValueError:
            if mode in ("again", "both"):
                raise
        except* TypeError:
            if mode in ("new", "both"):
                raise RuntimeError("new one")
        except* KeyError:
            pass
    except BaseException as error:
        print(mode)
        show(error)
for source in ("try:\n  pass\nexcept* ValueError:\n  break", "try:\n  pass\nexcept* :\n  pass", "try:\n  pass\nexcept* A:\n  pass\nexcept B:\n  pass", "def f():\n try:\n  pass\n except* A:\n  return 1"):
    try:
        compile(source, "s", "exec")
    except SyntaxError as error:
        print(error.msg)
