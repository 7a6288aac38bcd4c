"""Text: its encoding proved, its records cut and hashed, its cells parsed by whole columns.

Delimited text and fixed width, read in the worker's own process (decision record 26)."""
