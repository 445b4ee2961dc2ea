"""A module that fails while it is made."""

started = True
raise RuntimeError("broken on purpose")
