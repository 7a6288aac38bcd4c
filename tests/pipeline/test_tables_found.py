"""Tables are found wherever they stand, and what is not a table of the dataset is listed."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from contracts.declarations import Declarations, load
from contracts.feed import Feed
from pipeline import mapped
from pipeline.check import Report, check

RECORDS = "13/04/2026,Acme,1.50\n14/04/2026,Beta,2.25\n15/04/2026,Gamma,9.99\n"


@pytest.fixture(scope="module")
def declared() -> Declarations:
    return load()


def tried(declared: Declarations, path: Path, **columns: Any) -> Report:
    feed = None
    if columns:
        shipped = declared.feeds["northmoor/spend"]
        written = shipped.model_dump(mode="json", exclude={"columns", "file"}, by_alias=True)
        feed = Feed.model_validate({**written, "columns": columns})
    return check(path, declared.dataset("spend"), declared, name="spend", feed=feed)


def text(folder: Path, written: str) -> Path:
    path = folder / "file.csv"
    path.write_text(written, encoding="utf-8")
    return path


def book(folder: Path, **sheets: list[list[Any]]) -> Path:
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(folder / "file.xlsx")
    return folder / "file.xlsx"


def month(number: int) -> list[list[Any]]:
    rows = [[datetime(2026, number, day), f"S{day}", day * 1.5] for day in range(1, 29)]
    return [["Date", "Supplier", "Amount"], *rows]


def headers(report: Report) -> dict[str, str]:
    return {name: one["header"] for name, one in report.columns().items()}


def test_a_row_that_groups_the_columns_tells_them_apart(
    declared: Declarations, tmp_path: Path
) -> None:
    path = text(
        tmp_path,
        ",Payment,,VAT,Invoice\nSupplier,Date,Amount,Amount,Date\n"
        "Acme,13/04/2026,1.50,0.30,01/04/2026\nBeta,14/04/2026,2.25,0.40,02/04/2026\n",
    )
    report = tried(declared, path)
    assert (report.rows_good, report.refused) == (2, None)
    assert headers(report) == {
        "paid_on": "Payment Date", "supplier": "Supplier", "amount": "Payment Amount",
    }  # fmt: skip
    assert report.to_json()["unknown_columns"] == ["Amount", "Date"]


@pytest.mark.parametrize(
    "header",
    [
        "Payment,Supplier,Net\nDate,Name,Amount\n",
        "Payment,Payee,Amount\nDate,,(net)\n",
        ",Supplier,\nDate,,Amount\n",
    ],
)
def test_a_header_may_be_broken_over_two_rows(
    declared: Declarations, tmp_path: Path, header: str
) -> None:
    report = tried(declared, text(tmp_path, header + RECORDS))
    assert (report.rows_good, report.rows_quarantined) == (3, 0), report.refused
    assert report.tables[0].header_row == 2


def test_two_titles_group_nothing(declared: Declarations, tmp_path: Path) -> None:
    path = text(tmp_path, "Spend,,April\nDate,Supplier,Amount\n" + RECORDS)
    report = tried(declared, path)
    assert report.rows_good == 3
    assert headers(report)["amount"] == "Amount"


def test_tables_side_by_side_are_refused(declared: Declarations, tmp_path: Path) -> None:
    path = text(
        tmp_path,
        "Date,Supplier,Amount,,Date,Supplier,Amount\n13/04/2026,Acme,1.50,,13/05/2026,Acme,9.50\n",
    )
    report = tried(declared, path)
    assert report.refused_code == "tables-side-by-side"
    assert report.refused and "from A1 and from E1" in report.refused


def test_a_small_table_beside_the_records_is_not_read(
    declared: Declarations, tmp_path: Path
) -> None:
    path = text(
        tmp_path,
        "Date,Supplier,Amount,,Supplier,Total\n13/04/2026,Acme,1.50,,Acme,3.75\n"
        "14/04/2026,Acme,2.25,,,\n",
    )
    report = tried(declared, path)
    assert report.rows_good == 2
    assert report.to_json()["unknown_columns"] == ["Supplier", "Total"]


@pytest.mark.parametrize("whole_first", [True, False])
def test_a_sheet_of_all_months_beside_the_months_is_refused(
    declared: Declarations, tmp_path: Path, whole_first: bool
) -> None:
    whole = month(4) + month(5)[1:]
    sheets = {"Apr": month(4), "May": month(5)}
    sheets = {"All": whole, **sheets} if whole_first else {**sheets, "All": whole}
    report = tried(declared, book(tmp_path, **sheets))
    assert report.refused_code == "sheet-repeated"
    assert report.refused and "sheets" in report.refused
    del sheets["All"]
    assert tried(declared, book(tmp_path, **sheets)).rows_good == 56


def test_a_summary_sheet_is_listed_and_not_read(declared: Declarations, tmp_path: Path) -> None:
    summary: list[list[Any]] = [["Supplier", "Total"], ["S1", 3.0], ["S2", 6.0], ["S3", 9.0]]
    report = tried(declared, book(tmp_path, Apr=month(4), Summary=summary))
    assert report.rows_good == 28
    assert [(t.sheet, t.mapping is not None) for t in report.tables] == [
        ("Apr", True), ("Summary", False),
    ]  # fmt: skip
    assert "nothing in it is a date" in (report.tables[1].reason or "")
    alone = tried(declared, book(tmp_path, Summary=summary))
    assert alone.refused_code == "column-missing"


def test_a_sheet_with_dates_and_no_header_for_them_is_refused(
    declared: Declarations, tmp_path: Path
) -> None:
    odd = [["When", "Supplier", "Amount"], *month(5)[1:]]
    report = tried(declared, book(tmp_path, Apr=month(4), May=odd))
    assert report.refused_code == "column-missing"
    assert report.proposals[0]["yaml"] == 'paid_on: {header: "When"}'


@pytest.mark.parametrize(
    "title", ["Payments in £000s", "All sums in thousands", "Amounts in pence", "£m, unaudited"]
)
def test_a_title_that_says_another_unit_is_not_passed_over(
    declared: Declarations, tmp_path: Path, title: str
) -> None:
    path = text(tmp_path, f'"{title}",,\nDate,Supplier,Amount\n' + RECORDS)
    report = tried(declared, path)
    assert report.refused_code == "unit-unclear"
    assert report.refused and title not in report.refused
    assert tried(declared, path, amount={"unit": "pounds"}).rows_good == 3


@pytest.mark.parametrize("title", ["Spend over £25,000", "Over £25k in April", "Payments £500+"])
def test_a_threshold_is_no_unit(declared: Declarations, tmp_path: Path, title: str) -> None:
    path = text(tmp_path, f'"{title}",,\nDate,Supplier,Amount\n' + RECORDS)
    assert tried(declared, path).rows_good == 3


def test_a_declared_order_leaves_the_dates_of_the_other_unreadable(
    declared: Declarations, tmp_path: Path
) -> None:
    path = text(tmp_path, "Date,Supplier,Amount\n" + RECORDS + "04/16/2026,Delta,1.00\n")
    assert tried(declared, path).refused_code == "date-order-contradictory"
    feed = declared.feeds["northmoor/spend"].model_copy(update={"columns": {}, "date_order": "dmy"})
    report = check(path, declared.dataset("spend"), declared, name="spend", feed=feed)
    assert (report.rows_good, report.rows_quarantined) == (3, 1)
    assert [(i["code"], i["cell"]) for i in report.issues] == [("date-unreadable", "A5")]


def test_what_looks_like_records_without_a_header_is_refused_with_what_it_may_be(
    declared: Declarations, tmp_path: Path
) -> None:
    report = tried(declared, text(tmp_path, "When,Who,Ledger figure\n" + RECORDS))
    assert report.refused_code == "header-not-found"
    assert [(p["column"], p["cell"]) for p in report.proposals] == [
        ("paid_on", "A1"), ("amount", "C1"),
    ]  # fmt: skip


def test_a_lone_phrase_is_a_note_where_a_record_has_many_cells(
    declared: Declarations, tmp_path: Path
) -> None:
    path = text(tmp_path, "Date,Supplier,Amount\n" + RECORDS + "Rows in all: 3,,\n")
    report = tried(declared, path)
    assert report.rows_quarantined == 0
    assert [(e["row"], e["reason"]) for e in report.excluded] == [(5, "note")]


def test_a_dated_sum_without_a_word_that_is_all_above_is_their_total(
    declared: Declarations, tmp_path: Path
) -> None:
    header = "Date,Supplier,Amount\n"
    report = tried(declared, text(tmp_path, header + RECORDS + "30/04/2026,,13.74\n"))
    assert [(e["row"], e["reason"]) for e in report.excluded] == [(5, "total")]
    assert tried(declared, text(tmp_path, header + RECORDS + "30/04/2026,,13.73\n")).rows_good == 4
    few = "13/04/2026,Acme,1.50\n30/04/2026,,1.50\n"
    assert tried(declared, text(tmp_path, header + few)).rows_good == 2


def test_swapped_dates_are_read_back_and_each_is_noted(
    declared: Declarations, tmp_path: Path
) -> None:
    days = ["2010-01-06", "2010-02-06", "2010-11-06", "6/15/2010", "6/30/2010"]
    rows = "".join(f"{day},Acme,1.50\n" for day in days)
    report = tried(declared, text(tmp_path, "Date,Supplier,Amount\n" + rows))
    assert (report.rows_good, report.rows_quarantined) == (5, 0)
    assert [(i["code"], i["severity"], i["cell"]) for i in report.issues] == [
        ("date-swapped-back", "note", f"A{row}") for row in (2, 3, 4)
    ]
    told = report.to_json()["tables"][0]["dates"]["paid_on"]
    assert "swapped back" in told["evidence"]
    # Two such dates prove nothing, and the file can still be read once a person has looked.
    few = text(tmp_path, "Date,Supplier,Amount\n" + rows.partition("\n")[2])
    assert tried(declared, few).refused_code == "date-swapped"
    formats = ["%Y-%d-%m", "%m/%d/%Y"]
    assert tried(declared, few, paid_on={"date_format": formats}).rows_good == 4


def test_a_header_stands_anywhere_among_the_first_records(
    declared: Declarations, tmp_path: Path
) -> None:
    for above, refused in ((199, None), (200, "header-not-found")):
        report = tried(
            declared, text(tmp_path, "Guidance\n" * above + "Date,Supplier,Amount\n" + RECORDS)
        )
        assert report.refused_code == refused
        assert refused or (report.rows_good, len(report.excluded)) == (3, above)


def test_a_declared_header_row_may_stand_further_down(
    declared: Declarations, tmp_path: Path
) -> None:
    path = text(tmp_path, "Guidance\n" * 250 + "Date,Supplier,Amount\n" + RECORDS)
    shipped = declared.feeds["northmoor/spend"]
    written = shipped.model_dump(mode="json", exclude={"columns", "file"}, by_alias=True)
    feed = Feed.model_validate({**written, "file": {"format": "delimited", "header_row": 251}})
    report = check(path, declared.dataset("spend"), declared, name="spend", feed=feed)
    assert (report.refused, report.rows_good) == (None, 3)


def test_a_row_of_nothing_but_a_dash_is_blank(declared: Declarations, tmp_path: Path) -> None:
    path = text(tmp_path, "Date,Supplier,Amount\n" + RECORDS + ",, -   \n,,£ –\n")
    report = tried(declared, path)
    assert [(e["row"], e["reason"]) for e in report.excluded] == [(5, "blank"), (6, "blank")]
    assert (report.rows_good, report.rows_quarantined) == (3, 0)


def test_periods_under_a_date_header_are_refused_until_declared(
    declared: Declarations, tmp_path: Path
) -> None:
    path = text(tmp_path, "Period,Supplier,Amount\n2020/01,Acme,1.50\n2020/02,Beta,2.00\n")
    assert tried(declared, path).refused_code == "date-period-unclear"
    told = tried(declared, path, paid_on={"header": "Period", "date_format": "%Y/%m"})
    assert told.rows_good == 2


def test_a_near_header_of_an_optional_column_is_proposed_though_the_file_is_accepted(
    declared: Declarations, tmp_path: Path
) -> None:
    path = text(tmp_path, "Date,Supplier,Amount,Descripton\n13/04/2026,Acme,1.50,Paint\n")
    report = tried(declared, path)
    assert (report.refused, report.rows_good) == (None, 1)
    (proposal,) = report.to_json()["proposals"]
    assert (proposal["column"], proposal["cell"]) == ("description", "D1")
    assert proposal["yaml"] == 'description: {header: "Descripton"}'
    assert "text cannot prove" in proposal["evidence"]
    assert "description" not in report.columns()


def test_no_value_is_read_to_infer_a_column_of_a_feed_whose_headers_are_known(
    declared: Declarations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: Any) -> Any:
        raise AssertionError("values were read")

    path = text(tmp_path, "Date,Supplier,Net sum,Expens Area\n" + RECORDS.replace("\n", ",Paint\n"))
    monkeypatch.setattr(mapped, "values_below", read)
    report = tried(declared, path, amount={"header": "Net sum"})
    assert report.rows_good == 3
    assert [(p["column"], p["header"]) for p in report.proposals] == [
        ("expense_area", "Expens Area")
    ]
    assert "not looked at" in report.proposals[0]["evidence"]
