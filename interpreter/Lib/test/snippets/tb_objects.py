"""Traceback objects, walked by hand."""
def a():
    b()


def b():
    raise ValueError("x")


try:
    a()
except ValueError as error:
    tb = error.__traceback__
    while tb:
        print(tb.tb_frame.f_code.co_name, tb.tb_lineno, tb.tb_frame.f_lineno)
        tb = tb.tb_next
    kept = error.with_traceback(None)
    print(kept is error, error.__traceback__)
try:
    ValueError().with_traceback(5)
except TypeError as error:
    print(error)
