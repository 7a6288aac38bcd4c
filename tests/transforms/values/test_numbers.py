"""Numbers, shares, and the ways of writing sums that a feed declares."""

import pyarrow as pa
import pytest

from transforms.values import money, numbers


def told(parse: object, written: str, **options: str) -> tuple[str | None, str | None]:
    parsed = parse(pa.array([written]), options)  # type: ignore[operator]
    value = parsed.values[0].as_py()
    return None if value is None else f"{value.normalize():f}", parsed.problems[0].as_py()


@pytest.mark.parametrize(
    ("written", "number"),
    [("12", 12), ("1,234", 1234), ("1 234 567", 1234567), ("1'234", 1234), ("１２", 12),
     ("12.0", 12), ("-5", -5)],
)  # fmt: skip
def test_whole_numbers(written: str, number: int) -> None:
    assert numbers.parse(pa.array([written]), {}).values.to_pylist() == [number]


@pytest.mark.parametrize(
    ("written", "problem"),
    [("1.5", "number-unreadable"), ("1,23", "number-unreadable"), ("12 34", "number-unreadable"),
     ("1²", "number-unreadable"), ("½", "number-unreadable"), ("1.23E+10", "digits-lost"),
     ("#REF!", "cell-error")],
)  # fmt: skip
def test_what_is_no_whole_number(written: str, problem: str) -> None:
    parsed = numbers.parse(pa.array([written]), {})
    assert (parsed.values.to_pylist(), parsed.problems.to_pylist()) == ([None], [problem])


def test_decimals() -> None:
    assert told(numbers.parse_decimal, "1,234.5") == ("1234.5", None)
    assert told(numbers.parse_decimal, "0.30000000000000004") == ("0.3", None)
    assert told(numbers.parse_decimal, "1.5e-05") == ("0.000015", None)
    assert told(numbers.parse_decimal, "1.234,5", decimal=",") == ("1234.5", None)
    assert told(numbers.parse_decimal, "1e99") == (None, "number-unreadable")


def test_shares_are_in_per_cent() -> None:
    assert told(numbers.parse_percentage, "12.5%") == ("12.5", None)
    assert told(numbers.parse_percentage, "12.5") == ("12.5", None)
    assert told(numbers.parse_percentage, "0.125", unit="fraction") == ("12.5", None)
    assert told(numbers.parse_percentage, "12.5 per cent", unit="fraction") == ("12.5", None)


def test_sums_another_countrys_way_only_where_declared() -> None:
    assert told(money.parse, "1.234,56") == (None, "money-unreadable")
    assert told(money.parse, "1.234,56", decimal=",") == ("1234.56", None)
    assert told(money.parse, "12,5", decimal=",") == ("12.5", None)
    assert told(money.parse, "1,234.56", decimal=",") == (None, "money-unreadable")
    assert told(money.parse, "1'234.50") == ("1234.5", None)
    assert told(money.parse, "1,234'567") == (None, "money-unreadable")


def test_sums_in_pence_only_where_declared() -> None:
    assert told(money.parse, "12345", unit="pence") == ("123.45", None)
    assert told(money.parse, "-250p", unit="pence") == ("-2.5", None)
    assert told(money.parse, "123.45", unit="pence") == (None, "money-unreadable")
    assert told(money.parse, "5p") == (None, "money-unreadable")
