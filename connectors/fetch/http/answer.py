"""What a server answered, and what tells a web page from data."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import httpx

from connectors.fetch.http.retrying import Again

T = TypeVar("T")

LONGEST_ANSWER = 4 * 3600.0
"""Seconds for one answer, a large file's on a slow line among them."""

_HTML = re.compile(
    rb"^\s*(<!--.*?-->\s*)*(<\?xml[^>]*>\s*)?(<!doctype\s+html|<html[\s>]|<head[\s>]"
    rb"|<body[\s>]|<script[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_ASKS_PASSWORD = re.compile(rb"<input[^>]*type\s*=\s*[\"']?password", re.IGNORECASE)


@dataclass(frozen=True)
class Answer(Generic[T]):
    """An answer.

    Attributes:
        address: that answered, after redirects.
        content: what was taken of the body.
    """

    status: int
    address: str
    headers: httpx.Headers
    content: T


class Coded(Exception):
    """The body is packed (``Content-Encoding``), though that was not asked for."""


class TooLarge(Exception):
    """The body is larger than is taken."""


def parts_of(response: httpx.Response, largest: int) -> Iterator[bytes]:
    """The body as it comes, whole.

    Raises:
        Coded, TooLarge
        Again: it is not as long as was announced, or takes longer than :data:`LONGEST_ANSWER`.
    """
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", ""):
        raise Coded
    declared = response.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > largest:
        raise TooLarge
    size, began = 0, time.monotonic()
    for part in response.iter_raw():
        size += len(part)
        if size > largest:
            raise TooLarge
        # A server that trickles keeps every single time-out.
        if time.monotonic() - began > LONGEST_ANSWER:
            raise Again("the answer took too long")
        yield part
    if declared.isdigit() and int(declared) != size:
        raise Again("the answer was cut short")


def is_web_page(kind: str, start: bytes) -> bool:
    """Whether an answer is HTML, by its content type or its first bytes."""
    plain = start.removeprefix(b"\xef\xbb\xbf")
    return "html" in kind.lower() or _HTML.match(plain) is not None


def asks_password(start: bytes) -> bool:
    """Whether a web page has a field for a password, as login pages have."""
    return _ASKS_PASSWORD.search(start) is not None
