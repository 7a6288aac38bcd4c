"""Parses untrusted files in a child process with limits.

What the child imports is kept small: it starts anew for every workbook.
"""
