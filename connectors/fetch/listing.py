"""Lists a place by a feed's pattern: its files, the done-markers and manifests beside them."""

import re
import unicodedata
from dataclasses import dataclass, field

from connectors.fetch import problems
from connectors.fetch.arrival import Unfinished
from connectors.fetch.share import Entry, Share
from contracts.places.files import Files
from contracts.places.name_pattern import Matched, NamePattern

TEMPORARY = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload")
"""How programs that upload or download end the name of a file that is still being written."""

_UNSPEAKABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, those that turn the direction of writing, and what is not Unicode."""


@dataclass
class Listed:
    """What a look at a place found.

    Attributes:
        files: those that match the pattern, each with what its name tells.
        markers: path to done-marker.
        manifests: files the feed calls its manifests.
        unspeakable: files whose names cannot be written down.
        ignores_case: whether the place does.
    """

    ignores_case: bool
    files: list[tuple[Entry, Matched]] = field(default_factory=list)
    markers: dict[str, Entry] = field(default_factory=dict)
    manifests: list[Entry] = field(default_factory=list)
    unspeakable: list[Unfinished] = field(default_factory=list)

    def folded(self, path: str) -> str:
        """A path as this place tells paths apart."""
        path = unicodedata.normalize("NFC", path)
        return path.casefold() if self.ignores_case else path


def list_files(place: Files, share: Share, pattern: NamePattern) -> Listed:
    """Every file that means something to the feed.

    Raises:
        Unreachable: the place cannot be listed, or a link that the pattern names leads out of it.
    """
    manifest = (
        NamePattern.of(place.manifest, ignores_case=share.ignores_case) if place.manifest else None
    )
    wanted = [one for one in (pattern, manifest) if one is not None]
    marker = _marker(place, share)
    listed = Listed(share.ignores_case)

    def enter(folder: str) -> bool:
        hidden = folder.rpartition("/")[2].startswith((".", "~$"))
        return not hidden and any(one.enters(folder) for one in wanted)

    deep = any(one.deep for one in wanted)
    for entry in share.entries(deep=deep, enter=enter):
        if entry.leads_out:
            if enter(entry.path) or any(one.match(entry.path) for one in wanted):
                raise problems.leads_out(entry.path, share.where)
        elif marker is not None and marker.fullmatch(entry.name):
            listed.markers[listed.folded(entry.path)] = entry
        elif is_temporary(entry.path):
            continue
        elif manifest is not None and manifest.match(entry.path):
            listed.manifests.append(entry)
        elif (matched := pattern.match(entry.path)) is not None:
            _add(listed, entry, matched)
    return listed


def is_temporary(path: str) -> bool:
    """Whether a name is one that programs give while they write."""
    *folders, name = path.split("/")
    hidden = any(part.startswith((".", "~$")) for part in [*folders, name])
    return hidden or name.lower().endswith(TEMPORARY)


def marker_of(place: Files, entry: Entry) -> str | None:
    """The path of the done-marker a file waits for; None where the feed has none."""
    if place.done_marker is None:
        return None
    name = place.done_marker.replace("{name}", entry.name)
    return f"{entry.folder}/{name}" if entry.folder else name


def _marker(place: Files, share: Share) -> re.Pattern[str] | None:
    if place.done_marker is None:
        return None
    written = ".+".join(re.escape(part) for part in place.done_marker.split("{name}"))
    return re.compile(written, re.DOTALL | (re.IGNORECASE if share.ignores_case else re.NOFLAG))


def _add(listed: Listed, entry: Entry, matched: Matched) -> None:
    shown = _UNSPEAKABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", entry.path)
    if shown == entry.path:
        listed.files.append((entry, matched))
        return
    why = "has a name with signs that cannot be written down; have it renamed"
    listed.unspeakable.append(Unfinished(shown, why))
