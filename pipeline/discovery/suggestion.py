"""The command to go on with, for a file that was found."""

import shlex
from pathlib import PurePosixPath

from pipeline.discovery.ground import Ground
from pipeline.discovery.looked import FileLook, Match
from pipeline.discovery.resemblance import GOOD
from pipeline.discovery.sighting import shown


def best_match(look: FileLook) -> Match | None:
    """The best resemblance of any of a file's tables that is worth a check."""
    found = [one for table in look.tables for one in table.matches if one.score >= GOOD]
    return max(found, key=lambda one: one.score, default=None)


def next_command(ground: Ground, path: str, look: FileLook) -> str | None:
    """``watersmeet check`` where a contract is likely, ``watersmeet draft`` for other tables; None
    where there is no table."""
    if not look.tables or look.kind == "archive":
        return None
    match = best_match(look)
    there = ground.local(path) is not None
    file = quoted(ground.named(path) if there else PurePosixPath(path).name)
    if match is None:
        return f"watersmeet draft {file}"
    return f"watersmeet check {file} --dataset {match.dataset}"


def quoted(path: str) -> str:
    """A path as a shell takes it; what cannot be shown stands as an escape."""
    if path.startswith("-"):
        path = f"./{path}"
    plain = shown(path)
    if plain == path:
        return shlex.quote(path)
    escaped = "".join(
        "\\\\" if c == "\\" else "\\'" if c == "'" else c if c == shown(c) else _escape(c)
        for c in path
    )
    return f"$'{escaped}'"


def _escape(character: str) -> str:
    """As bytes, so that no digit that follows is taken for part of it."""
    raw = character.encode("utf-8", "surrogateescape")
    return "".join(f"\\{byte:03o}" for byte in raw)
