"""Files of a backup: compressed, encrypted, each bound to its name, written and read in one pass.

A file is a head (``WMB1``, the key's id, 16 bytes drawn for it), then blocks: four bytes of length
and AES-256-GCM text. A block is up to a mebibyte, compressed by itself. A file's key is derived
from the backup key and what was drawn; the nonce is the block's number, and whether it is the last
(as in the STREAM construction: Hoang, Reyhanitabar, Rogaway, Vizár, 2015). So a block that was
altered, left out, moved, or cut off the end does not open, nor does a file under another's name.
"""

import hmac
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from repository.backup.keys import BackupKey
from repository.backup.problems import BackupDamaged

MAGIC = b"WMB1"
DRAWN = 16
HEAD = len(MAGIC) + 4 + DRAWN
BLOCK = 1 << 20
LENGTH = struct.Struct(">I")
TAG = 16


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        name: its name at the place of backups.
        bytes: its size there.
        sha256: of its bytes there, hexadecimal.
        plain_bytes: the size of what went in.
        plain_sha256: of what went in, hexadecimal.
    """

    name: str
    bytes: int
    sha256: str
    plain_bytes: int
    plain_sha256: str


class SealedWriter:
    """Takes bytes and writes them sealed; whole only once its block has ended without an error."""

    def __init__(self, path: Path, key: BackupKey, name: str) -> None:
        self.name = name
        self._path = path
        drawn = os.urandom(DRAWN)
        self._cipher, self._name = _cipher(key, drawn), name.encode()
        self._head = MAGIC + key.id + drawn
        self._waiting = bytearray()
        self._number = 0
        self._stored, self._plain = sha256(), sha256()
        self._sizes = [0, 0]
        self._out: IO[bytes] | None = None

    def __enter__(self) -> "SealedWriter":
        self._out = self._path.open("wb")
        self._write(self._head)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._out is not None
        with self._out:
            if kind is None:
                self._block(bytes(self._waiting), last=True)
                self._out.flush()
                os.fsync(self._out.fileno())

    def write(self, some: bytes) -> None:
        """Add bytes."""
        self._plain.update(some)
        self._sizes[1] += len(some)
        self._waiting += some
        while len(self._waiting) > BLOCK:
            self._block(bytes(self._waiting[:BLOCK]), last=False)
            del self._waiting[:BLOCK]

    def written(self) -> Written:
        """What was written, once the block has ended."""
        return Written(
            self.name,
            self._sizes[0],
            self._stored.hexdigest(),
            self._sizes[1],
            self._plain.hexdigest(),
        )

    def _block(self, plain: bytes, *, last: bool) -> None:
        text = self._cipher.encrypt(_nonce(self._number, last), zlib.compress(plain, 1), self._name)
        self._number += 1
        self._write(LENGTH.pack(len(text)) + text)

    def _write(self, some: bytes) -> None:
        assert self._out is not None
        self._out.write(some)
        self._stored.update(some)
        self._sizes[0] += len(some)


def opened(path: Path, keys: "dict[bytes, BackupKey]", name: str) -> Iterator[bytes]:
    """What is in a sealed file, block by block.

    A reader that does not come to the end does not know that nothing was cut off.

    Raises:
        BackupDamaged: it is not whole, or not the file of that name, or its key is not here.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
        if len(head) != HEAD or not head.startswith(MAGIC):
            raise BackupDamaged(f"{name} is not a file of a backup, or was cut short")
        id_ = head[len(MAGIC) : len(MAGIC) + 4]
        if id_ not in keys:
            raise BackupDamaged(
                f"{name} is encrypted with the backup key {id_.hex()}, which is not here; put its "
                "file back where the keys are kept"
            )
        cipher = _cipher(keys[id_], head[len(MAGIC) + 4 :])
        number, last = 0, False
        while not last:
            text = _text(file, name)
            last = not file.peek(1)[:1]
            try:
                plain = cipher.decrypt(_nonce(number, last), text, name.encode())
            except InvalidTag:
                plain = None
            if plain is None:
                raise BackupDamaged(f"{name} was altered, or cut short, at block {number + 1}")
            number += 1
            yield zlib.decompress(plain)


def _text(file: BufferedReader, name: str) -> bytes:
    length = file.read(LENGTH.size)
    size = LENGTH.unpack(length)[0] if len(length) == LENGTH.size else 0
    text = file.read(size) if TAG < size <= 2 * BLOCK else b""
    if not text or len(text) != size:
        raise BackupDamaged(f"{name} was altered, or cut short")
    return text


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _cipher(key: BackupKey, drawn: bytes) -> AESGCM:
    """With a key of its own, no two files share a nonce."""
    return AESGCM(hmac.digest(key.secret, b"watersmeet|backup file|" + drawn + b"\x01", sha256))
