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


def next_commands(ground: Ground, path: str, look: FileLook) -> list[str]:
    """For each table ``watersmeet check`` where a contract is likely, else ``watersmeet draft``;
    for those of an archive the archive's, which is read as it is."""
    there = ground.local(path) is not None
    file = quoted(ground.named(path) if there else PurePosixPath(path).name)
    made = []
    for number, table in enumerate(look.tables, 1):
        likely = [one for one in table.matches[:1] if one.score >= GOOD]
        of = f" --table {number}" if len(look.tables) > 1 else ""
        made.append(
            f"watersmeet check {file} --dataset {likely[0].dataset}"
            if likely
            else f"watersmeet draft {file}{of}"
        )
    return made


def next_command(commands: list[str], look: FileLook) -> str | None:
    """Of a file's commands that of the table most likely of a dataset, or else of the fullest."""
    if not commands:
        return None
    ranked = [
        (max((one.score for one in table.matches if one.score >= GOOD), default=0), table.rows)
        for table in look.tables
    ]
    return commands[ranked.index(max(ranked))]


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
