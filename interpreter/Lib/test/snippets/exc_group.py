"""Groups of exceptions, taken apart by except*."""
def run(error):
    try:
        raise error
    except* ValueError as group:
        print("values", repr(group), [str(e) for e in group.exceptions])
    except* (KeyError, TypeError) as group:
        print("others", repr(group))
    else:
        print("no error")
    finally:
        print("finally")


run(ExceptionGroup("g", [ValueError(1), KeyError(2), ValueError(3)]))
run(ValueError("bare"))
run(ExceptionGroup("outer", [ExceptionGroup("inner", [TypeError(1), ValueError(2)])]))
try:
    run(ExceptionGroup("left", [OSError(1), ValueError(2)]))
except ExceptionGroup as group:
    print("left over", repr(group))
g = ExceptionGroup("m", [ValueError(1), ExceptionGroup("n", [KeyError(2)])])
print(g.message, g.exceptions, g.subgroup(KeyError), g.split(ValueError), g.derive([OSError()]), str(g))
print(type(BaseExceptionGroup("b", [ValueError()])).__name__, type(BaseExceptionGroup("b", [KeyboardInterrupt()])).__name__)
for job in (lambda: ExceptionGroup("x", []), lambda: ExceptionGroup("x", [5]), lambda: ExceptionGroup("x", [KeyboardInterrupt()]), lambda: ExceptionGroup("x"), lambda: ExceptionGroup(1, [ValueError()])):
    try:
        job()
    except Exception as error:
        print(type(error).__name__, error)
