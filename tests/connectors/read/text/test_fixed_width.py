"""The fixed-width reader."""

from pathlib import Path

import numpy as np
import pytest

from connectors.read import SourceTable, Unreadable, open_tables
from connectors.read.text import delimited
from contracts.file_forms import FixedWidth

FIELDS = [
    {"name": "id", "start": 1, "length": 4},
    {"name": "name", "start": 5, "length": 6},
    {"name": "day", "start": 13, "length": 2},
]


def form(**facts: object) -> FixedWidth:
    return FixedWidth.model_validate({"format": "fixed-width", "fields": FIELDS, **facts})


def read(table: SourceTable, **options: object) -> list[tuple[int, list[str]]]:
    found: list[tuple[int, list[str]]] = []
    for batch in table.batches(**options):  # type: ignore[arg-type]
        columns = [column.to_pylist() for column in batch.table.columns]
        found += [(r, list(c)) for r, *c in zip(batch.rows.tolist(), *columns, strict=True)]
    return found


LINES = [
    "HDR 20240101  ",
    "0001Ann   xx01",
    "0002Bob   xx02",
    "",
    "0003Cy    xx03",
    "TRL 3         ",
]


def write(path: Path, lines: list[str], encoding: str = "ascii", end: str = "\r\n") -> Path:
    path.write_bytes("".join(line + end for line in lines).encode(encoding))
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block", [16 << 20, 20])
def test_fields_are_cut_and_header_and_trailer_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, block: int
) -> None:
    monkeypatch.setattr(delimited, "BLOCK", block)
    path = write(tmp_path / "a.dat", LINES, end=end)
    [table] = open_tables(path, form(skip_first=1, skip_last=1))
    assert (table.header_row, table.field_names) == (0, ("id", "name", "day"))
    assert read(table) == [
        (2, ["0001", "Ann", "01"]),
        (3, ["0002", "Bob", "02"]),
        (4, ["", "", ""]),
        (5, ["0003", "Cy", "03"]),
    ]
    assert table.left_out == [1, 6]
    assert table.cell(5, 1) == "Cy"
    assert table.place(5, 1) == ("a.dat", None, "line 5, position 5 (name)")


def test_positions_count_characters_in_the_declared_encoding(tmp_path: Path) -> None:
    for encoding in ("utf-8", "cp1252", "cp850"):
        path = write(tmp_path / "a.dat", ["0001Zoë É xx07", "0002Ann   xx08"], encoding)
        [table] = open_tables(path, form(encoding=encoding))
        assert read(table)[0] == (1, ["0001", "Zoë É", "07"])


def test_ebcdic_is_recoded(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dat", ["0001Ann   xx01"], "cp500", end="\n")
    [table] = open_tables(path, form(encoding="cp500"))
    assert read(table) == [(1, ["0001", "Ann", "01"])]


def test_bytes_that_are_not_as_declared_are_refused_with_their_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dat", ["0001Ann   xx01", "0002Zoë   xx02"], "cp1252")
    with pytest.raises(Unreadable, match="line 2") as refusal:
        read(open_tables(path, form())[0])
    assert refusal.value.code == "encoding-wrong"


def test_lines_of_another_length_are_reported(tmp_path: Path) -> None:
    lines = [f"{i:04d}Ann   xx01" for i in range(40)]
    lines[20], lines[30] = "0020Ann", ""
    [table] = open_tables(write(tmp_path / "a.dat", lines), form())
    [batch] = table.batches()
    assert batch.problems == [(21, "record-length-wrong")]
    assert batch.table.num_rows == 40


def test_lines_that_were_trimmed_are_no_problem(tmp_path: Path) -> None:
    lines = ["0001Ann", "0002Robert", "0003Cy", "0004Ann   xx01"]
    [table] = open_tables(write(tmp_path / "a.dat", lines), form())
    [batch] = table.batches()
    assert batch.problems == []
    assert batch.table.column("2").to_pylist() == ["", "", "", "01"]


def test_a_nul_is_reported(tmp_path: Path) -> None:
    [table] = open_tables(write(tmp_path / "a.dat", ["0001A\0n   xx01"]), form())
    [batch] = table.batches()
    assert batch.problems == [(1, "control-character")]
    assert batch.table.column("1").to_pylist() == ["A\ufffdn"]


def test_known_records_are_left_out(tmp_path: Path) -> None:
    [table] = open_tables(write(tmp_path / "a.dat", LINES), form(skip_first=1, skip_last=1))
    [batch] = table.batches(seed=5)
    [rest] = table.batches(known=np.sort(batch.hashes[[0, 3]]), seed=5, columns=[1])
    assert (rest.rows.tolist(), rest.skipped) == ([3, 4], 2)
    assert rest.table.to_pydict() == {"1": ["Bob", ""]}
    assert table.head(2).rows.tolist() == [2, 3]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.dat").touch()
    with pytest.raises(Unreadable) as refusal:
        open_tables(tmp_path / "a.dat", form())
    assert refusal.value.code == "file-empty"
