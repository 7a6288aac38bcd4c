"""The first page of an Access database: which version it is, and whether it is protected.

From offset 24 it is scrambled with a fixed key (RC4); in it stand the key of encrypted pages and
the password (MDB Tools, "HACKING.md"; Jackcess, ``JetFormat``).
"""

import struct
from pathlib import Path

from connectors.errors import Unreadable

_VERSION = 0x14
_SCRAMBLED = 24
_SCRAMBLING = bytes.fromhex("c7da396b")
_PAGE_KEY = slice(0x3E, 0x42)
_PASSWORD = 0x42
_CREATED = slice(0x72, 0x7A)
_JET_3 = 0


def refuse_protected(path: Path, file: str) -> None:
    """Refuses a database that is encrypted or has a password.

    A password alone (Access 97 to 2003) encrypts nothing, and other readers pass it by. Who set it
    meant the data not to be read without it, so it is honoured.

    Raises:
        Unreadable: ``access-encrypted``, or ``file-damaged`` where there is no whole first page.
    """
    with path.open("rb") as stream:
        page = stream.read(2048)
    if len(page) < 2048:
        raise Unreadable(
            "file-damaged", f"{file} is an Access database that was cut short; ask for it again."
        )
    old = page[_VERSION] == _JET_3
    length = 126 if old else 128
    plain = page[:_SCRAMBLED] + _rc4(_SCRAMBLING, page[_SCRAMBLED : _SCRAMBLED + length])
    password = plain[_PASSWORD : _PASSWORD + (20 if old else 40)]
    if not old:
        [created] = struct.unpack("<d", plain[_CREATED])
        mask = struct.pack("<i", int(created)) if 0 <= created < 1 << 31 else bytes(4)
        password = bytes(byte ^ mask[i % 4] for i, byte in enumerate(password))
    if any(plain[_PAGE_KEY]) or any(password):
        raise Unreadable(
            "access-encrypted",
            f"{file} is an Access database protected with a password; ask the supplier to send it "
            "without one.",
        )


def _rc4(key: bytes, scrambled: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    plain = bytearray()
    i = j = 0
    for byte in scrambled:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        plain.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(plain)
