"""The libraries that read each form, used bare: every value taken, nothing kept or checked.

Each function imports its library and gives what reads a file to its end and counts its rows.
"""

from collections.abc import Callable
from pathlib import Path

Read = Callable[[Path], int]


def arrow_csv() -> Read:
    """PyArrow's CSV reader, every column as text, block by block."""
    import pyarrow as pa
    import pyarrow.csv as pacsv

    def read(path: Path) -> int:
        with path.open(encoding="utf-8") as lines:
            names = next(lines).strip().split(",")
        options = pacsv.ConvertOptions(column_types={name: pa.string() for name in names})
        with pacsv.open_csv(path, convert_options=options) as reader:
            return sum(batch.num_rows for batch in reader) + 1

    return read


def polars_csv() -> Read:
    """Polars' CSV reader, every column as text."""
    import polars as pl

    return lambda path: pl.read_csv(path, infer_schema=False).height + 1


def python_csv() -> Read:
    """Python's own reader."""
    import csv

    def read(path: Path) -> int:
        with path.open(encoding="utf-8", newline="") as lines:
            return sum(1 for _ in csv.reader(lines))

    return read


def calamine() -> Read:
    """python-calamine: every sheet as lists of values."""
    from python_calamine import CalamineWorkbook

    def read(path: Path) -> int:
        book = CalamineWorkbook.from_path(path)
        return sum(len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names)

    return read


def ijson_items() -> Read:
    """ijson: every record as a dictionary."""
    import ijson  # type: ignore[import-untyped]

    def read(path: Path) -> int:
        with path.open("rb") as content:
            return sum(1 for _ in ijson.items(content, "item"))

    return read


def python_json() -> Read:
    """Python's own reader, line by line."""
    import json

    def read(path: Path) -> int:
        with path.open("rb") as lines:
            return sum(1 for _ in map(json.loads, lines))

    return read


def lxml_events() -> Read:
    """lxml: every record's elements as a dictionary, each let go when taken."""
    from lxml import etree

    def read(path: Path) -> int:
        count = 0
        for _, row in etree.iterparse(path, tag="row"):
            count += bool({child.tag: child.text for child in row})
            row.clear()
        return count

    return read


def lxml_html() -> Read:
    """lxml's HTML parser: the text of every cell."""
    from lxml import html

    def read(path: Path) -> int:
        page = html.parse(str(path))
        rows = page.iterfind(".//tr")
        return sum(bool([cell.text_content() for cell in row]) for row in rows)

    return read


def dbf_records() -> Read:
    """The library dbf: every record as a tuple."""
    import dbf  # type: ignore[import-untyped]

    def read(path: Path) -> int:
        with dbf.Table(str(path)) as table:
            return sum(bool(tuple(record)) for record in table)

    return read


def pyreadstat_frame() -> Read:
    """pyreadstat: the file as a frame."""
    import pyreadstat  # type: ignore[import-untyped]

    return lambda path: len(pyreadstat.read_sav(str(path))[0])


def arrow_parquet() -> Read:
    """PyArrow: batch by batch."""
    import pyarrow.parquet as pq

    return lambda path: sum(batch.num_rows for batch in pq.ParquetFile(path).iter_batches())


BARE: dict[str, Callable[[], Read]] = {
    "pyarrow.csv": arrow_csv,
    "polars": polars_csv,
    "csv": python_csv,
    "python-calamine": calamine,
    "ijson": ijson_items,
    "json": python_json,
    "lxml": lxml_events,
    "lxml.html": lxml_html,
    "dbf": dbf_records,
    "pyreadstat": pyreadstat_frame,
    "pyarrow.parquet": arrow_parquet,
}
"""Name of a library to what prepares it."""
