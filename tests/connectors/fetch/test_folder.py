"""The folder connector on real folders."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import Arrival, copying, discover, fetch, finished, patience
from contracts.places import Folder


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried again at once."""
    monkeypatch.setattr(patience, "FIRST_WAIT", 0.01)


def share(path: Path | str) -> Connection:
    return Connection(id="share", kind="fs", path=str(path))


def place(**facts: object) -> Folder:
    return Folder(kind="folder", connection="share", settled_for=5, **facts)  # type: ignore[arg-type]


def put(path: Path, content: bytes = b"a,b\n", age: float = 60) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time.time() - age,) * 2)
    return path


def names(found: Folder, connection: Connection) -> list[str]:
    return [arrival.name for arrival in discover(found, connection).arrivals]


def test_settled_files_that_match_arrive_oldest_first(tmp_path: Path) -> None:
    put(tmp_path / "in" / "b.csv", age=100)
    put(tmp_path / "in" / "a.csv", age=50)
    put(tmp_path / "in" / "c.txt")
    put(tmp_path / "in" / "new.csv", age=0)
    put(tmp_path / "in" / ".hidden.csv")
    put(tmp_path / "in" / "~$lock.csv")
    (tmp_path / "in" / "folder.csv").mkdir()
    assert names(place(path="in", pattern="*.csv"), share(tmp_path)) == ["b.csv", "a.csv"]


def test_an_arrival_says_size_time_and_file(tmp_path: Path) -> None:
    put(tmp_path / "in" / "b.csv", b"12345", age=100)
    [arrival] = discover(place(path="in"), share(tmp_path)).arrivals
    assert (arrival.size, arrival.files) == (5, ("b.csv",))
    assert arrival.modified is not None
    assert abs(arrival.modified.timestamp() - (time.time() - 100)) < 30


def test_a_file_stamped_in_the_future_settles_by_keeping_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "still.csv", age=-86_400)
    growing = put(tmp_path / "growing.csv", age=-86_400)
    monkeypatch.setattr(
        finished.time, "sleep", lambda seconds: growing.write_bytes(b"more and more")
    )
    assert names(place(), share(tmp_path)) == ["still.csv"]


def test_bytes_are_copied_unchanged(tmp_path: Path) -> None:
    content = bytes(range(256)) * 100
    put(tmp_path / "share" / "a.csv", content)
    (tmp_path / "into").mkdir()
    [arrival] = discover(place(), share(tmp_path / "share")).arrivals
    [copy] = fetch(place(), share(tmp_path / "share"), arrival, tmp_path / "into").paths
    assert copy.read_bytes() == content
    assert copy.name == "a.csv"


def test_a_file_that_changes_while_it_is_copied_is_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = put(tmp_path / "share" / "a.csv", b"x" * 1000)
    (tmp_path / "into").mkdir()
    [arrival] = discover(place(), share(tmp_path / "share")).arrivals
    told = hashlib.sha256

    def meddle(*content: bytes) -> object:
        source.write_bytes(b"y" * 1000)
        return told(*content)

    monkeypatch.setattr(copying.hashlib, "sha256", meddle)
    with pytest.raises(Unreachable) as raised:
        fetch(place(), share(tmp_path / "share"), arrival, tmp_path / "into")
    assert (raised.value.code, raised.value.passing) == ("file-changed", True)
    assert list((tmp_path / "into").iterdir()) == []


def test_a_file_replaced_since_it_was_found_is_not_taken(tmp_path: Path) -> None:
    put(tmp_path / "share" / "a.csv", b"x" * 10)
    (tmp_path / "into").mkdir()
    [arrival] = discover(place(), share(tmp_path / "share")).arrivals
    put(tmp_path / "share" / "a.csv", b"x" * 20)
    with pytest.raises(Unreachable) as raised:
        fetch(place(), share(tmp_path / "share"), arrival, tmp_path / "into")
    assert raised.value.code == "file-changed"


def test_a_file_gone_since_it_was_found_is_passing(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv")
    [arrival] = discover(place(), share(tmp_path)).arrivals
    path.unlink()
    with pytest.raises(Unreachable) as raised:
        fetch(place(), share(tmp_path), arrival, tmp_path)
    assert (raised.value.code, raised.value.passing) == ("file-gone", True)


def test_a_missing_folder_names_folder_connection_and_remedy(tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as raised:
        discover(place(path="nowhere"), share(tmp_path))
    assert raised.value.code == "folder-missing"
    assert str(tmp_path / "nowhere") in raised.value.message
    assert "'share'" in raised.value.message
    assert "mount" in raised.value.message


def test_a_connection_without_folder_says_so() -> None:
    with pytest.raises(Unreachable) as raised:
        discover(place(), share(""))
    assert raised.value.code == "connection-incomplete"


@pytest.fixture
def nobody(tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Becomes somebody other than root, who may read every folder."""
    before = os.geteuid()
    tmp_path.chmod(0o755)
    for above in tmp_path.parents:
        if above.name.startswith("pytest-"):  # no folder that is not ours
            above.chmod(0o755)

    def become() -> None:
        if before == 0:
            os.seteuid(65534)

    yield become
    os.seteuid(before)


@pytest.mark.parametrize("mode", [0, 0o444, 0o111])
def test_a_folder_that_may_not_be_read_says_so(
    tmp_path: Path, nobody: Callable[[], None], mode: int
) -> None:
    put(tmp_path / "closed" / "a.csv")
    (tmp_path / "closed").chmod(mode)
    nobody()
    with pytest.raises(Unreachable) as raised:
        discover(place(), share(tmp_path / "closed"))
    assert raised.value.code == "folder-unreadable"
    assert not raised.value.passing


def test_a_file_that_is_no_folder_says_so(tmp_path: Path) -> None:
    put(tmp_path / "a.csv")
    with pytest.raises(Unreachable) as raised:
        discover(place(path="a.csv"), share(tmp_path))
    assert raised.value.code == "folder-missing"


def test_links_that_leave_the_folder_are_refused(tmp_path: Path) -> None:
    put(tmp_path / "secret.csv")
    put(tmp_path / "share" / "a.csv")
    (tmp_path / "share" / "inside.csv").symlink_to(tmp_path / "share" / "a.csv")
    assert sorted(names(place(), share(tmp_path / "share"))) == ["a.csv", "inside.csv"]
    (tmp_path / "share" / "out.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(Unreachable) as raised:
        discover(place(), share(tmp_path / "share"))
    assert raised.value.code == "link-leaves-folder"
    assert "out.csv" in raised.value.message


@pytest.mark.parametrize("facts", [{"path": ".."}, {"path": "/etc"}, {"path": "in/../.."}])
def test_a_feed_cannot_point_out_of_its_folder(tmp_path: Path, facts: dict[str, str]) -> None:
    put(tmp_path / "secret.csv")
    put(tmp_path / "share" / "a.csv")
    with pytest.raises(Unreachable, match="leads out of"):
        discover(place(**facts), share(tmp_path / "share"))


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/passwd", "in/../../secret.csv"])
def test_an_arrival_cannot_point_out_of_its_folder(tmp_path: Path, name: str) -> None:
    put(tmp_path / "secret.csv")
    put(tmp_path / "share" / "in" / "a.csv")
    (tmp_path / "into").mkdir()
    with pytest.raises(Unreachable, match="leads out of"):
        fetch(place(), share(tmp_path / "share"), Arrival(name, files=(name,)), tmp_path / "into")
    assert list((tmp_path / "into").iterdir()) == []


def test_links_to_folders_are_followed_within_and_never_in_a_circle(tmp_path: Path) -> None:
    put(tmp_path / "share" / "2026" / "a.csv")
    (tmp_path / "share" / "this-year").symlink_to(tmp_path / "share" / "2026")
    (tmp_path / "share" / "2026" / "up").symlink_to(tmp_path / "share")
    found = names(place(pattern="**/*.csv"), share(tmp_path / "share"))
    assert sorted(found) == ["2026/a.csv", "this-year/a.csv"]


def test_a_linked_folder_outside_is_refused_only_where_the_pattern_goes_there(
    tmp_path: Path,
) -> None:
    put(tmp_path / "secret" / "a.csv")
    put(tmp_path / "share" / "a.csv")
    (tmp_path / "share" / "out").symlink_to(tmp_path / "secret")
    assert names(place(pattern="*.csv"), share(tmp_path / "share")) == ["a.csv"]
    with pytest.raises(Unreachable) as raised:
        discover(place(pattern="**/*.csv"), share(tmp_path / "share"))
    assert raised.value.code == "link-leaves-folder"


def test_a_link_put_in_place_of_a_file_is_not_read(tmp_path: Path) -> None:
    put(tmp_path / "secret.csv", b"canary")
    path = put(tmp_path / "share" / "a.csv")
    (tmp_path / "into").mkdir()
    [arrival] = discover(place(), share(tmp_path / "share")).arrivals
    path.unlink()
    path.symlink_to(tmp_path / "secret.csv")
    with pytest.raises(Unreachable) as raised:
        fetch(place(), share(tmp_path / "share"), arrival, tmp_path / "into")
    assert raised.value.code == "link-leaves-folder"
    assert list((tmp_path / "into").iterdir()) == []


def test_pipes_and_links_to_nothing_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "nothing.csv").symlink_to(tmp_path / "gone.csv")
    assert discover(place(), share(tmp_path)).present == frozenset()
