"""A delivery is loaded whole, once, and compared with what is held."""

import traceback
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from repository.database import connect
from repository.load import loading
from repository.load.sieve import Firsts
from repository.problems import DatabaseProblem

ROWS = [
    ("P1", "2026-01-05", 1050, "it", "Acme Ltd"),
    ("P2", "2026-01-06", -300, "", "Brook & Sons"),
    ("P3", "2026-01-07", 99999, "it", "ACME LTD"),
    ("P4", "2026-01-08", 5, "it", ""),
    ("P5", "2026-01-09", 5, "bad", "Acme Ltd"),
]


def current(url: str) -> list[Any]:
    with connect(url) as conn:
        return conn.execute(
            "SELECT reference, paid_on::text, (amount * 100)::int, coalesce(category, ''),"
            " coalesce(o.name, '') FROM store.payment p"
            " LEFT JOIN store.organisation o ON o.organisation_id = p.supplier_id"
            " ORDER BY reference"
        ).fetchall()


def test_first_load(supplier: Callable[..., Any]) -> None:
    one = supplier()
    outcome = one.load(ROWS)
    assert (outcome.state, outcome.landed, outcome.new) == ("loaded", 6, 4)
    assert (outcome.quarantined, outcome.excluded) == (1, 1)
    assert current(one.url) == [(*r[:4], "Acme Ltd" if r[0] == "P3" else r[4]) for r in ROWS[:4]]
    with connect(one.url) as conn:
        held = conn.execute(
            "SELECT source_row, codes, record FROM watersmeet.quarantine"
        ).fetchall()
        assert held == [
            (
                6,
                ["code-unknown"],
                {"number": "P5", "paid_on": "2026-01-09", "amount": "5", "supplier": "Acme Ltd"},
            )
        ]
        cells = conn.execute("SELECT cell, code FROM watersmeet.issue").fetchall()
        assert cells == [("D6", "code-unknown")]
        assert conn.execute("SELECT count(*) FROM store.organisation").fetchone() == (2,)


def test_same_bytes_again_are_no_news(supplier: Callable[..., Any]) -> None:
    one = supplier()
    first = one.load(ROWS)
    again = one.load(ROWS)
    assert (again.state, again.delivery_id, again.new) == ("already", first.delivery_id, 4)
    # Fault 15: the same bytes under a new name.
    assert one.load(ROWS, name="copy of spend.csv").state == "already"
    with connect(one.url) as conn:
        assert conn.execute("SELECT count(*) FROM watersmeet.delivery").fetchone() == (1,)


@pytest.mark.parametrize("skip", [True, False])
def test_new_version_of_the_same_name(supplier: Callable[..., Any], skip: bool) -> None:
    # Fault 16.
    one = supplier()
    first = one.load(ROWS)
    changed = [
        ("P1", "2026-01-05", 1051, "it", "Acme Ltd"),
        *ROWS[1:3],
        ROWS[4],
        ("P6", "2026-01-09", 7, "it", "Cole plc"),
    ]
    second = one.load(changed, skip=skip)
    assert (second.new, second.changed, second.unchanged, second.ended) == (1, 1, 2, 1)
    assert second.landed == 6
    assert [row[0] for row in current(one.url)] == ["P1", "P2", "P3", "P6"]
    with connect(one.url) as conn:
        former = conn.execute(
            "SELECT reference, (amount * 100)::int, ending, delivery_id, row_number, ended_by"
            " FROM history.payment ORDER BY reference"
        ).fetchall()
        assert former == [
            ("P1", 1050, "changed", first.delivery_id, 2, second.delivery_id),
            ("P4", 5, "gone", first.delivery_id, 5, second.delivery_id),
        ]
        lineage = conn.execute(
            "SELECT reference, delivery_id, row_number FROM store.payment ORDER BY reference"
        ).fetchall()
        assert lineage == [
            ("P1", second.delivery_id, 2),
            ("P2", first.delivery_id, 3),
            ("P3", first.delivery_id, 4),
            ("P6", second.delivery_id, 6),
        ]
        states = conn.execute("SELECT state FROM watersmeet.quarantine ORDER BY delivery_id")
        assert [row[0] for row in states] == ["superseded", "held"]


def test_going_back_to_earlier_bytes_is_news(supplier: Callable[..., Any]) -> None:
    one = supplier()
    one.load(ROWS)
    one.load(ROWS[:2])
    back = one.load(ROWS)
    assert (back.state, back.new, back.unchanged) == ("loaded", 2, 2)
    assert [row[0] for row in current(one.url)] == ["P1", "P2", "P3", "P4"]


def test_a_row_in_quarantine_does_not_end(supplier: Callable[..., Any]) -> None:
    one = supplier()
    one.load(ROWS)
    spoilt = [("P1", "2026-01-05", 1050, "bad", "Acme Ltd"), *ROWS[1:]]
    outcome = one.load(spoilt)
    assert (outcome.ended, outcome.quarantined, outcome.unchanged) == (0, 2, 3)
    assert current(one.url)[0][0] == "P1"


def test_a_row_not_supplied_stays_where_deliveries_add(supplier: Callable[..., Any]) -> None:
    one = supplier(replaces="nothing")
    one.load(ROWS[:2])
    outcome = one.load(ROWS[2:])
    assert (outcome.new, outcome.ended) == (2, 0)
    assert len(current(one.url)) == 4


def test_deliveries_of_another_name_are_left_alone(supplier: Callable[..., Any]) -> None:
    one = supplier(replaces="same-name")
    one.load(ROWS[:2], name="january.csv")
    one.load(ROWS[2:], name="february.csv")
    outcome = one.load(ROWS[:1], name="january.csv")
    assert (outcome.unchanged, outcome.ended) == (1, 1)
    assert [row[0] for row in current(one.url)] == ["P1", "P3", "P4"]


@pytest.mark.parametrize("first", [True, False])
def test_a_key_that_stands_twice(supplier: Callable[..., Any], first: bool) -> None:
    one = supplier()
    if not first:
        one.load([("P0", "2026-01-01", 1, "it", "Acme Ltd")])
    twice = [
        *ROWS[:3],
        ("P1", "2026-02-01", 1, "it", "Acme Ltd"),
        ("P1", "2026-02-01", 2, "it", "Acme Ltd"),
    ]
    outcome = one.load(twice)
    assert (outcome.new, outcome.quarantined) == (3, 2)
    assert current(one.url)[0][2] == 1050
    with connect(one.url) as conn:
        held = conn.execute(
            "SELECT source_row, record->>'amount', codes FROM watersmeet.quarantine"
            " ORDER BY row_number"
        ).fetchall()
        assert held == [(5, "1", ["duplicate-key"]), (6, "2", ["duplicate-key"])]
        cells = conn.execute("SELECT cell, code FROM watersmeet.issue ORDER BY 1").fetchall()
        assert cells == [("5:5", "duplicate-key"), ("6:6", "duplicate-key")]


def test_another_version_beside_a_known_record(supplier: Callable[..., Any]) -> None:
    one = supplier()
    one.load(ROWS)
    outcome = one.load([*ROWS, ("P2", "2026-03-01", 4, "it", "Cole plc")])
    assert (outcome.unchanged, outcome.changed, outcome.quarantined) == (4, 0, 2)
    assert current(one.url)[1][2] == -300
    with connect(one.url) as conn:
        held = conn.execute(
            "SELECT record->>'amount' FROM watersmeet.quarantine"
            " WHERE codes = '{duplicate-key}' AND state = 'held'"
        ).fetchall()
        assert held == [("4",)]


def test_a_record_doubled_in_its_first_delivery_is_doubled_in_the_next(
    supplier: Callable[..., Any],
) -> None:
    one = supplier()
    first = one.load([ROWS[0], ROWS[1], ROWS[0]])
    second = one.load([ROWS[0], ROWS[1], ROWS[0], ROWS[2]])
    assert (first.new, first.quarantined) == (2, 1)
    assert (second.new, second.unchanged, second.quarantined) == (1, 2, 1)


def test_newer_steps_read_every_record_again_and_then_know_it(
    supplier: Callable[..., Any],
) -> None:
    one = supplier()
    one.load(ROWS)
    one.steps_version = "2"
    again = one.load(ROWS, again=True)
    assert (again.state, again.unchanged, again.new) == ("loaded", 4, 0)
    with loading(one.url, one.record(ROWS[:3], "spend.csv")) as load:
        assert len(load.known_hashes()) == 4
        assert len(set(load.known_hashes("other reading")) & set(load.known_hashes())) == 0
    with connect(one.url) as conn:
        lineage = conn.execute("SELECT DISTINCT delivery_id FROM store.payment").fetchall()
        assert lineage == [(1,)]


def test_an_older_delivery_does_not_overwrite_a_newer(supplier: Callable[..., Any]) -> None:
    # Faults 13 and 17: it landed first, and comes to be loaded last.
    one = supplier()
    one.load(ROWS[:1])
    frozen = one.record(ROWS[:2], "spend.csv")
    one.load([("P1", "2026-01-05", 7, "it", "Acme Ltd"), *ROWS[2:4]])
    outcome = one.load(ROWS[:2], record=frozen)
    assert (outcome.state, outcome.new, outcome.unchanged, outcome.ended) == ("loaded", 1, 1, 0)
    assert [row[0] for row in current(one.url)] == ["P1", "P3", "P4"]
    assert one.load(ROWS[:2], record=frozen).delivery_id == outcome.delivery_id
    with connect(one.url) as conn:
        former = conn.execute(
            "SELECT reference, (amount * 100)::int, valid_during::text, ending FROM history.payment"
            " WHERE upper_inf(known_during) ORDER BY 1"
        ).fetchall()
        assert former == [
            ("P1", 1050, "[2026-01-02,2026-01-04)", "changed"),
            ("P2", -300, "[2026-01-03,2026-01-04)", "gone"),
        ]


def test_one_of_the_same_date_that_was_overtaken_is_not_loaded(
    supplier: Callable[..., Any],
) -> None:
    one = supplier()
    day = date(2026, 1, 9)
    frozen = one.record(ROWS[:2], "spend.csv", as_at=day)
    one.load(ROWS[:1], as_at=day)
    outcome = one.load(ROWS[:2], record=frozen)
    assert outcome.state == "superseded"
    assert one.load(ROWS[:2], record=frozen).delivery_id == outcome.delivery_id
    assert len(current(one.url)) == 1


def test_the_same_bytes_for_another_date_are_news(supplier: Callable[..., Any]) -> None:
    one = supplier()
    one.load(ROWS[:2], as_at=date(2026, 3, 1))
    earlier = one.load(ROWS[:2], as_at=date(2026, 2, 1))
    assert (earlier.state, earlier.changed, earlier.new) == ("loaded", 0, 2)
    between = one.load(ROWS[:1], as_at=date(2026, 2, 15))
    assert (between.state, between.unchanged) == ("loaded", 1)
    with connect(one.url) as conn:
        held = conn.execute(
            "SELECT valid_during::text FROM store.payment WHERE reference = 'P2' UNION ALL"
            " SELECT valid_during::text FROM history.payment"
            " WHERE reference = 'P2' AND upper_inf(known_during) ORDER BY 1"
        ).fetchall()
        assert held == [("[2026-02-01,2026-02-15)",), ("[2026-03-01,)",)]
        latest = conn.execute("SELECT latest_as_at FROM watersmeet.feed").fetchone()
        assert latest == (date(2026, 3, 1),)


def test_older_news_does_not_change_rows_where_deliveries_add(
    supplier: Callable[..., Any],
) -> None:
    one = supplier(replaces="nothing")
    one.load(ROWS[:1])
    older = [("P3", "2026-01-07", 1, "it", "ACME LTD")]
    late = one.record(older, "late.csv")
    one.load(ROWS[2:3])
    outcome = one.load(older, record=late)
    assert (outcome.new, outcome.changed, outcome.unchanged) == (1, 0, 0)
    assert current(one.url)[1][2] == 99999


def test_a_mention_is_as_the_record_says_that_first_made_it(
    supplier: Callable[..., Any],
) -> None:
    one = supplier()
    one.load([ROWS[0], ROWS[2]])
    one.load([ROWS[0], ("P3", "2026-01-07", 1, "it", "ACME LTD")])
    assert {row[4] for row in current(one.url)} == {"Acme Ltd"}
    one.load([("P3", "2026-01-07", 1, "it", "ACME LTD")])
    one.load([("P3", "2026-01-07", 2, "it", "ACME LTD")])
    assert {row[4] for row in current(one.url)} == {"ACME LTD"}
    one.load([("P9", "2026-01-07", 2, "it", "")])
    with connect(one.url) as conn:
        assert conn.execute("SELECT count(*) FROM store.organisation").fetchone() == (0,)
        names = conn.execute("SELECT name, ending FROM history.organisation ORDER BY known_during")
        assert names.fetchall() == [("Acme Ltd", "changed"), ("ACME LTD", "gone")]


def test_more_mentions_than_memory_holds(
    supplier: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Firsts.__init__, "__defaults__", (2,))
    rows = [(f"P{i}", "2026-01-05", i, "it", f"Firm {i % 5}") for i in range(12)]
    one = supplier()
    assert one.load(rows).new == 12
    assert {row[4] for row in current(one.url)} == {f"Firm {i}" for i in range(5)}
    more = [(f"P{i}", "2026-01-05", i, "it", f"Firm {i % 7}") for i in range(12, 40)]
    assert one.load([*rows, *more]).new == 28
    assert len({row[4] for row in current(one.url)}) == 7


@pytest.mark.parametrize("first", [True, False])
def test_values_stay_out_of_errors(supplier: Callable[..., Any], first: bool) -> None:
    one = supplier()
    if not first:
        one.load(ROWS)
    with connect(one.url) as conn:
        conn.execute("ALTER TABLE store.payment ADD CHECK (reference <> 'CANARY-7')")
    with pytest.raises(DatabaseProblem) as caught:
        one.load([("CANARY-7", "2026-01-05", 1, "it", "Acme Ltd")])
    assert caught.value.sqlstate == "23514"
    assert "CANARY-7," not in "".join(traceback.format_exception(caught.value))
    caught.value.__suppress_context__ = False
    assert "CANARY-7," not in "".join(traceback.format_exception(caught.value))
    assert len(current(one.url)) == (0 if first else 4)
