"""Manifests, on real folders: what they list is waited for, and held against them."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Unreachable
from connectors.fetch import (
    Standing,
    manifest,
)
from connectors.fetch.folder import FolderShare
from connectors.fetch.share import Entry
from tests.connectors.fetch import folder_kit
from tests.connectors.fetch.folder_kit import get, look, names, put, waits

quick = folder_kit.quick
share = folder_kit.share


BODY = b"a,b\n1,2\n"
SUM = hashlib.sha256(BODY).hexdigest()


@pytest.mark.parametrize(
    "manifest",
    [
        "a.csv\n",
        "# ours\n\n./a.csv\n",
        f"{SUM}  a.csv\n",
        f"{SUM.upper()} *a.csv\n",
        f"a.csv,{len(BODY)},{SUM}\n",
        f"a.csv;{SUM}\n",
        f"File Name,Bytes,Rows,SHA256\na.csv,{len(BODY)},1,{SUM}\n".replace("SHA256", "sha256"),
        f"sha256\tname\n{SUM}\ta.csv\n",
        '"a.csv"\n',
        "\ufeffname\r\na.csv\r\n",
    ],
)
def test_manifests_are_read_as_they_are_written(share: Path, manifest: str) -> None:
    put(share / "a.csv", BODY)
    put(share / "b.csv", BODY)
    put(share / "files.txt", manifest.encode())
    found = look(share, manifest="files.txt")
    assert names(found) == ["a.csv"]
    assert waits(found) == {"b.csv": "waits for a manifest that lists it"}
    [copy] = get(share, manifest="files.txt")
    assert copy.read_bytes() == BODY


def test_a_file_of_another_size_than_its_manifest_says_waits(share: Path) -> None:
    put(share / "a.csv", BODY)
    put(share / "files.txt", b"a.csv,9\n")
    assert waits(look(share, manifest="files.txt")) == {
        "a.csv": "has 8 bytes, and files.txt says 9"
    }


def test_a_file_of_another_sum_than_its_manifest_says_is_not_taken(share: Path) -> None:
    put(share / "a.csv", BODY)
    put(share / "files.txt", f"a.csv,8,{'0' * 64}\n".encode())
    with pytest.raises(Unreachable) as raised:
        get(share, manifest="files.txt")
    assert (raised.value.code, raised.value.passing) == ("manifest-differs", False)
    assert list((share.parent / "into").iterdir()) == []


def test_what_a_manifest_lists_is_waited_for(share: Path) -> None:
    put(share / "a.csv")
    put(share / "files.txt", b"a.csv\nb.csv\nREADME.txt\n")
    facts: dict[str, Any] = {"manifest": "files.txt", "pattern": "*.csv"}
    # Each file is a delivery of its own: what is there need not wait.
    found = look(share, **facts)
    assert names(found) == ["a.csv"]
    assert waits(found) == {"b.csv": "b.csv is listed by a manifest and is not there"}
    assert found.present == {"a.csv"}
    # Received once, and taken away since: it is gone, not awaited.
    assert not look(share, Standing(stamps={"b.csv": "seen"}), **facts).unfinished
    together = look(share, delivery="all", **facts)
    assert names(together) == []
    assert waits(together) == {"*.csv": "b.csv is listed by a manifest and is not there"}
    put(share / "b.csv")
    assert names(look(share, delivery="all", **facts)) == ["*.csv"]


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (b"caf\xe9.csv\n", "UTF-8"),
        (b"../a.csv\n", "line 1 names no file"),
        (b"/etc/passwd\n", "line 1 names no file"),
        (b"C:\\a.csv\n", "line 1 names no file"),
        (b"name,size\na.csv,many\n", "line 2: the size"),
        (b"name,sha256\na.csv,abc\n", "line 2: the SHA-256"),
        (b"a.csv,what\n", "line 1 is not understood"),
        (b"name\n,\n", "line 2 names no file"),
        (b'"' + b"x" * 200_000 + b"\n", "no CSV"),
    ],
)
def test_a_manifest_that_is_not_understood_is_told(share: Path, manifest: bytes, said: str) -> None:
    put(share / "a.csv")
    put(share / "files.txt", manifest)
    told = waits(look(share, manifest="files.txt"))
    assert said in told["files.txt"]
    assert set(told) == {"files.txt", "a.csv"}


def test_a_manifest_that_is_still_written_is_not_read(share: Path) -> None:
    put(share / "a.csv")
    put(share / "files.txt", b"a.csv\n", age=0)
    assert names(look(share, manifest="files.txt")) == []


def test_a_manifest_stamped_in_the_future_is_read(share: Path) -> None:
    put(share / "a.csv", BODY)
    put(share / "files.txt", b"a.csv\n", age=-86_400)
    assert names(look(share, manifest="files.txt")) == ["a.csv"]


def test_a_manifest_lists_what_lies_below_its_own_folder(share: Path) -> None:
    put(share / "in" / "a.csv", BODY)
    put(share / "in" / "files.txt", b"a.csv\n")
    found = look(share, manifest="in/files.txt", pattern="in/*.csv")
    assert (names(found), waits(found)) == (["in/a.csv"], {})


def test_a_manifest_that_is_too_large_is_told(share: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "LARGEST", 5)
    put(share / "a.csv", BODY)
    put(share / "files.txt", b"a.csv\n")
    assert (
        "is larger than a manifest may be" in waits(look(share, manifest="files.txt"))["files.txt"]
    )


@pytest.mark.parametrize("becomes", [b"a.csv", b"a.csv\nb.csv\n"])
def test_a_manifest_that_changes_while_it_is_read_tells_nothing(
    share: Path, monkeypatch: pytest.MonkeyPatch, becomes: bytes
) -> None:
    put(share / "a.csv", BODY)
    path = put(share / "files.txt", b"a.csv\n")
    opened = FolderShare.opened

    def changed(self: FolderShare, entry: Entry) -> Any:
        put(path, becomes)
        return opened(self, entry)

    monkeypatch.setattr(FolderShare, "opened", changed)
    found = look(share, manifest="files.txt")
    assert names(found) == []
    assert "changed while it was read" in waits(found)["files.txt"]


def test_a_later_manifest_stands_over_an_earlier_one(share: Path) -> None:
    put(share / "a.csv", BODY)
    put(share / "files-2.txt", b"a.csv,7\n", age=100)
    put(share / "files-1.txt", b"a.csv,8\n", age=50)
    assert names(look(share, manifest="files-*.txt", pattern="*.csv")) == ["a.csv"]
