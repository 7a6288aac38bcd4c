"""What is known of a place lasts, and is forgotten when, and only when, it is so no more."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.discovery.looked import FileLook
from pipeline.discovery.notebook import Notebook
from pipeline.discovery.sighting import Obstacle, Sighting

ONE = Sighting("a/one.csv", 10, 1_000, "ann", "v1")
TWO = Sighting("a/two.csv", 20, 2_000, "ann", None)
LOOK = FileLook("delimited", "delimited text", "mark")


def opened(state: Path, by: str = "contracts") -> Notebook:
    return Notebook(state, "place", by)


def walk(notebook: Notebook, *found: Sighting | Obstacle) -> list[str]:
    """Note a whole walk; the paths that wait to be looked into after it."""
    assert list(notebook.walked(found)) == list(found)
    return [one.path for one in notebook.waiting()]


@pytest.fixture
def known(tmp_path: Path) -> Notebook:
    """A notebook in which two files were looked into."""
    notebook = opened(tmp_path)
    assert walk(notebook, ONE, TWO) == [ONE.path, TWO.path]
    for one in (ONE, TWO):
        notebook.note_look(one.path, LOOK, [(3, b"12345678")])
        notebook.note_sha256(one.path, "same")
    assert walk(notebook, ONE, TWO) == []
    return notebook


@pytest.mark.parametrize(
    "change", [{"size": 11}, {"modified": 1_001}, {"version": "v2"}, {"version": None}]
)
def test_a_file_that_changed_in_any_way_waits_again_and_nothing_of_it_is_known(
    known: Notebook, change: dict[str, Any]
) -> None:
    changed = replace(ONE, **change)
    assert walk(known, changed, TWO) == [ONE.path]
    first, second = known.files()
    assert (first.sighting, first.look, first.sha256) == (changed, None, None)
    assert second.look == LOOK
    assert list(known.twins()) == []
    assert [path for path, *_ in known.sketches()] == [TWO.path]


def test_another_owner_is_no_change_and_is_noted(known: Notebook) -> None:
    other = replace(ONE, owner="bob")
    assert walk(known, other, TWO) == []
    assert next(known.files()).sighting == other


def test_what_is_gone_is_forgotten_when_the_walk_has_come_to_its_end(known: Notebook) -> None:
    obstacle = Obstacle("a/shut", "file-unreadable", "It may not be read.")
    walk(known, ONE, TWO, obstacle)
    under_way = known.walked([ONE, TWO])
    next(under_way)
    known.keep()
    assert known.count() == (2, 0) and [one.path for one in known.obstacles()] == ["a/shut"]
    under_way.close()
    assert known.count() == (2, 0), "a walk that was ended has not seen what it did not come to"
    assert walk(known, TWO) == []
    assert [one.sighting for one in known.files()] == [TWO]
    assert list(known.obstacles()) == []
    [held] = known._database.execute("SELECT path FROM sketches").fetchall()
    assert held == (TWO.path.encode(),), "hashes of records are not kept of a file that has gone"
    walk(known, ONE, TWO)
    assert [one.path for one in known.waiting()] == [ONE.path], "it is another that came again"


def test_what_was_kept_outlives_a_process_that_is_killed(tmp_path: Path) -> None:
    notebook = opened(tmp_path)
    walk(notebook, ONE, TWO)
    notebook.note_look(ONE.path, LOOK, [])
    notebook.keep()
    notebook.note_look(TWO.path, LOOK, [])
    notebook._database.close()  # as the system would
    again = opened(tmp_path)
    assert [one.path for one in again.waiting()] == [TWO.path]
    assert again.seed == notebook.seed, "hashes of records are compared with those of before"


def test_other_contracts_leave_files_and_no_look(tmp_path: Path, known: Notebook) -> None:
    known.close()
    again = opened(tmp_path, by="other contracts")
    assert again.count() == (2, 2)
    assert list(again.sketches()) == [] and list(again.twins()) == []
