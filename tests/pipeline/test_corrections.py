"""Corrections: applied before values are read, told in the lineage, guarded, never in the open."""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.corrections import NotACorrection, Reader, add, corrections, export, failing, withdraw
from pipeline.explain import explain
from pipeline.ingest import run_feed
from pipeline.replay import Replayed, replay
from repository.quarantine import NoSuchRow, Unaccounted
from tests.journey_kit import Home
from tests.stewards_kit import FEED, UPNS, Pupil, held, replacing, standing, states, supply

ONE, TWO, THREE, FOUR = UPNS
FIRST = (
    Pupil(ONE),
    Pupil(TWO, birth_date="31.02.2017"),
    Pupil(THREE, birth_date="31.02.2017"),
    Pupil(FOUR),
)
BY: dict[str, Any] = {"reason": "letter of 3 May", "author": "a.steward"}


def deliver(home: Home, name: str, *pupils: Pupil) -> Any:
    supply(home, name, *pupils)
    [run] = run_feed(FEED)
    assert run.outcome is not None, run.refused
    return run.outcome


def found(home: Home) -> list[tuple[str, int]]:
    """Findings of guards that failed: code and delivery."""
    return home.rows(
        "SELECT code, delivery_id FROM watersmeet.finding WHERE code LIKE 'correction-%%'"
        " ORDER BY finding_id"
    )


def uses(home: Home) -> list[tuple[int, str, int]]:
    return home.rows(
        "SELECT correction_id, state, rows::int FROM watersmeet.correction_use"
        " ORDER BY delivery_id, correction_id"
    )


def test_two_corrections_do_not_stand_for_one_text(home: Home) -> None:
    first = deliver(home, "june.csv", *FIRST)
    right = {"was": "31.02.2017", "becomes": "28.02.2017"}
    number = add(FEED, "birth_date", **right, **BY)
    assert add(FEED, "birth_date", **right, **BY) == number, "asked twice, made once"
    with pytest.raises(NotACorrection, match=f"corrections withdraw {number}"):
        add(FEED, "birth_date", was="31.02.2017", becomes="01.03.2017", **BY)
    one = add(
        FEED, "birth_date", row=(first.delivery_id, held(home)[0][0]), becomes="01.03.2017", **BY
    )
    assert one != number, "for one record another text may be right"
    withdraw(number, "a.steward")
    again = add(FEED, "birth_date", was="31.02.2017", becomes="01.03.2017", **BY)
    assert again not in (number, one)


def test_a_delivery_that_holds_nothing_follows_a_correction_when_it_is_named(home: Home) -> None:
    first = deliver(home, "june.csv", Pupil(ONE, surname="Smiht"), Pupil(TWO))
    assert first.quarantined == 0
    add(FEED, "surname", was="Smiht", becomes="Smith", **BY)
    assert replay(FEED) == [], "nothing is held"
    [run] = replay(FEED, first.delivery_id)
    assert run.outcome is not None and run.outcome.unchanged == 2, "enrolments are as they were"
    surnames = "SELECT surname FROM store.person WHERE upn = %s"
    assert home.one_value(surnames, ONE) == "Smith"
    [again] = replay(FEED, first.delivery_id)
    assert again.outcome is not None and again.outcome.state == "already"


def test_a_text_is_corrected_wherever_it_stands(home: Home) -> None:
    first = deliver(home, "june.csv", *FIRST)
    assert first.quarantined == 2
    number = add(FEED, "birth_date", was="31.02.2017", becomes="28.02.2017", **BY)
    [one] = corrections(FEED)
    assert one["state"] == "not used yet"
    assert one["expires_on"] == date.today() + timedelta(days=365)
    [run] = replay(FEED)
    assert isinstance(run, Replayed) and (run.released, run.still_held) == (2, 0)
    assert set(standing(home)) == set(UPNS)
    assert uses(home) == [(number, "applied", 2)]

    id_ = home.one_value("SELECT person_id::text FROM store.person WHERE upn = %s", THREE)
    told = explain("person", id_, "birth_date")
    assert (told["cell"], told["as_written"]) == ("E4", "31.02.2017")
    assert told["value"] == date(2017, 2, 28) and told["proved"], told.get("not_proved")
    assert told["correction"]["author"] == "a.steward"
    first_rule = told["rules"][0]
    assert (first_rule["before"], first_rule["after"]) == ("31.02.2017", "28.02.2017")
    assert "letter of 3 May" in first_rule["rule"]
    assert explain("person", id_, "surname")["correction"] is None


def test_one_record_only(home: Home) -> None:
    first = deliver(home, "june.csv", *FIRST)
    row = (first.delivery_id, 3)
    add(FEED, "birth_date", row=row, becomes="28.02.2017", **BY)
    [run] = replay(FEED)
    assert isinstance(run, Replayed) and (run.released, run.still_held) == (1, 1)
    assert set(standing(home)) == {ONE, TWO, FOUR}
    assert held(home) == [(4, ["date-unreadable"])]
    opened = home.rows("SELECT reader, rows FROM watersmeet.quarantine_read")
    assert opened == [("a.steward", 1)], "to correct a row is to have opened it"


@pytest.mark.parametrize("replaces", ["nothing", "same-name", "everything"])
def test_known_records_are_worked_again_for_a_new_correction(home: Home, replaces: str) -> None:
    """Records that are loaded and known by their hash must not escape it."""
    replacing(home, replaces)
    deliver(home, "june.csv", Pupil(ONE, surname="Smiht"), Pupil(TWO))
    number = add(FEED, "surname", was="Smiht", becomes="Smith", **BY)
    again = (Pupil(ONE, surname="Smiht"), Pupil(TWO), Pupil(THREE))
    outcome = deliver(home, "june.csv", *again)
    assert standing(home)[ONE][0] == "Smith"
    assert (outcome.new, outcome.landed) == (1, 3)
    # And they are seen in every delivery after, or the guard would fail while they are there.
    deliver(home, "june.csv", *again, Pupil(FOUR))
    assert uses(home) == [(number, "applied", 1)] * 2
    assert found(home) == [] and failing(FEED) == []
    # Once it is withdrawn, what the supplier writes stands.
    withdraw(number, "a.steward")
    deliver(home, "june.csv", *again[:2], Pupil(FOUR))
    assert standing(home)[ONE][0] == "Smiht"


def test_the_guard_fails_once_the_source_is_mended(home: Home) -> None:
    deliver(home, "june.csv", *FIRST)
    number = add(FEED, "birth_date", was="31.02.2017", becomes="28.02.2017", **BY)
    replay(FEED)
    assert failing() == []
    mended = [Pupil(upn, birth_date="27.02.2017") for upn in (TWO, THREE)]
    outcome = deliver(home, "june.csv", Pupil(ONE), *mended, Pupil(FOUR))
    assert uses(home)[-1] == (number, "not-needed", 0)
    assert found(home) == [("correction-not-needed", outcome.delivery_id)]
    assert [one["state"] for one in failing(FEED)] == ["not-needed"]
    message = home.one_value("SELECT message FROM watersmeet.finding")
    assert "31.02" not in message and "a.steward" in message
    withdraw(number, "a.steward")
    assert failing(FEED) == []
    assert [one["state"] for one in corrections(FEED, withdrawn=True)] == ["withdrawn"]


def test_other_series_do_not_fail_the_guard(home: Home) -> None:
    replacing(home, "same-name")
    deliver(home, "june.csv", *FIRST)
    add(FEED, "birth_date", was="31.02.2017", becomes="28.02.2017", **BY)
    replay(FEED)
    deliver(home, "july.csv", Pupil(FOUR))
    assert failing(FEED) == []


def test_what_has_expired_is_not_applied_and_said(home: Home) -> None:
    deliver(home, "june.csv", *FIRST)
    number = add(FEED, "birth_date", was="31.02.2017", becomes="28.02.2017", **BY)
    replay(FEED)
    home.rows("UPDATE watersmeet.correction SET expires_on = current_date - 1 RETURNING 1")
    assert [one["state"] for one in failing(FEED)] == ["expired"]
    outcome = deliver(home, "june.csv", *FIRST, Pupil("L835607623767", sex="Nil"))
    assert uses(home)[-1] == (number, "expired", 2)
    assert found(home) == [("correction-expired", outcome.delivery_id)]
    assert [codes for _, codes in held(home)][:2] == [["date-unreadable"]] * 2


def test_what_is_supplied_stays_in_quarantine_as_supplied(home: Home) -> None:
    from repository.database import connect
    from repository.quarantine import row
    from repository.sealing import Keys

    add(FEED, "surname", was="Canary", becomes="Wren", **BY)
    outcome = deliver(home, "june.csv", Pupil(ONE, sex="Lad"), Pupil(TWO))
    assert standing(home)[TWO][0] == "Wren"
    with connect(home.url) as conn:
        told = row(conn, Keys(), FEED, outcome.delivery_id, 2, Reader("a.steward", "test"))
    assert told["record"]["surname"] == "Canary"
    # Corrected or not: it is the same record, and a second correction of it finds it.
    add(FEED, "sex", row=(outcome.delivery_id, 2), becomes="Female", **BY)
    [run] = replay(FEED)
    assert isinstance(run, Replayed) and run.released == 1
    assert standing(home)[ONE][:2] == ("Wren", "F")
    assert states(home) == {"released": 1}


def test_no_text_is_in_the_open(home: Home, tmp_path: Path) -> None:
    outcome = deliver(home, "june.csv", Pupil(ONE, surname="Kanarienvogel", sex="Lad"))
    add(FEED, "surname", was="Kanarienvogel", becomes="Zeisig", **BY)
    add(FEED, "surname", row=(outcome.delivery_id, 2), becomes="Zeisig", **BY)
    for table, rows in home.everything().items():
        for one in rows:
            assert "Kanarienvogel" not in one and "Zeisig" not in one, table
    path = tmp_path / "review.csv"
    with pytest.raises(Unaccounted):
        export(FEED, path, Reader("a.steward", " "))
    assert export(FEED, path, Reader("a.steward", "yearly review")) == 2
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["was"] for line in lines] == ["Kanarienvogel"] * 2
    assert [line["one_record"] for line in lines] == ["no", "yes"]
    assert ("a.steward", "yearly review", 2) in home.rows(
        "SELECT reader, why, rows FROM watersmeet.quarantine_read"
    )


def test_what_is_no_correction(home: Home) -> None:
    outcome = deliver(home, "june.csv", *FIRST)
    today = date.today()
    for column, more in {
        "brings no column": {"column": "ethnic_group", "was": "a", "becomes": "b"},
        "same": {"was": "a", "becomes": "a"},
        "author and a reason": {"was": "a", "becomes": "b", "reason": " "},
        "a year from now": {"was": "a", "becomes": "b", "expires_on": today + timedelta(days=400)},
        "today at the earliest": {
            "was": "a", "becomes": "b", "expires_on": today - timedelta(days=2)
        },
        "one record only": {"was": " ", "becomes": "b"},
        "which text": {"becomes": "b"},
        "does not have that text": {
            "was": "a", "becomes": "b", "row": (outcome.delivery_id, 3)
        },
    }.items():  # fmt: skip
        asked: dict[str, Any] = {"column": "birth_date", **BY, **more}
        with pytest.raises(NotACorrection, match=column):
            add(FEED, asked.pop("column"), **asked)
    with pytest.raises(NoSuchRow):
        add(FEED, "birth_date", row=(outcome.delivery_id, 99), becomes="x", **BY)
    with pytest.raises(NotACorrection, match="no standing correction 12"):
        withdraw(12, "a.steward")
    assert corrections(FEED) == []
