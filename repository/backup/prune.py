"""Deletes backups nobody needs any more, and never the only good one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from repository.backup.keys import BackupKey
from repository.backup.manifest import FILE, Manifest
from repository.backup.place import Place
from repository.backup.problems import BackupProblem
from repository.backup.segments import Segment, position
from repository.backup.settings import BackupSettings
from repository.backup.shelf import Shelf
from repository.backup.take import needed


@dataclass(frozen=True)
class Kept:
    """How much is kept.

    Attributes:
        fulls: so many full backups, with those that go on from them.
        days: any moment of so many days back can be restored.
    """

    fulls: int = 4
    days: int = 30


@dataclass(frozen=True)
class Pruned:
    """Names of backups, kept and deleted; folders of unfinished ones and segments deleted."""

    kept: tuple[str, ...]
    deleted: tuple[str, ...]
    unfinished: tuple[str, ...]
    segments: int


def prune(
    places: BackupSettings,
    keys: dict[bytes, BackupKey],
    system: str,
    keep: Kept,
    now: datetime,
    *,
    dry: bool = False,
) -> Pruned:
    """Delete what is needed neither for the last full backups nor for any moment of the window.

    Landed bytes are never deleted: each is kept once, and newer backups need it too.

    Args:
        system: the cluster's; backups of another are left alone. Nobody else may be writing.
        dry: only say what would be deleted.

    Raises:
        BackupProblem: of those to be kept none is all there.
    """
    shelf = Shelf.of(places.backup, keys)
    own = [one for one in shelf.backups if one.cluster.system == system]
    kept, gone = _parted(own, keep, now)
    there = {name for name, _ in places.backup.list(f"{system}/")}
    if gone and not any(_all_there(shelf, one, there) for one in kept):
        raise BackupProblem(
            "of the backups to be kept none is all there; nothing was deleted. Take a full backup, "
            "and see `watersmeet backup verify`"
        )
    unfinished = [one for one in shelf.unfinished if one.startswith(f"{system}/")]
    segments = _segments_before(kept, system, there) if gone else []
    if not dry:
        # Those that go on from others first; the manifest first of each, so that none ever looks
        # whole that is not.
        for one in reversed(gone):
            _delete(places.backup, one.folder, there)
            for name, _ in places.keys.list(f"secrets/{one.name}/"):
                places.keys.delete(name)
        for folder in unfinished:
            _delete(places.backup, folder, there)
        for name in segments:
            places.backup.delete(name)
        places.backup.sweep(system)
    return Pruned(
        tuple(one.name for one in kept),
        tuple(one.name for one in gone),
        tuple(unfinished),
        len(segments),
    )


def _parted(
    backups: Sequence[Manifest], keep: Kept, now: datetime
) -> tuple[list[Manifest], list[Manifest]]:
    """Those to keep and those to delete, each oldest first."""
    fulls = [one for one in backups if one.kind == "full"]
    if not fulls:
        return list(backups), []
    begins = now - timedelta(days=keep.days)
    # The newest full one at or before the window's beginning, and all since.
    reach = [one for one in fulls if one.restore_point_at <= begins]
    oldest = min(
        (reach[-1] if reach else fulls[0]).restore_point_at,
        fulls[-min(len(fulls), max(1, keep.fulls))].restore_point_at,
    )
    kept = [one for one in backups if one.restore_point_at >= oldest]
    return kept, [one for one in backups if one.restore_point_at < oldest]


def _all_there(shelf: Shelf, backup: Manifest, there: set[str]) -> bool:
    """Whether every file a backup needs is there; whether each is whole, `verify` says."""
    try:
        chain = shelf.chain(backup)
    except BackupProblem:
        return False
    wanted = {part.name for one in chain for part in one.files.values()}
    wanted |= {f"{backup.cluster.system}/wal/{name}" for name in needed(backup)}
    return wanted <= there


def _segments_before(kept: Sequence[Manifest], system: str, there: set[str]) -> list[str]:
    """Segments of the log from before the oldest backup that is kept."""
    oldest = min(kept, key=lambda one: position(one.begins))
    size = oldest.cluster.segment_bytes
    first = Segment.at(oldest.cluster.timeline, position(oldest.begins), size)
    before = f"{system}/wal/"
    names = [name for name in there if name.startswith(before) and len(name) == len(before) + 24]
    return sorted(
        name
        for name in names
        if Segment.named(name.removeprefix(before), size).number < first.number
    )


def _delete(place: Place, folder: str, there: set[str]) -> None:
    place.delete(f"{folder}/{FILE}")
    for name in sorted(there):
        if name.startswith(f"{folder}/"):
            place.delete(name)
