"""The Department of Works' API: a small real HTTP server on loopback, with an API's manners.

``POST /oauth/token`` gives a bearer token for client credentials (RFC 6749, section 4.4); it ends
after a while and after so many pages. ``GET /v1/payments`` gives pages with a ``next`` link.
Now and then a page is refused with 429 and a Retry-After (RFC 9110), in seconds or as a date.

Run as ``python -m pipeline.example.api_server --dir DIR --port PORT``; the client secret is read
from the environment, ``WATERSMEET_EXAMPLE_SECRET``.
"""

import argparse
import base64
import binascii
import hmac
import json
import os
import secrets
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pipeline.example.spend import WorksSpend

CLIENT_ID = "watersmeet"
SECRET_VARIABLE = "WATERSMEET_EXAMPLE_SECRET"
TOKEN_PATH = "/oauth/token"
PAYMENTS_PATH = "/v1/payments"


@dataclass(frozen=True)
class Manners:
    """How the API behaves.

    Attributes:
        page_size: records a page.
        token_seconds, token_pages: a token ends after so many seconds, or so many pages.
        refused_pages: page 2 and every so-manieth page are refused once each time round.
        retry_after: seconds a refused client is told to wait.
    """

    page_size: int = 500
    token_seconds: float = 300
    token_pages: int = 50
    refused_pages: int = 100
    retry_after: int = 1

    def refuses(self, page: int) -> bool:
        """Whether a page is refused before it is given."""
        return page == 2 or page % self.refused_pages == 0


@dataclass
class Pages:
    """The records' file, cut into pages without being held in memory."""

    path: Path
    size: int
    state: tuple[int, int] = (0, 0)
    offsets: list[int] = field(default_factory=list)
    records: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def page(self, number: int) -> tuple[list[bytes], int]:
        """The JSON records of a page, counted from 1, and how many pages there are.

        Raises:
            OSError: the file is not there.
        """
        with self.lock:
            self._refresh()
            count = max(len(self.offsets), 1)
            if number > len(self.offsets):
                return [], count
            start = self.offsets[number - 1]
            end = self.offsets[number] if number < len(self.offsets) else self.state[1]
        with self.path.open("rb") as lines:
            lines.seek(start)
            return lines.read(end - start).splitlines(), count

    def _refresh(self) -> None:
        now = self.path.stat()
        if self.state == (now.st_mtime_ns, now.st_size):
            return
        self.offsets, self.records, at = [], 0, 0
        with self.path.open("rb") as lines:
            for line in lines:
                if self.records % self.size == 0:
                    self.offsets.append(at)
                self.records += 1
                at += len(line)
        self.state = (now.st_mtime_ns, now.st_size)


class ApiServer(ThreadingHTTPServer):
    """The server; listens on loopback only."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int, client: tuple[str, str], manners: Manners) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.client = client
        self.manners = manners
        self.pages = Pages(folder / WorksSpend.file, manners.page_size)
        self.tokens: dict[str, tuple[float, int]] = {}
        self.refused: set[int] = set()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def new_token(self) -> str:
        """A token, good for a while."""
        token = secrets.token_urlsafe(24)
        with self.lock:
            ends = time.monotonic() + self.manners.token_seconds
            self.tokens[token] = (ends, self.manners.token_pages)
        return token

    def spend(self, token: str) -> bool:
        """Use a token for one page; False where it is none or has ended."""
        with self.lock:
            ends, left = self.tokens.get(token, (0.0, 0))
            if left <= 0 or time.monotonic() > ends:
                self.tokens.pop(token, None)
                return False
            self.tokens[token] = (ends, left - 1)
            return True

    def refuse(self, page: int) -> bool:
        """Whether this asking for a page is to be refused: the first of every two."""
        if not self.manners.refuses(page):
            return False
        with self.lock:
            if page in self.refused:
                self.refused.remove(page)
                return False
            self.refused.add(page)
            return True


class _Handler(BaseHTTPRequestHandler):
    server: ApiServer
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    timeout = 60

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        form = parse_qs(self.rfile.read(min(length, 65_536)).decode("utf-8", "replace"))
        if urlsplit(self.path).path != TOKEN_PATH:
            return self._error(HTTPStatus.NOT_FOUND, "not_found")
        if form.get("grant_type") != ["client_credentials"]:
            return self._error(HTTPStatus.BAD_REQUEST, "unsupported_grant_type")
        given = self._basic() or (_one(form, "client_id"), _one(form, "client_secret"))
        pairs = zip(given, self.server.client, strict=True)
        if not all(hmac.compare_digest(a.encode(), b.encode()) for a, b in pairs):
            return self._error(HTTPStatus.UNAUTHORIZED, "invalid_client")
        expires = int(self.server.manners.token_seconds)
        token = {
            "access_token": self.server.new_token(),
            "token_type": "Bearer",
            "expires_in": expires,
        }
        return self._send(HTTPStatus.OK, json.dumps(token).encode(), {"Cache-Control": "no-store"})

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path != PAYMENTS_PATH:
            return self._error(HTTPStatus.NOT_FOUND, "not_found")
        word, _, token = self.headers.get("Authorization", "").partition(" ")
        asked = _one(parse_qs(address.query), "page") or "1"
        if not asked.isdecimal() or int(asked) < 1:
            return self._error(HTTPStatus.BAD_REQUEST, "page_is_no_number")
        page = int(asked)
        if word.lower() != "bearer" or not self.server.spend(token.strip()):
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            return self._error(HTTPStatus.UNAUTHORIZED, "invalid_token", challenge)
        if self.server.refuse(page):
            wait = self.server.manners.retry_after
            dated = formatdate(time.time() + wait, usegmt=True)
            told = {"Retry-After": dated if page % 2 == 0 and page > 2 else str(wait)}
            return self._error(HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests", told)
        try:
            records, count = self.server.pages.page(page)
        except OSError:
            return self._error(HTTPStatus.SERVICE_UNAVAILABLE, "no_data")
        # A path only: the same records are the same bytes, whatever port they are served on.
        after = f"{PAYMENTS_PATH}?page={page + 1}" if page < count else None
        ends: dict[str, Any] = {
            "links": {"next": after},
            "meta": {"page": page, "pages": count, "total": self.server.pages.records},
        }
        body = b'{"payments":[' + b",".join(records) + b"]," + json.dumps(ends).encode()[1:]
        return self._send(HTTPStatus.OK, body)

    def _basic(self) -> tuple[str, str] | None:
        word, _, coded = self.headers.get("Authorization", "").partition(" ")
        if word.lower() != "basic":
            return None
        try:
            name, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return name, secret

    def _error(self, status: HTTPStatus, code: str, told: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps({"error": code}).encode(), told or {})

    def _send(self, status: HTTPStatus, body: bytes, told: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (told or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet: a log of an example's requests helps nobody."""


def _one(form: dict[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0]


@contextmanager
def serving(
    folder: Path,
    secret: str,
    *,
    port: int = 0,
    client_id: str = CLIENT_ID,
    manners: Manners | None = None,
) -> Iterator[ApiServer]:
    """Serve an example's records while the block runs.

    Args:
        folder: where the example was made.
        port: 0 for any free one.

    Raises:
        OSError: the port is taken.
    """
    server = ApiServer(folder, port, (client_id, secret), manners or Manners())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; says its address on standard output once it listens."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--dir", type=Path, required=True, help="where the example was made")
    parser.add_argument("--port", type=int, default=0, help="0 for any free one")
    parser.add_argument("--client-id", default=CLIENT_ID)
    given = parser.parse_args(arguments)
    secret = os.environ.get(SECRET_VARIABLE)
    if not secret:
        print(f"set {SECRET_VARIABLE} to the client secret", file=sys.stderr)
        return 2
    try:
        server = ApiServer(given.dir, given.port, (given.client_id, secret), Manners())
    except OSError as error:
        print(f"cannot listen on port {given.port}: {error.strerror}", file=sys.stderr)
        return 2
    print(f"listening on {server.url}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
