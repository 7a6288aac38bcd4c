"""Case 22: an empty file, a header only, 90 % fewer rows than usual: nothing is published, the
last good version stays readable, and a person decides."""

from typing import Any

import pytest

from pipeline import hold
from pipeline.hold import NotDecided
from pipeline.ingest import take

FEED = "northmoor/spend"


def taken(decided: Any) -> Any:
    """What becomes of a delivery a person has decided about."""
    return take(FEED, decided.delivery)


def lines(home: Any, delivery: int = 1) -> list[str]:
    path = home.region.folders[delivery - 1] / home.file(FEED, delivery).relative_to(home.supplied)
    found: list[str] = path.read_text(encoding="cp1252").splitlines(keepends=True)
    return found


def put(home: Any, content: list[str], name: str | None = None, age: float = 300) -> None:
    path = home.file(FEED).relative_to(home.supplied)
    place = path if name is None else path.with_name(name)
    home.put(str(place), "".join(content).encode("cp1252"), age)


def first(home: Any) -> None:
    put(home, lines(home))
    assert home.one(FEED).outcome.state == "loaded"


def fewer(home: Any, share: float) -> list[str]:
    """The first delivery with a share of its payments, its total taken off."""
    whole = lines(home)
    head = next(number for number, line in enumerate(whole, 1) if "Payment Date" in line)
    return whole[: head + int(share * (len(whole) - head - 1))]


def test_22_a_tenth_of_the_rows_waits_and_the_last_version_stays(home: Any) -> None:
    first(home)
    before = home.content(FEED)
    put(home, fewer(home, 0.1))
    run = home.one(FEED)
    assert run.outcome is None and run.refused is None
    codes = {one.code for one in run.held.findings}
    assert "rows-fell" in codes
    [message] = [one.message for one in run.held.findings if one.code == "rows-fell"]
    assert "90 % fewer than usual" in message
    assert home.content(FEED) == before, "nothing of it is published"
    assert home.run(FEED) == [], "it waits and is not worked again"
    [waiting] = hold.held()
    assert waiting["hold_id"] == run.held.hold_id and waiting["state"] == "waiting"


@pytest.mark.parametrize("kept", [0, 4])
def test_22_an_empty_file_or_a_header_only_is_refused(home: Any, kept: int) -> None:
    first(home)
    before = home.content(FEED)
    put(home, lines(home)[:kept])
    assert home.one(FEED).refused
    assert home.content(FEED) == before


def test_22_accepted_once_it_is_loaded_and_does_not_teach_what_is_usual(home: Any) -> None:
    first(home)
    put(home, fewer(home, 0.1))
    held = home.one(FEED).held
    decided = hold.decide(held.hold_id, "accept-once", "A. Steward", "the ledger was split")
    run = taken(decided)
    assert run.outcome.state == "loaded" and run.outcome.ended > 0
    assert home.rows("SELECT baseline FROM watersmeet.delivery ORDER BY delivery_id") == [
        (True,),
        (False,),
    ]
    assert home.run(FEED) == []
    put(home, fewer(home, 0.12), age=100)
    again = home.one(FEED).held
    assert again.hold_id != held.hold_id, "the next one is compared with the first, and stops too"
    # Accepting once leaves what was found on record.
    found = home.rows("SELECT code FROM watersmeet.finding WHERE code = 'rows-fell'")
    assert found == [("rows-fell",)]


def test_22_accepted_with_the_contract_the_next_one_passes(home: Any) -> None:
    folder = home.contracts()
    first(home)
    put(home, fewer(home, 0.1))
    held = home.one(FEED).held
    decided = hold.decide(held.hold_id, "accept", "A. Steward", "fewer from now on")
    text = (folder / "feeds" / f"{FEED}.yml").read_text(encoding="utf-8")
    assert "fall: 0.95" in text and "# " not in decided.patch
    assert decided.written and "+gates:" in decided.patch
    assert "Written by the ledger's report writer" in text, "what stood there stands"
    [run] = home.run(FEED)
    assert run.outcome.state == "loaded"
    assert home.one_value("SELECT bool_and(baseline) FROM watersmeet.delivery")
    put(home, fewer(home, 0.12), age=100)
    assert home.one(FEED).outcome.state == "loaded"


def test_22_refused_by_a_person_these_bytes_are_never_loaded(home: Any) -> None:
    first(home)
    put(home, fewer(home, 0.1))
    held = home.one(FEED).held
    decided = hold.decide(held.hold_id, "refuse", "A. Steward", "half of the ledger is missing")
    assert home.run(FEED) == []
    assert "half of the ledger" in taken(decided).refused
    again = hold.decide(held.hold_id, "refuse", "Somebody", "again")
    assert again == decided, "the same decision again changes nothing"
    with pytest.raises(NotDecided, match="Steward has decided"):
        hold.decide(held.hold_id, "accept", "A. Steward", "changed my mind")


def test_22_a_decision_needs_author_reason_and_the_findings_seen(home: Any) -> None:
    first(home)
    put(home, fewer(home, 0.1))
    held = home.one(FEED).held
    for by, reason in (("", "why"), ("A. Steward", "  ")):
        with pytest.raises(NotDecided, match="a name and a reason"):
            hold.decide(held.hold_id, "accept-once", by, reason)
    with pytest.raises(NotDecided, match="has changed since"):
        hold.decide(held.hold_id, "refuse", "A. Steward", "why", fingerprint="of others")
    with pytest.raises(hold.UnknownHold, match="held list"):
        hold.decide(999_999, "refuse", "A. Steward", "why")
    assert hold.hold(held.hold_id)["state"] == "waiting"


def test_22_a_later_delivery_overtakes_one_that_waits(home: Any) -> None:
    first(home)
    put(home, fewer(home, 0.1))
    held = home.one(FEED).held
    put(home, fewer(home, 0.95), age=100)
    assert home.one(FEED).outcome.state == "loaded"
    assert hold.held() == []
    with pytest.raises(NotDecided, match="needs no decision"):
        hold.decide(held.hold_id, "accept-once", "A. Steward", "late")


def test_22_many_more_rows_wait_too(home: Any) -> None:
    put(home, fewer(home, 0.2))
    assert home.one(FEED).outcome.state == "loaded"
    put(home, lines(home))
    assert "rows-rose" in {one.code for one in home.one(FEED).held.findings}
