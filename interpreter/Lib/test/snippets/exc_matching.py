"""Which handler takes it."""
def kind(error):
    try:
        raise error
    except (KeyError, IndexError) as e:
        return "lookup", type(e).__name__
    except ArithmeticError:
        return "arithmetic"
    except Exception as e:
        return "other", str(e)
    except:
        return "base"
    else:
        return "none"


print(kind(KeyError), kind(IndexError(1)), kind(ZeroDivisionError()), kind(ValueError("v")), kind(KeyboardInterrupt()), kind(GeneratorExit), kind(5), kind("x"), kind(None))
try:
    try:
        raise ValueError("v")
    except "not a class":
        pass
except TypeError as error:
    print(error)
try:
    try:
        raise ValueError("v")
    except (KeyError, int):
        pass
except TypeError as error:
    print(error, "|", repr(error.__context__))
try:
    raise int
except TypeError as error:
    print(error)
try:
    raise
except RuntimeError as error:
    print(error)
