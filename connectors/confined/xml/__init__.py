"""XML in the child: guarded against what it may hold, then records and fields by path.

``records`` is the parser.
"""
