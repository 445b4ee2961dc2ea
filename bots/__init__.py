"""What we do about what happened. Start at `reactions.py`, the table."""
