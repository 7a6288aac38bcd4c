"""Reads Access databases (mdb, accdb): in a confined child, then from its spool."""

from pathlib import Path

from connectors.confined.parent import Limits
from connectors.read.parsed.record_table import open_parsed
from connectors.read.table import SourceTable
from contracts.file_forms import Access


def open_access(
    path: Path, form: Access, file: str, limits: Limits | None = None
) -> list[SourceTable]:
    """The database's own tables, ``sheet`` their names; system tables, queries and linked tables
    are none of them, and linked ones are noted (``linked-table: NAME``).

    Columns of OLE objects and attachments are left out and noted (``not-read: NAME (...)``), so
    that a dataset that needs one is told that it is missing.

    Raises:
        Unreadable: protected (``access-encrypted``), damaged, without the tables declared, or MDB
            Tools are not installed (``access-reader-missing``).
    """
    request = {"tables": list(form.tables)}
    return list(open_parsed("access.database", path, request, file, "access", limits=limits))
