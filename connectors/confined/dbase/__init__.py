"""dBASE and FoxPro tables in the child: header, fields, memo files. ``table`` is the parser."""
