"""Copies the files of an arrival, and sees that they did not change meanwhile."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from connectors.errors import Unreachable
from connectors.fetch import problems
from connectors.fetch.arrival import Arrival, Fetched
from connectors.fetch.files import stamp_of
from connectors.fetch.share import Entry, Share

BLOCK = 1 << 20
LONGEST_NAME = 200
"""Bytes of a name; what is longer is shortened, for file systems take 255 and stores add to it."""


def take(share: Share, arrival: Arrival, into: Path) -> Fetched:
    """Copies the arrival's files, bytes unchanged, under names of which no two are equal.

    Raises:
        Unreachable: a file has gone, or is not what was found any more (``passing``), or not what
            its manifest says, or cannot be written here; nothing of it is left in ``into`` then.
    """
    copies = [into / name for name in names_of(arrival.files)]
    made: list[Path] = []
    try:
        entries = [share.facts(path) for path in arrival.files]
        if arrival.stamp is not None and stamp_of(entries) != arrival.stamp:
            raise problems.file_changed(arrival.name, share.where)
        for entry, copy in zip(entries, copies, strict=True):
            made.append(copy)
            _copy(share, entry, copy, arrival.sha256.get(entry.path))
    except OSError as error:
        _remove(made)
        raise Unreachable(
            "scratch-unwritable",
            f"{arrival.name} from {share.where} could not be written here: "
            f"{error.strerror or 'input/output error'}. Make room in the scratch folder.",
            passing=True,
        ) from None
    except Unreachable:
        _remove(made)
        raise
    return Fetched(tuple(copies))


def names_of(paths: Sequence[str]) -> list[str]:
    """A name for each path: its last part, with its folders before it where names would be equal.

    No two are equal, whatever the case of their letters.
    """
    plain = [path.rpartition("/")[2] for path in paths]
    times = Counter(name.casefold() for name in plain)
    taken: set[str] = set()
    names = []
    for path, name in zip(paths, plain, strict=True):
        alone = times[name.casefold()] == 1
        wanted = _shortened(name if alone else path.replace("/", "_"))
        unique, number = wanted, 1
        while unique.casefold() in taken:
            number += 1
            unique = f"{number}_{wanted}"
        taken.add(unique.casefold())
        names.append(unique)
    return names


def _shortened(name: str) -> str:
    """A name that every file system takes; what is cut is replaced by a hash of the whole."""
    if len(name.encode()) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    ending = dot + ending if len(ending.encode()) <= 12 else ""
    mark = "-" + hashlib.sha256(name.encode()).hexdigest()[:16]
    room = LONGEST_NAME - len(ending.encode()) - len(mark)
    return (stem or name).encode()[:room].decode(errors="ignore") + mark + ending


def _copy(share: Share, entry: Entry, copy: Path, sha256: str | None) -> None:
    told, written = hashlib.sha256(), 0
    with share.opened(entry) as bytes_in, copy.open("xb") as bytes_out:
        while block := bytes_in.read(BLOCK):
            written += len(block)
            if written > entry.size:
                raise problems.file_changed(entry.path, share.where)
            bytes_out.write(block)
            if sha256 is not None:
                told.update(block)
    if share.facts(entry.path).state != entry.state:
        raise problems.file_changed(entry.path, share.where)
    if written != entry.size:
        raise Unreachable(
            "file-cut-short",
            f"{entry.path} from {share.where}: {written:,} of {entry.size:,} bytes came. The copy "
            "was thrown away; it is fetched again.",
            passing=True,
        )
    if sha256 is not None and told.hexdigest() != sha256:
        raise Unreachable(
            "manifest-differs",
            f"{entry.path} from {share.where} does not have the SHA-256 its manifest gives; it was "
            "not taken. Have the file, or the manifest, sent again.",
        )


def _remove(copies: Sequence[Path]) -> None:
    for copy in copies:
        copy.unlink(missing_ok=True)
