"""What is noted of a file once it was looked into. Never a value of a data row."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Match:
    """A dataset contract a table resembles.

    Attributes:
        score: 0 to 100.
        matched: contract columns found, each with its header, whether by exactly that name, and
            whether its values prove its kind.
        missing: contract columns not found, those a delivery must have first.
    """

    dataset: str
    score: float
    matched: list[tuple[str, str, bool, bool]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PersonalHint:
    """A column that may hold personal data (:class:`pipeline.discovery.personal.Hint`), with its
    header, or its letter where no header may be shown."""

    column: str
    what: str
    personal: str
    confidence: str
    basis: str
    values: int
    of: int


@dataclass(frozen=True)
class TableLook:
    """A table of a file.

    Attributes:
        name: what tells it apart in its file, where anything does: its sheet, its member of an
            archive, both.
        rows: filled records below the header.
        exact: whether they were counted; else they are estimated from a sample.
        columns: how many.
        header_row: source row of the header; 0 where the form names the columns; None where no
            row is proved to be one.
        header: headers as written; null where blank or where it looks like a value.
        problem: why it was not read to its end.
        distinct, sketch: of its records (:mod:`pipeline.discovery.sketch`), base64.
    """

    name: str | None
    rows: int
    exact: bool
    columns: int
    header_row: int | None = None
    header: list[str | None] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    personal: list[PersonalHint] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problem: str | None = None
    distinct: int = 0
    sketch: str = ""


@dataclass(frozen=True)
class FileLook:
    """A file.

    Attributes:
        kind: a word: the content of readable files (``connectors.read.kind.sniff``), ``archive``,
            ``empty``, ``other``, ``unknown`` where it could not be told.
        words: the same for people.
        fingerprint: of its beginning, middle and end.
        sampled: whether only parts of it were read.
        members: of an archive, the first names with sizes; ``member_count`` tells how many.
        code, problem: why it was not read, or not wholly, where it was not.
    """

    kind: str
    words: str
    fingerprint: str = ""
    sampled: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    tables: list[TableLook] = field(default_factory=list)
    members: list[tuple[str, int]] = field(default_factory=list)
    member_count: int = 0
    code: str | None = None
    problem: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain lists, dictionaries and texts."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "FileLook":
        """Back from :meth:`to_json`."""
        tables = [
            TableLook(
                **{
                    **table,
                    "matches": [
                        Match(**{**one, "matched": [tuple(c) for c in one["matched"]]})
                        for one in table["matches"]
                    ],
                    "personal": [PersonalHint(**one) for one in table["personal"]],
                }
            )
            for table in told["tables"]
        ]
        members = [(name, size) for name, size in told["members"]]
        return cls(**{**told, "tables": tables, "members": members})
