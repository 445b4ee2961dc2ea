"""Rabbit's regression tests; `make test` runs them all."""
