"""No agreement in force, no look and no fetch; one that ends mid-run, nothing published."""

import re
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import pipeline.ingest as ingest
import pipeline.streamed as streamed
from connectors.errors import Unreachable
from contracts.declarations import UnknownDeclaration
from pipeline.example.api_server import ApiServer
from pipeline.journey import AgreementNotActive
from repository.load.finishing import AgreementEnded
from tests.journey_kit import Home

FEED = "northmoor/spend"


def amend(home: Home, name: str, **values: str) -> None:
    """Write values into a declaration of the copy this test follows."""
    path = home.contracts() / name
    text = path.read_text()
    for key, value in values.items():
        text, done = re.subn(rf"(?m)^{key}: .*$", f"{key}: {value}", text)
        assert done == 1, key
    path.write_text(text)


@pytest.mark.parametrize(
    "dates",
    [
        {"start": "2020-01-01", "end": "2020-12-31", "review": "2020-06-01"},
        {"start": "2090-01-01", "end": "2090-12-31", "review": "2090-06-01"},
    ],
    ids=["over", "not begun"],
)
def test_without_an_agreement_in_force_nothing_is_asked(
    home: Home, monkeypatch: pytest.MonkeyPatch, dates: dict[str, str]
) -> None:
    asked: list[Any] = []
    noted = ApiServer.verify_request

    def verify(server: ApiServer, request: Any, address: Any) -> bool:
        asked.append(address)
        return noted(server, request, address)

    monkeypatch.setattr(ApiServer, "verify_request", verify)
    home.supply("works/spend")
    with home.api():
        [arrival] = ingest.discover("works/spend")
        ingest.land("works/spend", arrival)
        assert asked, "the server would notice being asked"
        asked.clear()
        before = home.everything()
        amend(home, "agreements/spend-transparency.yml", **dates)
        for verb in (ingest.discover, ingest.anything_new, ingest.run_feed):
            with pytest.raises(AgreementNotActive, match="spend-transparency") as raised:
                verb("works/spend")
            assert dates["end"] in str(raised.value)
        with pytest.raises(AgreementNotActive):
            ingest.land("works/spend", arrival)
        assert asked == []
    assert home.everything() == before


def test_without_an_agreement_in_force_a_folder_is_not_opened(home: Home) -> None:
    home.supply(FEED)
    [arrival] = ingest.discover(FEED)
    shutil.rmtree(home.supplied)
    with pytest.raises(Unreachable):
        ingest.discover(FEED)
    amend(
        home,
        "agreements/spend-transparency.yml",
        start="2020-01-01", end="2020-12-31", review="2020-06-01",
    )  # fmt: skip
    # Not "the folder is missing": nobody looked.
    with pytest.raises(AgreementNotActive):
        ingest.discover(FEED)
    with pytest.raises(AgreementNotActive):
        ingest.land(FEED, arrival)
    assert not home.landing.exists()


@pytest.mark.parametrize("point", ["locked", "copied", "merged"])
def test_48_an_agreement_that_ends_mid_run(
    home: Home, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    home.supply(FEED)
    ingest.run_feed(FEED)
    before = home.content(FEED)
    home.supply(FEED, 2)

    def at(passed: str) -> None:
        if passed == point:
            home.rows(
                "UPDATE watersmeet.agreement SET ends = current_date - 1"
                " WHERE agreement = 'spend-transparency' RETURNING 1"
            )

    monkeypatch.setattr(streamed, "loading", partial(streamed.loading, at=at))
    with pytest.raises(AgreementEnded, match="spend-transparency"):
        ingest.run_feed(FEED)
    assert home.content(FEED) == before
    monkeypatch.undo()


def test_48_an_agreement_that_is_shortened_between_landing_and_loading(home: Home) -> None:
    home.supply(FEED)
    [arrival] = ingest.discover(FEED)
    delivery = ingest.land(FEED, arrival)
    amend(
        home,
        "agreements/spend-transparency.yml",
        start="2020-01-01", end="2020-12-31", review="2020-06-01",
    )  # fmt: skip
    # The database still has the longer one: both must allow it.
    for verb in (ingest.map_, ingest.load):
        with pytest.raises(AgreementNotActive):
            verb(FEED, delivery)
    assert home.rows("SELECT 1 FROM watersmeet.delivery") == []


def broken(home: Home, path: str, text: str) -> str:
    """What is said of a feed when a declaration of it holds other text."""
    (home.contracts() / path).write_text(text)
    with pytest.raises(UnknownDeclaration) as raised:
        ingest.discover(FEED)
    return str(raised.value)


FEED_FILE = Path("feeds/northmoor/spend.yml")


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("agreement: spend-transparency\n", "", "line 1, column 1", "agreement"),
        ("agreement: spend-transparency", "agreement: none-such", "line 4, column 12", "none-such"),
        ("place:\n", "place: [\n", "line 8", ""),
        ("  path: spend\n", "  path: spend\n  path: twice\n", "line 10", "path"),
        ("  pattern:", "\tpattern:", "line 10", ""),
        ("encoding: cp1252", "encoding: cp1525", "line 16", "cp1525"),
        ("Net Amount", "Net\x07Amount", "line 29", ""),
    ],
    ids=["no agreement", "unknown agreement", "unclosed", "twice", "tab", "encoding", "control"],
)
def test_broken_feeds_name_the_place(home: Home, old: str, new: str, place: str, said: str) -> None:
    text = (home.contracts() / FEED_FILE).read_text()
    assert old in text
    told = broken(home, FEED_FILE.as_posix(), text.replace(old, new, 1))
    assert "feeds/northmoor/spend.yml" in told and said in told
    assert place in told, told


def test_unknown_feeds_and_datasets_are_named(home: Home) -> None:
    with pytest.raises(UnknownDeclaration, match="did you mean northmoor/spend"):
        ingest.run_feed("northmoor/spent")
    folder = home.contracts() / "feeds" / "northmoor"
    text = (folder / "spend.yml").read_text()
    (folder / "speeches.yml").write_text(text)
    with pytest.raises(UnknownDeclaration, match="speeches") as raised:
        ingest.run_feed("northmoor/speeches")
    assert "line" in str(raised.value) and "dataset" in str(raised.value)


def test_the_next_body_is_one_file(home: Home) -> None:
    """A body's spend is added at run time: one YAML file, and nothing else."""
    contracts = home.contracts()
    feed = contracts / "feeds" / "eastmere" / "spend.yml"
    feed.parent.mkdir()
    feed.write_text(
        """\
organisation_name: Eastmere Council
title: Eastmere Council, payments over £500
owner: Finance, Eastmere Council
maintainer: data engineering
agreement: spend-transparency
place: {kind: folder, connection: northmoor_exports, path: eastmere, pattern: "*.csv"}
columns:
  body: {constant: Eastmere Council}
  amount: {header: Net Amount GBP}
"""
    )
    home.put(
        "northmoor/exports/eastmere/april.csv",
        "Payment Date,Supplier,Net Amount GBP,Reference\n"
        "2026-04-13,Ironbeck Roofing Ltd,1234.56,0001\n"
        "2026-04-14,Dunmoor Textiles,-20.00,0002\n",
        age=4000,
    )
    [run] = ingest.run_feed("eastmere/spend")
    assert run.outcome is not None, run.refused
    assert (run.outcome.state, run.outcome.new, run.outcome.landed) == ("loaded", 2, 2)
    rows = home.rows(
        "SELECT body, paid_on::text, supplier_name, amount::text, transaction_number"
        " FROM store.payment ORDER BY row_number"
    )
    assert rows == [
        ("Eastmere Council", "2026-04-13", "Ironbeck Roofing Ltd", "1234.56", "0001"),
        ("Eastmere Council", "2026-04-14", "Dunmoor Textiles", "-20.00", "0002"),
    ]
    with home.analyst("transparency") as conn:
        [(seen,)] = conn.execute("SELECT count(*) FROM transparency.payment")
    assert seen == 2
