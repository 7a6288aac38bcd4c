"""What every table found in a file can be asked, whatever the file is."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Literal

import numpy as np

from connectors.read.batch import Batch, Int64s, cell_name

TableKind = Literal[
    "delimited",
    "workbook",
    "fixed-width",
    "copybook",
    "json",
    "json-lines",
    "xml",
    "html",
    "dbf",
    "access",
    "statistics",
    "parquet",
]


class SourceTable(ABC):
    """One table of one delivered file.

    Attributes:
        file: the file's name, for people.
        sheet: the sheet's name, in a workbook.
        kind: what kind of file it is.
        encoding: how text is encoded, in text files: ``ascii``, ``utf-8``, ``utf-8-sig``,
            ``cp1252``, ``cp850`` ... as declared, or as proved from the bytes.
        delimiter: what parts the cells of a record, in delimited text.
        header_row: the header's row where the form knows it; 0 where the file holds no header
            row and ``field_names`` stands for it; None where it must be found.
        field_names: names of the columns where the form or the records give them, by position.
        notes: what a person may want to know of the file (``hidden-sheet``, ``macros`` ...).
        left_out: rows that the form declares to be no records (header and trailer records of a
            fixed-width file); complete once :meth:`batches` is exhausted.
        kept: what must live as long as the table, such as the folder its archive is unpacked in.
    """

    def __init__(
        self,
        file: str,
        kind: TableKind,
        *,
        sheet: str | None = None,
        encoding: str | None = None,
        delimiter: str | None = None,
        header_row: int | None = None,
        field_names: tuple[str, ...] | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.file = file
        self.kind = kind
        self.sheet = sheet
        self.encoding = encoding
        self.delimiter = delimiter
        self.header_row = header_row
        self.field_names = field_names
        self.notes = notes
        self.left_out: list[int] = []
        self.kept: tuple[object, ...] = ()

    @abstractmethod
    def head(self, n: int = 200) -> Batch:
        """The first ``n`` records, whole: enough to find the header in."""

    @abstractmethod
    def batches(
        self,
        known: Int64s | None = None,
        columns: Sequence[int] | None = None,
        seed: int = 0,
        header_row: int | None = None,
    ) -> Iterator[Batch]:
        """Every record of the table, in order, in batches of bounded size.

        Args:
            known: sorted hashes of records to leave out before they are parsed.
            columns: positions to read; the others are not parsed into columns. All where None.
            seed: seed of the record hashes (as a 64-bit word); ``known`` must have the same.
            header_row: row of the header, where it was found. A record is ragged against the
                number of cells in it; where None, against the widest of the first 200 records.
                Records at and above the header are never reported as ragged.

        Raises:
            Unreadable: the file cannot be read to its end.
        """

    @property
    def is_long(self) -> bool:
        """Whether reading the table to its end takes so long that :meth:`sample` is worth it."""
        return False

    def sample(self, columns: Sequence[int], header_row: int | None = None) -> list[Batch] | None:
        """Some records from all parts of a long table, always the same of the same bytes.

        Their row numbers tell nothing, and a record or two may be none.

        Returns:
            None where the table is not long.
        """
        return None

    @abstractmethod
    def cell(self, row: int, position: int) -> str:
        """One cell as it stands in the file; ``""`` where it is blank or there is none."""

    def place(self, row: int, position: int) -> tuple[str, str | None, str]:
        """Where a cell is, for people: file, sheet, and the cell as ``H12``."""
        return self.file, self.sheet, cell_name(position, row)

    @property
    def places(self) -> dict[str, Any]:
        """What :meth:`place` needs to know beside row and position, JSON-able; kept with the
        delivery, so that a cell is named without its file being opened.

        ``fields``: first position (from 1) and name of each field of a fixed-width record.
        ``pages``: file and last row of each page of JSON records, ``keys``: their keys, in the
        order of positions. Nothing where cells are named by letters.
        """
        return {}

    def cells(self, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], str]:
        """Several cells (row, position) as they stand, in one reading of the table; those that are
        blank or not there are ``""``."""
        found = dict.fromkeys(wanted, "")
        columns = sorted({position for _, position in found})
        of_row: dict[int, list[int]] = {}
        for row, position in found:
            of_row.setdefault(row, []).append(position)
        asked = np.array(sorted(of_row), np.int32)
        for batch in self.batches(columns=columns) if of_row else ():
            for at in np.flatnonzero(np.isin(batch.rows, asked)).tolist():
                row = int(batch.rows[at])
                for position in of_row[row]:
                    if str(position) in batch.table.column_names:
                        text = batch.table.column(str(position))[at].as_py()
                        found[row, position] = text or ""
        return found
