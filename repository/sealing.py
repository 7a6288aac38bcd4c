"""Records sealed: encrypted with a key that lies outside the database, each bound to its place.

What is sealed is an envelope: a byte of its form, the key's version (2 bytes), the key's id (4), a
nonce (12) and the AES-256-GCM text with its tag. The place (feed, delivery, row) is the associated
data: an envelope moved to another row does not open. The key files stay readable when a new key is
made, so what an old one sealed opens as before.
"""

import base64
import binascii
import hmac
import json
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from repository.state import read_private, state_folder

NAMED = "WATERSMEET_KEYS"
FORM = 1
HEAD = struct.Struct(">BH4s")
NONCE = 12

# A new key is made only where nothing was sealed yet: a machine that merely lacks the keys must not
# make one of its own, which no other machine would have.
ANYTHING_SEALED = """
SELECT EXISTS (SELECT FROM watersmeet.quarantine WHERE sealed IS NOT NULL)
    OR EXISTS (SELECT FROM watersmeet.correction)
    OR EXISTS (SELECT FROM watersmeet.unknown_code WHERE sealed IS NOT NULL)
"""


class KeyMissing(Exception):
    """A key that records are sealed with is not here."""


class SealBroken(Exception):
    """What is sealed was altered, or moved from its place."""


@dataclass(frozen=True)
class Key:
    """One key: its version, from 1; its id, drawn with it; and its 32 bytes."""

    version: int
    id: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"Key(version={self.version}, id={self.id.hex()!r})"


class Keys:
    """The keys of an installation: files that only their owner may read.

    Args:
        folder: where they lie; None: ``WATERSMEET_KEYS``, else ``keys`` in the state folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        named = os.environ.get(NAMED)
        self.folder = folder or (Path(named).absolute() if named else state_folder() / "keys")
        self._read: dict[tuple[int, bytes], Key] = {}

    def current(self, conn: psycopg.Connection) -> Key:
        """The key to seal with: the one of the highest version, the first made where need be.

        Raises:
            KeyMissing: there is none, and the database holds what one sealed.
        """
        self._refresh()
        if not self._read:
            row = conn.execute(ANYTHING_SEALED).fetchone()
            if row is None or row[0]:
                raise KeyMissing(
                    f"records of this repository are sealed, and {self.folder} holds no key; put "
                    f"back the folder of keys from its backup, or name it with {NAMED}"
                )
            self._make(1)
        return self._read[max(self._read)]

    def rotate(self, conn: psycopg.Connection) -> Key:
        """Make a new key, with which is sealed from now on; the old ones stay for what they sealed.

        Raises:
            KeyMissing: the present key is not here.
        """
        return self._make(self.current(conn).version + 1)

    def of(self, version: int, id_: bytes) -> Key:
        """The key that an envelope names.

        Raises:
            KeyMissing: it is not here.
        """
        if (version, id_) not in self._read:
            self._refresh()
        if (version, id_) not in self._read:
            raise KeyMissing(
                f"key {version} ({id_.hex()}) is not in {self.folder}; put back the file "
                f"records-{version}.json from the backup of keys, or name their folder with {NAMED}"
            )
        return self._read[version, id_]

    def digest(self, conn: psycopg.Connection) -> Callable[[str], bytes]:
        """What gives a text's keyed digest, the same whatever keys come after the first.

        Raises:
            KeyMissing: the first key is not here.
        """
        self.current(conn)
        first = self._read[min(self._read)]
        if first.version != 1:
            raise KeyMissing(
                f"key 1 is not in {self.folder}; put back records-1.json from the backup of keys"
            )
        secret = _derived(first, b"digest")
        return lambda text: hmac.digest(secret, text.encode(), sha256)

    def _refresh(self) -> None:
        for path in sorted(self.folder.glob("records-*.json")):
            key = _key_in(path)
            self._read[key.version, key.id] = key

    def _make(self, version: int) -> Key:
        """Write a key file; where another process was first, that one's."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f"records-{version}.json"
        beside = self.folder / f".new-{os.getpid()}-{os.urandom(4).hex()}"
        secret = base64.b64encode(os.urandom(32)).decode()
        drawn = {"version": version, "id": os.urandom(4).hex(), "key": secret}
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                json.dump(drawn, file)
                file.flush()
                os.fsync(file.fileno())
            # Unlike a rename, a link never takes the place of a key that is there.
            os.link(beside, path)
        except FileExistsError:
            pass
        finally:
            beside.unlink()
        key = _key_in(path)
        self._read[key.version, key.id] = key
        return key


class Sealer:
    """Seals and opens what belongs to one delivery, or to one feed's corrections.

    Args:
        keys: the installation's keys.
        feed: the feed's number.
        delivery: the delivery's number; 0 for what belongs to the feed.
    """

    def __init__(self, keys: Keys, feed: int, delivery: int) -> None:
        self._keys, self._place = keys, f"{feed}|{delivery}|".encode()
        self._ciphers: dict[tuple[int, bytes], AESGCM] = {}
        self._current: Key | None = None

    @classmethod
    def sealing(cls, conn: psycopg.Connection, keys: Keys, feed: int, delivery: int) -> "Sealer":
        """One that seals with the current key.

        Raises:
            KeyMissing: there is none here, and there should be.
        """
        made = cls(keys, feed, delivery)
        made._current = keys.current(conn)
        return made

    def seal(self, rows: list[int], texts: list[str]) -> list[bytes]:
        """Envelopes of some rows' texts.

        Args:
            rows: row numbers, or other numbers that tell the texts of one place apart.
            texts: as many.
        """
        if self._current is None:
            raise RuntimeError("this one only opens; make it with Sealer.sealing")
        encrypt = self._cipher(self._current).encrypt
        head = HEAD.pack(FORM, self._current.version, self._current.id)
        drawn, place = os.urandom(NONCE * len(rows)), self._place
        made = []
        for at, (row, text) in enumerate(zip(rows, texts, strict=True)):
            nonce = drawn[at * NONCE : (at + 1) * NONCE]
            made.append(head + nonce + encrypt(nonce, text.encode(), place + b"%d" % row))
        return made

    def open(self, row: int, envelope: bytes) -> str:
        """The text in an envelope.

        Raises:
            KeyMissing: its key is not here.
            SealBroken: it was altered, or is not this row's.
        """
        whole = bytes(envelope)
        if len(whole) < HEAD.size + NONCE + 16 or whole[0] != FORM:
            raise SealBroken("a sealed record has not the form of one")
        _, version, id_ = HEAD.unpack_from(whole)
        cipher = self._cipher(self._keys.of(version, id_))
        nonce, text = whole[HEAD.size : HEAD.size + NONCE], whole[HEAD.size + NONCE :]
        try:
            return cipher.decrypt(nonce, text, self._place + b"%d" % row).decode()
        except InvalidTag:
            pass
        raise SealBroken("a sealed record was altered, or moved from the row it belongs to")

    def _cipher(self, key: Key) -> AESGCM:
        """With a key of this delivery's own, far fewer texts are sealed with one than may be."""
        named = (key.version, key.id)
        if named not in self._ciphers:
            self._ciphers[named] = AESGCM(_derived(key, b"record|" + self._place))
        return self._ciphers[named]


def _derived(key: Key, what: bytes) -> bytes:
    """A key made of a key: the expansion step of HKDF with SHA-256 (RFC 5869, section 2.3)."""
    return hmac.digest(key.secret, b"watersmeet|" + what + b"\x01", sha256)


def _key_in(path: Path) -> Key:
    try:
        told = read_private(path)
        key = Key(
            int(told["version"]),
            bytes.fromhex(told["id"]),
            base64.b64decode(told["key"], validate=True),
        )
    except (KeyError, TypeError, ValueError, binascii.Error):
        key = Key(0, b"", b"")
    if len(key.secret) != 32 or len(key.id) != 4 or not 0 < key.version < 2**16:
        raise KeyMissing(f"{path} is not a key file; put back {path.name} from the backup of keys")
    return key
