"""How answers are sent: validators, compression, and streams that let go of what they hold."""

import hashlib
import logging
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from importlib.metadata import version

import anyio
import psycopg
import pyarrow as pa
from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

log = logging.getLogger(__name__)

WRITERS = tuple(version(name) for name in ("watersmeet", "polars", "pyarrow"))
"""What else decides how the same rows are written."""
CACHED = "public, no-cache"
"""May be kept, and must be asked for again each time: what is closed is closed at once."""


def gzipped(request: Request) -> bool:
    """Whether a request takes gzip."""
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def etag(*parts: object) -> str:
    """A strong validator: the same for the same bytes."""
    return f'"{hashlib.sha256(repr((WRITERS, parts)).encode()).hexdigest()[:32]}"'


def headers(
    tag: str, *, compressed: bool, modified: datetime | None = None, more: Mapping[str, str] = {}
) -> dict[str, str]:
    """The headers of an answer that may be kept."""
    told = {"ETag": tag, "Cache-Control": CACHED, "Vary": "Accept, Accept-Encoding", **more}
    if modified is not None:
        told["Last-Modified"] = format_datetime(modified.astimezone(UTC), usegmt=True)
    if compressed:
        told["Content-Encoding"] = "gzip"
    return told


def unchanged(request: Request, told: Mapping[str, str]) -> Response | None:
    """304 where the client has just this already."""
    given = request.headers.get("if-none-match")
    if given is None:
        return None
    known = {one.strip().removeprefix("W/") for one in given.split(",")}
    if told["ETag"] not in known and "*" not in known:
        return None
    kept = ("ETag", "Cache-Control", "Vary", "Last-Modified", "Link")
    return bodyless(304, {name: value for name, value in told.items() if name in kept})


def bodyless(status: int, told: Mapping[str, str]) -> Response:
    """An answer without a body, which does not say how long one would be."""
    made = Response(status_code=status, headers=dict(told))
    del made.headers["content-length"]
    return made


def whole(request: Request, body: bytes, media_type: str, told: dict[str, str]) -> Response:
    """An answer that is known already."""
    told = {**told, "Content-Type": media_type}
    if "Content-Encoding" in told:
        body = b"".join(_compressed(iter([body])))
    if request.method == "HEAD":
        return bodyless(200, told)
    return Response(body, headers=told)


class CutOff(Exception):
    """A stream cannot go on; says the kind of error only."""


class Streamed(StreamingResponse):
    """An answer sent while it is made.

    However it ends (sent, given up by the client, out of time, never begun), ``close`` is called.
    One that cannot be finished is cut off, so that the client sees that it is not whole.
    """

    def __init__(
        self, chunks: Iterator[bytes], told: dict[str, str], close: Callable[[], None],
        seconds: float,
    ) -> None:  # fmt: skip
        made = _compressed(chunks) if "Content-Encoding" in told else chunks
        super().__init__(_each(made), headers=told)
        self._close, self._seconds = close, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with anyio.fail_after(self._seconds):
                await super().__call__(scope, receive, send)
        except TimeoutError:
            log.warning("a download was cut off after %.0f seconds", self._seconds)
        except CutOff as error:
            log.warning("a download was cut off: %s", error)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._close)


async def _each(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    def following() -> bytes | None:
        try:
            return next(chunks, None)
        except (psycopg.Error, pa.ArrowException) as error:
            # The error itself may hold values of rows.
            raise CutOff(type(error).__name__) from None

    while (chunk := await run_in_threadpool(following)) is not None:
        yield chunk


def _compressed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Chunks as one gzip stream, without a time in it, so that the same gives the same."""
    made = zlib.compressobj(6, zlib.DEFLATED, 31)
    for chunk in chunks:
        if found := made.compress(chunk):
            yield found
    yield made.flush()
