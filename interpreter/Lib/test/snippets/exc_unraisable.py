"""What a finaliser raises is told and forgotten."""
class Bad:
    def __del__(self):
        raise ValueError("in del")


import sys

sys.unraisablehook = lambda info: print("hook", type(info.exc_value).__name__, info.exc_value)
Bad()
print("goes on")
