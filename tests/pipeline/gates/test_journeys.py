"""Gates that need more than one table or feed, on whole journeys."""

import os
from pathlib import Path
from typing import Any

import pytest

from contracts.declarations import load as declared
from contracts.issues import issue_types
from pipeline import hold
from pipeline.corrections import add
from pipeline.ingest import discover, land, load, take
from pipeline.replay import replay
from pipeline.status import status
from repository.database import connect

CENSUS, MEALS, SPEND = "northmoor/school_census", "northmoor/meal_eligibility", "northmoor/spend"
DOCS = Path(__file__).parents[3] / "docs" / "gates.md"
LAST = "(SELECT max(delivery_id) FROM watersmeet.delivery)"


def noted(home: Any) -> set[str]:
    return {
        code
        for (code,) in home.rows(
            f"SELECT code FROM watersmeet.finding WHERE delivery_id = {LAST}"  # noqa: S608
        )
    }


def matched(home: Any) -> dict[str, int]:
    told = home.one_value(
        "SELECT measures -> 'consistency' -> 'person in school_census' FROM watersmeet.profile"
        " WHERE \"column\" = '' ORDER BY delivery_id DESC LIMIT 1"
    )
    found: dict[str, int] = told
    return found


def test_children_are_looked_for_in_the_census_of_the_same_council(home: Any) -> None:
    home.supply(MEALS)
    assert home.one(MEALS).outcome.state == "loaded"
    assert matched(home) is None, "no census is loaded, nothing is said"
    home.supply(CENSUS)
    home.supply("eastvale/school_census")
    home.one(CENSUS)
    home.migrate()
    home.one("eastvale/school_census")
    home.supply(MEALS, 2)
    assert home.one(MEALS).outcome.state == "loaded"
    found = matched(home)
    expected = home.one_value(
        "SELECT count(*) FROM store.person m JOIN watersmeet.feed f USING (feed_id)"
        " WHERE f.name = %s AND EXISTS (SELECT FROM store.person c JOIN watersmeet.feed g"
        " ON g.feed_id = c.feed_id WHERE g.name = %s AND c.surname_match = m.surname_match"
        " AND c.birth_date = m.birth_date)",
        MEALS,
        CENSUS,
    )
    assert found["found"] == expected and 0 < found["found"] <= found["of"]


def test_other_forms_of_the_file_and_its_dates_are_noted(home: Any) -> None:
    folder = home.contracts()
    feed = folder / "feeds" / f"{SPEND}.yml"
    text = feed.read_text(encoding="utf-8")
    for line in ('  delimiter: ","\n', "  encoding: cp1252\n", ', date_format: "%d/%m/%Y"'):
        assert line in text
        text = text.replace(line, "")
    feed.write_text(text, encoding="utf-8")
    home.supply(SPEND)
    assert home.one(SPEND).outcome is not None
    path = home.file(SPEND)
    lines = path.read_text(encoding="cp1252").splitlines()
    turned = []
    for line in lines:
        cells = line.split(",")
        dates = [n for n, cell in enumerate(cells) if len(cell) == 10 and cell[2:6:3] == "//"]
        for n in dates:
            cells[n] = f"{cells[n][6:]}-{cells[n][3:5]}-{cells[n][:2]}"
        turned.append(",".join(cells))
    home.put(str(path.relative_to(home.supplied)), "\n".join(turned).encode("utf-16"), 100)
    run = home.one(SPEND)
    assert run.outcome is not None, run
    assert {"form-changed", "date-format-changed"} <= noted(home)


def test_several_mistakes_in_declared_limits_are_told(home: Any) -> None:
    folder = home.contracts()
    feed = folder / "feeds" / f"{SPEND}.yml"
    text = feed.read_text(encoding="utf-8")
    feed.write_text(text + "gates:\n  columns:\n    ammount: {missing_most: 0.1}\n")
    [wrong] = declared(only=SPEND).broken_feeds()[SPEND]
    assert "no column 'ammount'" in str(wrong)
    feed.write_text(text + "gates:\n  rows: {fall: 95}\n")
    [wrong] = declared(only=SPEND).broken_feeds()[SPEND]
    assert "less than or equal to 1" in str(wrong)


def test_a_changed_limit_has_a_waiting_delivery_looked_at_again(home: Any) -> None:
    folder = home.contracts()
    home.supply(SPEND)
    home.one(SPEND)
    path = home.file(SPEND)
    lines = path.read_text(encoding="cp1252").splitlines(keepends=True)
    home.put(str(path.relative_to(home.supplied)), "".join(lines[:60]).encode("cp1252"), 100)
    assert home.one(SPEND).held is not None
    feed = folder / "feeds" / f"{SPEND}.yml"
    feed.write_text(feed.read_text(encoding="utf-8") + "gates:\n  rows: {fall: 0.97}\n")
    assert home.one(SPEND).outcome.state == "loaded"
    assert hold.held() == [], "nothing is left to decide"


def tenths(home: Any, *numbers: int) -> None:
    """Leave deliveries of a tenth of the rows, one of them bad, each under a name of its own."""
    path = home.file(SPEND)
    lines = path.read_text(encoding="cp1252").splitlines(keepends=True)
    few = len(lines) // 10
    for number in numbers:
        rows = lines[4 + number * few : 4 + (number + 1) * few]
        rows[0] = "31/02/2026" + rows[0][rows[0].index(",") :]
        name = str((path.parent / f"tenth-{number}.csv").relative_to(home.supplied))
        home.put(name, "".join([*lines[:4], *rows]).encode("cp1252"), 300 - number)


def test_what_is_accepted_with_the_contract_is_usual_from_then_on(home: Any) -> None:
    home.contracts()
    home.supply(SPEND)
    home.one(SPEND)
    tenths(home, 1)
    stopped = home.one(SPEND).held
    decided = hold.decide(stopped.hold_id, "accept", "a.steward", "a month, not a quarter")
    assert decided.written and take(SPEND, decided.delivery).outcome.state == "loaded"
    tenths(home, 2, 3, 4, 5)
    for run in home.run(SPEND):
        assert run.held is None, str(run.held)


def test_what_was_accepted_once_teaches_nothing_when_it_is_replayed(home: Any) -> None:
    home.contracts()
    home.supply(SPEND)
    home.one(SPEND)
    tenths(home, 1)
    stopped = home.one(SPEND).held
    once = hold.decide(stopped.hold_id, "accept-once", "a.steward", "half is at the printer's")
    assert take(SPEND, once.delivery).outcome.state == "loaded"
    add(SPEND, "paid_on", was="31/02/2026", becomes="28/02/2026", reason="x", author="a.steward")
    assert len(replay(SPEND)) == 2
    baselines = home.rows("SELECT baseline FROM watersmeet.delivery ORDER BY delivery_id")
    assert baselines == [(True,), (False,), (True,), (False,)]
    tenths(home, 2)
    assert home.one(SPEND).held is not None, "it is compared with the one before it"


def test_bytes_that_a_person_refused_leave_no_load_behind_that_seems_to_go_on(home: Any) -> None:
    home.supply(SPEND)
    home.one(SPEND)
    tenths(home, 1)
    stopped = home.one(SPEND).held
    hold.decide(stopped.hold_id, "refuse", "a.steward", "an old extract")
    path = home.file(SPEND).parent / "tenth-1.csv"
    os.utime(path, (1, 1))  # it comes once more
    assert home.one(SPEND).refused is not None
    assert (
        home.one_value("SELECT state FROM watersmeet.progress WHERE feed = %s", SPEND) == "failed"
    )


def test_who_is_stopped_between_a_decision_and_the_load_or_its_announcement(home: Any) -> None:
    home.supply(SPEND)
    home.one(SPEND)
    tenths(home, 1)
    stopped = home.one(SPEND).held
    hold.decide(stopped.hold_id, "accept-once", "a.steward", "half a month")
    told = status()
    assert [one["name"] for one in told["accepted"]] == ["tenth-1.csv"] and not told["held"]
    assert home.one(SPEND).outcome.state == "loaded", "the next run loads it"
    assert status()["accepted"] == []

    tenths(home, 2)
    [arrival] = discover(SPEND)
    once = hold.decide(
        take(SPEND, land(SPEND, arrival)).held.hold_id, "accept-once", "a.steward", "the other half"
    )
    assert load(SPEND, once.delivery)["state"] == "loaded"
    kitemarks = "SELECT count(*) FROM watersmeet.kitemark"
    assert home.one_value(kitemarks) == 2, "it is not announced"
    assert home.run(SPEND) == []
    assert home.one_value(kitemarks) == 3

    with connect(home.url) as conn:
        conn.execute("UPDATE watersmeet.progress SET state = 'working', rows = 7")
    [spend] = [one for one in status()["feeds"] if one["feed"] == SPEND]
    assert spend["progress"] == "stopped", "who was killed is not at work"


@pytest.mark.parametrize(
    "code",
    [
        "column-new", "unread-column-gone", "column-reordered", "form-changed",
        "date-format-changed", "column-gone", "column-renamed", "column-retyped", "rows-fell",
        "rows-rose", "quarantine-rose", "missing-rose", "sum-shifted", "size-shifted", "codes-new",
        "codes-new-many", "codes-shifted", "values-changed", "delivery-older", "dates-older",
        "dates-to-come", "delivery-late", "matches-few", "matches-fell", "column-inferred-anew",
    ],
)  # fmt: skip
def test_every_finding_is_in_the_catalogue_and_published(code: str) -> None:
    assert code in issue_types()
    assert f"`{code}`" in DOCS.read_text(encoding="utf-8")
