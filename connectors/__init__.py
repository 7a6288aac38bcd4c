"""IN: fetch bytes from where suppliers leave them, and read tables out of the files.

Knows declarations (``contracts``) and nothing of what the values mean.
"""
