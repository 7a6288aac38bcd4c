"""What of a listing makes an arrival, on real folders: finished, grouped, copied."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import Unreachable
from connectors.fetch import (
    Standing,
    copying,
    fetch,
    finished,
    patience,
)
from connectors.fetch.copying import names_of
from tests.connectors.fetch import folder_kit
from tests.connectors.fetch.folder_kit import connection, get, look, names, place, put, waits

quick = folder_kit.quick
share = folder_kit.share


# --- at rest


def test_a_file_that_is_not_at_rest_waits_and_says_so(share: Path) -> None:
    put(share / "old.csv")
    put(share / "new.csv", age=0)
    found = look(share)
    assert names(found) == ["old.csv"]
    assert waits(found) == {"new.csv": "was changed less than 5 seconds ago"}
    assert found.present == {"old.csv", "new.csv"}
    assert names(look(share, settled_for=0)) == ["old.csv", "new.csv"]


def test_files_stamped_in_the_future_wait_together_once(
    share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(finished.time, "sleep", slept.append)
    for number in range(3):
        put(share / f"{number}.csv", age=-86_400)
    found = look(share, settled_for=7)
    assert len(found.arrivals) == 3 and slept == [7]
    # What is settled need not be looked at twice.
    stamps = {one.name: str(one.stamp) for one in found.arrivals}
    assert len(look(share, Standing(stamps=stamps), settled_for=7).arrivals) == 3
    assert slept == [7]


def test_a_file_that_goes_while_it_is_looked_at_twice_waits(
    share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(share / "a.csv", age=-86_400)
    monkeypatch.setattr(finished.time, "sleep", lambda seconds: path.unlink())
    assert "in the future" in waits(look(share))["a.csv"]


def test_a_file_stamped_in_the_future_that_is_changed_meanwhile_waits(
    share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(share / "a.csv", age=-86_400)
    put(share / "b.csv", age=-86_400)
    monkeypatch.setattr(finished.time, "sleep", lambda _: put(path, b"a,b\n1,2\n", age=-86_400))
    found = look(share)
    assert names(found) == ["b.csv"]
    assert "in the future, and was changed" in waits(found)["a.csv"]


def test_a_file_that_may_not_be_looked_at_twice_is_no_file_that_waits(
    share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(share / "a.csv", age=-86_400)

    def swap(_: float) -> None:
        path.unlink()
        path.symlink_to("/etc/hostname")

    monkeypatch.setattr(finished.time, "sleep", swap)
    with pytest.raises(Unreachable) as raised:
        look(share)
    assert raised.value.code == "link-leaves-folder"


@pytest.mark.parametrize(
    "name", [".a.csv", "~$a.csv", "a.csv.part", "a.csv.filepart", "a.csv.TMP", ".hidden/a.csv"]
)
def test_names_programs_give_while_they_write_are_passed_over(share: Path, name: str) -> None:
    put(share / name)
    found = look(share, pattern="**/*")
    assert (found.arrivals, found.unfinished, found.present) == ((), (), frozenset())


@pytest.mark.parametrize(
    "name", [b"caf\xe9.csv", b"a\nb.csv", b"a\x1b[31m.csv", b"\xe2\x80\xaea.csv"]
)
def test_a_name_that_cannot_be_written_down_is_told_not_taken(share: Path, name: bytes) -> None:
    put(share / os.fsdecode(name))
    found = look(share)
    assert not found.arrivals
    [(told, why)] = waits(found).items()
    assert "renamed" in why
    told.encode("ascii")


# --- done-markers


def test_a_file_waits_for_its_done_marker(share: Path) -> None:
    put(share / "a.csv")
    put(share / "b.csv")
    put(share / "b.csv.done", b"")
    found = look(share, done_marker="{name}.done")
    assert names(found) == ["b.csv"]
    assert waits(found) == {"a.csv": "waits for its done-marker a.csv.done"}
    assert found.present == {"a.csv", "b.csv"}


def test_a_marker_is_known_however_its_accents_are_written(share: Path) -> None:
    """macOS writes é as e and an accent; the file came from elsewhere."""
    put(share / "caf\u00e9.csv")
    put(share / "cafe\u0301.csv.done", b"")
    assert names(look(share, done_marker="{name}.done")) == ["caf\u00e9.csv"]


def test_what_only_begins_as_a_marker_is_a_file(share: Path) -> None:
    put(share / "a.done.csv")
    found = look(share, done_marker="{name}.done")
    assert waits(found) == {"a.done.csv": "waits for its done-marker a.done.csv.done"}


def test_a_marker_of_a_fixed_name_marks_its_folder(share: Path) -> None:
    put(share / "01" / "a.csv")
    put(share / "02" / "a.csv")
    put(share / "02" / ".complete", b"")
    found = look(share, done_marker=".complete", pattern="*/*")
    assert names(found) == ["02/a.csv"]


def test_a_marker_older_than_its_file_tells_nothing(share: Path) -> None:
    put(share / "a.csv.done", b"", age=100)
    put(share / "a.csv", age=99)
    assert names(look(share, done_marker="{name}.done")) == ["a.csv"]  # stamps are coarse
    put(share / "a.csv", age=50)
    assert "written again" in waits(look(share, done_marker="{name}.done"))["a.csv"]


# --- deliveries of several files


def test_files_of_a_date_make_a_delivery(share: Path) -> None:
    for name in ("2026-01/a.csv", "2026-01/b.csv", "2026-02/a.csv", "2026-13/a.csv"):
        put(share / name)
    found = look(share, delivery="date", pattern="{date:%Y-%m}/*.csv", least_files=2)
    assert names(found) == ["2026-01/*.csv"]
    assert found.arrivals[0].files == ("2026-01/a.csv", "2026-01/b.csv")
    assert found.arrivals[0].size == 8
    assert waits(found) == {"2026-02/*.csv": "1 of at least 2 files are there"}
    assert found.present == {"2026-01/*.csv", "2026-02/*.csv"}


def test_files_of_a_folder_make_a_delivery(share: Path) -> None:
    for name in ("x/a.csv", "x/b.csv", "y/a.csv", "a.csv"):
        put(share / name)
    found = look(share, delivery="folder", pattern="**/*.csv")
    assert {one.name: one.files for one in found.arrivals} == {
        "x": ("x/a.csv", "x/b.csv"),
        "y": ("y/a.csv",),
        "**/*.csv": ("a.csv",),
    }


def test_a_delivery_is_as_new_as_its_newest_file(share: Path) -> None:
    put(share / "x" / "a.csv", age=900)
    newest = put(share / "x" / "b.csv", age=100)
    put(share / "y" / "a.csv", age=500)
    found = look(share, delivery="folder", pattern="*/*.csv")
    assert names(found) == ["y", "x"], "oldest first"
    moment = found.arrivals[1].modified
    assert moment is not None and moment.timestamp() == pytest.approx(newest.stat().st_mtime)


def test_a_delivery_waits_for_each_of_its_files(share: Path) -> None:
    for number in range(6):
        put(share / f"{number}.csv", age=0 if number else 60)
    found = look(share, delivery="all")
    assert not found.arrivals
    why = waits(found)["*"]
    assert why.startswith("1.csv was changed") and why.endswith("; and 2 more")


def test_any_change_gives_a_delivery_another_stamp(share: Path) -> None:
    def stamp() -> str | None:
        [arrival] = look(share, delivery="all").arrivals
        return arrival.stamp

    put(share / "a.csv", age=100)
    put(share / "b.csv", age=100)
    stamps = [stamp(), stamp()]
    assert stamps[0] == stamps[1]
    put(share / "b.csv", age=90)
    stamps.append(stamp())
    put(share / "c.csv", age=100)
    stamps.append(stamp())
    (share / "a.csv").unlink()
    stamps.append(stamp())
    assert len(set(stamps)) == 4


def test_files_of_one_name_from_several_folders_are_kept_apart(share: Path) -> None:
    for folder in ("north", "south"):
        put(share / folder / "a.csv", folder.encode())
    put(share / "north" / "south_a.csv", b"third")
    facts: dict[str, Any] = {"delivery": "all", "pattern": "**/*.csv"}
    copies = get(share, **facts)
    assert [(one.name, one.read_bytes()) for one in copies] == [
        ("north_a.csv", b"north"),
        ("south_a.csv", b"third"),
        ("2_south_a.csv", b"south"),
    ]


NAMES = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=300)


@given(st.lists(st.lists(NAMES, min_size=1, max_size=3).map("/".join), unique=True, max_size=8))
def test_names_of_copies_are_never_equal_and_never_too_long(paths: list[str]) -> None:
    made = names_of(paths)
    assert len({name.casefold() for name in made}) == len(paths)
    assert all(0 < len(name.encode()) <= 255 and "/" not in name for name in made)
    assert names_of(paths) == made


# --- fetching


def test_one_file_that_changes_takes_all_of_the_delivery_back(
    share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        put(share / f"{number}.csv", b"x" * 100)
    copied: Callable[..., None] = copying._copy

    def meddle(*arguments: Any) -> None:
        copied(*arguments)
        if arguments[1].name == "1.csv":
            put(share / "2.csv", b"y" * 101, age=30)

    monkeypatch.setattr(copying, "_copy", meddle)
    [arrival] = look(share, delivery="all").arrivals
    with pytest.raises(Unreachable) as raised:
        fetch(place(delivery="all"), connection(share), arrival, share.parent / "into")
    assert raised.value.code == "file-changed"
    assert list((share.parent / "into").iterdir()) == []


def test_a_full_disk_here_leaves_nothing_behind(
    share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(share / "a.csv")

    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copying.hashlib, "sha256", full)
    with pytest.raises(Unreachable) as raised:
        get(share)
    assert (raised.value.code, raised.value.passing) == ("scratch-unwritable", True)
    assert "No space left" in raised.value.message
    assert list((share.parent / "into").iterdir()) == []


def test_what_passes_is_tried_again_and_what_does_not_is_not() -> None:
    asked: list[str] = []

    def fails(code: str, passing: bool, until: int) -> Callable[[], str]:
        def attempt() -> str:
            asked.append(code)
            if len(asked) < until:
                raise Unreachable(code, "x", passing=passing)
            return "got"

        return attempt

    assert patience.patiently(fails("place-failing", True, 3)) == "got"
    for code, passing, times in [
        ("place-failing", True, patience.ATTEMPTS),
        ("login-refused", False, 1),
        ("file-changed", True, 1),
    ]:
        asked.clear()
        with pytest.raises(Unreachable):
            patience.patiently(fails(code, passing, 99))
        assert len(asked) == times
