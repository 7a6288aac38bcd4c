"""Values no register knows: on the worklist, answered, written down, and their rows released."""

import multiprocessing
from datetime import date
from typing import Any

import pytest

from contracts.aliases import load_aliases
from contracts.declarations import load as declared
from pipeline.codes import CodeProblem, accept, refuse, worklist
from pipeline.explain import explain
from pipeline.quarantine import Reader, readings
from pipeline.unused_codes import unused
from tests import codes_kit
from tests.journey_kit import Home

LINES = """G1,03/04/2018,Dorset,10.00
G2,13/04/2020,Dorset,20.00
G3,13/04/2020,Brizzle CC,30.00
G4,14/04/2021,brizzle  cc,40.00
G5,15/04/2021,Nowhere at all,50.00
G6,15/04/2021,Poole,60.00
"""
STEWARD = {"by": "A. Steward", "reason": "the council's own short name"}


@pytest.fixture
def grants(home: Home) -> Home:
    codes_kit.declare(home)
    codes_kit.supply(home, "northmoor", LINES)
    home.one("northmoor/grants")
    return home


def held(home: Home) -> list[tuple[Any, ...]]:
    return home.rows(
        "SELECT source_row, codes, state FROM watersmeet.quarantine ORDER BY delivery_id, 1"
    )


def store_of(home: Home) -> list[tuple[Any, ...]]:
    return home.rows("SELECT reference, council, delivery_id FROM store.grant ORDER BY 1")


def test_codes_are_read_as_at_the_record_s_date(grants: Home) -> None:
    stored = grants.rows("SELECT reference, council FROM store.grant ORDER BY 1")
    # One writing, two councils: the county until March 2019, the council that followed after.
    assert stored == [("G1", "DOR"), ("G2", "DST"), ("G6", "POL")]
    issues = grants.rows('SELECT source_row, "column", code FROM watersmeet.issue ORDER BY 1')
    assert (7, "council", "code-not-in-force") in issues
    assert [code for _, _, code in issues].count("code-unknown") == 3
    [(number,)] = grants.rows("SELECT grant_id FROM store.grant WHERE reference = 'G1'")
    told = explain("grant", str(number), "council")
    assert (told["as_written"], told["value"], told["proved"]) == ("Dorset", "DOR", True)
    assert told["rules"][-1]["after"] == "DOR"


def test_unknown_values_are_listed_with_what_they_may_be_and_answered_for_one_feed(
    grants: Home,
) -> None:
    items = worklist()
    assert [(item.written, item.rows) for item in items] == [
        ("Brizzle CC", 1), ("Nowhere at all", 1), ("brizzle cc", 1),
    ]  # fmt: skip
    first = items[0]
    assert (first.scheme, first.feeds) == ("local-authority", ("northmoor/grants",))
    assert first.places[0].column == "council"
    assert (first.places[0].first_as_at, first.places[0].last_as_at) == (
        date(2020, 4, 13), date(2020, 4, 13),
    )  # fmt: skip
    supplied = "E1,03/04/2020,Nowhere at all,1.00\nE2,03/04/2018,Brissle City,1.00\n"
    codes_kit.supply(grants, "eastvale", supplied)
    grants.one("eastvale/grants")
    like = next(item for item in worklist() if item.written == "Brissle City")
    assert like.suggestions and like.suggestions[0].score >= 60
    assert len({one.code for one in like.suggestions}) == len(like.suggestions) <= 5
    # An alias of one feed is no other's.
    accept("northmoor/grants", "Nowhere at all", "EDU", **STEWARD)
    assert grants.rows("SELECT reference FROM store.grant WHERE council = 'EDU'") == [("G5",)]
    [item] = [item for item in worklist() if item.written == "Nowhere at all"]
    assert item.feeds == ("eastvale/grants",)
    assert accept("eastvale/grants", "nowhere at all", "GLG", **STEWARD).line is not None
    assert grants.rows("SELECT reference FROM store.grant WHERE council = 'GLG'") == [("E1",)]


def test_an_accepted_value_is_written_down_and_its_rows_released_once(grants: Home) -> None:
    folder = grants.contracts()
    decision = accept("local-authority", "Brizzle CC", "BST", **STEWARD)
    assert decision.line == f"{codes_kit.ALIASES}, line 2"
    assert "2 rows released, 1 still held" in decision.replayed["northmoor/grants"]
    [alias] = load_aliases(folder / codes_kit.ALIASES)
    assert (alias.code, alias.alias, alias.feed) == ("BST", "Brizzle CC", None)
    assert (alias.accepted_by, alias.accepted_on) == ("A. Steward", date.today())
    assert declared().broken == ()
    assert grants.rows("SELECT reference, council FROM store.grant ORDER BY 1") == [
        ("G1", "DOR"), ("G2", "DST"), ("G3", "BST"), ("G4", "BST"), ("G6", "POL"),
    ]  # fmt: skip
    assert [item.written for item in worklist()] == ["Nowhere at all"]
    accepted = worklist(["accepted"])
    assert {(item.written, item.code, item.decided_by) for item in accepted} == {
        ("Brizzle CC", "BST", "A. Steward"), ("brizzle cc", "BST", "A. Steward"),
    }  # fmt: skip
    before = (folder / codes_kit.ALIASES).read_bytes(), held(grants), store_of(grants)
    again = accept("local-authority", "BRIZZLE CC", "BST", **STEWARD)
    assert (again.line, again.feeds) == (None, ())
    assert before == (
        (folder / codes_kit.ALIASES).read_bytes(), held(grants), store_of(grants),
    )  # fmt: skip
    copied = "SELECT code FROM reference.writing WHERE writing = 'Brizzle CC'"
    assert grants.rows(copied) == [("BST",)], "analysts have it at once"
    accept("local-authority", "Brizzle Town", "BST", **STEWARD)
    assert [(one["writing"], one["kind"], one["line"]) for one in unused()] == [
        ("Brizzle Town", "accepted", 3)
    ]
    listed = {one["writing"] for one in unused(everything=True)}
    assert "Leeds City Council" in listed and "Dorset" not in listed


def test_an_alias_may_be_for_some_dates_only(grants: Home) -> None:
    accept("local-authority", "Brizzle CC", "BST", end=date(2020, 12, 31), **STEWARD)
    assert grants.rows("SELECT reference FROM store.grant WHERE council = 'BST'") == [("G3",)]
    # What is unknown again, although accepted once, is asked again.
    assert [item.written for item in worklist()] == ["Nowhere at all", "brizzle cc"]
    accept("local-authority", "Brizzle CC", "BAS", start=date(2021, 1, 1), **STEWARD)
    assert grants.rows("SELECT reference FROM store.grant WHERE council = 'BAS'") == [("G4",)]


def test_what_cannot_be_changes_nothing_and_a_refused_value_is_not_asked_again(
    grants: Home,
) -> None:
    before = grants.everything()
    for target, written, code, given, message in (
        ("local-authorities", "Brizzle CC", "BST", STEWARD, "there is no code list or scheme"),
        ("local-authority", "Brizzle CC", "BRS", STEWARD, "local-authority has no code 'BRS'"),
        ("local-authority", "Dorset", "DST", STEWARD, "'Dorset' already stands for 'DOR'"),
        ("northmoor/grants", "Leeds", "LDS", STEWARD, "is not in its worklist"),
        ("local-authority", "Brizzle CC", "BST", {"by": " ", "reason": "x"}, "who makes it"),
        ("local-authority", "Brizzle CC", "BST", {"by": "x", "reason": ""}, "who makes it"),
        ("local-authority", "  ", "BST", STEWARD, "the writing is empty"),
    ):
        with pytest.raises(CodeProblem, match=message):
            accept(target, written, code, **given)
    with pytest.raises(CodeProblem, match="nothing written 'Leeds'"):
        refuse("local-authority", "Leeds", **STEWARD)
    assert not (grants.contracts() / codes_kit.ALIASES).exists()
    assert grants.everything() == before
    waiting = held(grants)
    decision = refuse("northmoor/grants", "Nowhere at all", **STEWARD)
    assert (decision.state, decision.line, decision.replayed) == ("refused", None, {})
    assert held(grants) == waiting
    codes_kit.supply(grants, "northmoor", LINES + "G7,15/04/2021,Leeds,1.00\n", "next.csv")
    grants.one("northmoor/grants")
    assert "Nowhere at all" not in [item.written for item in worklist()]
    [item] = worklist(["refused"])
    assert (item.written, item.decided_by) == ("Nowhere at all", "A. Steward")
    assert item.places[0].delivery == "next.csv"


ROLL = """\ufeffPupil UPN;Family name;Given names;Gender;Date of birth;NCY;School URN;\
Date of entry;Home postcode;Home authority
L835607623766;Canary;Phoebe;Femal;03.02.2017;Year 4;990418;06.09.2023;NM2 2TN;Northmoor
E835994044255;Kanarienvogel;Isla;FEMAL;28.04.2017;Year 4;990456;09.09.2023;NM2 2TN;Northmoor
"""


def test_values_of_personal_columns_are_sealed_and_opened_on_record(home: Home) -> None:
    home.contracts()
    home.put("eastvale/exports/pupils/roll.csv", ROLL)
    home.one("eastvale/school_census")
    assert "femal" not in "".join(home.everything()["watersmeet.unknown_code"]).casefold()
    [item] = worklist()
    assert (item.scheme, item.written, item.rows, item.personal) == ("sex-words", None, 2, True)
    assert item.suggestions == () and item.feeds == ("eastvale/school_census",)
    steward = Reader("A. Steward", "the worklist")
    [item] = worklist(reader=steward, feeds=["northmoor/school_census"])
    assert item.written is None and readings() == []
    [item] = worklist(reader=steward)
    assert str(item.written).casefold() == "femal" and item.suggestions
    [told] = readings()
    assert (told["reader"], told["feed"], told["rows"]) == (
        "A. Steward", "eastvale/school_census", 1,
    )  # fmt: skip
    decision = accept("eastvale/school_census", "femal", "F", **STEWARD)
    assert decision.replayed == {"eastvale/school_census": "2 rows released, 0 still held"}
    assert worklist() == [] and [one.code for one in worklist(["accepted"])] == ["F"]


def _accepts(written: str) -> None:
    accept("local-authority", written, "BST", replay_now=False, **STEWARD)


def test_two_stewards_at_once_lose_no_line(grants: Home) -> None:
    context = multiprocessing.get_context("fork")
    at_once = [context.Process(target=_accepts, args=(f"Brizzle {n}",)) for n in range(2)]
    for process in at_once:
        process.start()
    for process in at_once:
        process.join(60)
    written = load_aliases(grants.contracts() / codes_kit.ALIASES)
    assert {one.alias for one in written} == {"Brizzle 0", "Brizzle 1"}
