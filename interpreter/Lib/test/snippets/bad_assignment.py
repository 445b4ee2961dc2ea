"""An assignment to what is no place."""
values = [1, 2]
values + [3] = 4
