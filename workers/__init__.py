"""The farm's hands: what a worker machine runs. Standard library only, so that it starts anywhere."""
