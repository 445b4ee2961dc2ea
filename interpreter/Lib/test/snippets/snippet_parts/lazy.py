"""A module that makes its attributes when asked."""


def __getattr__(name):
    if name == "nothing":
        raise AttributeError("no such thing here")
    return f"lazy {name}"
