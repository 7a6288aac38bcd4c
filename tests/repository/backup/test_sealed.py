"""Files of a backup: what went in comes out, or it is told that something is wrong."""

import hashlib
import os
from pathlib import Path

import pytest

from repository.backup.keys import BackupKey
from repository.backup.problems import BackupDamaged
from repository.backup.sealed import BLOCK, SealedWriter, opened

KEY = BackupKey(1, b"\x01\x02\x03\x04", bytes(range(32)))
KEYS = {KEY.id: KEY}
NAME = "1/wal/000000010000000000000001"


def sealed(path: Path, content: bytes, piece: int = 100_000) -> None:
    with SealedWriter(path, KEY, NAME) as writer:
        for at in range(0, len(content), piece):
            writer.write(content[at : at + piece])
    written = writer.written()
    assert (written.plain_bytes, written.bytes) == (len(content), path.stat().st_size)
    assert written.plain_sha256 == hashlib.sha256(content).hexdigest()
    assert written.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def read(path: Path, name: str = NAME) -> bytes:
    return b"".join(opened(path, KEYS, name))


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_what_went_in_comes_out(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    sealed(tmp_path / "file", content)
    assert read(tmp_path / "file") == content


def test_nothing_of_it_can_be_read_and_no_two_are_alike(tmp_path: Path) -> None:
    content = b"Canary, Phoebe;L835607623766;" * 1000
    for name in ("one", "other"):
        sealed(tmp_path / name, content)
    one, other = ((tmp_path / name).read_bytes() for name in ("one", "other"))
    assert b"Canary" not in one and one[24:] != other[24:]
    assert len(one) < len(content) / 10, "compressed before it was encrypted"


def test_every_flipped_byte_is_found(tmp_path: Path) -> None:
    path = tmp_path / "file"
    sealed(path, b"a short one")
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(BackupDamaged, match=r"000000010000000000000001"):
            read(path)


def test_a_cut_an_addition_and_exchanged_blocks_are_found(tmp_path: Path) -> None:
    path = tmp_path / "file"
    sealed(path, os.urandom(2 * BLOCK + 5))
    whole = path.read_bytes()
    blocks, at = [], 24
    while at < len(whole):
        size = 4 + int.from_bytes(whole[at : at + 4], "big")
        blocks.append(whole[at : at + size])
        at += size
    assert len(blocks) == 3
    head = whole[:24]
    for changed in (
        head,
        whole[:10],
        whole[:-1],
        head + blocks[0] + blocks[1],  # cut where a block ends
        head + blocks[1] + blocks[0] + blocks[2],
        head + blocks[0] + blocks[2],
        whole + blocks[2],
        whole + b"\0",
    ):
        path.write_bytes(changed)
        with pytest.raises(BackupDamaged):
            read(path)


def test_under_another_name_or_with_another_key_it_does_not_open(tmp_path: Path) -> None:
    path = tmp_path / "file"
    sealed(path, b"content")
    with pytest.raises(BackupDamaged, match="altered"):
        read(path, "1/wal/000000010000000000000002")
    other = BackupKey(2, b"\x09\x02\x03\x04", bytes(32))
    with pytest.raises(BackupDamaged, match="01020304, which is not here"):
        list(opened(path, {other.id: other}, NAME))


def test_a_writer_that_fails_leaves_nothing_that_opens(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(ZeroDivisionError), SealedWriter(path, KEY, NAME) as writer:
        writer.write(os.urandom(3 * BLOCK))
        raise ZeroDivisionError
    with pytest.raises(BackupDamaged):
        read(path)
    assert "secret" not in repr(KEY) and str(bytes(range(32))) not in repr(KEY)
