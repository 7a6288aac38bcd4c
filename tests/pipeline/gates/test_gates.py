"""Each gate by itself: what it stops, what it notes, what it lets pass."""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import pytest

from contracts.column import ColumnFacts
from contracts.consistency import FoundIn
from contracts.findings import Finding
from contracts.gates import Change, Gates
from contracts.issues import issue_types
from contracts.kinds import Code, Date, Money
from pipeline.gates.changed import changed
from pipeline.gates.codes import codes
from pipeline.gates.freshness import freshness
from pipeline.gates.limits import ROWS, SIZE, band, highest_share, wide
from pipeline.gates.matches import matches
from pipeline.gates.seen import Past, Seen
from pipeline.gates.values import values
from pipeline.gates.volume import volume

TODAY = datetime(2026, 6, 1, tzinfo=UTC)
FACTS = {
    "amount": ColumnFacts("amount", Money, "Amount"),
    "paid_on": ColumnFacts("paid_on", Date, "Date"),
    "reason": ColumnFacts("reason", Code, "Reason"),
}


def column(rows: int = 1000, present: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "rows": rows,
        "present": rows if present is None else present,
        "missing": {},
        "issues": {},
        "held": {"rows": 0, "present": 0, "missing": {}, "issues": {}},
        **more,
    }


def money(typical: float, rows: int = 1000) -> dict[str, Any]:
    size = {"logs": math.log(typical) * rows, "of": rows}
    return column(rows, sum=str(round(typical * rows * 1.5, 2)), size=size)


def whole(rows: int, quarantined: int = 0, **more: Any) -> dict[str, Any]:
    return {"rows": rows, "quarantined": quarantined, "issues": {}, **more}


def seen(
    now: Mapping[str, Any],
    past: Sequence[Mapping[str, Any]],
    limits: Mapping[str, Any] | None = None,
    **more: Any,
) -> Seen:
    """A delivery of today after others, one a month; latest first."""
    return Seen(
        limits=Gates.model_validate(limits or {}),
        facts=FACTS,
        replaces=more.pop("replaces", "same-name"),
        due=more.pop("due", None),
        landed_at=TODAY,
        now=now,
        past=[
            Past(f"{n}.csv", TODAY - timedelta(days=30 * (n + 1)), one)
            for n, one in enumerate(past)
        ],
        tables=(),
        last_tables=(),
        **more,
    )


def told(found: Iterator[Finding]) -> dict[str, Finding]:
    every = list(found)
    assert {one.code for one in every} <= set(issue_types()), "each is in the catalogue"
    return {one.code: one for one in every}


# Rows.


@pytest.mark.parametrize(
    ("now", "past", "codes"),
    [
        (100, [1000], {"rows-fell"}),
        (499, [1000], {"rows-fell"}),
        (501, [1000], set()),
        (3001, [1000], {"rows-rose"}),
        (2999, [1000, 1000], set()),
        # From three accepted deliveries on the spread between them counts.
        (690, [1000, 1001, 999], {"rows-fell"}),
        (710, [1000, 1001, 999], set()),
        (690, [1000, 700, 1300, 900], set()),
        (189, [1000, 100, 5000, 900], {"rows-fell"}),  # never wider than a fall of 80 %
        # Of few rows chance alone takes half.
        (1, [3], set()),
        (2, [20], {"rows-fell"}),
        (100, [], set()),
    ],
)
def test_rows(now: int, past: list[int], codes: set[str]) -> None:
    found = told(volume(seen({"": whole(now)}, [{"": whole(rows)} for rows in past])))
    assert set(found) == codes
    for one in found.values():
        assert issue_types()[one.code].severity == "stop"


@pytest.mark.parametrize(
    ("rows", "limits", "codes"),
    [
        (100, {"fall": 0.95}, set()),
        (100, {"not_checked": "it comes as it comes"}, set()),
        (900, {"least": 950}, {"rows-fell"}),
        (1100, {"most": 1050}, {"rows-rose"}),
        (800, {"fall": 0.1}, {"rows-fell"}),
        (1300, {"rise": 0.2}, {"rows-rose"}),
    ],
)
def test_declared_rows(rows: int, limits: dict[str, Any], codes: set[str]) -> None:
    found = told(volume(seen({"": whole(rows)}, [{"": whole(1000)}], {"rows": limits})))
    assert set(found) == codes


def test_declared_rows_count_for_a_first_delivery_too() -> None:
    assert set(told(volume(seen({"": whole(5)}, [], {"rows": {"least": 10}})))) == {"rows-fell"}


def test_quarantine() -> None:
    past = [{"": whole(1000, 10)}]
    assert set(told(volume(seen({"": whole(1000, 400)}, past)))) == {"quarantine-rose"}
    assert not told(volume(seen({"": whole(1000, 300)}, past)))
    learnt = past * 3
    assert set(told(volume(seen({"": whole(1000, 150)}, learnt)))) == {"quarantine-rose"}
    assert not told(volume(seen({"": whole(1000, 150)}, learnt, {"quarantined_most": 0.2})))


def test_rows_that_vary_by_a_fifth_pass_and_half_or_twice_as_many_do_not() -> None:
    held = missed = 0
    for seed in range(200):
        drawn = random.Random(seed)
        months = [{"": whole(round(2000 * drawn.uniform(0.8, 1.2)))} for _ in range(13)]
        for n in range(1, 13):
            held += bool(told(volume(seen(months[n], months[:n]))))
        usual = median([one[""]["rows"] for one in months[:12]])
        for rows in (usual / 2, usual * 2):
            missed += not told(volume(seen({"": whole(round(rows))}, months[:12])))
    assert held <= 4, "of 2,400 deliveries"
    assert missed <= 4, "of 400 deliveries"


# Values.


def test_missing() -> None:
    past = [{"amount": column()}]
    assert set(told(values(seen({"amount": column(1000, 600)}, past)))) == {"missing-rose"}
    assert not told(values(seen({"amount": column(1000, 800)}, past)))
    assert set(told(values(seen({"amount": column(1000, 800)}, past * 3)))) == {"missing-rose"}
    declared = {"columns": {"amount": {"missing_most": 0.02}}}
    assert set(told(values(seen({"amount": column(1000, 970)}, past, declared)))) == {
        "missing-rose"
    }
    # A column that was seldom filled and is empty now.
    emptied = seen({"amount": column(1000, 0)}, [{"amount": column(1000, 200)}])
    assert set(told(values(emptied))) == {"missing-rose"}
    assert not told(values(seen({"amount": column(3, 2)}, [{"amount": column(3)}])))


def test_unreadable() -> None:
    past = [{"amount": column()}]
    unread = {"money-unreadable": 500}
    now = {"amount": column(1000, 500, issues=unread, missing=unread)}
    assert set(told(values(seen(now, past)))) == {"column-retyped"}, "there is something there"
    noted = {"amount": column(1000, issues={"date-implausible": 500})}
    assert not told(values(seen(noted, past)))


@pytest.mark.parametrize("times", [100, 0.01, 1000])
def test_units(times: float) -> None:
    found = told(values(seen({"amount": money(200 * times)}, [{"amount": money(200)}])))
    assert {"size-shifted", "sum-shifted"} == set(found)


def test_numbers_may_grow_and_few_say_nothing() -> None:
    assert not told(values(seen({"amount": money(400)}, [{"amount": money(200)}])))
    assert not told(values(seen({"amount": money(20_000, 10)}, [{"amount": money(200)}])))
    declared = {"columns": {"amount": {"size": {"rise": 200}, "sum": {"rise": 200}}}}
    assert not told(values(seen({"amount": money(20_000)}, [{"amount": money(200)}], declared)))


def test_a_sum_that_follows_the_rows_is_not_asked_about_beside_them() -> None:
    past = [{"amount": money(200, 1000)}] * 6
    assert not told(values(seen({"amount": money(200, 100)}, past)))
    few_large = {"amount": {**money(200, 1000), "sum": str(200 * 1000 * 30)}}
    assert set(told(values(seen(few_large, past)))) == {"sum-shifted"}
    declared = {"columns": {"amount": {"sum": {"fall": 0.5}}}}
    found = told(values(seen({"amount": money(200, 100)}, past, declared)))
    assert set(found) == {"sum-shifted"}, "what is declared of sums is"


def test_the_sum_changes_its_sign() -> None:
    now = money(200)
    now["sum"] = f"-{now['sum']}"
    assert set(told(values(seen({"amount": now}, [{"amount": money(200)}])))) == {"sum-shifted"}


def test_what_a_finding_asks_to_be_declared_lets_the_delivery_pass() -> None:
    past = [{"amount": money(200), "reason": coded({"A": 900, "B": 100}), "": whole(1000)}]
    now = {"amount": money(20_000), "reason": coded({"A": 100, "C": 900}), "": whole(90)}
    limits: dict[str, Any] = {}
    found = [*told(values(seen(now, past))).values(), *told(codes(seen(now, past))).values(),
             *told(volume(seen(now, past))).values()]  # fmt: skip
    assert len(found) == 5
    for one in found:
        declared = one.facts["declare"]["gates"]
        for name, value in declared.get("columns", {}).items():
            limits.setdefault("columns", {}).setdefault(name, {}).update(value)
        if "rows" in declared:
            limits["rows"] = declared["rows"]
    again = seen(now, past, limits)
    stops = [
        one
        for gate in (values, codes, volume)
        for one in gate(again)
        if issue_types()[one.code].severity == "stop"
    ]
    assert stops == []


# Codes.


def coded(counts: Mapping[str, int]) -> dict[str, Any]:
    return column(sum(counts.values()), codes=dict(counts))


def test_new_codes() -> None:
    past = [{"reason": coded({"A": 500, "B": 500})}]
    few = told(codes(seen({"reason": coded({"A": 500, "B": 490, "C": 10})}, past)))
    assert set(few) == {"codes-new"} and issue_types()["codes-new"].severity == "note"
    many = told(codes(seen({"reason": coded({"A": 300, "B": 300, "C": 400})}, past)))
    assert set(many) == {"codes-new-many", "codes-shifted"}
    strict = {"columns": {"reason": {"new_most": 0}}}
    found = told(codes(seen({"reason": coded({"A": 500, "B": 490, "C": 10})}, past, strict)))
    assert set(found) == {"codes-new-many"}


def test_rows_that_moved_to_other_codes() -> None:
    past = [{"reason": coded({"A": 800, "B": 150, "C": 50})}]
    swapped = {"reason": coded({"A": 150, "B": 800, "C": 50})}
    assert set(told(codes(seen(swapped, past)))) == {"codes-shifted"}
    drifted = {"reason": coded({"A": 700, "B": 250, "C": 50})}
    assert not told(codes(seen(drifted, past)))
    few = {"reason": coded({"A": 2, "B": 8})}
    assert not told(codes(seen(few, past)))


def test_records_known_before_that_say_something_else() -> None:
    past = [{"reason": column()}]
    now = {"reason": column(changed={"of": 1000, "rows": 900})}
    assert set(told(changed(seen(now, past)))) == {"values-changed"}
    assert not told(changed(seen({"reason": column(changed={"of": 1000, "rows": 400})}, past)))
    # Where they always do, they may.
    always = [{"reason": column(changed={"of": 1000, "rows": 950})}]
    assert not told(changed(seen(now, always)))


# Dates.


def dated(first: str, last: str, middle: float, rows: int = 1000) -> dict[str, Any]:
    return column(rows, min=first, max=last, sum=str(int(middle * rows)))


def test_an_old_file_comes_again() -> None:
    past = [{"paid_on": dated("2026-04-01", "2026-04-30", 20_560)}]
    older = {"paid_on": dated("2026-03-01", "2026-03-31", 20_530)}
    assert set(told(freshness(seen(older, past)))) == {"dates-older"}
    found = told(freshness(seen(older, past, replaces="everything")))
    assert set(found) == {"delivery-older"}
    assert not {"delivery-older"} & set(
        told(freshness(seen(older, past, {"older": True}, replaces="everything")))
    )
    newer = {"paid_on": dated("2026-04-01", "2026-04-28", 20_561)}
    assert not told(freshness(seen(newer, past))), "the latest day alone says nothing"


def test_a_late_delivery_and_days_to_come() -> None:
    past = [{"paid_on": dated("2026-04-01", "2026-04-30", 20_560)}]
    now = {"paid_on": dated("2026-05-01", "2026-05-31", 20_590)}
    assert set(told(freshness(seen(now, past, due=TODAY - timedelta(days=10))))) == {
        "delivery-late"
    }
    ahead = {"paid_on": dated("2026-05-01", "2027-05-31", 20_590)}
    assert set(told(freshness(seen(ahead, past)))) == {"dates-to-come"}
    usual = [{"paid_on": dated("2026-04-01", "2030-04-30", 20_560)}]
    assert not told(freshness(seen(ahead, usual)))


# Other feeds.


def test_matches_in_another_feed() -> None:
    one = FoundIn("school_census", "person", ("surname_match",), least=0.8)

    def found(now: int, past: Sequence[int]) -> set[str]:
        def share(rows: int) -> dict[str, Any]:
            return {"": whole(1000, consistency={one.name: {"of": 1000, "found": rows}})}

        return set(told(matches(seen(share(now), [share(rows) for rows in past]), [one])))

    assert found(900, [920]) == set()
    assert found(700, [920]) == {"matches-few"}
    assert found(300, [920]) == {"matches-few", "matches-fell"}
    assert found(300, []) == {"matches-few"}


# Formulas.


def test_the_band_is_as_published() -> None:
    few = band([1000, 1000], Change(), ROWS)
    assert few is not None and (few.fall, few.rise) == (0.5, 2.0)
    steady = band([100, 100, 100], Change(), SIZE)
    assert steady is not None and (steady.fall, steady.rise) == (0.67, 2.0)
    values_ = [800.0, 1000.0, 1250.0]
    learnt = band(values_, Change(), ROWS)
    assert learnt is not None
    spread = 3 * 1.4826 * math.log(1.25)
    assert learnt.fall == pytest.approx(1 - math.exp(-spread))
    assert learnt.rise == pytest.approx(math.exp(spread) - 1)
    assert band([], Change(), ROWS) is None
    share = highest_share([0.1, 0.1, 0.1], None, 100_000, first=0.3, least=0.1)
    assert share == pytest.approx(0.2)
    assert wide(0.9) >= 0.9


def test_codes_of_special_category_are_not_named() -> None:
    facts = {"reason": ColumnFacts("reason", Code, "Reason", personal="special")}
    now = {"reason": coded({"A": 100, "SECRET": 900})}
    past = [Past("1.csv", TODAY, {"reason": coded({"A": 900, "B": 100})})]
    whole_ = seen(now, [])
    found = list(codes(replace(whole_, facts=facts, past=past)))
    assert {one.code for one in found} == {"codes-new-many", "codes-shifted"}
    assert "SECRET" not in repr(found)
