"""Decodes records of COBOL programs by the layout that :mod:`contracts.cobol` finds."""
