"""Every example feed the whole way: what the repository holds is what the generator knows."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from pipeline.ingest import anything_new, run_feed
from tests.journey_kit import FEEDS, MAIN, Home


def main_of(feed: str) -> str:
    return MAIN[feed.partition("/")[2]]


def excluded_and_quarantined(home: Home, delivery_id: int) -> tuple[set[Any], dict[Any, Any]]:
    excluded = home.rows(
        "SELECT t.sheet, e.source_row, e.reason FROM watersmeet.excluded_row e"
        " JOIN watersmeet.delivery_table t ON t.delivery_id = e.delivery_id"
        " AND t.number = e.table_number WHERE e.delivery_id = %s",
        delivery_id,
    )
    held = home.rows(
        "SELECT t.sheet, q.source_row, q.codes FROM watersmeet.quarantine q"
        " JOIN watersmeet.delivery_table t ON t.delivery_id = q.delivery_id"
        " AND t.number = q.table_number WHERE q.delivery_id = %s",
        delivery_id,
    )
    return set(excluded), {(sheet, row): codes for sheet, row, codes in held}


def loaded_rows(home: Home, feed: str) -> Counter[Any]:
    """Rows of the store in terms of contract columns."""
    number = home.one_value("SELECT feed_id FROM watersmeet.feed WHERE name = %s", feed)
    queries = {
        "payment": "SELECT transaction_number, paid_on, amount, supplier_name, entity, body,"
        " expense_type, expense_area FROM store.payment WHERE feed_id = %s",
        "enrolment": "SELECT p.upn, p.forenames, p.surname, p.birth_date, p.sex, p.postcode,"
        " p.home_local_authority, e.school_urn, e.year_group, e.entered_on"
        " FROM store.enrolment e JOIN store.person p ON p.feed_id = e.feed_id"
        " AND p.person_id = e.person_id WHERE e.feed_id = %s",
        "meal_entitlement": "SELECT m.reference, p.forenames, lower(p.surname), p.birth_date,"
        " p.postcode, m.eligible_from, m.eligible_to, m.reason FROM store.meal_entitlement m"
        " JOIN store.person p ON p.feed_id = m.feed_id AND p.person_id = m.person_id"
        " WHERE m.feed_id = %s",
    }
    return Counter(home.rows(queries[main_of(feed)], number))


def true_rows(home: Home, feed: str, delivery: int) -> Counter[Any]:
    columns = {
        "payment": "transaction_number paid_on amount supplier entity body expense_type"
        " expense_area",
        "enrolment": "upn forenames surname birth_date sex postcode home_local_authority"
        " school_urn year_group entered_on",
        "meal_entitlement": "reference forenames surname birth_date postcode eligible_from"
        " eligible_to reason",
    }
    names = columns[main_of(feed)].split()
    found: Counter[Any] = Counter()
    for row in home.region.truth(feed, delivery):
        if main_of(feed) == "meal_entitlement":
            row["surname"] = row["surname"].lower()
        found[tuple(row[name] for name in names)] += 1
    return found


def check_against_answers(home: Home, feed: str, run: Any, delivery: int) -> None:
    answers = home.region.answers(feed, delivery)
    outcome = run.outcome
    assert run.refused is None and outcome.state == "loaded"
    assert outcome.landed == answers["rows"] + len(answers["excluded"])
    assert outcome.quarantined == len(answers["quarantined"])
    assert outcome.excluded == len(answers["excluded"])
    counted = {name: getattr(outcome, name) for name in answers["outcome"]}
    assert counted == answers["outcome"]
    excluded, held = excluded_and_quarantined(home, outcome.delivery_id)
    assert excluded == {(e["sheet"], e["row"], e["reason"]) for e in answers["excluded"]}
    planted = {(q["sheet"], q["row"]): q["codes"] for q in answers["quarantined"]}
    assert set(held) == set(planted)
    assert not [place for place, codes in planted.items() if not set(codes) <= set(held[place])]
    assert loaded_rows(home, feed) == true_rows(home, feed, delivery)
    main, dated = main_of(feed), answers["date_column"]
    total = "sum(amount)" if main == "payment" else "NULL"
    [(rows, first, last, summed)] = home.rows(
        f"SELECT count(*), min({dated})::text, max({dated})::text, {total} FROM store.{main} s"  # noqa: S608
        " JOIN watersmeet.feed f USING (feed_id) WHERE f.name = %s",
        feed,
    )
    assert (rows, first, last) == (answers["good"], answers["first_date"], answers["last_date"])
    if main == "payment":
        assert summed == Decimal(answers["sum"])


@pytest.mark.parametrize("feed", FEEDS)
def test_two_deliveries_give_the_right_answers(home: Home, feed: str) -> None:
    home.supply(feed)
    check_against_answers(home, feed, home.one(feed), 1)
    before = home.everything()
    again = home.run(feed)
    assert [one.outcome.state for one in again if one.outcome] == (
        ["already"] if feed == "works/spend" else []
    )
    assert len(home.everything()["watersmeet.delivery"]) == len(before["watersmeet.delivery"]) == 1
    home.supply(feed, 2)
    check_against_answers(home, feed, home.one(feed), 2)
    if main_of(feed) != "payment":
        moved = home.region.answers(feed, 2)["since_last"]["changed"]
        # Both deliveries landed on one day, so that the second corrects what the first said of it.
        [closed] = home.rows(
            "SELECT count(*) FROM history.person h WHERE ending = 'corrected' AND EXISTS ("
            " SELECT FROM store.person s WHERE s.person_id = h.person_id)"
        )
        assert closed == (moved,)


def test_all_feeds_together_keep_to_their_agreements(home: Home) -> None:
    for feed in FEEDS:
        home.supply(feed)
        home.one(feed)
    outside = planted_outside_agreements(home)
    assert {len(values) > 20 for values in outside.values()} == {True}
    for table, rows in home.everything().items():
        whole = "\n".join(rows)
        for column, values in outside.items():
            assert not [value for value in values if value in whole], f"{column} is in {table}"
    # The same values are in what was landed, or the search above would prove nothing.
    landed = list(home.landing.rglob("*.dat"))
    assert any(value in landed[0].read_text("ascii") for value in outside["NHS number"])


def planted_outside_agreements(home: Home) -> dict[str, set[str]]:
    """Values the files carry and no agreement names."""
    from openpyxl import load_workbook

    lines = home.file("northmoor/school_census").read_text("ascii").splitlines()[1:-1]
    eastvale = home.file("eastvale/school_census").read_text("utf-8-sig").splitlines()
    sheet = load_workbook(home.file("northmoor/meal_eligibility"))["Eligible"]
    meals = [[str(cell.value) for cell in row] for row in sheet.iter_rows(min_row=3)]
    found = {
        "NHS number": {line[85:95].strip() for line in lines},
        "telephone": {line[95:107].strip() for line in lines},
        "telephone in Eastvale": {line.split(";")[-1].strip() for line in eastvale[1:]},
        "address": {row[4] for row in meals},
        "National Insurance number": {row[6] for row in meals},
    }
    return {name: values - {"", "None"} for name, values in found.items()}


def test_the_same_bytes_under_a_new_name_are_nothing_new(home: Home) -> None:
    path = home.supply("northmoor/spend")
    home.one("northmoor/spend")
    before = home.content("northmoor/spend")
    path.rename(path.with_name("copy of payments.csv"))
    run = home.one("northmoor/spend")
    assert run.outcome is not None and run.outcome.state == "already"
    assert home.content("northmoor/spend") == before
    assert run_feed("northmoor/spend") == []


def test_the_same_name_with_new_bytes_is_a_new_version(home: Home) -> None:
    path = home.supply("northmoor/spend")
    first = home.one("northmoor/spend").outcome
    home.put("northmoor/exports/spend/" + path.name, path.read_bytes()[: -len(b"x\r\n")], 400)
    lines = path.read_bytes().splitlines(keepends=True)
    home.put("northmoor/exports/spend/" + path.name, b"".join(lines[:-2]), 300)
    second = home.one("northmoor/spend").outcome
    assert first is not None and second is not None
    assert second.state == "loaded" and second.delivery_id != first.delivery_id
    assert (second.unchanged, second.ended) == (first.new - 1, 1)
    landed = sorted(home.landing.rglob("*.csv"))
    assert len(landed) == 2 and len({p.read_bytes() for p in landed}) == 2


def test_the_same_records_from_another_port_are_nothing_new(home: Home) -> None:
    home.supply("works/spend")
    with home.api() as first:
        assert anything_new("works/spend")
        [run] = run_feed("works/spend")
        assert not anything_new("works/spend")
        # Holds the port, so that the next server gets another.
        with home.api() as second:
            assert first.server_address != second.server_address
            assert not anything_new("works/spend")
            home.supply("works/spend", 2)
            assert anything_new("works/spend")
    assert run.outcome is not None and run.outcome.state == "loaded"
