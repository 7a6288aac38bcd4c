"""Tables parsed in the child: known again, in parts, under limits."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.confined.parent import Limits
from connectors.read import Unreadable, open_tables
from connectors.read.parsed.parquet import open_parquet
from connectors.read.parsed.record_table import RecordTable
from connectors.read.parsed.spool import Spool
from contracts.file_forms import Parquet
from tests.connectors.read.records_kit import rows

FORM = Parquet(format="parquet")


def saved(path: Path, rows_: int = 120_000) -> Path:
    numbers = list(range(rows_))
    pq.write_table(pa.table({"id": numbers, "text": [f"t{i}" for i in numbers]}), path)
    return path


def test_known_records_are_left_out(tmp_path: Path) -> None:
    [table] = open_tables(saved(tmp_path / "a.parquet", 10))
    [batch] = table.batches(seed=3)
    [rest] = table.batches(known=np.sort(batch.hashes[2:]), seed=3)
    assert (rest.rows.tolist(), rest.skipped) == ([1, 2], 8)


def test_only_the_columns_asked_for_are_given(tmp_path: Path) -> None:
    [table] = open_tables(saved(tmp_path / "a.parquet", 3))
    [batch] = table.batches(columns=[1])
    assert batch.table.to_pydict() == {"1": ["t0", "t1", "t2"]}
    assert table.head(2).rows.tolist() == [1, 2]
    assert table.cells([(3, 1), (9, 0)]) == {(3, 1): "t2", (9, 0): ""}


def test_problems_are_those_of_the_batch() -> None:
    table = RecordTable("a", "dbf", Spool(), {"field_names": ["x"]})
    for first in (1, 4):
        numbers = pa.array(range(first, first + 3), pa.int32())
        piece = pa.table({"0": pa.array(["a", "b", "c"]), "row": numbers})
        table.pieces.append(table.spool.add_table(piece))
    table.found = [(2, "p"), (2, "q"), (4, "p"), (9, "p")]
    assert [batch.problems for batch in table.batches()] == [[(2, "p"), (2, "q")], [(4, "p")]]


def test_no_more_is_taken_from_the_child_than_allowed(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.parquet")
    assert len(rows(open_parquet(path, FORM, "a")[0])) == 120_000
    with pytest.raises(Unreadable) as refusal:
        open_parquet(path, FORM, "a", Limits(output=1 << 20))
    assert refusal.value.code == "file-too-demanding"


def test_a_column_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": ["x" * (80 << 20)]}), path, compression="zstd")
    assert path.stat().st_size < 1 << 20
    with pytest.raises(Unreadable) as refusal:
        open_parquet(path, FORM, "a", Limits(memory=64 << 20))
    assert refusal.value.code == "file-too-demanding"
