"""What all places whose things are files have in common: what of a listing makes an arrival.

A place gives a :class:`connectors.fetch.share.Share`; :func:`look` lists it, sees what is finished
(:mod:`connectors.fetch.finished`) and makes deliveries of it. :mod:`connectors.fetch.copying`
fetches them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b

from connectors.fetch.arrival import Arrival, Found, Standing, Unfinished
from connectors.fetch.finished import Finishing
from connectors.fetch.listing import Listed, list_files
from connectors.fetch.manifest import Manifests, read_manifests
from connectors.fetch.share import Entry, Share
from contracts.places.files import Files
from contracts.places.name_pattern import Matched, NamePattern

MOST_NAMED = 3
"""Files of a delivery whose reasons are named one by one."""


@dataclass
class _Group:
    """The files of one delivery: those that are there, and those a manifest says are to come."""

    name: str
    entries: list[Entry] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def look(place: Files, share: Share, standing: Standing) -> Found:
    """What is there, and what of it is finished: arrivals oldest first.

    Passed over: names that begin with ``.`` or ``~$`` or end as what programs call a file they are
    still writing; done-markers; manifests. A name that cannot be written down (not Unicode, control
    characters) is unfinished: it has to be renamed.

    Raises:
        Unreachable: the place cannot be listed, or a link the pattern names leads out of it.
    """
    pattern = NamePattern.of(place.pattern, ignores_case=share.ignores_case)
    listed = list_files(place, share, pattern)
    manifests = read_manifests(place, share, listed)
    finishing = Finishing(place, share, listed, manifests)
    arrivals: list[Arrival] = []
    waiting = list(listed.unspeakable)
    groups = _grouped(place, pattern, listed, manifests)
    for group in groups.values():
        arrival = _arrival(group, manifests)
        if arrival is not None and standing.stamps.get(group.name) == arrival.stamp:
            arrivals.append(arrival)
            continue
        if arrival is None and group.name in standing.stamps:
            continue  # received, and taken away since: gone, not awaited
        why = _reason(place, group, finishing)
        if why is None and arrival is not None:
            arrivals.append(arrival)
        elif why is not None:
            waiting.append(Unfinished(group.name, why))
    waiting += manifests.broken
    arrivals.sort(key=lambda one: (one.modified, one.name))
    present = frozenset(group.name for group in groups.values() if group.entries)
    return Found(tuple(arrivals), tuple(waiting), present)


def stamp_of(entries: list[Entry]) -> str:
    """What a place shows of the state of a delivery's files: another stamp, other files."""
    if len(entries) == 1:
        return _shown(entries[0])
    told = "\n".join(f"{one.path}\t{_shown(one)}" for one in sorted(entries, key=_path))
    return f"{len(entries)} files {blake2b(told.encode(), digest_size=16).hexdigest()}"


def _shown(entry: Entry) -> str:
    told = f"{entry.size} {entry.modified.isoformat()}"
    return f"{told} {entry.version}" if entry.version else told


def _path(entry: Entry) -> str:
    return entry.path


def _grouped(
    place: Files, pattern: NamePattern, listed: Listed, manifests: Manifests
) -> dict[str, _Group]:
    groups: dict[str, _Group] = {}
    for entry, matched in listed.files:
        name = _name(place, pattern, entry.path, matched)
        groups.setdefault(name, _Group(name)).entries.append(entry)
    there = {listed.folded(entry.path) for entry, _ in listed.files}
    for path in manifests.paths():
        awaited = pattern.match(path)
        if awaited is not None and listed.folded(path) not in there:
            name = _name(place, pattern, path, awaited)
            groups.setdefault(name, _Group(name)).missing.append(path)
    return groups


def _name(place: Files, pattern: NamePattern, path: str, matched: Matched) -> str:
    """The name of the delivery a file belongs to."""
    match place.delivery:
        case "file":
            return path
        case "folder":
            return path.rpartition("/")[0] or pattern.text
        case "date":
            assert isinstance(matched.date, date), "the declaration demands a date"
            return pattern.on(matched.date)
        case "all":
            return pattern.text


def _arrival(group: _Group, manifests: Manifests) -> Arrival | None:
    if not group.entries:
        return None
    entries = sorted(group.entries, key=_path)
    sums = {one.path: manifests.sha256(one.path) for one in entries}
    return Arrival(
        name=group.name,
        size=sum(one.size for one in entries),
        modified=max(one.modified for one in entries),
        files=tuple(one.path for one in entries),
        stamp=stamp_of(entries),
        sha256={path: told for path, told in sums.items() if told},
    )


def _reason(place: Files, group: _Group, finishing: Finishing) -> str | None:
    """Why a delivery is not finished; None where it is."""
    reasons = list(_reasons(place, group, finishing))
    if not reasons:
        return None
    more = len(reasons) - MOST_NAMED
    return "; ".join(reasons[:MOST_NAMED]) + (f"; and {more:,} more" if more > 0 else "")


def _reasons(place: Files, group: _Group, finishing: Finishing) -> Iterator[str]:
    for path in sorted(group.missing):
        yield f"{path} is listed by a manifest and is not there"
    if 0 < len(group.entries) < place.least_files:
        yield f"{len(group.entries):,} of at least {place.least_files:,} files are there"
    for entry in sorted(group.entries, key=_path):
        why = finishing.why(entry)
        if why is not None:
            yield why if place.delivery == "file" else f"{entry.path} {why}"
