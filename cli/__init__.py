"""ASK: the ``watersmeet`` command, one file a command.

A command only asks and shows; what it asks for is the pipeline's.
"""
