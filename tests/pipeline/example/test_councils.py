"""A region of many councils is declared, loads, and comes out as its answers say."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from contracts.declarations import load
from pipeline.example.connections import write_connections
from pipeline.example.councils import MOST, declare, supplies
from pipeline.example.region import make
from pipeline.example.supply import Plan
from pipeline.ingest import run_feed
from repository.database import connect
from repository.migrate import migrate

COUNCILS = 4


def test_every_council_has_a_name_and_a_feed_of_its_own() -> None:
    found = supplies(MOST)
    assert len({one.feed for one in found}) == len({one.file for one in found}) == MOST
    with pytest.raises(ValueError, match="names for 1 to 100"):
        supplies(MOST + 1)


def test_the_stretches_cover_all_children_and_overlap_a_little() -> None:
    plan = Plan(7, 10_000)
    ends = [one.stretch(plan) for one in supplies(10)]
    assert ends[0][0] == 0 and ends[-1][1] == 10_000
    assert all(before[1] - after[0] == 20 for before, after in pairwise(ends))


def test_the_region_loads_as_its_answers_say(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    into = tmp_path / "region"
    folder = declare(COUNCILS, into)
    write_connections(tmp_path / "connections.json", into, 1)
    for name, value in {
        "CONTRACTS": folder,
        "CONNECTIONS": tmp_path / "connections.json",
        "DATABASE_URL": database_url,
        "STATE": tmp_path / "state",
    }.items():
        monkeypatch.setenv(f"WATERSMEET_{name}", str(value))
    declared = load(folder)
    assert len(declared.feeds) == COUNCILS and not declared.broken
    migrate(database_url, declared, tmp_path / "analysts.json")
    for delivery in (1, 2):
        make(Plan(7, 1200, delivery), into, supplies=supplies(COUNCILS))
        for feed in declared.feeds:
            [done] = run_feed(feed)
            answers = json.loads((into / "answers" / f"{feed}.json").read_text())
            assert done.outcome is not None
            found = {name: getattr(done.outcome, name) for name in answers["outcome"]}
            assert found == answers["outcome"], feed
            assert done.outcome.quarantined == len(answers["quarantined"]) > 0
    with connect(database_url) as conn:
        rolls = conn.execute(
            "SELECT count(*), count(DISTINCT person_id), count(DISTINCT reference)"
            " FROM store.person"
        ).fetchone()
    assert rolls is not None and rolls[0] == rolls[1] > rolls[2], "each feed's own, some on two"
