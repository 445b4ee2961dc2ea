"""From a green branch to published files: dates, steps, gates and artifacts."""
