"""Writes xls (BIFF8, [MS-XLS]) and xlsb ([MS-XLSB]) workbooks record by record: no library that is
at hand writes error cells, formulas without value or hidden rows into them."""

import io
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.compound_file import compound

ERRORS = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36}
ERRORS["#N/A"] = 42
DAY, TIME = 1, 2
"""Numbers of cell formats."""


@dataclass(frozen=True)
class Day:
    """A number shown as a date."""

    serial: float


@dataclass(frozen=True)
class Computed:
    """A formula with its value; None where it was never computed. ``terms``: how long it is."""

    value: float | str | None
    terms: int = 1

    @property
    def formula(self) -> bytes:
        """The formula =1+1+1..."""
        return b"\x1e\x01\x00" + b"\x1e\x01\x00\x03" * (self.terms - 1)


Cell = str | float | bool | Day | Computed | None


@dataclass
class Page:
    """A sheet to write. ``state``: 0 shown, 1 hidden; ``kind``: 0 worksheet, 2 chart."""

    name: str
    rows: Sequence[Sequence[Cell]]
    state: int = 0
    kind: int = 0
    hidden_rows: Sequence[int] = ()
    hidden_columns: Sequence[int] = ()
    merged: Sequence[tuple[int, int, int, int]] = field(default=())


def xls(pages: Sequence[Page], *, from_1904: bool = False, extra: bytes = b"") -> bytes:
    """An xls workbook; ``extra`` are records put among those of the workbook itself."""
    return compound({"Workbook": xls_records(pages, from_1904=from_1904, extra=extra)})


def xls_records(pages: Sequence[Page], *, from_1904: bool = False, extra: bytes = b"") -> bytes:
    """The stream of records of an xls workbook."""
    start = _bof(5) + extra + record(0x42, struct.pack("<H", 1200))
    start += record(0x22, struct.pack("<H", int(from_1904)))
    start += b"".join(_format(number) for number in (0, 14, 21))
    length = len(start) + sum(len(_sheet_entry(0, page)) for page in pages) + 4
    sheets = [_xls_sheet(page) for page in pages]
    for page, sheet in zip(pages, sheets, strict=True):
        start += _sheet_entry(length, page)
        length += len(sheet)
    return start + record(0x0A, b"") + b"".join(sheets)


def record(kind: int, content: bytes) -> bytes:
    """One record of an xls workbook."""
    return struct.pack("<HH", kind, len(content)) + content


def _bof(kind: int) -> bytes:
    return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _format(number: int) -> bytes:
    return record(0xE0, struct.pack("<HHHBBBBIIH", 0, number, 1, 0x20, 0, 0, 0, 0, 0, 0x20C0))


def _sheet_entry(start: int, page: Page) -> bytes:
    name = page.name.encode("utf-16-le")
    facts = struct.pack("<IBBBB", start, page.state, page.kind, len(page.name), 1)
    return record(0x85, facts + name)


def _xls_sheet(page: Page) -> bytes:
    whole = _bof(0x20 if page.kind == 2 else 0x10)
    for column in page.hidden_columns:
        whole += record(0x7D, struct.pack("<HHHHHH", column, column, 2000, 0, 1, 0))
    width = max((len(row) for row in page.rows), default=0)
    whole += record(0x200, struct.pack("<IIHHH", 0, len(page.rows), 0, width, 0))
    for row in page.hidden_rows:
        whole += record(0x208, struct.pack("<HHHHHHI", row, 0, width, 255, 0, 0, 0x0100 | 0x20))
    parts = [
        _xls_cell(number, position, cell)
        for number, row in enumerate(page.rows)
        for position, cell in enumerate(row)
        if cell is not None
    ]
    if page.merged:
        blocks = b"".join(struct.pack("<HHHH", *block) for block in page.merged)
        parts.append(record(0xE5, struct.pack("<H", len(page.merged)) + blocks))
    return whole + b"".join(parts) + record(0x0A, b"")


def _xls_cell(row: int, position: int, cell: Cell) -> bytes:
    head = struct.pack("<HHH", row, position, DAY if isinstance(cell, Day) else 0)
    if isinstance(cell, Day):
        return record(0x203, head + struct.pack("<d", cell.serial))
    if isinstance(cell, Computed):
        return _xls_formula(head, cell)
    if isinstance(cell, bool):
        return record(0x205, head + bytes([cell, 0]))
    if isinstance(cell, str):
        if cell in ERRORS:
            return record(0x205, head + bytes([ERRORS[cell], 1]))
        return record(0x204, head + struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le"))
    if isinstance(cell, int) and abs(cell) < 1 << 29:
        return record(0x27E, head + struct.pack("<i", cell << 2 | 2))
    return record(0x203, head + struct.pack("<d", cell))


def _xls_formula(head: bytes, cell: Computed) -> bytes:
    """A formula; those never computed are written as programs write them that do not compute: the
    value nought, and the flags that ask for it to be worked out."""
    value = cell.value
    flags = 3 if value is None else 0
    result = struct.pack("<d", value if isinstance(value, float | int) else 0.0)
    if isinstance(value, str):
        result = bytes([2, 0, ERRORS[value], 0, 0, 0, 0xFF, 0xFF])
    formula = struct.pack("<HIH", flags, 0, len(cell.formula)) + cell.formula
    return record(0x06, head + result + formula)


def xlsb(pages: Sequence[Page], *, more: dict[str, bytes] | None = None) -> bytes:
    """An xlsb workbook; ``more`` are further members of the archive."""
    links, bundle = "", _xlsb_record(131, b"") + _xlsb_record(143, b"")
    for number, page in enumerate(pages, 1):
        links += (
            f'<Relationship Id="rId{number}" Type="http://schemas.openxmlformats.org/officeDocument'
            f'/2006/relationships/worksheet" Target="worksheets/sheet{number}.bin"/>'
        )
        facts = struct.pack("<II", page.state, number) + _wide(f"rId{number}") + _wide(page.name)
        bundle += _xlsb_record(156, facts)
    bundle += _xlsb_record(144, b"") + _xlsb_record(132, b"")
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    relations = f'<Relationships xmlns="{space}">{links}</Relationships>'
    members = {
        "xl/workbook.bin": bundle,
        "xl/_rels/workbook.bin.rels": relations.encode(),
        "xl/styles.bin": _xlsb_styles(),
    }
    for number, page in enumerate(pages, 1):
        members[f"xl/worksheets/sheet{number}.bin"] = _xlsb_sheet(page)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in {**members, **(more or {})}.items():
            archive.writestr(name, member)
    return content.getvalue()


def _xlsb_record(kind: int, content: bytes) -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length = len(content)
    while True:
        head += bytes([length & 0x7F | (0x80 if length > 0x7F else 0)])
        length >>= 7
        if not length:
            return head + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _xlsb_styles() -> bytes:
    """Two cell formats: numbers as they are, and dates."""
    whole = _xlsb_record(278, b"") + _xlsb_record(617, struct.pack("<I", 2))
    for number in (0, 14):
        whole += _xlsb_record(47, struct.pack("<HHHHHBBHBB", 0, number, 0, 0, 0, 0, 0, 0, 0, 0))
    return whole + _xlsb_record(618, b"") + _xlsb_record(279, b"")


def _xlsb_sheet(page: Page) -> bytes:
    width = max((len(row) for row in page.rows), default=1)
    whole = _xlsb_record(129, b"")
    whole += _xlsb_record(148, struct.pack("<IIII", 0, max(0, len(page.rows) - 1), 0, width - 1))
    if page.hidden_columns:
        whole += _xlsb_record(390, b"")
        for column in page.hidden_columns:
            whole += _xlsb_record(60, struct.pack("<IIIIH", column, column, 2000, 0, 1))
        whole += _xlsb_record(391, b"")
    parts = [_xlsb_record(145, b"")]
    for number, row in enumerate(page.rows):
        flags = 0x10 if number in page.hidden_rows else 0
        facts = struct.pack("<IIHBBBI", number, 0, 255, 0, flags, 0, 0)
        parts.append(_xlsb_record(0, facts))
        parts += [_xlsb_cell(position, cell) for position, cell in enumerate(row)]
    parts.append(_xlsb_record(146, b""))
    if page.merged:
        parts.append(_xlsb_record(177, struct.pack("<I", len(page.merged))))
        parts += [_xlsb_record(176, struct.pack("<IIII", *block)) for block in page.merged]
        parts.append(_xlsb_record(178, b""))
    return whole + b"".join(parts) + _xlsb_record(130, b"")


def _xlsb_cell(position: int, cell: Cell) -> bytes:
    head = struct.pack("<II", position, DAY if isinstance(cell, Day) else 0)
    if cell is None:
        return _xlsb_record(1, head)
    if isinstance(cell, Day):
        return _xlsb_record(5, head + struct.pack("<d", cell.serial))
    if isinstance(cell, Computed):
        flags = 2 if cell.value is None else 0
        formula = struct.pack("<HI", flags, len(cell.formula)) + cell.formula + bytes(4)
        if isinstance(cell.value, str):
            return _xlsb_record(11, head + bytes([ERRORS[cell.value]]) + formula)
        return _xlsb_record(9, head + struct.pack("<d", cell.value or 0.0) + formula)
    if isinstance(cell, bool):
        return _xlsb_record(4, head + bytes([cell]))
    if isinstance(cell, str):
        if cell in ERRORS:
            return _xlsb_record(3, head + bytes([ERRORS[cell]]))
        return _xlsb_record(6, head + _wide(cell))
    if isinstance(cell, int) and abs(cell) < 1 << 29:
        return _xlsb_record(2, head + struct.pack("<i", cell << 2 | 2))
    return _xlsb_record(5, head + struct.pack("<d", cell))
