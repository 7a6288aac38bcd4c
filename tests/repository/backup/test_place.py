"""Places of backups: a folder, and a bucket of a real S3-speaking server on loopback."""

import stat
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from repository.backup.place import FolderPlace, Place, place_at
from repository.backup.problems import BackupProblem


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    if request.param == "folder":
        return place_at(str(tmp_path / "place"), "WATERSMEET_BACKUP")
    monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("endpoint"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    bucket = f"backup-{abs(hash(request.node.name)) % 10**8}"
    client = boto3.client("s3")
    client.create_bucket(Bucket=bucket)
    client.close()
    return place_at(f"s3://{bucket}/some/where", "WATERSMEET_BACKUP")


def content(place: Place, name: str) -> bytes:
    with place.reading(name) as path:
        return path.read_bytes()


def test_kept_listed_read_and_deleted(place: Place) -> None:
    place.put_bytes("1/wal/b", b"bb")
    place.put_bytes("1/wal/a", b"a")
    place.put_bytes("1/backups/x/base", b"base")
    assert list(place.list("1/wal/")) == [("1/wal/a", 1), ("1/wal/b", 2)]
    assert [name for name, _ in place.list()] == ["1/backups/x/base", "1/wal/a", "1/wal/b"]
    assert content(place, "1/wal/b") == b"bb"
    place.delete("1/wal/b")
    place.delete("1/wal/b")
    assert list(place.list("1/wal/")) == [("1/wal/a", 1)]
    with pytest.raises(FileNotFoundError), place.reading("1/wal/b"):
        pass


def test_nothing_is_overwritten(place: Place) -> None:
    place.put_bytes("1/wal/a", b"first")
    with pytest.raises(BackupProblem, match=r"is in .* already"):
        place.put_bytes("1/wal/a", b"second")
    assert content(place, "1/wal/a") == b"first"


def test_what_is_half_written_is_not_there(place: Place) -> None:
    with pytest.raises(ZeroDivisionError), place.writing("1/wal/a") as path:
        path.write_bytes(b"half")
        raise ZeroDivisionError
    assert list(place.list()) == []
    place.put_bytes("1/wal/a", b"whole")
    assert content(place, "1/wal/a") == b"whole"


def test_a_full_disk_is_told_plainly(place: Place) -> None:
    with (
        pytest.raises(BackupProblem, match="has no room left"),
        place.writing("1/base"),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"any")
    assert list(place.list()) == []


def test_a_folder_is_its_owners_only_and_nobody_elses_is_touched(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    place = FolderPlace(tmp_path / "mine")
    place.put_bytes("1/wal/a", b"a")
    for path in ("mine", "mine/1", "mine/1/wal"):
        assert stat.S_IMODE((tmp_path / path).stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "mine/1/wal/a").stat().st_mode) == 0o600
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    with pytest.raises(BackupProblem, match="leads out"):
        place.put_bytes("../outside", b"")


def test_other_addresses_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupProblem, match="WATERSMEET_BACKUP is ftp"):
        place_at("ftp://elsewhere", "WATERSMEET_BACKUP")
    with pytest.raises(BackupProblem, match="names no bucket"):
        place_at("s3://", "WATERSMEET_BACKUP")


def test_a_bucket_that_is_not_there_is_told_without_a_secret(place: Place) -> None:
    if isinstance(place, FolderPlace):
        pytest.skip("of buckets")
    with pytest.raises(BackupProblem, match="AWS_ variables") as caught:
        place_at("s3://no-such-bucket", "WATERSMEET_BACKUP").put_bytes("a", b"")
    assert "canary" not in str(caught.value)


def test_what_cannot_be_read_does_not_pass_for_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "no-folder"
    file.touch()
    place = place_at(str(file), "WATERSMEET_BACKUP")
    with pytest.raises(BackupProblem, match="no-folder cannot be used"):
        place.put_bytes("a/b", b"")
    with pytest.raises(BackupProblem, match="no-folder cannot be used"):
        list(place.list())
    assert list(place_at(str(tmp_path / "not-there-yet"), "WATERSMEET_BACKUP").list()) == []

    def closed(*_: object) -> None:  # as for any user but root
        raise PermissionError(13, "Permission denied")

    place = place_at(str(tmp_path), "WATERSMEET_BACKUP")
    monkeypatch.setattr("os.scandir", closed)
    with pytest.raises(BackupProblem, match="Permission denied"):
        list(place.list())
