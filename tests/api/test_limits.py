"""What the API takes on at once, and what it says where that is too much."""

import io
import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.app import make_app
from api.catalogue import Column, table
from api.cursors import Cursors
from api.database import Database
from api.filters import asked
from api.formats import csv_lines, json_array, parquet_bytes
from api.problems import Problem
from api.rows import rows
from api.sending import Streamed
from api.settings import Limits

TABLE = "spend_over_threshold"


@pytest.fixture
def database(open_url: str) -> Iterator[Database]:
    made = Database(open_url, Limits(connections=2, downloads=1, wait=0.5))
    made.open()
    yield made
    made.close()


def test_downloads_are_counted_and_given_back(database: Database) -> None:
    _, give_back = database.held()
    with pytest.raises(Problem) as caught:
        database.held()
    assert (caught.value.status, caught.value.retry_after) == (503, 30)
    give_back(None)
    give_back(None)
    _, give_back = database.held()
    with pytest.raises(Problem):
        database.held()
    give_back(None)


def test_a_download_given_up_leaves_no_connection_behind(database: Database) -> None:
    limits = Limits()
    for _ in range(4):
        conn, give_back = database.held()
        found = table(conn, TABLE)
        read = rows(conn, found, asked(found, [], Cursors("x"), limits, paged=False))
        next(read)
        give_back(read)
    with database.reading() as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)


def test_a_request_reads_one_moment_and_writes_nothing(database: Database, published: Any) -> None:
    with database.reading() as conn:
        before = table(conn, TABLE)
        published.rows("UPDATE watersmeet.feed SET checked_at = now() RETURNING 1")
        assert table(conn, TABLE) == before
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            conn.execute("CREATE TABLE open.mine (a int)")
    with database.reading() as conn:
        assert table(conn, TABLE) != before


def test_what_takes_too_long_is_stopped(database: Database) -> None:
    with pytest.raises(Problem) as caught, database.reading() as conn:
        conn.execute("SET LOCAL statement_timeout = '20ms'")
        conn.execute("SELECT pg_sleep(30)")
    assert (caught.value.status, caught.value.retry_after) == (503, 60)


def test_a_database_that_is_down_is_told(serve: Any, caplog: pytest.LogCaptureFixture) -> None:
    url = "postgresql://open_reader:canary-password@127.0.0.1:9/watersmeet"
    app = make_app(url, Limits(connections=1, downloads=1, wait=0.2))
    with caplog.at_level(logging.DEBUG), serve(app) as address:
        answer = httpx.get(f"{address}/v1/tables")
        assert httpx.get(f"{address}/healthz").status_code == 503
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    assert "canary-password" not in caplog.text + answer.text


def stream(chunks: Iterator[bytes], seconds: float = 5) -> tuple[list[dict[str, Any]], list[str]]:
    """What a stream sends, and whether it let go."""
    sent: list[dict[str, Any]] = []
    closed: list[str] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, str]:
        await anyio.sleep(30)
        return {"type": "http.disconnect"}

    answer = Streamed(chunks, {}, lambda: closed.append("closed"), seconds)
    anyio.run(answer, {"type": "http", "method": "GET"}, receive, send)
    return sent, closed


def test_a_stream_that_cannot_go_on_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    def failing() -> Iterator[bytes]:
        yield b"first"
        raise psycopg.OperationalError("canary value")

    def slow() -> Iterator[bytes]:
        yield b"first"
        time.sleep(0.2)
        yield b"second"
        time.sleep(0.2)
        yield b"third"

    for chunks, seconds in ((failing(), 5.0), (slow(), 0.1)):
        sent, closed = stream(chunks, seconds)
        assert [one.get("body") for one in sent[1:]] in ([b"first"], [b"first", b"second"])
        assert all(one["more_body"] for one in sent[1:]), "the client must see it is not whole"
        assert closed == ["closed"]
    assert "canary" not in caplog.text
    assert stream(iter([b"whole"]))[1] == ["closed"]


COLUMNS = (
    Column("name", "Name", "text", "text", None, None),
    Column("amount", "Amount", "money", "numeric(18,2)", "pounds", None),
)


def test_csv_is_safe_to_open_and_the_others_are_as_they_are() -> None:
    texts = ["=1+1", "@x", "plain", "-5", 'say "so"', "two\nlines", "", None]
    batch = pa.table(
        {"name": pa.array(texts, pa.string()),
         "amount": pa.array([-1] * 8, pa.decimal128(18, 2))}
    )  # fmt: skip
    lines = b"".join(csv_lines(iter([batch]), COLUMNS)).decode()
    assert lines.split("\r\n") == [
        "name,amount", "'=1+1,-1.00", "'@x,-1.00", "plain,-1.00", "-5,-1.00",
        '"say ""so""",-1.00', '"two\nlines",-1.00', '"",-1.00', ",-1.00", "",
    ]  # fmt: skip
    told = b"".join(json_array(iter([batch, batch])))
    assert [row["name"] for row in json.loads(told)] == texts * 2
    held = pq.read_table(io.BytesIO(b"".join(parquet_bytes(iter([batch, batch]), COLUMNS))))
    assert held["name"].to_pylist() == texts * 2
    assert json.loads(b"".join(json_array(iter([])))) == []
