"""Reads Parquet files: in a confined child, then from its spool."""

from pathlib import Path

from connectors.confined.parent import Limits
from connectors.read.parsed.record_table import open_parsed
from connectors.read.table import SourceTable
from contracts.file_forms import Parquet


def open_parquet(
    path: Path, form: Parquet, file: str, limits: Limits | None = None
) -> list[SourceTable]:
    """The one table of a Parquet file; columns that are declared are the only ones read.

    Raises:
        Unreadable: it is encrypted, damaged, too demanding, or lacks a declared column.
    """
    request = {"columns": list(form.columns)}
    return list(open_parsed("parquet", path, request, file, "parquet", limits=limits))
