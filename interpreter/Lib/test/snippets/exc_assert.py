"""assert, with and without words."""
assert True
assert [1], "fine"
for source in ("assert 0", "assert [], 'words'", "assert 1 == 2, (1, 2)", "assert None, None"):
    try:
        exec(source)
    except AssertionError as error:
        print(source, "->", repr(error))
def check(x):
    assert x > 0, f"{x} is not above zero"
    return x


print(check(1))
check(-1)
