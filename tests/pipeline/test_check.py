"""A check of one file: against real publications, and against files of our own."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from contracts.declarations import Declarations, load
from contracts.issues import issue_types
from pipeline.check import Report, check, out_schema

REAL = Path(__file__).parents[3] / "shared" / "real" / "spend"
ANSWERS: list[dict[str, Any]] = (
    json.loads((REAL / "expected.json").read_text(encoding="utf-8"))["files"]
    if REAL.is_dir()
    else []
)


@pytest.fixture(scope="session")
def declared() -> Declarations:
    return load()


def tried(path: Path, declared: Declarations, out: Path | None = None, **how: Any) -> Report:
    return check(path, declared.dataset("spend"), declared, name="spend", out=out, **how)


def right(answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "rows": answer["data_rows"],
        "sum": Decimal(answer["sum_amount"]),
        "first": answer["date_min"],
        "last": answer["date_max"],
        "suppliers": answer["distinct_suppliers_as_written"],
    }


def found(report: Report, out: Path) -> dict[str, Any]:
    rows = pq.read_table(out)
    precision = rows["paid_on_precision"].to_pylist()
    days = [
        day.isoformat()[:7] if how == "month" else day.isoformat()
        for day, how in zip(rows["paid_on"].to_pylist(), precision, strict=True)
    ]
    suppliers = set(rows["supplier_as_written"].to_pylist()) - {None, ""}
    return {
        "rows": report.rows_good + report.rows_quarantined,
        "sum": pc.sum(rows["amount"]).as_py(),
        "first": min(days),
        "last": max(days),
        "suppliers": len(suppliers),
    }


@pytest.mark.skipif(not ANSWERS, reason=f"the real publications are not at {REAL}")
def test_real_publications_agree_or_say_why_not(declared: Declarations, tmp_path: Path) -> None:
    agree: list[str] = []
    for number, answer in enumerate(ANSWERS):
        out = tmp_path / f"{number}.parquet"
        report = tried(REAL / answer["file"], declared, out)
        assert report.refused is None, (answer["file"], report.refused)
        got, want = found(report, out), right(answer)
        if got == want:
            agree.append(answer["file"])
            continue
        # What differs must be rows in quarantine, and nothing else.
        assert report.rows_quarantined, (answer["file"], got, want)
        assert (got["rows"], got["sum"]) == (want["rows"], want["sum"]), answer["file"]
        assert report.rows_good == answer["rows_with_readable_amount"]
    assert len(agree) >= 21, agree


@pytest.mark.skipif(not ANSWERS, reason=f"the real publications are not at {REAL}")
def test_real_publications_place_what_is_excluded(declared: Declarations) -> None:
    def reasons(name: str) -> dict[int, str]:
        file = next(a["file"] for a in ANSWERS if name in a["file"])
        return {e["row"]: e["reason"] for e in tried(REAL / file, declared).excluded}

    assert reasons("gtce") == {
        1: "title", 2: "blank", 4: "blank", 32: "blank", 33: "blank", 34: "note"
    }  # fmt: skip
    assert reasons("LNWU") == {357: "total"}
    assert reasons("December") == {213: "total"}
    assert set(reasons("june2011").values()) <= {"blank", "error-only"}


def test_the_report_has_what_is_promised(declared: Declarations, tmp_path: Path) -> None:
    path = tmp_path / "may.csv"
    path.write_bytes(
        "Payments,,,\nBody,Payment Date,Supplier,Net Amount (£),Zzz\n"
        'B,13/04/2026, Acme  Ltd ,"£1,234.565",z\nB,14/04/2026,Secret Person,#REF!,z\n,,,\n'.encode(
            "cp1252"
        )
    )
    out = tmp_path / "rows.parquet"
    report = tried(path, declared, out)
    told = report.to_json()
    assert told["file"] == "may.csv"
    assert len(told["sha256"]) == 64
    assert told["encoding"] == "cp1252"
    assert told["tables"][0]["header_row"] == 2
    assert {name: one["header"] for name, one in told["columns"].items()} == {
        "body": "Body", "paid_on": "Payment Date", "supplier": "Supplier",
        "amount": "Net Amount (£)"
    }  # fmt: skip
    assert told["columns"]["amount"] == {
        "header": "Net Amount (£)", "how": "exact", "score": None, "evidence": "", "cell": "D2",
        "sheet": None,
    }  # fmt: skip
    assert told["unknown_columns"] == ["Zzz"]
    counts = (told["rows_read"], told["rows_good"], told["rows_quarantined"])
    assert counts == (4, 1, 1)
    assert [(e["row"], e["reason"]) for e in told["rows_excluded"]] == [(1, "title"), (5, "blank")]
    issue = next(i for i in told["issues"] if i["severity"] == "quarantine")
    assert (issue["code"], issue["row"], issue["cell"]) == ("cell-error", 4, "D4")
    assert issue["message"] == issue_types()["cell-error"].message
    assert (told["refused"], report.exit_code) == (None, 1)
    assert "Secret" not in json.dumps(told)
    rows = pq.read_table(out)
    assert rows.schema.equals(out_schema(declared.dataset("spend")))
    (row,) = rows.to_pylist()
    assert (row["source_sheet"], row["source_row"]) == (None, 3)
    assert (row["amount"], row["amount_as_written"]) == (Decimal("1234.57"), "£1,234.565")
    assert (row["supplier"], row["supplier_as_written"]) == ("Acme Ltd", " Acme  Ltd ")
    assert (row["paid_on_precision"], row["entity_as_written"]) == ("day", None)


def test_every_issue_code_is_in_the_catalogue(declared: Declarations, tmp_path: Path) -> None:
    path = tmp_path / "may.csv"
    path.write_text(
        "Date,Supplier,Amount,Category,Category\n13/04/2026,A,1,x,y\n14/04/2026,A,x,#N/A,\n"
    )
    report = tried(path, declared)
    assert {i["code"] for i in report.issues} >= {"money-unreadable", "header-repeated"}
    assert all(i["code"] in issue_types() for i in report.issues)


def test_a_refused_file_leaves_no_rows_behind(declared: Declarations, tmp_path: Path) -> None:
    path = tmp_path / "may.csv"
    path.write_text("Date,Supplier,Amount\n")
    report = tried(path, declared, tmp_path / "rows.parquet")
    assert (report.refused_code, report.exit_code) == ("too-few-rows", 2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["may.csv"]


def test_a_clean_file(declared: Declarations, tmp_path: Path) -> None:
    path = tmp_path / "may.csv"
    path.write_text("Date,Supplier,Amount\n13/04/2026,A,1\n14/04/2026,B,2\n")
    assert tried(path, declared).exit_code == 0


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"<html><body>Sign in</body></html>", b"\x00\x01\x02" * 50]
)
def test_what_is_no_table_is_refused(
    declared: Declarations, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "may.csv"
    path.write_bytes(content)
    report = tried(path, declared)
    assert report.exit_code == 2
    assert report.refused
