"""Parts that the snippets import."""

__all__ = ["visible", "VALUE"]
VALUE = 42
visible = "seen"
_hidden = "not seen by a star"


def twice(x):
    return x * 2
