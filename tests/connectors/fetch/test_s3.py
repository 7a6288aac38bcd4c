"""The object store connector against moto's S3 server on loopback."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import Found, discover, fetch, open_share, patience, s3, s3_object
from contracts.places import S3
from tests.servers.s3 import BUCKET, KEY, SECRET, Faulty, Store, faulty, store

BODY = bytes(range(256)) * 4096


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Store, Faulty]]:
    with store() as made, faulty(made) as before:
        yield made, before


@pytest.fixture
def there(
    running: tuple[Store, Faulty], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Store, Faulty]]:
    """A store with nothing in it; what is tried again is tried again at once."""
    monkeypatch.setattr(patience, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(s3_object, "FIRST_WAIT", 0.001)
    made, before = running
    before.fault = lambda passed: False
    before.asked.clear()
    yield running
    for bucket in (BUCKET, "plain"):
        told = made.client.list_object_versions(Bucket=bucket)
        for one in [*told.get("Versions", ()), *told.get("DeleteMarkers", ())]:
            made.client.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])


def bucket(there: tuple[Store, Faulty], **other: Any) -> Connection:
    extra = {
        "bucket": BUCKET,
        "endpoint_url": there[1].url,
        "region_name": "eu-west-2",
        "addressing_style": "path",
        **other.pop("extra", {}),
    }
    facts = {"login": KEY, "password": SECRET, **other}
    return Connection(id="store", kind="aws", extra=extra, **facts)


def place(**facts: Any) -> S3:
    return S3(kind="s3", connection="store", **{"settled_for": 0, **facts})


def look(there: tuple[Store, Faulty], **facts: Any) -> Found:
    return discover(place(**facts), bucket(there))


def names(found: Found) -> list[str]:
    return sorted(one.name for one in found.arrivals)


def refusal(connection: Connection, **facts: Any) -> Unreachable:
    with pytest.raises(Unreachable) as raised:
        discover(place(**facts), connection)
    error = raised.value
    assert "'store'" in error.message
    assert "canary" not in error.message and KEY not in error.message
    return error


def test_objects_come_as_they_are(there: tuple[Store, Faulty], tmp_path: Path) -> None:
    there[0].put("in/Ärzte und Schüler – 2026+x.csv", BODY)
    there[0].put("in/", b"")
    there[0].put("other.csv", b"1")
    [arrival] = look(there, path="in").arrivals
    assert (arrival.name, arrival.size) == ("Ärzte und Schüler – 2026+x.csv", len(BODY))
    [copy] = fetch(place(path="in"), bucket(there), arrival, tmp_path).paths
    assert copy.name == arrival.name and copy.read_bytes() == BODY


def test_an_object_just_put_waits_as_any_file(there: tuple[Store, Faulty]) -> None:
    there[0].put("a.csv", BODY)
    assert [one.name for one in look(there, settled_for=3600).unfinished] == ["a.csv"]


def test_keys_are_taken_apart_into_folders(there: tuple[Store, Faulty]) -> None:
    for name in ("2026/01/a.csv", "2026/02/a.csv", "other/a.csv", "a.csv"):
        there[0].put(name, b"1")
    assert names(look(there, pattern="{date:%Y}/*/a.csv")) == ["2026/01/a.csv", "2026/02/a.csv"]
    assert not [one for one in there[1].asked if "other" in one]
    assert len(names(look(there, pattern="**/*.csv"))) == 4
    assert names(look(there, path="2026", pattern="*/*.csv")) == ["01/a.csv", "02/a.csv"]
    with open_share(place(), bucket(there)) as share:
        assert len(list(share.entries(deep=True))) == 4
        assert [one.path for one in share.entries("2026/01")] == ["2026/01/a.csv"]


def test_more_objects_than_one_page_holds(there: tuple[Store, Faulty]) -> None:
    for number in range(100):
        there[0].put(f"{number:03}.csv", b"1")
    listed = s3.S3Share._pages

    def small(self: s3.S3Share, prefix: str, flat: bool) -> Iterator[Any]:
        paginate = self.client.get_paginator
        self.client.get_paginator = lambda name: _Small(paginate(name))  # type: ignore
        return listed(self, prefix, flat)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(s3.S3Share, "_pages", small)
        assert len(names(look(there))) == 100
    assert len([one for one in there[1].asked if "ax-keys=30" in one]) == 4


class _Small:
    def __init__(self, paginator: Any) -> None:
        self.paginator = paginator

    def paginate(self, **asked: Any) -> Any:
        return self.paginator.paginate(**asked, PaginationConfig={"PageSize": 30})


def test_the_version_that_was_found_is_the_one_that_is_fetched(
    there: tuple[Store, Faulty], tmp_path: Path
) -> None:
    there[0].put("a.csv", b"old")
    [old] = look(there).arrivals
    there[0].put("a.csv", b"new")
    [new] = look(there).arrivals
    assert old.stamp != new.stamp and "version " in str(new.stamp)
    [copy] = fetch(place(), bucket(there), new, tmp_path).paths
    assert copy.read_bytes() == b"new"
    assert any("versionId=" in one for one in there[1].asked if one.startswith("GET /"))
    copy.unlink()
    with pytest.raises(Unreachable) as raised:
        fetch(place(), bucket(there), old, tmp_path)
    assert (raised.value.code, raised.value.passing) == ("file-changed", True)


def test_what_is_deleted_is_not_there(there: tuple[Store, Faulty], tmp_path: Path) -> None:
    there[0].put("a.csv", b"1")
    [arrival] = look(there).arrivals
    there[0].client.delete_object(Bucket=BUCKET, Key="a.csv")
    assert look(there).present == frozenset()
    with pytest.raises(Unreachable) as raised:
        fetch(place(), bucket(there), arrival, tmp_path)
    assert (raised.value.code, raised.value.passing) == ("file-gone", True)


def test_without_versions_the_entity_tag_tells_states_apart(
    there: tuple[Store, Faulty], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = bucket(there, extra={"bucket": "plain"})
    there[0].put("a.csv", BODY, "plain")
    [arrival] = discover(place(), plain).arrivals
    assert "etag " in str(arrival.stamp)
    # Replaced between two ranges: the second is refused, not put behind the first.
    monkeypatch.setattr(s3_object, "RANGE", 300_000)

    def replace(passed: Any) -> bool:
        if passed.headers.get("Range", "").startswith("bytes=0-"):
            there[0].put("a.csv", BODY[::-1], "plain")
        return False

    there[1].fault = replace
    with pytest.raises(Unreachable) as raised:
        fetch(place(), plain, arrival, tmp_path)
    assert (raised.value.code, raised.value.passing) == ("file-changed", True)
    assert list(tmp_path.iterdir()) == []


def test_an_object_of_many_parts_comes_in_ranges(
    there: tuple[Store, Faulty], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_object, "RANGE", 1 << 20)
    client, part = there[0].client, os.urandom(5 << 20)
    made = client.create_multipart_upload(Bucket=BUCKET, Key="big.csv")["UploadId"]
    asked = {"Bucket": BUCKET, "Key": "big.csv", "UploadId": made}
    parts = [
        {"PartNumber": n, "ETag": client.upload_part(**asked, PartNumber=n, Body=body)["ETag"]}
        for n, body in ((1, part), (2, BODY))
    ]
    client.complete_multipart_upload(**asked, MultipartUpload={"Parts": parts})
    [arrival] = look(there).arrivals
    [copy] = fetch(place(), bucket(there), arrival, tmp_path).paths
    assert copy.read_bytes() == part + BODY
    assert len([one for one in there[1].asked if one.startswith("GET /") and "Id=" in one]) >= 6


def test_sealed_objects_are_read(there: tuple[Store, Faulty], tmp_path: Path) -> None:
    key = os.urandom(32)
    there[0].put("kms.csv", BODY, ServerSideEncryption="aws:kms")
    there[0].put("own/own.csv", BODY, SSECustomerAlgorithm="AES256", SSECustomerKey=key)
    [arrival] = look(there).arrivals
    [copy] = fetch(place(), bucket(there), arrival, tmp_path).paths
    assert copy.read_bytes() == BODY
    told = bucket(there, extra={"sse_customer_key": base64.b64encode(key).decode()})
    [arrival] = discover(place(path="own"), told).arrivals
    sent: list[str] = []
    there[1].fault = lambda passed: bool(
        sent.append(passed.headers.get("x-amz-server-side-encryption-customer-key", ""))
    )
    [copy] = fetch(place(path="own"), told, arrival, tmp_path).paths
    assert copy.read_bytes() == BODY
    assert base64.b64encode(key).decode() in sent


@pytest.mark.parametrize(
    ("facts", "code", "passing"),
    [
        ({"extra": {"bucket": ""}}, "connection-incomplete", False),
        ({"login": ""}, "connection-incomplete", False),
        ({"password": ""}, "connection-incomplete", False),
        ({"extra": {"addressing_style": "other"}}, "connection-incomplete", False),
        ({"extra": {"sse_customer_key": "canary"}}, "connection-malformed", False),
        ({"extra": {"endpoint_url": "nonsense"}}, "connection-malformed", False),
        ({"extra": {"bucket": "nowhere-at-all"}}, "folder-missing", True),
        ({"extra": {"endpoint_url": "http://127.0.0.1:1"}}, "place-not-answering", True),
    ],
)
def test_what_is_wrong_with_a_connection_is_said(
    there: tuple[Store, Faulty],
    monkeypatch: pytest.MonkeyPatch,
    facts: dict[str, Any],
    code: str,
    passing: bool,
) -> None:
    monkeypatch.setattr(s3, "ATTEMPTS", 1)
    error = refusal(bucket(there, **facts))
    assert (error.code, error.passing) == (code, passing)


@pytest.mark.parametrize(
    ("status", "answer", "code", "passing"),
    [
        (403, "AccessDenied", "folder-unreadable", False),
        (403, "InvalidAccessKeyId", "login-refused", False),
        (403, "SignatureDoesNotMatch", "login-refused", False),
        (301, "PermanentRedirect", "connection-malformed", False),
        (503, "SlowDown", "place-failing", True),
        (500, "InternalError", "place-failing", True),
        (400, "canary canary", "folder-unreadable", False),
    ],
)
def test_what_the_store_refuses_is_said(
    there: tuple[Store, Faulty],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    answer: str,
    code: str,
    passing: bool,
) -> None:
    monkeypatch.setattr(s3, "ATTEMPTS", 1)
    there[1].fault = lambda passed: passed.fail(status, answer)
    error = refusal(bucket(there))
    assert (error.code, error.passing) == (code, passing)


def test_credentials_of_the_surroundings_are_used_only_where_that_is_said(
    there: tuple[Store, Faulty], monkeypatch: pytest.MonkeyPatch
) -> None:
    there[0].put("a.csv", b"1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    none = {"login": "", "password": ""}
    assert refusal(bucket(there, **none)).code == "connection-incomplete"
    signed: list[str] = []
    there[1].fault = lambda passed: bool(signed.append(passed.headers.get("Authorization", "")))
    chain = bucket(there, extra={"credentials": "default-chain"}, **none)
    assert names(discover(place(), chain)) == ["a.csv"] and all(signed)
    signed.clear()
    anonymous = bucket(there, extra={"credentials": "anonymous"}, **none)
    assert names(discover(place(), anonymous)) == ["a.csv"] and not any(signed)


def test_who_may_not_ask_for_versions_is_told_by_entity_tags(
    there: tuple[Store, Faulty], tmp_path: Path
) -> None:
    there[0].put("a.csv", BODY)
    there[1].fault = lambda passed: "versioning" in passed.path and passed.fail(403, "AccessDenied")
    [arrival] = look(there).arrivals
    assert "etag " in str(arrival.stamp)


def test_what_is_archived_says_so(there: tuple[Store, Faulty], tmp_path: Path) -> None:
    there[0].put("a.csv", BODY)
    [arrival] = look(there).arrivals
    there[1].fault = lambda passed: (
        "Range" in passed.headers and passed.fail(403, "InvalidObjectState")
    )
    with pytest.raises(Unreachable) as raised:
        fetch(place(), bucket(there), arrival, tmp_path)
    assert (raised.value.code, raised.value.passing) == ("file-unreadable", False)
    assert "restore" in raised.value.message
