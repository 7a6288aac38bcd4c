"""Comparisons of files, of states and of releases."""

import json
import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cli.main import main
from pipeline.diff import UnusableSide, diff
from pipeline.diff.comparing import NoKey
from pipeline.diff.diff import NotComparable
from pipeline.export import Request, export
from pipeline.export.csvw import ENDING, csvw
from pipeline.export.delimited import write_csv
from pipeline.export.facts import plain_schema
from pipeline.export.parquet import write_parquet
from pipeline.release import release
from repository.database import connect
from tests.pipeline.export.rows_kit import ROWS, batches, facts

Rows = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scratch files of comparisons of files alone."""
    monkeypatch.setenv("WATERSMEET_STATE", str(tmp_path_factory.mktemp("state")))


def parquet(path: Path, rows: Rows) -> str:
    write_parquet(path, facts(), batches(rows))
    return str(path)


def test_the_same_rows_in_another_order_are_the_same(tmp_path: Path) -> None:
    a, b = parquet(tmp_path / "a.parquet", ROWS), parquet(tmp_path / "b.parquet", ROWS[::-1])
    found = diff(a, b, by="me")
    assert not found.any and found.rows_a == found.rows_b == 3 and found.key == ("payment_id",)
    assert not diff(a, b, by="me", key=()).any


def test_values_are_compared_one_by_one(tmp_path: Path) -> None:
    other = [
        dict(ROWS[0], amount=Decimal("1234.51"), reference=None),
        dict(ROWS[2], amount=Decimal("0.00")),
        dict(ROWS[0], payment_id="00000000-0000-0000-0000-000000000009"),
    ]
    a, b = parquet(tmp_path / "a.parquet", ROWS), parquet(tmp_path / "b.parquet", other)
    to = tmp_path / "all.parquet"
    found = diff(a, b, by="me", to=to)
    assert (found.added, found.removed, found.changed) == (1, 1, 2)
    assert found.by_column == {"amount": 2, "reference": 1}, "none and nought differ"
    assert found.samples["added"] == [{"payment_id": other[2]["payment_id"]}]
    lines = {(row["change"], row["payment_id"][-1], row["column"]): (row["before"], row["after"])
             for row in pq.read_table(to).to_pylist()}  # fmt: skip
    assert lines["changed", "1", "amount"] == ("1234.50", "1234.51")
    assert lines["changed", "1", "reference"] == ("000123", None)
    assert lines["changed", "3", "amount"] == (None, "0.00")
    assert lines["removed", "2", "supplier"][1] is None
    assert sum(1 for key in lines if key[0] == "changed") == 3


def test_a_csv_file_is_compared_with_parquet_by_its_metadata(tmp_path: Path) -> None:
    a = parquet(tmp_path / "a.parquet", ROWS)
    path = tmp_path / "b.csv"
    write_csv(path, facts(), batches())
    (tmp_path / ("b.csv" + ENDING)).write_text(json.dumps(csvw(facts(), "b.csv")))
    found = diff(a, str(path), by="me")
    assert found.key == ("payment_id",)
    assert (found.added, found.removed) == (0, 0)
    assert not found.any, "numbers are numbers, and the apostrophe was not in the data"
    (tmp_path / ("b.csv" + ENDING)).unlink()
    plain = diff(a, str(path), by="me", key=("payment_id",))
    assert set(plain.by_column) <= {"known_since", "share", "urgent"} and plain.types == {}


def test_columns_and_types_that_differ_are_told(tmp_path: Path) -> None:
    a = parquet(tmp_path / "a.parquet", ROWS)
    schema = plain_schema(facts().columns)
    table = pa.Table.from_pylist(ROWS, schema=schema).drop(["urgent"])
    table = table.append_column("colour", pa.array(["red"] * 3))
    at = table.schema.get_field_index("number")
    table = table.set_column(at, "number", table["number"].cast(pa.string()))
    pq.write_table(table, tmp_path / "b.parquet")
    found = diff(a, str(tmp_path / "b.parquet"), by="me")
    assert (found.only_in_a, found.only_in_b) == (("urgent",), ("colour",))
    assert found.types == {"number": ("BIGINT", "VARCHAR")}
    assert found.changed == 0 and found.any, "the same value as text is the same"


def test_a_key_that_does_not_tell_rows_apart_is_refused(tmp_path: Path) -> None:
    twice = parquet(tmp_path / "a.parquet", [*ROWS, ROWS[0]])
    b = parquet(tmp_path / "b.parquet", ROWS)
    with pytest.raises(NoKey, match=r"1 values of the key \(payment_id\) stand on several rows"):
        diff(twice, b, by="me")
    with pytest.raises(NoKey, match="colour is not a column of both sides"):
        diff(b, b, by="me", key=("colour",))
    found = diff(twice, b, by="me", key=())
    assert (found.removed, found.added, found.key) == (1, 0, ())


def test_a_value_that_is_none_of_its_type_is_told_without_it(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    write_csv(path, facts(), batches())
    (tmp_path / ("b.csv" + ENDING)).write_text(json.dumps(csvw(facts(), "b.csv")))
    path.write_text(path.read_text().replace("1234.50", "canary"))
    with pytest.raises(NotComparable, match="none of the type its metadata says") as raised:
        diff(parquet(tmp_path / "a.parquet", ROWS), str(path), by="me")
    assert "canary" not in str(raised.value) and raised.value.__context__ is None


def test_many_drawn_changes_are_found_exactly(tmp_path: Path) -> None:
    dice = random.Random(4)

    def row(number: int) -> dict[str, Any]:
        return dict(
            ROWS[0],
            payment_id=f"{number:032d}",
            amount=dice.choice([None, Decimal(dice.randint(0, 3))]),
            paid_on=dice.choice([None, date(2026, 1, 1) + timedelta(dice.randint(0, 2))]),
            reference=dice.choice([None, "", "x"]),
        )

    before = {n: row(n) for n in range(400)}
    after = {n: row(n) if dice.random() < 0.3 else old for n, old in before.items()}
    after = {n: one for n, one in after.items() if dice.random() < 0.9}
    after |= {n: row(n) for n in range(400, 450)}
    found = diff(
        parquet(tmp_path / "a.parquet", list(before.values())),
        parquet(tmp_path / "b.parquet", list(after.values())),
        by="me",
    )
    both = [n for n in before if n in after]
    assert found.added == 50 and found.removed == 400 - len(both)
    assert found.changed == sum(before[n] != after[n] for n in both) > 20
    assert found.by_column == {
        name: count
        for name in ("amount", "paid_on", "reference")
        if (count := sum(before[n][name] != after[n][name] for n in both))
    }


def test_sides_that_are_none_are_told(tmp_path: Path) -> None:
    a = parquet(tmp_path / "a.parquet", ROWS)
    broken = tmp_path / "b.parquet"
    broken.write_text("no")
    for side, said in {
        "none.csv": r"there is no file none\.csv",
        str(broken): "is no Parquet file that can be read",
        "Payment!": "names no state: write payment, payment@2026-09-01",
        "payment@yesterday": "after @ stands a date",
        "payment@@soon": "after @@ stands a moment",
    }.items():
        with pytest.raises(UnusableSide, match=said):
            diff(a, side, by="me")


def test_states_releases_and_files_of_one_repository(
    loaded: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("WATERSMEET_STATE", loaded.environment["WATERSMEET_STATE"])
    export(Request("payment", tmp_path / "now.parquet"), "me")
    release("spend_over_threshold", by="me")
    with pytest.raises(UnusableSide, match=r"no such version; there are 1\.0\.0"):
        diff("spend_over_threshold:3.0.0", "payment", by="me")
    count = loaded.one_value("SELECT count(*) FROM store.payment")
    [(gone, moved)] = loaded.rows(
        "SELECT min(payment_id::text), max(payment_id::text) FROM store.payment"
    )
    with connect(loaded.url) as conn:
        conn.execute("DELETE FROM store.payment WHERE payment_id = %s", (gone,))
        conn.execute("UPDATE store.payment SET amount = amount + 1 WHERE payment_id = %s", (moved,))

    def ends(*arguments: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(["diff", *arguments])
        return int(ended.value.code or 0)

    to = tmp_path / "changes.csv"
    assert ends(str(tmp_path / "now.parquet"), "payment", "--to", str(to), "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["added"], told["removed"], told["changed"]) == (0, 1, 1)
    assert told["by_column"] == {"amount": 1} and told["key"] == ["payment_id", "feed"]
    assert told["samples"]["removed"][0]["payment_id"] == gone
    assert (told["rows_a"], told["rows_b"]) == (count, count - 1)
    assert f'"changed","{moved}"' in to.read_text()
    assert (
        loaded.one_value("SELECT count(*) FROM watersmeet.export WHERE file = 'changes.csv'") == 1
    )
    assert ends("payment", "payment") == 0
    assert "The same (by payment_id, feed)." in capsys.readouterr().out
    release("spend_over_threshold", by="me")
    assert ends("spend_over_threshold:1.0.0", "spend_over_threshold:latest") == 1
    said = capsys.readouterr().out
    assert "added               1 rows (compared whole" in said and "removed             2" in said
    assert ends("payment@2026-13-01", "payment") == 2
