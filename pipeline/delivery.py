"""The reference to a delivery that travels between tasks: facts and landed keys, never rows."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class File:
    """One landed file: name, landed key, SHA-256 (hexadecimal), size in bytes."""

    name: str
    key: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Delivery:
    """One landed delivery.

    Attributes:
        feed: ``<organisation>/<dataset>``.
        name: the name the supplier gave it.
        sha256: of the whole delivery, hexadecimal.
        files: its landed files, in order.
        landed_at: by the database's clock.
        sequence: its place in the order of arrivals.
        as_at: the date it was found to speak of when it was loaded; None before.
    """

    feed: str
    name: str
    sha256: str
    files: tuple[File, ...]
    landed_at: datetime
    sequence: int
    as_at: date | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain lists, dictionaries and texts."""
        facts = asdict(self)
        return {
            **facts,
            "files": [asdict(file) for file in self.files],
            "landed_at": self.landed_at.isoformat(),
            "as_at": self.as_at.isoformat() if self.as_at else None,
        }

    @classmethod
    def from_json(cls, written: dict[str, Any]) -> "Delivery":
        """Back from :meth:`to_json`, as it is written now or was before there were as-at dates."""
        as_at = written.get("as_at")
        return cls(
            **{
                **written,
                "files": tuple(File(**file) for file in written["files"]),
                "landed_at": datetime.fromisoformat(written["landed_at"]),
                "as_at": date.fromisoformat(as_at) if as_at else None,
            }
        )


def only_file(delivery: str, files: Sequence[str]) -> str | None:
    """What people call the one file of a delivery; None where there are several.

    That is the delivery's name where it ends in the file's, so that folders are told; else the
    file's own: what a delivery of a date, or of an interface, is called is no file's name.
    """
    if len(files) != 1:
        return None
    return delivery if delivery.rpartition("/")[2] == files[0] else files[0]
