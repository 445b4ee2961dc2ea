"""The farm's head: a Buildbot configured from tables. Knows commits, branches and builders, never pull requests."""
