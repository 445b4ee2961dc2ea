"""GitHub and git as plain data: events and facts come in, effects go out. Knows no policy."""
