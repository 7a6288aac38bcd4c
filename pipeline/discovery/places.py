"""Which ground is meant by a place as somebody types it."""

import re
from pathlib import Path

from connectors.connection import Connection, connection
from connectors.errors import Unreachable
from pipeline.discovery.ground import Ground
from pipeline.discovery.local import LocalGround

_NAMED = re.compile(r"^([A-Za-z0-9_][\w.-]*)(?::(.*))?$", re.DOTALL)
_FOLDERS = ("", "fs", "file")


def ground_of(place: str) -> Ground:
    """The ground of a place: a folder that is there, else a connection with or without a path.

    Raises:
        Unreachable: there is neither, or it cannot be reached.
    """
    folder = Path(place)
    try:
        if folder.exists():
            return LocalGround(folder, place)
    except OSError:
        return LocalGround(folder, place)  # which says why
    named = _NAMED.match(place)
    if named is None:
        return LocalGround(folder, place)
    try:
        known = connection(named[1])
    except Unreachable as error:
        if error.code == "connection-unknown" and named[2] is None:
            return LocalGround(folder, place)
        raise
    return _of_connection(known, named[2] or "", place)


def _of_connection(known: Connection, path: str, place: str) -> Ground:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise Unreachable(
            "path-leaves-folder",
            f"{place} leads out of the folder of connection {known.id!r}; correct the path.",
        )
    if known.kind in _FOLDERS and known.path:
        root = Path(known.path)
        below = root.joinpath(*parts)
        if not below.resolve().is_relative_to(root.resolve()):
            raise Unreachable(
                "link-leaves-folder",
                f"{place} leads out of the folder of connection {known.id!r}, by a link.",
            )
        return LocalGround(below, str(below))
    from pipeline.discovery.remote import PLACES, ShareGround

    if known.kind not in PLACES:
        raise Unreachable(
            "connection-no-share",
            f"connection {known.id!r} is of type {known.kind or 'none'!r}, and no share of files; "
            f"known are {', '.join(sorted(PLACES))} and fs.",
        )
    return ShareGround(known, "/".join(parts), place)
