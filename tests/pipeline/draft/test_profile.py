"""What columns hold is counted over the records alone."""

from pathlib import Path

import pytest

from connectors.read import open_tables
from pipeline.draft import profile as module
from pipeline.draft.profile import TableProfile, profile

ROWS = "Ref,Street\n1, Mill Lane \n,\n2,Mill Lane\n , \n3,\n"


def profiled(folder: Path, text: str = ROWS) -> TableProfile:
    path = folder / "table.csv"
    path.write_text(text)
    [table] = open_tables(path)
    return profile(table, 1, ["Ref", "Street"])


def test_blank_rows_and_blank_cells_are_not_counted(tmp_path: Path) -> None:
    read = profiled(tmp_path)
    assert (read.rows, read.whole) == (3, True)
    assert sum(len(hashes) for hashes in read.hashes) == 3
    ref, street = read.columns
    assert (ref.filled, ref.distinct, street.filled, street.distinct) == (3, 3, 2, 1)
    assert (street.values.to_pylist(), street.counts.to_pylist()) == (["Mill Lane"], [2])


def test_it_says_where_it_did_not_look_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 3)
    assert not profiled(tmp_path).whole
