"""Reads tables out of delivered files: :func:`open_tables` is the way in."""

from connectors.cells import cell_name, column_letters, column_position
from connectors.errors import Unreadable
from connectors.read.batch import Batch
from connectors.read.table import SourceTable
from connectors.read.tables import open_tables

__all__ = [
    "Batch",
    "SourceTable",
    "Unreadable",
    "cell_name",
    "column_letters",
    "column_position",
    "open_tables",
]
