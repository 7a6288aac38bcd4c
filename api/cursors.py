"""Where a page ended, as a text that tells nothing and cannot be made up.

The place is the identifier of the page's last row, a hash by which guesses of what is not shown
could be tried; so it is encrypted, not only signed. The same place gives the same text (AES-SIV,
RFC 5297), so that pages have strong validators. The key comes of the login's password: every
process of the API has the same one, and it needs no place of its own.
"""

import base64
import binascii
import hashlib
import uuid
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

LENGTH = 16 + 1 + 16 + 2
"""Bytes: of the seal, the part, what rows are ordered by, the feed's number."""


@dataclass(frozen=True)
class Place:
    """A row's place in the order of a table."""

    part: int
    row: uuid.UUID
    feed: int


class Cursors:
    """Makes and reads cursors."""

    def __init__(self, secret: str) -> None:
        key = hashlib.pbkdf2_hmac("sha256", secret.encode(), b"watersmeet open cursor", 1000, 64)
        self._seal = AESSIV(key)

    def text(self, table: str, place: Place) -> str:
        """The cursor of a place in a table."""
        feed = place.feed.to_bytes(2, "big", signed=True)
        plain = bytes([place.part]) + place.row.bytes + feed
        sealed = self._seal.encrypt(plain, [table.encode()])
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def place(self, table: str, text: str) -> Place | None:
        """The place a cursor of a table stands for; None where it is none of ours."""
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            if len(sealed) != LENGTH:
                return None
            plain = self._seal.decrypt(sealed, [table.encode()])
        except (InvalidTag, binascii.Error, ValueError):
            return None
        feed = int.from_bytes(plain[17:], "big", signed=True)
        return Place(plain[0], uuid.UUID(bytes=plain[1:17]), feed)
