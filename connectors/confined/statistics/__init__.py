"""Files of SPSS, SAS and Stata in the child. ``data`` is the parser."""
