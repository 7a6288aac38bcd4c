"""Several tables on one page are told apart."""

from pathlib import Path

import pytest
from openpyxl import Workbook as NewWorkbook

from connectors.read import open_tables
from connectors.read.blocks import blocks


def found(path: Path, page: list[str]) -> list[str]:
    """The blocks of a sheet drawn in characters; a dot is a blank cell."""
    book = NewWorkbook()
    assert book.active is not None
    for number, line in enumerate(page, 1):
        for position, letter in enumerate(line, 1):
            if letter != ".":
                book.active.cell(number, position, letter)
    book.save(path)
    [table] = open_tables(path)
    return [str(block) for block in blocks(table)]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (["ab", "cd"], ["A1:B2"]),
        (["..", ".a", "..", ".b"], ["B2:B2", "B4:B4"]),
        (["ab.cd", "ef.gh"], ["A1:B2", "D1:E2"]),
        (["title", ".....", "ab.cd", "ef.gh"], ["A1:E1", "A3:B4", "D3:E4"]),
        (["ab.cd", "ef...", "...gh", "ij.kl"], ["A1:B2", "D1:E1", "D3:E4", "A4:B4"]),
        (["a.c", "def"], ["A1:C2"]),
        (["ab.c", "....", "d..e"], ["A1:B1", "D1:D1", "A3:A3", "D3:D3"]),
    ],
)
def test_blocks_are_parted_by_blank_rows_and_columns(
    tmp_path: Path, page: list[str], expected: list[str]
) -> None:
    assert found(tmp_path / "a.xlsx", page) == expected


def test_blanks_and_white_space_part_alike(tmp_path: Path) -> None:
    assert found(tmp_path / "a.xlsx", ["a b", "c d"]) == ["A1:A2", "C1:C2"]
