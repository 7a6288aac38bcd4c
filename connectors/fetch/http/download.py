"""Takes a file off a server to disk, going on where a broken transfer ended (RFC 9110 § 14)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import httpx

from connectors.fetch.http.answer import asks_password, is_web_page, parts_of
from connectors.fetch.http.ask import Ask
from connectors.fetch.http.retrying import Again
from connectors.fetch.http.session import Session
from contracts.places import HttpFile

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_START = 1 << 20
_NAME_LENGTH = 150


@dataclass
class _Download:
    """A transfer: what of the file is on disk, and of which state of it."""

    session: Session
    place: HttpFile
    path: Path
    tag: str = ""
    size: int | None = None
    headers: httpx.Headers | None = None

    def asked(self) -> Mapping[str, str]:
        """The rest of the file as it was when it broke off; all of it where that is not sure."""
        have = self.path.stat().st_size if self.path.exists() else 0
        if have and self.tag.startswith('"') and self.size is not None and have < self.size:
            return {"Range": f"bytes={have}-", "If-Range": self.tag}
        return {}

    def take(self, response: httpx.Response) -> None:
        """Writes what came where it belongs."""
        if response.status_code == 206:
            self._take_rest(response)
        elif response.status_code == 200:
            self._take_whole(response)
        elif response.status_code == 416:
            self._start_again("the server no longer has the part that is missing")

    def _take_whole(self, response: httpx.Response) -> None:
        self._demand_no_web_page(response, b"")
        self.headers = response.headers
        self.tag = response.headers.get("etag", "").strip()
        declared = response.headers.get("content-length", "")
        self.size = int(declared) if declared.isdigit() else None
        with self.path.open("wb") as file:
            for part in parts_of(response, self._largest):
                file.write(part)
        with self.path.open("rb") as file:
            self._demand_no_web_page(response, file.read(_START))

    def _take_rest(self, response: httpx.Response) -> None:
        told = _RANGE.fullmatch(response.headers.get("content-range", "").strip())
        have = self.path.stat().st_size if self.path.exists() else 0
        tag = response.headers.get("etag", self.tag).strip()
        if told is None or tag != self.tag or (int(told[1]), int(told[3])) != (have, self.size):
            self._start_again("the server sent another part than was asked for")
        assert told is not None
        with self.path.open("ab") as file:
            for part in parts_of(response, int(told[2]) - have + 1):
                file.write(part)
        if self.path.stat().st_size != self.size:
            raise Again("the answer was cut short")

    def _start_again(self, why: str) -> None:
        self.path.unlink(missing_ok=True)
        self.tag = ""
        raise Again(why)

    @property
    def _largest(self) -> int:
        return self.place.largest_mb << 20

    def _demand_no_web_page(self, response: httpx.Response, start: bytes) -> None:
        wrong = is_web_page(response.headers.get("content-type", ""), start[:2048])
        if self.place.accepts == "html":
            wrong = asks_password(start)
        if wrong:
            raise self.session.refused(
                "http-answers-html",
                "the server answered with a web page instead of the file, as login pages do; check "
                "the connection's host and login, or declare accepts: html",
            )


def downloaded(session: Session, place: HttpFile, ask: Ask, into: Path, name: str) -> Path:
    """The file, whole, under the name the server gives it, else ``name``.

    Raises:
        Unreachable: after retries; nothing is left of it.
    """
    partial = into / ".partial"
    download = _Download(session, place, partial)
    try:
        answer = session.exchange(ask, download.take, "the file", headers=download.asked)
        session.demand(answer.status, 200, 206)
        path = into / given_name(download.headers or answer.headers, name)
        return partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


def given_name(headers: httpx.Headers, otherwise: str) -> str:
    """The name in ``Content-Disposition`` (RFC 6266), as a plain file name."""
    message = Message()
    message["Content-Disposition"] = headers.get("content-disposition", "attachment")
    return _plain(message.get_filename() or "") or _plain(otherwise) or "file"


def _plain(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(character for character in last if character.isprintable()).strip()
    return kept.lstrip(".")[-_NAME_LENGTH:].lstrip(".")
