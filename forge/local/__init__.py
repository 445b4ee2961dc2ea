"""A GitHub to carry along: REST subset, signed webhooks, App tokens, git over smart HTTP, small pages.

A separate process (`python -m forge.local`) that knows nothing of what its users build on it: no policy, no label
names, nothing imported from this product. What it keeps lives in one folder: a SQLite file and bare repositories.
"""
