"""What the repository promises to analysts: one entity contract a file, a Pandera model each.

The repository's tables, their comments and their views follow from these.
"""
