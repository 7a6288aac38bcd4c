"""A crew lives on whatever becomes of its workers, and leaves nothing behind."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipeline.discovery.crew import Crew, Task
from pipeline.discovery.looked import FileLook
from pipeline.discovery.places import ground_of


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "place"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.csv").write_text("Code,Colour\n1,red\n2,blue\n")
    return folder


@pytest.fixture
def crew(place: Path, tmp_path: Path) -> Iterator[Crew]:
    with Crew(ground_of(str(place)), tmp_path / "scratch", seed=1, number=1) as one:
        yield one


def looked(crew: Crew, *names: str) -> list[FileLook]:
    found = {one.task.path: one.look for one in crew.work(Task(name, 20) for name in names)}
    looks = [found[name] for name in names]
    assert all(one is not None for one in looks)
    return [one for one in looks if one is not None]


def workers() -> list[psutil.Process]:
    mine = psutil.Process().children()
    return [one for one in mine if "pipeline.discovery.worker" in one.cmdline()]


def test_a_worker_that_dies_costs_one_file_and_is_replaced(crew: Crew) -> None:
    assert [one.code for one in looked(crew, "0.csv")] == [None]
    [worker] = workers()
    worker.kill()
    worker.wait()
    lost, found = looked(crew, "1.csv", "2.csv")
    assert (lost.code, lost.tables) == ("file-too-demanding", [])
    assert (found.code, found.tables[0].rows) == (None, 2)
    [another] = workers()
    assert another.pid != worker.pid


def test_nothing_is_left_when_the_crew_has_gone(place: Path, tmp_path: Path) -> None:
    with Crew(ground_of(str(place)), tmp_path / "scratch", seed=1, number=2) as crew:
        assert len(looked(crew, "0.csv", "1.csv", "2.csv", "3.csv")) == 4
        assert workers() and list((tmp_path / "scratch").iterdir())
    assert not workers() and not list((tmp_path / "scratch").iterdir())


def test_a_worker_that_is_busy_does_not_outlive_its_crew(place: Path, tmp_path: Path) -> None:
    with Crew(ground_of(str(place)), tmp_path / "scratch", seed=1, number=1) as crew:
        looked(crew, "0.csv")
        [worker] = workers()
        worker.suspend()
        waiting = threading.Thread(target=lambda: looked(crew, "1.csv"))
        waiting.start()
        time.sleep(0.5)  # it has been asked
    assert not workers()
    waiting.join(20)
    assert not waiting.is_alive()


def test_a_long_file_that_has_gone_is_told(place: Path, tmp_path: Path) -> None:
    """One that is sampled by the crew itself."""
    (place / "1.csv").unlink()
    with Crew(ground_of(str(place)), tmp_path / "scratch", seed=1, number=1, limit=10) as crew:
        gone, there = looked(crew, "1.csv", "2.csv")
    assert gone.code == "file-unreadable" and "No such file" in (gone.problem or "")
    assert there.code is None and there.sampled


def test_a_file_that_has_gone_is_told(crew: Crew, place: Path) -> None:
    (place / "1.csv").unlink()
    gone, there = looked(crew, "1.csv", "2.csv")
    assert gone.code == "file-unreadable" and gone.problem is not None
    assert there.code is None
    [done] = crew.work([Task("1.csv", 20, "hash")])
    assert (done.sha256, done.look) == (None, None)
