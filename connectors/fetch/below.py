"""Paths below a place's folder, as feeds declare them."""

from connectors.connection import Connection
from connectors.errors import Unreachable


def parts_below(path: str, connection: Connection) -> list[str]:
    """The parts of a declared path below a connection's folder; none for the folder itself.

    Raises:
        Unreachable: ``path-leaves-folder``.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or ".." in parts:
        raise Unreachable(
            "path-leaves-folder",
            f"Path {path!r} leads out of the folder of connection {connection.id!r}; correct the "
            "feed.",
        )
    return parts


def joined(*parts: str) -> str:
    """Parts of a path with ``/`` between them; empty parts are left out."""
    return "/".join(part for part in parts if part)
