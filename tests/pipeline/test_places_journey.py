"""Deliveries of several files, the whole way: archives, manifests, one delivery for each date."""

import gzip
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from pipeline.explain import explain
from pipeline.impact import impact
from pipeline.ingest import reconcile
from tests.journey_kit import Home

FEED = "northmoor/spend"
FOLDER = "northmoor/exports/spend"
HEADER = "Payment date,Supplier,Transaction number,Amount\n"
DECLARED = """\
title: Northmoor Council, payments over £500
owner: Head of Financial Operations, Northmoor Council
maintainer: data engineering
agreement: spend-transparency
place:
  kind: folder
  connection: northmoor_exports
  path: spend
  settled_for: 1
{place}
columns:
  body: {{constant: Northmoor Council}}
gates: {{not_checked: "deliveries of any size"}}
"""

Declare = Callable[..., None]


@pytest.fixture
def declare(home: Home) -> Declare:
    """Writes the feed, with what a test says of its place."""

    def to(*place: str, file: str = "") -> None:
        written = DECLARED.format(place="".join(f"  {line}\n" for line in place))
        (home.contracts() / "feeds" / f"{FEED}.yml").write_text(written + file)
        home.migrate()

    return to


def payments(*numbers: int, bad: int | None = None) -> str:
    """A file of payments; the sum of one is no number."""
    return HEADER + "".join(
        f"20/04/2026,Supplier {n} Ltd,P{n:05},{'to follow' if n == bad else f'{n}.50'}\n"
        for n in numbers
    )


def zipped(members: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def put(home: Home, name: str, content: bytes | str, age: float = 500) -> None:
    home.put(f"{FOLDER}/{name}", content, age)


def loaded(home: Home) -> list[str]:
    found = home.rows("SELECT transaction_number FROM store.payment ORDER BY 1")
    return [number for (number,) in found]


def told(numbers: Iterable[int]) -> list[str]:
    return [f"P{n:05}" for n in numbers]


def explained(home: Home, number: int) -> dict[str, Any]:
    """The way of one payment's sum."""
    id_ = home.one_value(
        "SELECT payment_id FROM store.payment WHERE transaction_number = %s", f"P{number:05}"
    )
    found = explain("payment", str(id_), "amount")
    assert found["proved"], found
    assert found["as_written"] == f"{number}.50"
    return found


def waiting(home: Home) -> dict[str, str]:
    found = home.one_value("SELECT unfinished FROM watersmeet.feed WHERE name = %s", FEED)
    return {one["name"]: one["why"] for one in found}


def test_an_archive_of_several_members(home: Home, declare: Declare) -> None:
    declare('pattern: "*.zip"', file='file: {format: delimited, members: "*.csv"}\n')
    put(home, "april.zip", zipped({
        "works/north.csv": payments(1, 2, 3, bad=2),
        "works/south.csv": payments(4, 5),
        "read me.txt": "nothing to load",
    }))  # fmt: skip
    run = home.one(FEED)
    assert run.outcome is not None
    assert (run.outcome.landed, run.outcome.new, run.outcome.quarantined) == (5, 4, 1)
    assert loaded(home) == told([1, 3, 4, 5])
    counted = reconcile(FEED, run.delivery.to_json())
    assert (counted["landed"], counted["new"], counted["quarantined"]) == (5, 4, 1)
    tables = home.rows("SELECT file, facts -> 'notes' FROM watersmeet.delivery_table ORDER BY 1")
    assert tables == [
        ("april.zip/works/north.csv", ["members-passed-over"]),
        ("april.zip/works/south.csv", ["members-passed-over"]),
    ]
    assert home.run(FEED) == []


def test_a_value_leads_back_to_the_member_and_the_archive(home: Home, declare: Declare) -> None:
    declare('pattern: "*.zip"')
    content = zipped({"a/one.csv": payments(1, 2), "b/one.csv": payments(3)})
    put(home, "april.zip", content)
    home.one(FEED)
    for number, file, cell in ((2, "april.zip/a/one.csv", "D3"), (3, "april.zip/b/one.csv", "D2")):
        found = explained(home, number)
        assert (found["file"], found["cell"]) == (file, cell)
        assert found["sha256"] == hashlib.sha256(content).hexdigest()
        assert found["landed_key"].endswith("/april.zip")
    [archive] = impact("april.zip").tops
    counted = {part.name: part.count for part in archive.parts[0].parts if part.kind == "table"}
    assert counted["store.payment"] == 3


def test_a_compressed_file_is_known_by_what_is_in_it(home: Home, declare: Declare) -> None:
    declare('pattern: "*.gz"')
    put(home, "april.csv.gz", gzip.compress(payments(1, 2).encode()))
    home.one(FEED)
    found = explained(home, 2)
    assert (found["file"], found["cell"]) == ("april.csv.gz/april.csv", "D3")
    assert found["landed_key"].endswith("/april.csv.gz")


def test_one_bad_member_refuses_the_archive(home: Home, declare: Declare) -> None:
    declare('pattern: "*.zip"')
    put(home, "april.zip", zipped({"good.csv": payments(1), "inner.zip": "PK\x03\x04nothing"}))
    run = home.one(FEED)
    assert run.outcome is None and run.refused is not None
    assert "april.zip" in run.refused and loaded(home) == []
    # The feed is mended: it is taken without being sent again.
    declare('pattern: "*.zip"', file='file: {format: delimited, members: "*.csv"}\n')
    assert home.one(FEED).outcome is not None
    assert loaded(home) == told([1])


def test_files_of_a_manifest_wait_for_all_it_lists(home: Home, declare: Declare) -> None:
    declare(
        'pattern: "*/*.csv"', "delivery: folder", 'manifest: "*/MANIFEST"', "done_marker: _SUCCESS"
    )
    north, south = payments(1, 2), payments(3)
    listed = "".join(
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n"
        for name, text in (("north.csv", north), ("south.csv", south))
    )
    put(home, "2026-04/MANIFEST", listed)
    put(home, "2026-04/north.csv", north)
    assert home.run(FEED) == []
    assert "2026-04/south.csv is listed by a manifest and is not there" in waiting(home)["2026-04"]
    put(home, "2026-04/south.csv", south)
    assert home.run(FEED) == [], "the done-marker is still to come"
    put(home, "2026-04/_SUCCESS", "", age=400)
    run = home.one(FEED)
    assert run.outcome is not None and run.outcome.new == 3
    assert [file.name for file in run.delivery.files] == ["north.csv", "south.csv"]
    assert waiting(home) == {} and home.run(FEED) == []
    assert explained(home, 3)["file"] == "south.csv"
    assert reconcile(FEED, run.delivery.to_json())["landed"] == 3


def test_a_date_is_one_delivery_and_the_next_replaces_it(home: Home, declare: Declare) -> None:
    declare(
        'pattern: "spend-{date:%Y-%m}-*.csv"',
        "delivery: date",
        "least_files: 2",
    )
    put(home, "spend-2026-04-north.csv", payments(1, 2))
    put(home, "spend-2026-04-south.csv", payments(3))
    put(home, "spend-2026-05-north.csv", payments(4))
    april = home.one(FEED)
    assert april.delivery.name == "spend-2026-04-*.csv"
    assert april.outcome is not None and april.outcome.new == 3
    assert waiting(home) == {"spend-2026-05-*.csv": "1 of at least 2 files are there"}
    assert explained(home, 3)["file"] == "spend-2026-04-south.csv"
    # One of its files is corrected: the date comes again, whole.
    put(home, "spend-2026-04-south.csv", payments(3, 33), age=300)
    put(home, "spend-2026-05-south.csv", payments(5))
    assert [run.outcome.new for run in home.run(FEED) if run.outcome] == [2, 1]
    assert loaded(home) == told([1, 2, 3, 4, 5, 33])
    assert home.run(FEED) == []


def test_the_only_file_of_a_date_is_told_by_its_own_name(home: Home, declare: Declare) -> None:
    declare('pattern: "spend-{date:%Y-%m}-*.csv"', "delivery: date")
    content = payments(1)
    put(home, "spend-2026-04-north.csv", content)
    home.one(FEED)
    found = explained(home, 1)
    assert found["file"] == "spend-2026-04-north.csv"
    assert found["sha256"] == hashlib.sha256(content.encode()).hexdigest()
    assert found["landed_key"].endswith("/spend-2026-04-north.csv")


def test_a_file_below_the_folder_is_told_with_its_path(home: Home, declare: Declare) -> None:
    declare('pattern: "**/*.csv"')
    put(home, "2026/north.csv", payments(1))
    home.one(FEED)
    found = explained(home, 1)
    assert found["file"] == "2026/north.csv"
    assert found["landed_key"].endswith("/north.csv")
