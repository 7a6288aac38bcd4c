"""Fault 23: an object store that fails, stalls, breaks off, or lists what is no longer so."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import discover, fetch, patience, s3, s3_object
from contracts.places import S3
from tests.servers.s3 import BUCKET, KEY, SECRET, Faulty, Passed, Store, faulty, store

BODY = bytes(range(251)) * 8000
PLACE = S3(kind="s3", connection="store", settled_for=0)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Store, Faulty]]:
    with store() as made, faulty(made) as before:
        made.put("a.csv", BODY)
        yield made, before


@pytest.fixture
def before(running: tuple[Store, Faulty], monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    """What stands before a store that holds one object; everything waited for is short."""
    monkeypatch.setattr(patience, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(s3_object, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(s3_object, "RANGE", 500_000)
    monkeypatch.setattr(s3, "ATTEMPTS", 1)
    monkeypatch.setattr(s3, "ANSWER_WITHIN", 1.0)
    running[1].asked.clear()
    yield running[1]
    running[1].fault = lambda passed: False


def connection(before: Faulty) -> Connection:
    return Connection(
        id="store",
        login=KEY,
        password=SECRET,
        extra={
            "bucket": BUCKET,
            "endpoint_url": before.url,
            "region_name": "eu-west-2",
            "addressing_style": "path",
        },
    )


def get(before: Faulty, into: Path, fault: Any) -> bytes:
    """What a fetch brings while the store has a fault; nothing is left where it brings nothing."""
    [arrival] = discover(PLACE, connection(before)).arrivals
    before.fault = fault
    try:
        [copy] = fetch(PLACE, connection(before), arrival, into).paths
    except Unreachable as error:
        assert list(into.iterdir()) == []
        assert error.passing and "canary" not in error.message
        raise
    return copy.read_bytes()


def reads(passed: Passed) -> bool:
    return "Range" in passed.headers


def seldom(number: int, fault: Any) -> Any:
    """The fault, at one request out of so many that read."""
    asked: list[int] = []

    def at(passed: Passed) -> bool:
        if not reads(passed):
            return False
        asked.append(1)
        return bool(len(asked) % number == 0 and fault(passed))

    return at


def fails(passed: Passed) -> bool:
    return passed.fail(503, "SlowDown")


def breaks_off(passed: Passed) -> bool:
    return passed.send(passed.body[: len(passed.body) // 3], len(passed.body))


def stalls(passed: Passed) -> bool:
    passed.send(passed.body[:1000], len(passed.body))
    passed.handler.wfile.flush()
    time.sleep(1.5)
    return True


@pytest.mark.parametrize("fault", [fails, breaks_off, stalls])
def test_23_reading_goes_on_where_it_broke(
    before: Faulty, tmp_path: Path, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "ATTEMPTS", 1)
    struck: list[str] = []

    def strikes(passed: Passed) -> bool:
        struck.append(passed.headers["Range"])
        return bool(fault(passed))

    assert get(before, tmp_path, seldom(3, strikes)) == BODY
    assert struck


@pytest.mark.parametrize("fault", [fails, stalls])
def test_23_a_store_that_goes_on_failing_is_given_up(
    before: Faulty, tmp_path: Path, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_object, "BREAKS", 1)
    monkeypatch.setattr(patience, "ATTEMPTS", 2)
    monkeypatch.setattr(s3, "ANSWER_WITHIN", 0.1)

    def nothing(passed: Passed) -> bool:
        if not reads(passed):
            return False
        if fault is stalls:
            time.sleep(0.3)
        return passed.fail(500, "InternalError")

    with pytest.raises(Unreachable) as raised:
        get(before, tmp_path, nothing)
    assert raised.value.code in ("place-failing", "place-not-answering")


def test_23_other_bytes_than_the_store_has_are_fetched_again(
    before: Faulty, tmp_path: Path
) -> None:
    spoiled: list[int] = []

    def spoil(passed: Passed) -> bool:
        if not reads(passed) or spoiled:
            return False
        spoiled.append(1)
        return passed.send(passed.body[:-1] + bytes([passed.body[-1] ^ 1]))

    assert get(before, tmp_path, spoil) == BODY
    assert spoiled


def test_23_bytes_that_never_come_right_are_not_taken(before: Faulty, tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as raised:
        get(before, tmp_path, seldom(2, lambda passed: passed.send(bytes(len(passed.body)))))
    assert raised.value.code == "file-damaged"


def test_23_a_listing_that_is_stale_makes_no_delivery(
    running: tuple[Store, Faulty], before: Faulty, tmp_path: Path
) -> None:
    made, _ = running
    made.put("stale.csv", b"1", "plain")
    plain = Connection(
        id="store",
        login=KEY,
        password=SECRET,
        extra={**connection(before).extra, "bucket": "plain"},
    )
    [arrival] = discover(PLACE, plain).arrivals
    made.client.delete_object(Bucket="plain", Key="stale.csv")
    with pytest.raises(Unreachable) as raised:
        fetch(PLACE, plain, arrival, tmp_path)
    assert (raised.value.code, raised.value.passing) == ("file-gone", True)
    assert list(tmp_path.iterdir()) == []


def test_23_a_listing_that_breaks_off_is_no_listing(before: Faulty) -> None:
    listed: list[int] = []

    def cut(passed: Passed) -> bool:
        if "versions" not in passed.path or "versioning" in passed.path:
            return False
        listed.append(1)
        return len(listed) < 3 and passed.send(passed.body[:-20], len(passed.body))

    before.fault = cut
    found = discover(PLACE, connection(before))
    assert found.present == {"a.csv"} and len(listed) == 3
