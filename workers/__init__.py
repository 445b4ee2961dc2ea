"""The farm's hands: what a worker machine runs. The standard library and Buildbot's worker only: it starts anywhere."""
