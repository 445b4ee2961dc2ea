"""Broken indentation, with its place."""
def f():
    if True:
        x = 1
      y = 2
