"""Landing stores: a folder, and a bucket of a real S3-speaking server on loopback."""

import hashlib
import multiprocessing
import stat
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from repository.landing import (
    FolderStore,
    LandedFile,
    LandingProblem,
    LandingStore,
    delivery_sha256,
    store_for,
)
from repository.landing.s3 import S3Store

CONTENT = bytes(range(256)) * 5000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
KEY = f"northmoor/spend/{SHA256[:2]}/{SHA256}/January 2024.csv"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    name = f"landing-{abs(hash(request.node.name)) % 10**8}"
    client = boto3.client("s3")
    client.create_bucket(Bucket=name)
    client.close()
    return name


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> LandingStore:
    if request.param == "folder":
        return store_for(str(tmp_path / "landing"))
    return store_for(f"s3://{request.getfixturevalue('bucket')}/landed/here")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "January 2024.csv"
    path.write_bytes(CONTENT)
    return path


def content(store: LandingStore, file: LandedFile) -> bytes:
    with store.local(file) as path:
        assert path.name == file.name
        return path.read_bytes()


def test_bytes_are_landed_under_their_hash_and_come_back(store: LandingStore, source: Path) -> None:
    landed = store.put("northmoor/spend", source)
    assert landed == LandedFile("January 2024.csv", KEY, SHA256, len(CONTENT))
    assert content(store, landed) == CONTENT
    named = store.put("northmoor/spend", source, "other.csv")
    assert named.key == f"northmoor/spend/{SHA256[:2]}/{SHA256}/other.csv"


def test_landing_again_changes_nothing(store: LandingStore, source: Path) -> None:
    first = store.put("northmoor/spend", source)
    assert store.put("northmoor/spend", source) == first
    assert content(store, first) == CONTENT


def test_what_was_never_landed_is_a_problem_in_words(store: LandingStore) -> None:
    absent = LandedFile("a.csv", f"northmoor/spend/{SHA256[:2]}/{SHA256}/a.csv", SHA256, 1)
    with pytest.raises(LandingProblem) as problem, store.local(absent):
        pass
    assert absent.key in str(problem.value)
    assert "canary" not in str(problem.value)


def test_a_folder_keeps_files_read_only_and_notices_change(tmp_path: Path, source: Path) -> None:
    store = FolderStore(tmp_path / "landing")
    store.put("northmoor/spend", source)
    landed = tmp_path / "landing" / KEY
    assert not stat.S_IMODE(landed.stat().st_mode) & 0o222
    landed.chmod(0o600)
    landed.write_bytes(b"tampered")
    with pytest.raises(LandingProblem, match="does not have the bytes"):
        store.put("northmoor/spend", source)
    assert landed.read_bytes() == b"tampered"


def test_a_folder_holds_nothing_partial_after_a_failure(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("repository.landing.folder.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        FolderStore(tmp_path / "landing").put("northmoor/spend", source)
    assert [path for path in (tmp_path / "landing").rglob("*") if path.is_file()] == []


def land(folder: str, source: str) -> str:
    return FolderStore(folder).put("northmoor/spend", Path(source)).key


def test_the_same_bytes_landed_at_once_are_one_file(tmp_path: Path, source: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        keys = pool.starmap(land, [(str(tmp_path / "landing"), str(source))] * 6)
    assert set(keys) == {KEY}
    files = [path for path in (tmp_path / "landing").rglob("*") if path.is_file()]
    assert files == [tmp_path / "landing" / KEY]


def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, source: Path) -> None:
    with pytest.raises(LandingProblem):
        FolderStore(tmp_path / "landing").put("northmoor/spend", source, "../../../../../../x.csv")
    assert not (tmp_path / "x.csv").exists()


def test_a_bucket_never_overwrites(bucket: str, source: Path) -> None:
    store = store_for(f"s3://{bucket}/landed")
    assert isinstance(store, S3Store)
    store.client.put_object(Bucket=bucket, Key=f"landed/{KEY}", Body=b"tampered")
    with pytest.raises(LandingProblem, match="does not have the bytes"):
        store.put("northmoor/spend", source)
    there = store.client.get_object(Bucket=bucket, Key=f"landed/{KEY}")
    assert there["Body"].read() == b"tampered"


def test_a_bucket_written_between_look_and_put_is_left_alone(
    bucket: str, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_for(f"s3://{bucket}/landed")
    assert isinstance(store, S3Store)
    looked = store._checksum
    answers = iter([None])  # The first look finds nothing; then another worker lands its file.
    store.client.put_object(Bucket=bucket, Key=f"landed/{KEY}", Body=b"somebody else's")
    monkeypatch.setattr(store, "_checksum", lambda key: next(answers, None) or looked(key))
    with pytest.raises(LandingProblem):
        store.put("northmoor/spend", source)
    there = store.client.get_object(Bucket=bucket, Key=f"landed/{KEY}")
    assert there["Body"].read() == b"somebody else's"


def test_bytes_altered_in_a_bucket_are_not_given_out(bucket: str, source: Path) -> None:
    store = store_for(f"s3://{bucket}")
    assert isinstance(store, S3Store)
    landed = store.put("northmoor/spend", source)
    store.client.put_object(Bucket=bucket, Key=KEY, Body=b"tampered")
    with pytest.raises(LandingProblem), store.local(landed):
        pass


def test_a_missing_bucket_is_a_problem_in_words(bucket: str, source: Path) -> None:
    with pytest.raises(LandingProblem) as problem:
        store_for("s3://no-such-bucket-here").put("northmoor/spend", source)
    assert "no-such-bucket-here" in str(problem.value)
    assert "canary" not in str(problem.value)


@pytest.mark.parametrize("address", ["s3://", "gs://bucket", "https://example"])
def test_addresses_that_are_not_known_are_refused(address: str) -> None:
    with pytest.raises(LandingProblem):
        store_for(address)


def test_the_hash_of_a_delivery() -> None:
    def file(name: str, sha256: str) -> LandedFile:
        return LandedFile(name, f"a/b/{sha256}", sha256, 1)

    one, two = file("page-0001.json", "aa"), file("page-0002.json", "bb")
    assert delivery_sha256([one]) == "aa"
    lines = b"page-0001.json\0aa\npage-0002.json\0bb\n"
    expected = hashlib.sha256(lines).hexdigest()
    assert delivery_sha256([one, two]) == delivery_sha256([two, one]) == expected
    assert delivery_sha256([file("x", "bb"), file("y", "aa")]) != expected
