"""Names and dates on the way from a file to the rows of entities."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.declarations import Declarations, load
from contracts.feed import Feed
from pipeline.walk import Walk


@pytest.fixture(scope="module")
def declared() -> Declarations:
    return load()


def feed(dataset: str, agreement: str, columns: dict[str, Any]) -> Feed:
    return Feed.model_validate(
        {
            "organisation": "northmoor", "dataset": dataset, "title": "t", "owner": "o",
            "maintainer": "m", "agreement": agreement, "columns": columns,
            "place": {"kind": "folder", "connection": "c"},
        }
    )  # fmt: skip


def walked(path: Path, declared: Declarations, declaration: Feed) -> Any:
    (one,) = Walk(
        path,
        dataset=declared.dataset(declaration.dataset),
        declarations=declared,
        feed=declaration,
    )
    return one


@pytest.mark.parametrize(
    ("how", "written", "days"),
    [
        ("financial-year", ("2010/11", "2011-12"), (date(2010, 4, 1), date(2011, 4, 1))),
        ("quarter", ("Q1 2010", "2010-Q4"), (date(2010, 1, 1), date(2010, 10, 1))),
        ("iso-week", ("2010-W05", "2010-W06"), (date(2010, 2, 1), date(2010, 2, 8))),
        ("year", ("2010", "2011"), (date(2010, 1, 1), date(2011, 1, 1))),
        ("excel-serial-1904", ("38538", "38539.5"), (date(2009, 7, 6), date(2009, 7, 7))),
        ("cy:%d %B %Y", ("1 Mai 2010", "2 Gorffennaf 2010"), (date(2010, 5, 1), date(2010, 7, 2))),
    ],
)
def test_dates_in_a_declared_form(
    tmp_path: Path,
    declared: Declarations,
    how: str,
    written: tuple[str, str],
    days: tuple[date, date],
) -> None:
    path = tmp_path / "may.csv"
    lines = [f"Northmoor Council,{one},Acme Ltd,10.00" for one in written]
    path.write_text("\n".join(["Body,Payment Date,Supplier,Amount", *lines, ""]), encoding="utf-8")
    one = walked(
        path, declared, feed("spend", "spend-transparency", {"paid_on": {"date_format": how}})
    )
    assert tuple(row["paid_on"] for row in one.canonical.to_pylist()) == days


def test_a_withheld_supplier_is_paid_and_is_no_organisation(
    tmp_path: Path, declared: Declarations
) -> None:
    path = tmp_path / "may.csv"
    suppliers = ["REDACTED PERSONAL DATA", "Acme Ltd~114639650", "ACME LIMITED", "Name withheld"]
    lines = [f"Northmoor Council,{day}/04/2026,{one},1.00" for day, one in enumerate(suppliers, 12)]
    path.write_text("\n".join(["Body,Payment Date,Supplier,Amount", *lines, ""]), encoding="utf-8")
    one = walked(path, declared, feed("spend", "spend-transparency", {}))
    payments = one.entities["payment"].to_pylist()
    assert [row["supplier_name"] for row in payments] == suppliers
    linked = [row["supplier_id"] for row in payments]
    assert (linked[0], linked[3]) == (None, None)
    assert linked[1] == linked[2] is not None
    assert one.issues["code"].to_pylist() == ["name-withheld", "name-withheld"]


def test_a_person_with_all_that_stands_beside_the_name(
    tmp_path: Path, declared: Declarations
) -> None:
    path = tmp_path / "meals.csv"
    head = "Application reference,Child,Date of birth,Postcode,Start date,End date,Reason"
    lines = [
        "A1,Ann Marie VAN DER MOOR (Nan),14/03/2015,M1 1AE,01/09/2025,,",
        "A2,Mr Jan O'Dell Jr,15/03/2015,M1 1AE,01/09/2025,,",
        "A3,Moor,16/03/2015,M1 1AE,13/09/2025,,",
    ]
    path.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    order = {"header": "Child", "name_order": "forenames-first"}
    columns = {
        "forenames": {**order, "part": "forenames"},
        "surname": {**order, "part": "surname"},
    }
    one = walked(path, declared, feed("meal_eligibility", "northmoor-meal-eligibility", columns))
    names = ("forenames", "surname", "surname_match", "forenames_known_as", "forenames_titles")
    assert [tuple(row[name] for name in names) for row in one.entities["person"].to_pylist()] == [
        ("Ann Marie", "van der Moor", "VANDERMOOR", "Nan", None),
        ("Jan", "O'Dell", "ODELL", None, "Mr Jr"),
    ]
    assert one.quarantined["row"].to_pylist() == [4]
