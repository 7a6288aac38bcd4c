"""A scheduled feed keeps a mapping that was inferred, tells it in the lineage, and asks a person
when it would change."""

import json
from typing import Any

import psycopg
import pytest

from cli.main import main
from contracts.declarations import load
from pipeline.hold import decide
from pipeline.ingest import run_feed
from tests.journey_kit import Home

FEED = "northmoor/spend"
DECLARED = """\
title: Northmoor Council, payments over £500
owner: Head of Financial Operations, Northmoor Council
maintainer: data engineering
agreement: spend-transparency
place: {kind: folder, connection: northmoor_exports, path: spend, pattern: "*.csv", settled_for: 1}
file: {format: delimited}
replaces: nothing
"""


def supply(home: Home, number: int, headers: str) -> None:
    """A month's file: a delivery like the one before, under these headers."""
    rows = [f"{day:02}/{number:02}/2026,Supplier {day},{100 + day}.50" for day in range(1, 29)]
    text = "\n".join([headers, *rows, ""])
    home.put(f"northmoor/exports/spend/month-{number}.csv", text, 500 - number)


@pytest.fixture
def feed(home: Home) -> Home:
    (home.contracts() / f"feeds/{FEED}.yml").write_text(DECLARED)
    return home


def loaded(home: Home) -> list[Any]:
    """The identifiers of all payments."""
    with psycopg.connect(home.url.replace("+psycopg", "")) as conn:
        found = conn.execute("SELECT payment_id FROM store.payment ORDER BY row_number")
        return [row[0] for row in found]


def explained(row: Any, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["explain", "payment", str(row), "paid_on", *more])
    assert not ended.value.code
    return capsys.readouterr().out


def test_an_inferred_column_is_kept_told_and_asked_about(
    feed: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    supply(feed, 1, "Paymnt Date,Supplier,Amount")
    [first] = run_feed(FEED)
    assert first.outcome and first.outcome.new == 28
    row = loaded(feed)[0]
    told = json.loads(explained(row, capsys, "--json"))
    assert (told["how"], told["header"], told["proved"]) == ("inferred", "Paymnt Date", True)
    assert told["score"] > 90
    assert "read as dates" in told["evidence"]
    shown = explained(row, capsys)
    assert f"inferred, {told['score']:g} of 100: {told['evidence']}" in shown

    # The same inference again is no news.
    supply(feed, 2, "Paymnt Date,Supplier,Amount")
    [second] = run_feed(FEED)
    assert second.held is None and second.outcome and second.outcome.new == 28

    # Another one is, and nothing is loaded until a person has said so.
    supply(feed, 3, "Pament Date,Supplier,Amount")
    [third] = run_feed(FEED)
    assert third.held is not None and third.outcome is None
    codes = {finding.code: finding for finding in third.held.findings}
    assert codes["column-inferred-anew"].column == "paid_on"
    assert '"Pament Date"' in codes["column-inferred-anew"].message
    assert len(loaded(feed)) == 56

    decide(third.held.hold_id, "accept", "A. Steward", "the same column")
    assert load().feed(FEED).columns["paid_on"].header == "Pament Date"
    [taken] = run_feed(FEED)
    assert taken.outcome and taken.outcome.new == 28
    assert len(loaded(feed)) == 84
