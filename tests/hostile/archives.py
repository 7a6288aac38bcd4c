"""Hostile archives."""

import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

import py7zr

from tests.hostile import sound
from tests.hostile.case import QUARANTINED, READ, Case, case

_UNSAFE = ("archive-unsafe",)
_TOO_MUCH = ("file-too-demanding", "archive-unsafe", "archive-damaged")
_REFUSED = ("archive-unsafe", "archive-damaged", "archive-without-members", "archive-nested")


def archives() -> Iterator[Case]:
    """All of them."""
    yield from _paths()
    yield from _bombs()
    yield from _odd()


def _link(target: str) -> bytes:
    """A zip file whose one member is a symbolic link."""
    member = zipfile.ZipInfo("a.csv")
    member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(member, target)
    return content.getvalue()


def _paths() -> Iterator[Case]:
    for number, name in enumerate(
        (
            "../../../../tmp/evil.csv",
            "/etc/evil.csv",
            "..\\..\\evil.csv",
            "C:\\evil.csv",
            "a/../../evil.csv",
            "//host/share/evil.csv",
        )
    ):
        yield case(f"slip-{number}.zip", sound.zipped({name: sound.delimited()}), *_UNSAFE)
    yield case("link.zip", _link("/etc/passwd"), *_UNSAFE, "archive-without-members")
    yield case("link-above.zip", _link("../../x"), *_UNSAFE, "archive-without-members")
    yield case(
        "name-nul.zip",
        sound.zipped({"aXb.csv": b"a,b\n1,2\n"}).replace(b"aXb", b"a\0b"),
        READ,
        *_REFUSED,
    )
    yield case("name-rtl.zip", sound.zipped({"abc\u202evsc.exe": b"a,b\n1,2\n"}), READ, *_REFUSED)
    yield case("name-long.zip", sound.zipped({"x" * 60_000: b"a,b\n1,2\n"}), READ, *_REFUSED)
    yield case(
        "name-deep.zip", sound.zipped({"d/" * 5000 + "a.csv": b"a,b\n1,2\n"}), READ, *_REFUSED
    )
    yield case("name-device.zip", sound.zipped({"CON": b"a,b\n1,2\n"}), READ, *_REFUSED)


def _bombs() -> Iterator[Case]:
    yield case(
        "flat-1gb.zip",
        lambda: sound.zipped({"a.csv": bytes(1 << 30)}),
        *_TOO_MUCH,
    )
    inner = lambda: sound.zipped({"b.csv": bytes(64 << 20)})  # noqa: E731
    yield case(
        "nested.zip",
        lambda: sound.zipped({f"{i}.zip": inner() for i in range(10)}),
        "archive-nested",
        *_TOO_MUCH,
    )
    yield case("overlapping.zip", _overlapping(500), *_TOO_MUCH)
    yield case(
        "members-100000.zip",
        lambda: sound.zipped({f"{i}.csv": b"" for i in range(100_000)}),
        *_TOO_MUCH,
        "file-empty",
        "file-kind-unknown",
    )
    yield case("size-lies.zip", _lying, READ, *_TOO_MUCH, "file-damaged", "encoding-undecided")
    yield case("flat-1gb.csv.gz", lambda: gzip.compress(bytes(1 << 30), 9), *_TOO_MUCH)
    yield case(
        "many-members.gz",
        lambda: gzip.compress(b"a,b\n", mtime=0) * 200_000,
        READ,
        QUARANTINED,
        *_TOO_MUCH,
    )
    yield case("flat-1gb.csv.xz", lambda: lzma.compress(bytes(1 << 30)), *_TOO_MUCH)
    yield case("flat-512mb.7z", lambda: _seven({"a.csv": bytes(512 << 20)}), *_TOO_MUCH)
    yield case(
        "gzip-in-gzip.gz",
        lambda: gzip.compress(gzip.compress(sound.delimited())),
        "archive-nested",
        "archive-unsafe",
    )
    yield case("quine.gz", lambda: _again(30), "archive-nested", *_TOO_MUCH)


def _again(times: int) -> bytes:
    """A gzip in a gzip in a gzip."""
    content = sound.delimited()
    for _ in range(times):
        content = gzip.compress(content)
    return content


def _seven(members: dict[str, bytes], password: str | None = None) -> bytes:
    content = io.BytesIO()
    with py7zr.SevenZipFile(content, "w", password=password) as archive:
        for name, member in members.items():
            archive.writestr(member, name)
    return content.getvalue()


def _overlapping(times: int) -> bytes:
    """A zip file whose directory names the same bytes again and again (the zip bomb of D. Fifield,
    "A better zip bomb", 2019, at its simplest)."""
    blob = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = blob.compress(bytes(4 << 20)) + blob.flush()
    check = zlib.crc32(bytes(4 << 20))
    facts = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, check, len(packed), 4 << 20, 5, 0)
    content = b"PK\3\4" + facts + b"a.csv" + packed
    entries = b""
    for number in range(times):
        name = f"{number:05d}.csv".encode()
        entry = struct.pack("<HHHHHHIIIHH", 20, 20, 0, 8, 0, 33, check, len(packed), 4 << 20, 9, 0)
        entries += b"PK\1\2" + entry + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    end = struct.pack("<HHHHIIH", 0, 0, times, times, len(entries), len(content), 0)
    return content + entries + b"PK\5\6" + end


def _lying() -> bytes:
    """A zip file that says of a member of 200 MB that it has 100 bytes."""
    raw = sound.zipped({"a.csv": b"a,b\n" * (50 << 20)})
    return raw.replace(struct.pack("<I", 200 << 20), struct.pack("<I", 100))


def _odd() -> Iterator[Case]:
    locked = bytearray(sound.zipped())
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        locked[locked.index(mark) + at] |= 1
    yield case("locked.zip", bytes(locked), "archive-encrypted", "archive-damaged")
    yield case(
        "locked.7z",
        lambda: _seven({"a.csv": sound.delimited()}, "secret"),
        "archive-encrypted",
        "archive-damaged",
    )
    yield case("empty.zip", b"PK\5\6" + bytes(18), "archive-without-members", "file-damaged")
    yield case("only-mark.zip", b"PK\3\4", "file-damaged", "archive-damaged")
    yield case("only-mark.gz", b"\x1f\x8b\x08", "archive-damaged", "file-damaged")
    yield case("only-mark.7z", b"7z\xbc\xaf\x27\x1c", "archive-damaged", "file-damaged")
    yield case(
        "header-claims.7z",
        b"7z\xbc\xaf\x27\x1c\0\4" + bytes(4) + struct.pack("<QQI", 1 << 60, 1 << 60, 0),
        "archive-damaged",
        "file-too-demanding",
        "file-damaged",
    )
    yield case(
        "zip64-claims.zip",
        _claims64,
        "file-too-demanding",
        "archive-damaged",
        "file-damaged",
        "archive-unsafe",
    )
    yield case(
        "before.zip",
        b"x" * 1000 + sound.zipped(),
        READ,
        QUARANTINED,
        *_REFUSED,
        "encoding-undecided",
        "file-kind-unknown",
        "delimiter-undecided",
    )
    yield case("behind.zip", sound.zipped() + b"x" * 1000, READ, "file-damaged", *_REFUSED)
    yield case("behind.gz", sound.gzipped() + b"x" * 1000, READ, *_REFUSED)
    yield case("twice.zip", _twice, READ, *_REFUSED)
    yield case(
        "program.zip", sound.zipped({"a.exe": b"MZ\x90\0" * 100}), "file-kind-unknown", *_REFUSED
    )
    yield case("tar.csv", _tar, "file-kind-unknown", "archive-unsafe")
    yield case("rar.csv", b"Rar!\x1a\7\1\0" + bytes(100), "file-kind-unknown")
    yield case(
        "method-unknown.zip",
        sound.zipped().replace(b"\x14\0\0\0\x08\0", b"\x14\0\0\0\x63\0"),
        "archive-damaged",
        "file-damaged",
        "archive-unsafe",
    )


def _claims64() -> bytes:
    """A zip file whose 64-bit end names a directory far beyond it."""
    content = sound.zipped()
    at = content.rindex(b"PK\5\6")
    end = struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 1 << 60, 1 << 60, 1 << 60, 1 << 60)
    where = struct.pack("<IQI", 0, at, 1)
    last = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    return content[:at] + b"PK\6\6" + end + b"PK\6\7" + where + last


def _twice() -> bytes:
    """Two members of one name."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.csv", b"a,b\n1,2\n")
        archive.writestr("b.csv", b"a,b\n3,4\n")
    return content.getvalue().replace(b"b.csv", b"a.csv")


def _tar() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        link = tarfile.TarInfo("a.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return content.getvalue()
