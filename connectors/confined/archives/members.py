"""Which members of an archive are read, and what no archive may hold."""

import fnmatch
import re
from pathlib import PurePosixPath

from connectors.errors import Unreadable

MOST_MEMBERS = 10_000
MOST_EXPANDED = 4 << 30
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_JUNK = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
# What belongs to a table of dBASE: memos are given with it, indexes are of no use.
_MEMOS = frozenset({".dbt", ".fpt", ".smt"})
_INDEXES = frozenset({".cdx", ".mdx", ".ndx", ".ntx", ".idx"})


class Members:
    """The members of one archive.

    Attributes:
        file: the archive's name for people.
        passed_over: how many files of the archive are not read.
    """

    def __init__(self, file: str, pattern: str | None) -> None:
        """Prepare.

        Args:
            file: the archive's name for people.
            pattern: of the names or whole paths of the members that are read; all where None.
        """
        self.file = file
        self._pattern = pattern
        self._names: dict[str, str] = {}  # By the name without regard to capitals.
        self._tables: set[str] | None = None
        self.passed_over = 0

    def check_count(self, number: int) -> None:
        """Refuses an archive of too many members.

        Raises:
            Unreadable: ``file-too-demanding``.
        """
        if number > MOST_MEMBERS:
            raise too_much(self.file, f"holds {number:,} members")

    def add(
        self, name: str, *, is_folder: bool, is_special: bool, is_encrypted: bool
    ) -> str | None:
        """Takes in one member.

        Returns:
            its path, with ``/`` between the folders; None for a folder.

        Raises:
            Unreadable: ``archive-unsafe`` where it leads out of the archive, is a link, or is
                there twice; ``archive-encrypted``.
        """
        plain = name.replace("\\", "/")
        parts = [part for part in plain.split("/") if part not in ("", ".")]
        if _CONTROL.search(plain):
            raise self.unsafe("a member with control characters in its name")
        if plain.startswith("/") or _DRIVE.match(plain) or ".." in parts:
            raise self.unsafe(f"the member {plain[:100]!r}, which leads out of the archive")
        if is_special:
            raise self.unsafe(f"the member {plain[:100]!r}, which is a link and no file")
        if is_folder or plain.endswith("/"):
            return None
        path = "/".join(parts)
        if not parts or len(path) > 1_000 or any(len(part.encode()) > 240 for part in parts):
            raise self.unsafe("a member without a name, or with one that is too long")
        if is_encrypted:
            raise encrypted(self.file)
        if path.casefold() in self._names:
            raise self.unsafe(f"the member {path[:100]!r} twice")
        self._names[path.casefold()] = path
        return path

    def wants(self, path: str) -> bool:
        """Whether a member is read; asked once of each, after all were taken in."""
        wanted = self._matches(path) or self._is_memo(path)
        self.passed_over += not wanted
        return wanted

    def check_any(self) -> None:
        """Refuses an archive with nothing to read.

        Raises:
            Unreadable: ``archive-without-members``.
        """
        if any(map(self._matches, self._names.values())):
            return
        if self._pattern is None:
            raise Unreadable("archive-without-members", f"{self.file} is an archive of no files.")
        has = ", ".join(repr(name) for name in sorted(self._names.values())[:10]) or "none"
        raise Unreadable(
            "archive-without-members",
            f"{self.file} has no member that matches {self._pattern!r}; it has {has}.",
        )

    def unsafe(self, what: str) -> Unreadable:
        """The refusal of something that no honest archive holds."""
        return Unreadable(
            "archive-unsafe",
            f"{self.file} holds {what}; it was refused. Ask the supplier to pack the files anew.",
        )

    def _matches(self, path: str) -> bool:
        parts = PurePosixPath(path).parts
        if parts[-1] in _JUNK or parts[-1].startswith("._") or "__MACOSX" in parts:
            return False
        if self._pattern is not None:
            return any(fnmatch.fnmatchcase(one, self._pattern) for one in (path, parts[-1]))
        suffix = PurePosixPath(path).suffix.lower()
        return not (suffix in _MEMOS | _INDEXES and self._beside_table(path))

    def _is_memo(self, path: str) -> bool:
        """Whether a member holds the memos of a table that is read."""
        return PurePosixPath(path).suffix.lower() in _MEMOS and self._beside_table(path)

    def _beside_table(self, path: str) -> bool:
        if self._tables is None:
            pure = map(PurePosixPath, self._names)
            self._tables = {str(one.with_suffix("")) for one in pure if one.suffix == ".dbf"}
        return str(PurePosixPath(path.casefold()).with_suffix("")) in self._tables


def encrypted(file: str) -> Unreadable:
    """The refusal of what needs a password."""
    return Unreadable(
        "archive-encrypted",
        f"{file} is protected with a password; ask the supplier to send it without one, over a "
        "connection that is protected itself.",
    )


def too_much(file: str, what: str) -> Unreadable:
    """The refusal of what is larger than any delivery."""
    return Unreadable(
        "file-too-demanding",
        f"{file} {what} and was refused. Ask the supplier to send it in parts, or unpacked.",
    )
