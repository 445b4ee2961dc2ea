"""finally runs whichever way one leaves; what it does itself wins."""
def f(how):
    for i in range(2):
        try:
            print("try", how, i, end=" ")
            if how == "return":
                return "from try"
            if how == "break":
                break
            if how == "continue":
                continue
            if how == "raise":
                raise ValueError(how)
        except ValueError:
            print("except", end=" ")
        else:
            print("else", end=" ")
        finally:
            print("finally", end=" ")
    return "end"


for how in ("return", "break", "continue", "raise", "fall"):
    print(f(how))
def over():
    try:
        return 1
    finally:
        return 2


def swallow():
    try:
        1 / 0
    finally:
        return "swallowed"


def breaks():
    for i in range(3):
        try:
            1 / 0
        finally:
            break
    return i


def keeps(x=[1]):
    try:
        return x[0]
    finally:
        x[0] += 1


def nested():
    try:
        try:
            try:
                raise KeyError(1)
            finally:
                print("a", end=" ")
        finally:
            print("b", end=" ")
    except KeyError as e:
        try:
            return "returned"
        finally:
            print("c", e, end=" ")
    finally:
        print("d")


print(over(), swallow(), breaks(), keeps(), keeps(), nested())
