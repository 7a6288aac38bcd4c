"""Every example feed, walked up to split, gives the right answers: every row, every value."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from contracts.declarations import load
from pipeline.walk import Walk

DECLARED = load()
Place = tuple[str | None, int]


def walked(file: Path, feed_id: str) -> tuple[dict[Place, Any], dict[Place, Any], dict[Place, Any]]:
    """Good rows, codes of quarantined rows and reasons of excluded rows, by sheet and row."""
    feed = DECLARED.feeds[feed_id]
    walk = Walk(
        file,
        dataset=DECLARED.datasets[feed.dataset],
        declarations=DECLARED,
        feed=feed,
        find_duplicates=True,
    )
    good: dict[Place, Any] = {}
    bad: dict[Place, Any] = {}
    excluded: dict[Place, Any] = {}
    sheets = {table.number: table.sheet for table in walk.tables}
    for prepared in walk:
        sheet = sheets[prepared.table_number]
        good |= {(sheet, row["row"]): row for row in prepared.canonical.to_pylist()}
        bad |= {(sheet, row["row"]): row["codes"] for row in prepared.quarantined.to_pylist()}
        excluded |= {(sheet, row["row"]): row["reason"] for row in prepared.excluded.to_pylist()}
    return good, bad, excluded


@pytest.mark.parametrize("delivery", ["region", "region_after"])
@pytest.mark.parametrize("feed_id", sorted(DECLARED.feeds))
def test_the_steps_give_the_right_answers(
    feed_id: str,
    delivery: str,
    answers: Callable[[Path, str], dict[str, Any]],
    truth: Callable[[Path, str], pa.Table],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    into: Path = request.getfixturevalue(delivery)
    told = answers(into, feed_id)
    file = into / told["file"]
    if file.suffix == ".jsonl":  # the API gives these records in pages; one page here
        records = file.read_text(encoding="utf-8").splitlines()
        file = tmp_path / "page-0001.json"
        file.write_text(f'{{"payments":[{",".join(records)}]}}', encoding="utf-8")
    good, bad, excluded = walked(file, feed_id)
    true = {(row["sheet"], row["row"]): row for row in truth(into, feed_id).to_pylist()}
    assert set(good) == {place for place, row in true.items() if row["issue"] is None}
    for place, row in good.items():
        assert {n: v for n, v in row.items() if n in true[place]} == {
            n: v for n, v in true[place].items() if n in row
        }, place
    planted = {(q["sheet"], q["row"]): q["codes"] for q in told["quarantined"]}
    assert set(bad) == set(planted)
    for place, codes in planted.items():
        assert set(codes) <= set(bad[place]), place
    assert excluded == {(e["sheet"], e["row"]): e["reason"] for e in told["excluded"]}
