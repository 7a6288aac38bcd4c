"""Files being written, each telling which source row every record came to stand in."""

import csv
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import xlsxwriter

EXTRA = "+"
"""Key under which a piece may hold, by row, a value beyond the last column."""


@dataclass(frozen=True)
class Excluded:
    """A row that is no record, and why."""

    sheet: str | None
    row: int
    reason: str


@dataclass(frozen=True)
class Formula:
    """A formula cell and the value last computed for it; None where none was."""

    text: str
    value: float | str | None


class Sink(ABC):
    """A file being written. It gets its name only when it is whole.

    Attributes:
        path: its name once it is whole.
        header_row: where the headers stand; None where the file has none.
        excluded: rows that are no records; complete once the file is.
    """

    def __init__(self, path: Path, header_row: int | None) -> None:
        self.path = path
        self.part = path.with_name(path.name + ".part")
        self.header_row = header_row
        self.excluded: list[Excluded] = []
        path.parent.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def write(self, written: Mapping[str, Any]) -> tuple[list[str | None], list[int]]:
        """Write a piece; the sheet and the 1-based source row of each of its records."""

    @abstractmethod
    def finish(self) -> None:
        """Write what follows the records and close."""

    @abstractmethod
    def abandon(self) -> None:
        """Close without finishing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if kind is None:
            self.finish()
            self.part.replace(self.path)
        else:
            self.abandon()
            self.part.unlink(missing_ok=True)


class TextSink(Sink):
    """Delimited text."""

    def __init__(
        self,
        path: Path,
        headers: Sequence[str],
        *,
        encoding: str,
        delimiter: str = ",",
        titles: Sequence[Sequence[str]] = (),
    ) -> None:
        super().__init__(path, len(titles) + 1)
        self.headers = list(headers)
        self.row = 0
        self.lines = self.part.open("w", encoding=encoding, newline="")
        self.csv = csv.writer(self.lines, delimiter=delimiter, lineterminator="\r\n")
        for title in titles:
            self.other(title, "title" if any(title) else "blank")
        self.csv.writerow(self.headers)
        self.row += 1

    def other(self, cells: Sequence[str], reason: str) -> None:
        """Write a row that is no record."""
        self.csv.writerow(cells)
        self.row += 1
        self.excluded.append(Excluded(None, self.row, reason))

    def write(self, written: Mapping[str, Any]) -> tuple[list[str | None], list[int]]:
        rows = list(zip(*(written[header] for header in self.headers), strict=True))
        for i, value in written.get(EXTRA, {}).items():
            rows[i] = (*rows[i], value)
        self.csv.writerows(rows)
        first, self.row = self.row + 1, self.row + len(rows)
        return [None] * len(rows), list(range(first, self.row + 1))

    def finish(self) -> None:
        self.lines.close()

    def abandon(self) -> None:
        self.lines.close()


class LinesSink(Sink):
    """Lines of text made by the supply itself: fixed-width records, or JSON one a line.

    A first or last line that the feed's declaration says to skip is excluded as declared.
    """

    def __init__(self, path: Path, *, encoding: str, first: str | None = None) -> None:
        super().__init__(path, None)
        self.row = 0
        self.lines = self.part.open("w", encoding=encoding, newline="\n")
        if first is not None:
            self._declared(first)
        self.records = 0

    def _declared(self, line: str) -> None:
        """Write a line that the feed's declaration says to skip."""
        self.lines.write(line + "\n")
        self.row += 1
        self.excluded.append(Excluded(None, self.row, "declared"))

    def write(self, written: Mapping[str, Any]) -> tuple[list[str | None], list[int]]:
        (rows,) = written.values()
        self.lines.write("".join(row + "\n" for row in rows))
        first, self.row = self.row + 1, self.row + len(rows)
        self.records += len(rows)
        return [None] * len(rows), list(range(first, self.row + 1))

    def finish(self) -> None:
        self.lines.close()

    def abandon(self) -> None:
        self.lines.close()


class CountedLinesSink(LinesSink):
    """Lines with a last record that counts the others."""

    def finish(self) -> None:
        self._declared(f"TRL{self.records:09d}")
        super().finish()


@dataclass(frozen=True)
class Layout:
    """How a sheet of records looks.

    Attributes:
        headers: in order.
        titles: text of the rows above the header; the first is merged over all columns.
        hidden: headers of hidden columns.
        widths: column width in characters.
    """

    headers: tuple[str, ...]
    titles: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    width: int = 18


class WorkbookSink(Sink):
    """A workbook with one or more sheets of records, and others beside them."""

    def __init__(
        self,
        path: Path,
        layout: Layout,
        sheets: Sequence[str],
        *,
        before: Mapping[str, Sequence[Sequence[str]]],
        after: Mapping[str, Sequence[Sequence[str]]],
    ) -> None:
        super().__init__(path, len(layout.titles) + 1)
        self.layout = layout
        self.after = after
        self.book = xlsxwriter.Workbook(str(self.part), {"strings_to_formulas": False})
        # The same bytes for the same seed: a workbook otherwise records when it was made.
        self.book.set_properties({"created": datetime(2026, 7, 6, 9)})
        self.formats = {
            "title": self.book.add_format({"bold": True, "font_size": 14}),
            "header": self.book.add_format({"bold": True, "bg_color": "#DDE6EE"}),
            "date": self.book.add_format({"num_format": "dd/mm/yyyy"}),
            "money": self.book.add_format({"num_format": "#,##0.00"}),
        }
        self._others(before)
        self.sheets = {name: self._sheet(name) for name in sheets}
        self.rows = dict.fromkeys(sheets, len(layout.titles) + 1)

    def _others(self, others: Mapping[str, Sequence[Sequence[str]]]) -> None:
        for name, rows in others.items():
            sheet = self.book.add_worksheet(name)
            for i, cells in enumerate(rows):
                sheet.write_row(i, 0, cells)

    def _sheet(self, name: str) -> Any:
        sheet = self.book.add_worksheet(name)
        headers = self.layout.headers
        for i, title in enumerate(self.layout.titles):
            if i == 0:
                sheet.merge_range(0, 0, 0, len(headers) - 1, title, self.formats["title"])
            elif title:
                sheet.write_string(i, 0, title)
            self.excluded.append(Excluded(name, i + 1, "title" if title else "blank"))
        sheet.write_row(len(self.layout.titles), 0, headers, self.formats["header"])
        for i, header in enumerate(headers):
            sheet.set_column(
                i, i, self.layout.width, None, {"hidden": header in self.layout.hidden}
            )
        return sheet

    def write(self, written: Mapping[str, Any]) -> tuple[list[str | None], list[int]]:
        names: list[str] = written.get("sheet") or [next(iter(self.sheets))] * len(
            written[self.layout.headers[0]]
        )
        columns = [written[header] for header in self.layout.headers]
        rows: list[int] = []
        for i, name in enumerate(names):
            self.rows[name] += 1
            rows.append(self.rows[name])
            for position, values in enumerate(columns):
                self._cell(self.sheets[name], rows[-1], position, values[i])
        return list(names), rows

    def _cell(self, sheet: Any, row: int, position: int, value: Any) -> None:
        match value:
            case Formula(text, computed):
                # XlsxWriter writes a cached value always; an empty one is how none is written.
                text = text.replace("{row}", str(row))
                cached = "" if computed is None else computed
                sheet.write_formula(row - 1, position, text, self.formats["money"], cached)
            case date():
                sheet.write_datetime(row - 1, position, value, self.formats["date"])
            case float() | int():
                sheet.write_number(row - 1, position, value, self.formats["money"])
            case str() if value:
                sheet.write_string(row - 1, position, value)

    def finish(self) -> None:
        self._others(self.after)
        self.book.close()

    def abandon(self) -> None:
        # XlsxWriter only gives its temporary files back by writing the book.
        self.book.close()
