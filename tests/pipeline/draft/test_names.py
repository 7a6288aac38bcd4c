"""Names made from what suppliers write."""

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.draft.names import class_name, column_names, identifier


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Tenancy Ref", "tenancy_ref"),
        ("Rent (£ pw)", "rent"),
        ("(£)", ""),
        ("AmountPaid", "amount_paid"),
        ("NHSNumber", "nhs_number"),
        ("2024 total", "n_2024_total"),
        ("Café & Bar", "cafe_and_bar"),
        ("  \n ", ""),
    ],
)
def test_a_header_becomes_a_name(header: str, name: str) -> None:
    assert identifier(header) == name


def test_names_do_not_meet() -> None:
    assert column_names(["Date", "date", "class", "", "Name", "Name match"]) == [
        "date", "date_2", "class_2", "column_4", "name", "name_match_2",
    ]  # fmt: skip
    assert column_names(["Tenancy id"], taken=("tenancy_id",)) == ["tenancy_id_2"]
    assert class_name("penalty_charge") == "PenaltyCharge"


@given(st.lists(st.text(), max_size=12))
def test_names_are_identifiers_each_only_once(headers: list[str]) -> None:
    names = column_names(headers)
    assert len(set(names)) == len(names) == len(headers)
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in names)
