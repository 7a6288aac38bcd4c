"""Finds out what lies on a share: every file's kind, tables, likely dataset, twins, personal data.

Nothing here keeps or shows a value of a data row: what is noted are headers, counts and likenesses.
"""
