"""Names of jobs, runs and datasets: as OpenLineage's rules have them, and no secret in them."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.delivery import Delivery, File
from pipeline.lineage_events.naming import MOST_LOCATIONS, Naming

DELIVERY = Delivery(
    "northmoor/spend",
    "Jane Canary.csv",
    "ab" * 32,
    (File("Jane Canary.csv", "northmoor/spend/ab/abab/Jane Canary.csv", "cd" * 32, 9),),
    datetime(2026, 1, 1, tzinfo=UTC),
    4,
)


def naming(landing: str = "/data/landing", **info: Any) -> Naming:
    facts = {"host": "db.example", "port": 5432, "dbname": "watersmeet", **info}
    return Naming.of(SimpleNamespace(info=SimpleNamespace(**facts)), landing)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("landing", "namespace", "name"),
    [
        ("/data/landing", "file", "/data/landing/northmoor/spend"),
        ("s3://bucket", "s3://bucket", "northmoor/spend"),
        ("s3://bucket/kept/here/", "s3://bucket", "kept/here/northmoor/spend"),
        ("s3://KEY:canary-secret@bucket/kept?token=canary", "s3://bucket", "kept/northmoor/spend"),
    ],
)
def test_landed_bytes_are_named_by_their_place(landing: str, namespace: str, name: str) -> None:
    names = naming(landing)
    assert names.landed(DELIVERY.feed) == {"namespace": namespace, "name": name}
    [location] = names.locations(DELIVERY)
    assert location.endswith(f"{name}/cd/{'cd' * 32}"), "by the hash of the bytes"
    assert "anary" not in location and "KEY" not in location


def test_only_so_many_locations_are_told() -> None:
    pages = replace(DELIVERY, files=DELIVERY.files * (MOST_LOCATIONS + 5))
    assert len(naming().locations(pages)) == MOST_LOCATIONS


def test_tables_are_named_by_the_address_we_connect_to_or_a_lasting_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named = {"namespace": "postgres://db.example:5432", "name": "watersmeet.store.person"}
    assert naming().table("store", "person") == named
    assert naming(host="/run/postgresql").store == "postgres://localhost:5432"
    monkeypatch.setenv("WATERSMEET_OPENLINEAGE_DATABASE", "me:canary-secret@store.example:6000/")
    assert naming().store == "postgres://store.example:6000"


def test_a_run_is_known_by_what_it_is_a_try_at(monkeypatch: pytest.MonkeyPatch) -> None:
    names = naming()
    run = names.run_id(DELIVERY, 7)
    assert run == naming(host="elsewhere").run_id(DELIVERY, 7), "the same, wherever it is asked"
    others = {
        names.run_id(DELIVERY, 8),
        names.run_id(replace(DELIVERY, sha256="ef" * 32), 7),
        names.run_id(replace(DELIVERY, feed="works/spend"), 7),
    }
    monkeypatch.setenv("WATERSMEET_OPENLINEAGE_NAMESPACE", "region")
    others.add(naming().run_id(DELIVERY, 7))
    assert len(others) == 4 and run not in others


def test_airflows_run_is_the_parent_where_it_is_known() -> None:
    names = naming()
    known = names.parent({"dag_id": "northmoor__spend", "run_id": "manual__1"})
    assert known is not None
    assert known["job"] == {"namespace": "watersmeet", "name": "northmoor__spend"}
    assert known == names.parent({"dag_id": "northmoor__spend", "run_id": "manual__1", "try": 2})
    assert names.parent({"run_id": "manual__1"}) is None and names.parent({}) is None
