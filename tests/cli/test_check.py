"""``watersmeet check``, as people type it."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cli.main import main

CLEAN = "Date,Supplier,Amount\n13/04/2026,Acme,1\n14/04/2026,Beta,2\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "may.csv"
    path.write_text(CLEAN)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in ("check", *arguments)])
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def test_clean_is_0(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, file, "--dataset", "spend")
    assert code == 0
    assert "header in row 1" in out
    assert "2 rows: 2 good, 0 quarantined, 0 excluded" in out


def test_issues_are_1_with_their_cells_and_without_values(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(CLEAN + "15/04/2026,Secret Person,ten\n,,,\n")
    code, out, _ = run(capsys, file, "--dataset", "spend")
    assert code == 1
    assert "money-unreadable" in out
    assert "C4" in out
    assert "1 blank: row 5" in out
    assert "Secret" not in out
    assert "ten\n" not in out


def test_refused_is_2(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("Colour,Size\nred,1\n")
    code, out, _ = run(capsys, file, "--dataset", "spend")
    assert code == 2
    assert "Refused (header-not-found)" in out


def test_json_is_json_whatever_the_outcome(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, file, "--dataset", "spend", "--json")
    assert (code, json.loads(out)["refused"]) == (0, None)
    file.write_text("Colour,Size\nred,1\n")
    code, out, _ = run(capsys, file, "--dataset", "spend", "--json")
    told = json.loads(out)
    assert (code, told["refused_code"]) == (2, "header-not-found")
    assert (told["rows_read"], told["issues"], told["tables"]) == (0, [], [])


def test_out_holds_the_good_rows(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = file.with_name("rows.parquet")
    code, _, _ = run(capsys, file, "--dataset", "spend", "--out", out)
    assert code == 0
    assert pq.read_table(out)["source_row"].to_pylist() == [2, 3]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.csv", "--dataset", "spend"], "there is no file nowhere.csv"),
        ([".", "--dataset", "spend"], "is not a file"),
        (["FILE", "--dataset", "spent"], "spent"),
        (["FILE", "--dataset", "spend", "--feed", "nobody/spend"], "nobody/spend"),
        (["FILE", "--dataset", "spend", "--feed", "northmoor/school_census"],
         "not a feed of spend"),
        (["FILE", "--dataset", "spend", "--feed", "northmoor/spend", "--organisation", "works"],
         "not a feed of works"),
        (["FILE", "--dataset", "spend", "--out", "no/such/folder/rows.parquet"], "no folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_2_with_a_plain_message(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    code, out, err = run(capsys, *(str(file) if a == "FILE" else a for a in arguments))
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_an_organisations_feed_is_used_where_it_has_one(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["Title", "Payment Date,Beneficiary,Net Amount,Card Y/N", "13/04/2026,Acme,1,Y"]
    file.write_text("\n".join(lines) + "\n", encoding="cp1252")
    _, out, _ = run(capsys, file, "--dataset", "spend", "--organisation", "northmoor", "--json")
    told = json.loads(out)
    assert told["feed"] == "northmoor/spend"
    assert told["columns"]["body"]["header"] == "Northmoor Council"
    assert told["columns"]["body"]["how"] == "constant"
    assert told["unknown_columns"] == []
    _, out, _ = run(capsys, file, "--dataset", "spend", "--organisation", "elsewhere", "--json")
    assert json.loads(out)["feed"] is None


def test_an_inferred_column_is_shown_with_its_score_and_evidence(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(CLEAN.replace("Date", "Pymt Dt").replace("Amount", "Net Amnt"))
    code, out, _ = run(capsys, file, "--dataset", "spend")
    assert code == 2, "whole numbers are no sums: the amount is only proposed"
    file.write_text(file.read_text().replace(",1", ",1.50").replace(",2", ",2.25"))
    code, out, _ = run(capsys, file, "--dataset", "spend")
    assert code == 0
    assert 'paid_on inferred (73.7 of 100): the only header near "payment date"' in out
    code, out, _ = run(capsys, file, "--dataset", "spend", "--json")
    told = json.loads(out)["columns"]
    assert (told["amount"]["how"], told["supplier"]["how"]) == ("inferred", "exact")
    assert told["amount"]["cell"] == "C1"
    assert "read as money" in told["amount"]["evidence"]


def test_what_cannot_be_proved_is_proposed_as_the_lines_to_declare(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(CLEAN.replace("Supplier", "Suplier"))
    code, out, _ = run(capsys, file, "--dataset", "spend")
    assert code == 2
    assert '    supplier: {header: "Suplier"}' in out
    code, out, _ = run(capsys, file, "--dataset", "spend", "--json")
    told = json.loads(out)
    assert told["refused_code"] == "column-missing"
    (proposal,) = told["proposals"]
    assert (proposal["column"], proposal["header"], proposal["cell"]) == (
        "supplier", "Suplier", "B1",
    )  # fmt: skip
    assert proposal["yaml"] in told["refused"]
    assert "text cannot prove" in proposal["evidence"]


def test_what_an_optional_column_may_be_is_proposed_though_the_file_is_accepted(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text("Date,Supplier,Amount,Descripton\n13/04/2026,Acme,1,Paint\n")
    code, out, _ = run(capsys, file, "--dataset", "spend")
    assert code == 0
    assert 'description: {header: "Descripton"}  # near "description"; text cannot prove' in out
    _, out, _ = run(capsys, file, "--dataset", "spend", "--json")
    assert [one["column"] for one in json.loads(out)["proposals"]] == ["description"]
