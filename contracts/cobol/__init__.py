"""Reads COBOL copybooks: what fields a record has, and where. :func:`read_copybook` is the way in.

The rules are those of IBM's Enterprise COBOL for z/OS Language Reference, data division. Nothing
here looks at data: :mod:`connectors.read.cobol` decodes records by the layout found here.
"""

from contracts.cobol.copybook import Book, read_copybook
from contracts.cobol.layout import Field, Layout, Shape
from contracts.cobol.source import BadCopybook

__all__ = ["BadCopybook", "Book", "Field", "Layout", "Shape", "read_copybook"]
