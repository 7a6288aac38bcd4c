"""Faults 19-21 for whole journeys: half-written, replaced while read, deleted or unmounted.

After each: nothing partial is visible (I1), no row is lost or doubled (I2), the last good version
stays readable (I6), and every row is accounted for (I7).
"""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pipeline.ingest as ingest
from connectors.errors import Unreachable
from connectors.fetch import copying, patience
from contracts.strict_yaml import read
from repository.database import connect
from repository.presence import gone
from tests.journey_kit import Home, settle

FEED = "northmoor/spend"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried again at once."""
    monkeypatch.setattr(patience, "FIRST_WAIT", 0.01)


def waiting(home: Home) -> dict[str, str]:
    told = home.one_value("SELECT unfinished FROM watersmeet.feed WHERE name = %s", FEED)
    return {one["name"]: one["why"] for one in told}


def missing(home: Home) -> list[dict[str, Any]]:
    with connect(home.url) as conn:
        return gone(conn)


def payments(home: Home) -> int:
    return int(home.one_value("SELECT count(*) FROM store.payment"))


def declare(home: Home, **facts: str) -> None:
    """Change what the feed says of its place."""
    path = home.contracts() / "feeds" / f"{FEED}.yml"
    assert read(path).data["place"]["kind"] == "folder"
    lines = "".join(f"  {word}: {value}\n" for word, value in facts.items())
    written = path.read_text().replace("  settled_for: 1\n", f"  settled_for: 1\n{lines}")
    path.write_text(written)
    home.migrate()


def reconciles(home: Home) -> None:
    """I7, for every delivery."""
    assert home.rows(
        "SELECT bool_and(landed = new + changed + unchanged + quarantined + excluded)"
        " FROM watersmeet.delivery"
    ) == [(True,)]


def test_19_a_half_written_file_waits_until_it_is_still(home: Home) -> None:
    path = home.supply(FEED)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert home.run(FEED) == [] and payments(home) == 0
    assert waiting(home) == {path.name: "was changed less than 1 seconds ago"}
    path.write_bytes(whole)
    settle(path, 60)
    run = home.one(FEED)
    assert run.outcome is not None and run.outcome.landed > 0
    assert waiting(home) == {} and home.run(FEED) == []
    reconciles(home)


def test_19_a_file_waits_for_its_done_marker(home: Home) -> None:
    declare(home, done_marker="'{name}.done'")
    path = home.supply(FEED)
    assert home.run(FEED) == []
    assert waiting(home) == {path.name: f"waits for its done-marker {path.name}.done"}
    path.with_name(f"{path.name}.done").touch()
    assert home.one(FEED).outcome is not None
    reconciles(home)


def test_19_a_delivery_of_several_files_waits_for_its_manifest(home: Home) -> None:
    """And is loaded as one, with two files of one name that do not collide."""
    declare(home, manifest="files.txt", delivery="all")
    path = home.contracts() / "feeds" / f"{FEED}.yml"
    path.write_text(path.read_text().replace('"*.csv"', '"*/*.csv"'))
    supplied = home.supply(FEED)
    lines = supplied.read_bytes().splitlines(keepends=True)
    start = next(i for i, line in enumerate(lines) if b"Net Amount" in line) + 1
    half = (start + len(lines) - 1) // 2
    for folder, part in (("east", lines[:half]), ("west", lines[:start] + lines[half:])):
        name = supplied.parent / folder / "payments.csv"
        home.put(str(name.relative_to(home.supplied)), b"".join(part))
    supplied.unlink()
    assert home.run(FEED) == []
    assert waiting(home).keys() == {"*/*.csv"}
    manifest = str((supplied.parent / "files.txt").relative_to(home.supplied))
    home.put(manifest, "east/payments.csv\nwest/payments.csv\nwest/more.csv\n")
    assert home.run(FEED) == []
    assert "west/more.csv is listed" in waiting(home)["*/*.csv"]
    home.put(manifest, "east/payments.csv\nwest/payments.csv\n")
    run = home.one(FEED)
    assert run.outcome is not None, run.refused
    names = home.rows("SELECT name FROM watersmeet.delivery_file ORDER BY 1")
    assert names == [("east_payments.csv",), ("west_payments.csv",)]
    answers = home.region.answers(FEED)
    assert payments(home) == answers["good"]
    assert home.run(FEED) == []
    reconciles(home)


def test_20_a_file_replaced_while_it_is_read_is_read_anew(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home.supply(FEED)
    first, told = path.read_bytes(), copying.hashlib.sha256
    home.supply(FEED, 2)
    second = home.file(FEED, 2).read_bytes()
    home.file(FEED, 2).unlink()
    home.put(str(path.relative_to(home.supplied)), first)

    def replaced(*content: bytes) -> Any:
        # In one step, as a careful supplier does it: the old file is still read to its end.
        beside = path.with_name(".beside")
        beside.write_bytes(second)
        settle(beside, 60)
        beside.replace(path)
        return told(*content)

    monkeypatch.setattr(copying.hashlib, "sha256", replaced)
    with pytest.raises(Unreachable) as raised:
        home.run(FEED)
    assert (raised.value.code, raised.value.passing) == ("file-changed", True)
    assert payments(home) == 0 and not list((home.root / "state").rglob("*.csv"))
    monkeypatch.setattr(copying.hashlib, "sha256", told)
    assert home.one(FEED).delivery.sha256 == told(second).hexdigest()
    reconciles(home)


def two(home: Home) -> tuple[Path, Path]:
    """Two deliveries at the place, of different names, both loaded."""
    second = home.supply(FEED, 2)
    content = second.read_bytes()
    second.unlink()
    first = home.supply(FEED)
    home.one(FEED)
    second = first.with_name("payments-2026-q2.csv")
    home.put(str(second.relative_to(home.supplied)), content)
    home.one(FEED)
    return first, second


def interrupted(
    home: Home, monkeypatch: pytest.MonkeyPatch, fault: Callable[[], None], mend: Callable[[], None]
) -> list[str]:
    """Run the feed while its place fails in the middle of a read; what happened."""
    copied, happened = copying._copy, []

    def failing(*arguments: Any) -> None:
        if not happened:
            fault()
            happened.append("failed")
        elif len(happened) == 1:
            mend()
            happened.append("mended")
        copied(*arguments)

    monkeypatch.setattr(copying, "_copy", failing)
    facts = copying.take

    def looked(*arguments: Any) -> Any:
        if len(happened) == 1:
            mend()
            happened.append("mended")
        return facts(*arguments)

    monkeypatch.setattr("connectors.fetch.take", looked)
    runs = home.run(FEED)
    assert [one.outcome is not None for one in runs] == [True]
    return happened


def test_21_a_file_deleted_while_it_is_read_is_tried_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home.supply(FEED)
    aside = path.with_name(".aside")
    happened = interrupted(
        home, monkeypatch, lambda: path.rename(aside), lambda: _back(aside, path)
    )
    assert happened == ["failed", "mended"]
    assert payments(home) == home.region.answers(FEED)["good"]
    reconciles(home)


def _back(aside: Path, path: Path) -> None:
    aside.rename(path)


def test_21_a_share_unmounted_while_it_is_read_is_never_empty(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    home.supply(FEED)
    home.one(FEED)
    path = home.supply(FEED, 2)
    before = payments(home)
    mounted = path.parent.with_name("elsewhere")
    copied = copying._copy

    def unmount(*arguments: Any) -> None:
        if not mounted.exists():
            path.parent.rename(mounted)
            path.parent.mkdir()  # the mount point stays, and is empty
        copied(*arguments)

    monkeypatch.setattr(copying, "_copy", unmount)
    with pytest.raises(Unreachable) as raised:
        home.run(FEED)
    assert (raised.value.code, raised.value.passing) == ("file-gone", True)
    assert payments(home) == before
    with caplog.at_level(logging.WARNING):
        assert home.run(FEED) == []
    assert payments(home) == before and missing(home) != []
    path.parent.rmdir()
    mounted.rename(path.parent)
    monkeypatch.setattr(copying, "_copy", copied)
    assert home.one(FEED).outcome is not None
    assert missing(home) == []
    reconciles(home)


def test_21_what_is_gone_is_told_and_never_taken_for_empty(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = two(home)
    before = home.content(FEED)
    kept = {one: one.read_bytes() for one in (first, second)}
    first.unlink()
    with caplog.at_level(logging.WARNING):
        assert ingest.discover(FEED) == []
    assert f"gone since the last look: {first.name}" in caplog.text
    [told] = missing(home)
    assert (told["gone"], told["of"], told["names"]) == (1, 2, [first.name])
    caplog.clear()
    home.put(str(first.relative_to(home.supplied)), kept[first])
    shutil.rmtree(first.parent)
    first.parent.mkdir()
    with caplog.at_level(logging.WARNING):
        assert home.run(FEED) == []
    [told] = missing(home)
    assert told["gone"] == told["of"] == 2
    assert home.content(FEED) == before
    # Back, as it was: known again, and not fetched anew.
    for path, content in kept.items():
        home.put(str(path.relative_to(home.supplied)), content)
    ingest.run_feed(FEED)
    assert missing(home) == [] and home.content(FEED) == before
    assert first.exists() and second.exists()


def test_21_an_empty_place_asks_whether_it_is_mounted(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    folder = two(home)[0].parent
    shutil.rmtree(folder)
    folder.mkdir()
    with caplog.at_level(logging.WARNING):
        assert ingest.discover(FEED) == []
    assert "Is the share mounted?" in caplog.text
