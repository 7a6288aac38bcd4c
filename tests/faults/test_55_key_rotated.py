"""Case 55: the key is changed while a delivery is loaded; what either key sealed is readable."""

from typing import Any

import pytest

import pipeline.ingest as ingest
from pipeline.quarantine import Reader, new_key, row, rows
from repository.load import Load
from tests.journey_kit import Home
from tests.stewards_kit import FEED, UPNS, Pupil, supply

ME = Reader("o.perations", "test")


def test_key_rotated_mid_run(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    supply(home, "june.csv", *(Pupil(upn, sex="Lad") for upn in UPNS))
    add, made = Load.add, []

    def add_after_a_new_key(load: Load, prepared: Any) -> None:
        made.append(new_key())
        add(load, prepared)

    monkeypatch.setattr(Load, "add", add_after_a_new_key)
    [run] = ingest.run_feed(FEED)
    monkeypatch.undo()
    assert run.outcome is not None and run.outcome.quarantined == 4 and made[-1].version >= 2
    supply(home, "july.csv", *(Pupil(upn, sex="Chap") for upn in UPNS))
    [later] = ingest.run_feed(FEED)
    assert later.outcome is not None
    sealed_with = home.rows(
        "SELECT delivery_id, get_byte(sealed, 2), count(*)::int FROM watersmeet.quarantine"
        " GROUP BY 1, 2 ORDER BY 1"
    )
    first, second = run.outcome.delivery_id, later.outcome.delivery_id
    assert sealed_with == [(first, 1, 4), (second, made[-1].version, 4)]
    assert len(rows(FEED)) == 4
    for delivery, word in ((first, "Lad"), (second, "Chap")):
        seen = [row(FEED, delivery, number, ME)["record"] for number in (2, 3, 4, 5)]
        assert [one["upn"] for one in seen] == list(UPNS)
        assert {one["sex"] for one in seen} == {word}
