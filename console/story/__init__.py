"""The story that `make demo` plays and the story test repeats: from a pull request to a release, through real doors."""
