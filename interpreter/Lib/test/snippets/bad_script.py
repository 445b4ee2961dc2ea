"""A file with a syntax error is not run at all."""
print("never printed")
def f(:
    pass
