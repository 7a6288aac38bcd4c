"""Cases 30 to 32: columns that are new, gone, renamed, reordered or of another kind, and units and
code lists that change with every value valid."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from pipeline import hold
from pipeline.ingest import take

FEED = "eastvale/spend"
SPEND = """title: Eastvale Council, payments
owner: Finance, Eastvale Council
maintainer: data engineering
agreement: spend-transparency
place: {kind: folder, connection: eastvale_exports, path: spend, settled_for: 1}
"""
HEADER = ("Payment Date", "Supplier", "Amount", "Expense Type")


def payments(count: int = 120, times: float = 1) -> list[Sequence[Any]]:
    return [
        (
            f"{1 + n % 28:02}/03/2026",
            f"Supplier {n % 17} Ltd",
            f"{(500 + 7 * n) * times:.2f}",
            "goods",
        )
        for n in range(count)
    ]


def text(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    return "".join(",".join(map(str, line)) + "\n" for line in (header, *rows))


@pytest.fixture
def supply(home: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A feed declared by nothing but its place; gives a delivery and says what became of it."""
    folder = home.contracts()
    (folder / "feeds" / "eastvale" / "spend.yml").write_text(SPEND, encoding="utf-8")
    home.migrate()
    age = [900.0]

    def given(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Any:
        age[0] -= 50
        home.put(PLACE, text(header, rows), age[0])
        return home.one(FEED)

    return given


PLACE = "eastvale/exports/spend/payments.csv"


def taken(decided: Any) -> Any:
    return take(FEED, decided.delivery)


def stops(run: Any) -> dict[str, str]:
    assert run.held is not None, run
    return {one.code: one.message for one in run.held.findings}


def noted(home: Any) -> list[str]:
    return [code for (code,) in home.rows(
        "SELECT code FROM watersmeet.finding WHERE delivery_id ="
        " (SELECT max(delivery_id) FROM watersmeet.delivery) ORDER BY finding_id"
    )]  # fmt: skip


def test_30_a_new_column_is_reported_and_not_landed(home: Any, supply: Callable[..., Any]) -> None:
    supply(HEADER, payments())
    wider = [(*row, "SECRETVALUE") for row in payments()]
    run = supply((*HEADER, "Shoe Size"), wider)
    assert run.outcome.state == "loaded"
    assert noted(home) == ["column-new"]
    message = home.one_value("SELECT message FROM watersmeet.finding")
    assert '"Shoe Size" is new' in message and "not read" in message
    for table, rows in home.everything().items():
        assert not any("SECRETVALUE" in row for row in rows), table
    again = supply(HEADER, payments(121))
    assert again.outcome.state == "loaded" and noted(home) == ["unread-column-gone"]


def test_31_a_dropped_optional_column_stops(home: Any, supply: Callable[..., Any]) -> None:
    supply(HEADER, payments())
    before = home.content(FEED)
    run = supply(HEADER[:3], [row[:3] for row in payments()])
    message = stops(run)["column-gone"]
    assert "no expense_type any more" in message and '"Expense Type" in D1' in message
    assert home.content(FEED) == before
    decided = hold.decide(run.held.hold_id, "accept", "A. Steward", "they stopped describing")
    assert taken(decided).outcome.state == "loaded"
    assert supply(HEADER[:3], [row[:3] for row in payments(121)]).outcome.state == "loaded"


def test_31_a_dropped_required_column_is_refused(home: Any, supply: Callable[..., Any]) -> None:
    supply(HEADER, payments())
    before = home.content(FEED)
    run = supply((*HEADER[:2], HEADER[3]), [(a, b, d) for a, b, _, d in payments()])
    assert run.refused and "amount" in run.refused.lower()
    assert home.content(FEED) == before


def test_31_a_renamed_column_stops_and_is_declared_when_accepted(
    home: Any, supply: Callable[..., Any]
) -> None:
    supply(HEADER, payments())
    run = supply(("Payment Date", "Payee", "Amount", "Expense Type"), payments(121))
    message = stops(run)["column-renamed"]
    assert "cell B1" in message and '"Payee"' in message and '"Supplier" in B1' in message
    decided = hold.decide(run.held.hold_id, "accept", "A. Steward", "a new ledger")
    assert "+  supplier:" in decided.patch and "+    header: Payee" in decided.patch
    assert taken(decided).outcome.state == "loaded"
    [told] = hold.held(FEED, decided=True)
    assert told["state"] == "accepted"
    assert hold.patch_of(told) == decided.patch, "what it changed stays readable"
    renamed = ("Payment Date", "Payee", "Amount", "Expense Type")
    assert supply(renamed, payments(122)).outcome.state == "loaded"


def test_31_reordered_columns_are_noted_and_read_rightly(
    home: Any, supply: Callable[..., Any]
) -> None:
    supply(HEADER, payments())
    total = home.one_value("SELECT sum(amount) FROM store.payment")
    turned = [(c, b, a, d) for a, b, c, d in payments()]
    run = supply(("Amount", "Supplier", "Payment Date", "Expense Type"), turned)
    assert run.outcome.state == "loaded"
    assert noted(home) == ["column-reordered"]
    assert home.one_value("SELECT sum(amount) FROM store.payment") == total


def test_31_a_column_of_another_kind_stops(home: Any, supply: Callable[..., Any]) -> None:
    supply(HEADER, payments())
    before = home.content(FEED)
    wrong = [(a, b, "see invoice" if n % 2 else c, d) for n, (a, b, c, d) in enumerate(payments())]
    found = stops(supply(HEADER, wrong))
    assert "50 % of the values cannot be read as money" in found["column-retyped"]
    assert home.content(FEED) == before


def test_31_dates_that_turn_from_day_first_to_month_first_stop(
    home: Any, supply: Callable[..., Any]
) -> None:
    supply(HEADER, payments())
    turned = [(f"{a[3:5]}/{a[:2]}/{a[6:]}", b, c, d) for a, b, c, d in payments(121)]
    run = supply(HEADER, turned)
    assert run.refused or "column-retyped" in stops(run)


def test_32_pounds_sent_as_pence_stop(home: Any, supply: Callable[..., Any]) -> None:
    supply(HEADER, payments())
    before = home.content(FEED)
    found = stops(supply(HEADER, payments(120, 100)))
    assert "100 times what is usual" in found["size-shifted"]
    assert "100 times as much" in found["sum-shifted"]
    assert home.content(FEED) == before


def test_32_amounts_that_change_their_sign_stop(home: Any, supply: Callable[..., Any]) -> None:
    supply(HEADER, payments())
    assert "sum-shifted" in stops(supply(HEADER, payments(120, -1)))


def test_32_values_that_go_missing_stop(home: Any, supply: Callable[..., Any]) -> None:
    supply(HEADER, payments())
    emptied = [(a, "" if n % 3 else b, c, d) for n, (a, b, c, d) in enumerate(payments())]
    found = stops(supply(HEADER, emptied))
    assert "supplier: 67 % of the rows have no value" in found["missing-rose"]


def test_several_findings_are_told_at_once(home: Any, supply: Callable[..., Any]) -> None:
    supply(HEADER, payments())
    run = supply(HEADER[:3], [row[:3] for row in payments(12, 100)])
    assert {"column-gone", "rows-fell"} <= set(stops(run))


def test_32_a_code_list_that_is_swapped_stops(home: Any) -> None:
    """Every code is one of the list, and yet nearly every child's says something else."""
    feed = "northmoor/school_census"
    home.supply(feed)
    assert home.one(feed).outcome.state == "loaded"
    before = home.content(feed)
    path = home.file(feed)
    swapped = {"1": "2", "2": "1"}
    lines = [
        f"{line[:59]}{swapped.get(line[59], line[59])}{line[60:]}" if len(line) > 90 else line
        for line in path.read_text(encoding="ascii").splitlines()
    ]
    home.put(str(path.relative_to(home.supplied)), "\n".join(lines) + "\n", 100)
    found = stops(home.one(feed))
    assert "sex: the value of" in found["values-changed"]
    assert home.content(feed) == before
