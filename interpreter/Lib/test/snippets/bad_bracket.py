"""A bracket that closes another one, lines later."""
table = {
    "a": [1, 2,
    "b": 3,
)
