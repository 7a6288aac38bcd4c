"""Quarantine as a place to work: sealed, grouped, opened on record, exported, waived."""

import csv
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from contracts.declarations import load as declared
from contracts.model import columns_of
from pipeline.ingest import run_feed
from pipeline.quarantine import Reader, export, groups, new_key, readings, release, row, rows
from repository.quarantine import NoSuchRow, Unaccounted
from repository.sealing import KeyMissing
from repository.waivers import NotWaivable
from tests.journey_kit import MAIN, Home
from tests.stewards_kit import FEED, UPNS, Pupil, held, standing, states, supply

ONE, TWO, THREE, FOUR = UPNS
ME = Reader("o.perations", "a question of the supplier's")


def deliver(home: Home, *pupils: Pupil, name: str = "june.csv") -> Any:
    supply(home, name, *pupils)
    [run] = run_feed(FEED)
    assert run.outcome is not None, run.refused
    return run.outcome


@pytest.mark.parametrize("feed", ["northmoor/spend", "northmoor/meal_eligibility"])
def test_no_plain_record_where_anything_is_personal(home: Home, feed: str) -> None:
    """Whatever puts a row into quarantine: checks, and keys that stand twice, at once or later."""
    for delivery in (1, 2):
        home.supply(feed, delivery)
        home.run(feed)
    contract = declared().datasets[feed.partition("/")[2]]
    personal = any(facts.personal != "none" for facts in columns_of(contract).values())
    counted = home.rows("SELECT record IS NULL, count(*) FROM watersmeet.quarantine GROUP BY 1")
    assert [sealed for sealed, _ in counted] == [personal]
    assert personal == (MAIN[feed.partition("/")[2]] != "payment")


def test_canaries_are_in_no_table_in_plain(home: Home) -> None:
    """Held by a check, by a key that stands twice in one file, and by one known from before."""
    canary = "Kanarienvogel"
    deliver(home, Pupil(ONE), Pupil(TWO, surname=canary, sex="Lad"))
    deliver(
        home,
        *(Pupil(ONE), Pupil(ONE, surname=canary)),
        *(Pupil(THREE), Pupil(THREE, surname=canary)),
        Pupil(FOUR, surname=canary, birth_date="1.1.1"),
    )
    assert {tuple(codes) for _, codes in held(home)} >= {("duplicate-key",), ("date-unreadable",)}
    assert states(home)["superseded"] == 1
    for table, lines in home.everything().items():
        assert not [line for line in lines if canary in line], table
    seen = [row(FEED, one["delivery_id"], one["row_number"], ME) for one in rows(FEED)]
    assert [one["record"]["surname"] for one in seen] == [canary] * 3


def test_groups_say_what_where_since_when_and_whose(home: Home) -> None:
    deliver(home, Pupil(ONE), Pupil(TWO, sex="Lad"), Pupil(THREE, sex="Lad", postcode="x"))
    found = groups()
    assert [(one["code"], one["column"], one["rows"]) for one in found] == [
        ("code-unknown", "sex", 2),
        ("postcode-invalid", "postcode", 1),
    ]
    assert found[0]["cells"] == ["D3", "D4"]
    assert (found[0]["feed"], found[0]["whose"]) == (FEED, "steward")
    assert found[0]["since"] == home.one_value("SELECT landed_at FROM watersmeet.delivery")
    assert found[0]["waivable"] and "list" in found[0]["message"]
    assert groups(organisation="eastvale") == groups(FEED) == found
    assert groups(organisation="northmoor") == []
    assert groups("northmoor/spend") == []


def test_rows_by_page(home: Home) -> None:
    outcome = deliver(home, *(Pupil(upn, sex="Lad") for upn in UPNS))
    first = rows(FEED, most=3)
    assert [one["source_row"] for one in first] == [2, 3, 4]
    last = (first[-1]["delivery_id"], first[-1]["row_number"])
    [rest] = rows(FEED, after=last)
    assert (rest["source_row"], rest["file"], rest["codes"]) == (5, "june.csv", ["code-unknown"])
    assert rest["personal"] and "record" not in rest
    assert rows(FEED, "code-unknown", "sex") == rows(FEED, delivery_id=outcome.delivery_id)
    assert rows(FEED, "code-unknown", "postcode") == rows(FEED, "date-unreadable") == []


def test_who_looks_is_on_record_before_anything_is_opened(home: Home) -> None:
    outcome = deliver(home, Pupil(TWO, sex="Lad"))
    told = row(FEED, outcome.delivery_id, 2, ME)
    assert told["record"]["upn"] == TWO and told["record"]["sex"] == "Lad"
    assert [(i["code"], i["cell"], i["severity"]) for i in told["issues"]] == [
        ("code-unknown", "D2", "quarantine")
    ]
    [looked] = readings(FEED)
    assert (looked["reader"], looked["why"], looked["rows"]) == (ME.name, ME.why, 1)
    with pytest.raises(Unaccounted):
        Reader("", "why")
    with pytest.raises(NoSuchRow):
        row(FEED, outcome.delivery_id, 7, ME)
    (home.root / "state" / "keys" / "records-1.json").rename(home.root / "away.json")
    with pytest.raises(KeyMissing, match=r"records-1\.json"):
        row(FEED, outcome.delivery_id, 2, ME)
    assert len(readings(FEED)) == 2, "a try is on record too"


@pytest.mark.parametrize("name", ["held.csv", "held.xlsx"])
def test_export_for_the_supplier(home: Home, tmp_path: Path, name: str) -> None:
    formula = '=HYPERLINK("http://x.example")'
    deliver(
        home,
        Pupil(ONE),
        Pupil(TWO, surname=formula.replace('"', ""), sex="Lad"),
        Pupil(THREE, sex="@Lad"),
    )
    path = tmp_path / name
    assert export(FEED, path, ME) == 2
    if name.endswith("csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            heads, *lines = csv.reader(file)
    else:
        sheet = load_workbook(path)["Held rows"]
        assert {cell.data_type for line in sheet for cell in line} <= {"s", "n", "inlineStr"}
        heads, *lines = [[cell or "" for cell in line] for line in sheet.values]
    assert heads[:5] == ["File", "Sheet", "Row", "Pupil UPN", "Family name"]
    assert heads[-1] == "What is wrong"
    assert [line[2] for line in lines] == ["3", "4"]
    assert lines[0][4] == "'" + formula.replace('"', "")
    assert lines[1][heads.index("Gender")] == "'@Lad"
    assert lines[0][-1].startswith("D3: The code is not in the list")
    assert [one["rows"] for one in readings(FEED)] == [2]
    assert export(FEED, path, ME, code="date-unreadable") == 0


def test_a_row_is_let_through_once_and_keeps_its_issue(home: Home) -> None:
    outcome = deliver(home, Pupil(ONE), Pupil(TWO, postcode="NM99"), Pupil(THREE, postcode="NM99"))
    how = {"author": "a.steward", "reason": "no fixed address"}
    done = release(FEED, outcome.delivery_id, 3, **how)
    assert done.released and done.waived == ("postcode-invalid",)
    assert [run.released for run in done.runs] == [1]
    assert standing(home)[TWO] == ("Canary", "F", "")
    assert states(home) == {"held": 1, "released": 1, "superseded": 1}
    codes = home.rows(
        "SELECT i.source_row, i.code FROM watersmeet.issue i WHERE i.delivery_id ="
        " (SELECT max(delivery_id) FROM watersmeet.delivery) ORDER BY 1, 2"
    )
    assert codes == [
        (3, "issue-waived"),
        (3, "postcode-invalid"),
        (4, "postcode-invalid"),
    ]
    again = release(FEED, outcome.delivery_id, 3, **how)
    assert again.released
    assert home.one_value("SELECT count(*) FROM watersmeet.waiver") == 1
    assert len(standing(home)) == 2
    # The same record in the next delivery comes in as well, another one's issue stands.
    deliver(home, Pupil(ONE), Pupil(TWO, postcode="NM99"), Pupil(THREE, postcode="NM98"))
    assert set(standing(home)) == {ONE, TWO}
    assert held(home) == [(4, ["postcode-invalid"])]


def test_what_cannot_be_waived(home: Home) -> None:
    outcome = deliver(home, Pupil(ONE, surname=""), Pupil(TWO, sex="Lad"), Pupil(TWO))
    how = {"author": "a.steward", "reason": "because"}
    with pytest.raises(NotWaivable, match="value-missing"):
        release(FEED, outcome.delivery_id, 2, **how)
    with pytest.raises(NotWaivable, match="author and a reason"):
        release(FEED, outcome.delivery_id, 3, author="a.steward", reason="")
    assert home.one_value("SELECT count(*) FROM watersmeet.waiver") == 0
    # Waived, but the sex may not be empty: the row is held as before.
    assert not release(FEED, outcome.delivery_id, 3, **how).released
    assert set(standing(home)) == {TWO}
    with pytest.raises(NoSuchRow):
        release(FEED, outcome.delivery_id, 9, **how)


def test_after_a_new_key_old_records_open_as_before(home: Home) -> None:
    first = deliver(home, Pupil(TWO, sex="Lad"))
    assert new_key().version == 2
    second = deliver(home, Pupil(THREE, sex="Lad"), name="july.csv")
    versions = home.rows(
        "SELECT get_byte(sealed, 2) FROM watersmeet.quarantine ORDER BY delivery_id"
    )
    assert versions == [(1,), (2,)]
    for outcome, upn in ((first, TWO), (second, THREE)):
        assert row(FEED, outcome.delivery_id, 2, ME)["record"]["upn"] == upn
