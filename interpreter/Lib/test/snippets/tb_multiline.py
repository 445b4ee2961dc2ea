"""An expression over several lines shows the line it began on."""
def f(*args):
    raise ValueError(len(args))


f(
    1,
    2,
    [3 for _ in range(2)],
)
