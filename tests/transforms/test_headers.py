"""Near names differ in spelling; other names differ in meaning."""

import pytest

from contracts.datasets.spend import Spend
from contracts.model import columns_of
from transforms.headers import cell_at, nearest, position_of, vocabulary_of, words

COLUMNS = columns_of(Spend)
KNOWN = vocabulary_of(COLUMNS)


def near(header: str, column: str, **how: str) -> bool:
    facts = COLUMNS[column]
    return nearest(header, (*facts.headers, column), KNOWN, **how) is not None


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Paymnt Date", "paid_on"), ("Pymt Dt", "paid_on"), ("Payement Date", "paid_on"),
        ("Date of Paymet", "paid_on"), ("PaymentDt", "paid_on"), ("Posted Dte", "paid_on"),
        ("Net Amnt", "amount"), ("Net Amout (£)", "amount"), ("Invoice Val", "amount"),
        ("Suplier", "supplier"), ("Creditors Name", "supplier"), ("Amount Value", "amount"),
        ("Amonut", "amount"),
    ],
)  # fmt: skip
def test_a_misspelt_or_shortened_name_is_near(header: str, column: str) -> None:
    assert near(header, column)


def test_four_letters_are_too_few_to_tell_a_slip_from_a_word() -> None:
    assert not near("Supplier Nane", "supplier")
    assert not near("Suppliers Lame", "supplier")


@pytest.mark.parametrize(
    "header",
    ["VAT Amount", "Net VAT", "VAT", "Amount Outstanding", "Budget Amount", "Amount (pence)",
     "Amount £000", "Amount £k", "Amount 2", "Approved Amount", "Amount Date", "£", "1", ""],
)  # fmt: skip
def test_another_word_is_another_name(header: str) -> None:
    assert not near(header, "amount")


@pytest.mark.parametrize("header", ["Due Date", "Payment Due Date", "Date of Birth", "Datum"])
def test_another_date_is_not_the_date_of_payment(header: str) -> None:
    assert not near(header, "paid_on")


def test_the_values_may_say_a_word() -> None:
    assert near("Cleared", "paid_on", implied="date")
    assert not near("Cleared", "paid_on")
    assert not near("Approved", "paid_on", implied="date")


def test_the_nearest_name_comes_with_its_score() -> None:
    found = nearest("Paymnt Date", ["invoice date", "payment date"], KNOWN)
    assert found is not None
    assert found[1] == "payment date"
    assert 90 < found[0] < 100


def test_digits_are_never_a_slip() -> None:
    assert nearest("Address line 2", ["address line 1"], frozenset()) is None


def test_abbreviations_are_written_out() -> None:
    assert words("DOB") == words("Date of Birth") == ("date", "birth")
    assert words("2. Inv No.") == ("invoice", "number")


@pytest.mark.parametrize(("cell", "place"), [("A1", 0), ("Z9", 25), ("AA2", 26), ("AZ2", 51)])
def test_letters_and_positions(cell: str, place: int) -> None:
    letters = cell.rstrip("0123456789")
    assert position_of(letters) == place
    assert cell_at(place, int(cell.removeprefix(letters))) == cell
