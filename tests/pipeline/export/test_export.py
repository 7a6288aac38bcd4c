"""Exports hold what the purpose may read, whole or not at all, and are recorded."""

import csv
import json
import os
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from psycopg import errors

from pipeline.export import ExportRefused, Request, UnusableRequest, export
from pipeline.export import exporting as module
from pipeline.export.workbook import DoesNotFit
from repository import releases
from repository.access.purpose_tables import NoPassword, NoSuchTable


def view(home: Any, purpose: str, query: str) -> list[tuple[Any, ...]]:
    with home.analyst(purpose) as conn:
        return conn.execute(query.encode()).fetchall()


@pytest.mark.parametrize("ending", ["parquet", "csv", "xlsx"])
def test_a_file_holds_the_rows_of_the_purposes_view(
    loaded: Any, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"payments.{ending}"
    columns = ("payment_id", "paid_on", "amount", "supplier_name")
    told: list[int] = []
    done = export(Request("payment", path, columns=columns), "an analyst", told.append)
    wanted = sorted(
        (str(a), b, c, d)
        for a, b, c, d in view(
            loaded, "transparency", "SELECT payment_id, paid_on, amount, supplier_name FROM payment"
        )
    )
    found: list[tuple[Any, ...]]
    if ending == "parquet":
        found = [tuple(row.values()) for row in pq.read_table(path).to_pylist()]
    elif ending == "csv":
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[1:]
        found = [(a, date.fromisoformat(b), type(wanted[0][2])(c), d) for a, b, c, d in rows]
    else:
        sheet = openpyxl.load_workbook(path)["Data"]
        cells = list(sheet.iter_rows(min_row=2, values_only=True))
        money = type(wanted[0][2])
        found = [(a, b.date(), money(str(c)), d) for a, b, c, d in cells]  # type: ignore[union-attr]
    assert sorted(found) == wanted and len(wanted) > 500
    assert done.rows == told[-1] == len(wanted) and done.purpose == "transparency"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert done.sha256 == module.sha256_of(path)
    names = {one.name for one in tmp_path.iterdir()}
    assert names == {path.name} | ({path.name + "-metadata.json"} if ending == "csv" else set())


def test_every_export_is_recorded_without_values(loaded: Any, tmp_path: Path) -> None:
    path = tmp_path / "canaries.parquet"
    where = ("supplier_name=Canary", "paid_on>2010-01-01")
    request = Request("payment", path, columns=("amount",), where=where)
    done = export(request, "analyst@northmoor.example")
    [row] = loaded.rows(
        'SELECT purpose, "table", entity, columns, filtered_by, rows, file, format,'
        " encode(sha256, 'hex'), exported_by FROM watersmeet.export"
        " WHERE file = 'canaries.parquet'"
    )
    assert row == (
        "transparency", "payment", "payment", ["amount"], ["supplier_name", "paid_on"], 0,
        "canaries.parquet", "parquet", done.sha256, "analyst@northmoor.example",
    )  # fmt: skip
    everything = loaded.rows("SELECT to_jsonb(e)::text FROM watersmeet.export e")
    assert "Canary" not in str(everything) and "2010" not in str(everything)


def test_what_the_purpose_may_not_read_cannot_be_had(loaded: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    with pytest.raises(NoSuchTable, match="payment has no column description for purpose"):
        export(Request("payment", path, columns=("description",)), "me")
    with pytest.raises(NoSuchTable, match="payment has no column description"):
        export(Request("payment", path, where=("description=x",)), "me")
    with pytest.raises(NoSuchTable, match="purpose transparency has no table person; it has"):
        export(Request("person", path, purpose="transparency"), "me")
    with pytest.raises(NoSuchTable, match="no purpose has a table pg_roles; there are"):
        export(Request("pg_roles", path), "me")
    with pytest.raises(NoSuchTable, match="there is no purpose fraud in force; there are"):
        export(Request("payment", path, purpose="fraud"), "me")
    with pytest.raises(UnusableRequest, match="a condition is COLUMN=VALUE"):
        export(Request("payment", path, where=("1 OR true",)), "me")
    done = export(Request("payment", path, where=("supplier_name=x' OR 'a'='a",)), "me")
    assert done.rows == 0
    assert not path.with_suffix(".csv").exists()


def test_conditions_choose_rows(loaded: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    request = Request("payment", path, where=("paid_on>=2026-05-01", "amount < 1000"))
    done = export(request, "me")
    [(count,)] = view(
        loaded,
        "transparency",
        "SELECT count(*) FROM payment WHERE paid_on >= '2026-05-01' AND amount < 1000",
    )
    assert done.rows == count > 0


def test_a_condition_that_fits_no_value_is_said_without_it(loaded: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for condition, said in {
        "paid_on>=Canary": "what paid_on is compared with is no date; write it as 2026-04-30",
        "amount>12,5": r"amount is compared with is no numeric\(18,2\); write it as 12\.50",
    }.items():
        with pytest.raises(UnusableRequest, match=said) as caught:
            export(Request("payment", path, where=(condition,)), "me")
        assert "Canary" not in str(caught.value)
    with pytest.raises(UnusableRequest, match="a name of a column is empty"):
        export(Request("payment", path, columns=("amount", "")), "me")
    assert list(tmp_path.iterdir()) == []


def test_a_table_tells_its_own_meaning_and_key(loaded: Any, tmp_path: Path) -> None:
    def told(table: str, columns: tuple[str, ...] = ()) -> dict[str, Any]:
        path = tmp_path / f"{table}.parquet"
        export(Request(table, path, columns=columns), "me")
        found: dict[str, Any] = json.loads(pq.read_schema(path).metadata[b"watersmeet"])
        return found

    assert told("organisation")["key"] == ["organisation_id", "feed"]
    # Several feeds have a row of one organisation.
    assert told("organisation", ("organisation_id", "name"))["key"] == []
    settled = told("organisation_settled")
    assert settled["key"] == ["organisation_id"] and settled["title"] == "Organisation settled"
    assert settled["meaning"].startswith("One row for each organisation")
    conflict = told("organisation_conflict")
    assert conflict["key"] == ["organisation_id", "attribute", "feed"]
    assert conflict["meaning"].startswith("Where feeds differ on an organisation")


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    left, working, others = (tmp_path / f".{name}" for name in (
        "a.csv.0123abcd", "a.csv.89abcdef", "b.csv.0123abcd"))  # fmt: skip
    for folder in (left, working, others):
        folder.mkdir()
        (folder / "half").write_text("half")
        os.utime(folder, (0, 0))
    with module._held(working), module.written_whole(path) as beside:
        assert not left.exists()
        beside.write_text("whole")
        assert stat.S_IMODE(beside.parent.stat().st_mode) == 0o700
    assert sorted(tmp_path.iterdir()) == sorted([path, working, others])
    assert (working / "half").exists() and path.read_text() == "whole"


def test_a_past_state_is_what_its_function_gives(loaded: Any, tmp_path: Path) -> None:
    before = datetime.now(UTC) - timedelta(days=1)
    path = tmp_path / "a.parquet"
    assert export(Request("payment", path, as_known=before), "me").rows == 0
    with pytest.raises(UnusableRequest, match="kitemark has no such past states"):
        export(Request("kitemark", path, "transparency", as_at=date(2026, 5, 1)), "me")
    assert export(Request("kitemark", path, "transparency"), "me").rows == 1
    day = date(2026, 5, 1)
    done = export(Request("payment", path, as_at=day, as_known=datetime.now(UTC)), "me")
    query = "SELECT count(*) FROM payment_as_at('2026-05-01')"
    [(count,)] = view(loaded, "transparency", query)
    assert done.rows == count
    told = loaded.rows("SELECT as_at, as_known IS NOT NULL FROM watersmeet.export"
                       " ORDER BY export_id DESC LIMIT 1")  # fmt: skip
    assert told == [(day, True)]


def test_what_goes_wrong_leaves_no_file_and_no_record(
    loaded: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_text("the file of last month")
    count = loaded.one_value("SELECT count(*) FROM watersmeet.export")

    def too_long(*_: Any, **__: Any) -> int:
        raise DoesNotFit("no")

    with monkeypatch.context() as patched:
        patched.setattr(module, "write_workbook", too_long)
        with pytest.raises(DoesNotFit):
            export(Request("payment", path), "me")

    def lost(*_: Any) -> None:
        raise errors.AdminShutdown("gone")

    with monkeypatch.context() as patched:
        patched.setattr(releases, "record_export", lost)
        with pytest.raises(Exception, match=r"AdminShutdown|connection lost"):
            export(Request("payment", path), "me")
    assert [one.name for one in tmp_path.iterdir()] == ["a.xlsx"]
    assert path.read_text() == "the file of last month"
    assert loaded.one_value("SELECT count(*) FROM watersmeet.export") == count


def test_where_it_cannot_be_written_is_said_before_anything_is_read(
    loaded: Any, tmp_path: Path
) -> None:
    with pytest.raises(ExportRefused, match="there is no folder"):
        export(Request("payment", tmp_path / "none" / "a.csv"), "me")
    with pytest.raises(UnusableRequest, match=r"name a file that ends in \.parquet, \.csv, \.xlsx"):
        export(Request("payment", tmp_path / "a.json"), "me")


def test_without_the_purposes_password_nothing_is_read(
    loaded: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATERSMEET_STATE", str(tmp_path))
    with pytest.raises(NoPassword, match=r"transparency_analyst is not in analysts\.json"):
        export(Request("payment", tmp_path / "a.csv"), "me")
    assert [one.name for one in tmp_path.iterdir()] == []
