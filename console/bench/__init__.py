"""Measures the bots beside the floor of this machine, in the same run: `make bench-bots`."""
