"""Workbooks in the child: calamine in bulk, and for each kind of file what calamine loses of it.

``sheets`` and ``spreadsheet_xml`` are the parsers.
"""
