"""Sums of money."""

from decimal import ROUND_HALF_UP, Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.values import money


def read(written: str | None) -> tuple[str | None, str | None]:
    parsed = money.parse(pa.array([written], pa.string()), {})
    value = parsed.values[0].as_py()
    return None if value is None else str(value), parsed.problems[0].as_py()


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1234.5", "1234.50"), ("£1,234.56", "1234.56"), (" £51,712.94 ", "51712.94"),
        ("(12.50)", "-12.50"), ("£(12.50)", "-12.50"), ("(£12.50)", "-12.50"), ("-3", "-3.00"),
        ("£-3", "-3.00"), ("-£3", "-3.00"), ("5-", "-5.00"), ("12CR", "-12.00"), ("12 DR", "12.00"),
        ("−5", "-5.00"), ("+7", "7.00"), (".5", "0.50"), ("4.", "4.00"), ("1 234.50", "1234.50"),
        ("1\xa0234", "1234.00"), ("1,234,567.895", "1234567.90"), ("50413.216", "50413.22"),
        ("2.675", "2.68"), ("0.005", "0.01"), ("-0.005", "-0.01"), ("0.00499", "0.00"),
        ("4442.2699999999995", "4442.27"), ("9.99E+05", "999000.00"), ("1e-7", "0.00"),
        ("£ -   ", "0.00"), ("£-", "0.00"), ("999999999999999.99", "999999999999999.99"),
    ],
)  # fmt: skip
def test_reads(written: str, amount: str) -> None:
    assert read(written) == (amount, None)


@pytest.mark.parametrize(
    "written",
    ["1,23", "1.234,56", "1,234.5,6", "12,34,567", "1234,567", "12 34", "1.2.3", "--5", "(5", "5)",
     "(-5)", "abc", "£", "-", "5p", "€5",
     "12345678901234567890", "9" * 60, "1e99", "5 5", "1,234 567"],
)  # fmt: skip
def test_refuses_what_may_mean_something_else(written: str) -> None:
    assert read(written) == (None, "money-unreadable")


@pytest.mark.parametrize("written", ["#REF!", " #N/A ", "#VALUE!", "######"])
def test_a_spreadsheet_error_is_no_sum(written: str) -> None:
    assert read(written) == (None, "cell-error")


@pytest.mark.parametrize("written", [None, "", " ", "\xa0"])
def test_nothing_is_missing(written: str | None) -> None:
    assert read(written) == (None, None)


@settings(max_examples=100, deadline=None)
@given(st.decimals("-99999999999", "99999999999", allow_nan=False, places=5), st.booleans())
def test_agrees_with_decimal_arithmetic(amount: Decimal, grouped: bool) -> None:
    written = f"{amount:,f}" if grouped else f"{amount:f}"
    right = amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    assert Decimal(read(written)[0] or "nan") == right


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-(10**17) + 1, 10**17 - 1)))
def test_pence_there_and_back(pence: list[int]) -> None:
    import numpy as np

    amounts = money.decimals(np.array(pence, np.int64), np.zeros(len(pence), np.bool_))
    assert amounts.to_pylist() == [Decimal(p).scaleb(-2) for p in pence]
    assert money.pence_of(amounts).tolist() == pence
    assert money.pence_of(amounts.slice(len(pence) // 2)).tolist() == pence[len(pence) // 2 :]
