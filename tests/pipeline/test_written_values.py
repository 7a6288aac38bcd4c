"""How suppliers write values, and why some are missing, from bytes to what would be loaded."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from stdnum.gb import upn

from contracts.declarations import load
from contracts.feed import Feed
from pipeline.walk import Walk

DECLARED = load()
CENSUS = (
    "UPN;Forename;Surname;DOB;Sex;URN;Year group;Postcode;NHS number;Telephone;Ethnicity;"
    "Home LA;Date entered",
    "UPN;Ann;Lee;01.02.2015;{sex};123456;5;M1 1AE;{nhs};{telephone};{ethnicity};;01.09.2020",
)
Walked = tuple[list[dict[str, Any]], set[tuple[str, str]], int]


@pytest.fixture
def walked(tmp_path: Path) -> Callable[..., Walked]:
    """Rows of the entities of a role, issues by column, and how many rows are held."""

    def walk(text: str, dataset: str, role: str, feed: Feed | None = None) -> Walked:
        path = tmp_path / "delivery.csv"
        path.write_text(text, encoding="utf-8")
        rows: list[dict[str, Any]] = []
        issues: set[tuple[str, str]] = set()
        held = 0
        contract = DECLARED.dataset(dataset)
        for part in Walk(path, dataset=contract, declarations=DECLARED, feed=feed):
            rows += part.entities[role].to_pylist()
            told = part.issues.to_pylist()
            issues |= {(one["column"], one["code"]) for one in told}
            held += part.quarantined.num_rows
        return rows, issues, held

    return walk


def census(**how: str) -> str:
    number = "B928000000001"
    right = upn.calc_check_digit(number) + number[1:]
    told = {"sex": "F", "nhs": "9434765919", "telephone": "020 7219 3000", "ethnicity": "WBRI"}
    row = CENSUS[1].replace("UPN", right).format(**{**told, **how})
    return f"{CENSUS[0]}\n{row}\n"


def test_reasons_land_beside_their_values(walked: Callable[..., Walked]) -> None:
    rows, issues, held = walked(
        census(nhs="Not asked", telephone="n/k", ethnicity="REFU"), "school_census", "person"
    )
    (person,) = rows
    assert held == 0
    assert (person["nhs_number"], person["nhs_number_missing"]) == (None, "not-asked")
    assert (person["ethnic_group"], person["ethnic_group_missing"]) == ("REFU", "refused")
    assert (person["sex"], person["sex_missing"]) == ("F", None)
    assert person["telephone"] is None
    assert issues == {("nhs_number", "missing-not-asked"), ("telephone", "missing-not-known")}


def test_a_required_value_that_is_missing_is_held_and_its_reason_kept(
    walked: Callable[..., Walked],
) -> None:
    rows, issues, held = walked(census(sex="prefer not to say"), "school_census", "person")
    assert (rows, held) == ([], 1)
    assert issues == {("sex", "missing-refused"), ("sex", "value-missing")}


def test_a_feed_declares_how_it_writes(walked: Callable[..., Walked]) -> None:
    columns = {
        "amount": {"decimal": ",", "missing": {"withheld": ["xx,xx"]}},
        "expense_type": {"missing": {"not-asked": ["-9"]}},
    }
    feed = Feed.model_validate(
        {
            "organisation": "northmoor", "dataset": "spend", "title": "t", "owner": "o",
            "maintainer": "m", "agreement": "spend-transparency", "columns": columns,
            "file": {"format": "delimited", "delimiter": ";"},
            "place": {"kind": "folder", "connection": "c"},
        }
    )  # fmt: skip
    text = (
        "Body;Payment Date;Supplier;Amount;Expense type\n"
        "Northmoor Council;13/04/2026;Acme Ltd;1.234,50;-9\n"
        "Northmoor Council;14/04/2026;Beta Ltd;xx,xx;chairs\n"
    )
    rows, issues, held = walked(text, "spend", "payment", feed)
    assert [row["amount"] for row in rows] == [Decimal("1234.50")]
    assert rows[0]["expense_type"] is None
    assert held == 1
    assert issues == {
        ("expense_type", "missing-not-asked"),
        ("amount", "missing-withheld"),
        ("amount", "value-missing"),
    }
