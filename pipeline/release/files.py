"""The files of a release, what each is, and where it will stand on the web."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from contracts.open_table import OpenTable
from pipeline.export.exporting import sha256_of
from pipeline.export.facts import TableFacts

CSV, PARQUET = "data.csv", "data.parquet"
MEDIA = {CSV: "text/csv", PARQUET: "application/vnd.apache.parquet"}
PACKAGE, DCAT, LINEAGE, DISCLOSURE = (
    "datapackage.json",
    "dcat.jsonld",
    "lineage.json",
    "disclosure.json",
)


@dataclass(frozen=True)
class ReleasedFile:
    """One file: name, size and hash."""

    name: str
    bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "ReleasedFile":
        """The facts of a file that is there."""
        return cls(path.name, path.stat().st_size, sha256_of(path))


@dataclass(frozen=True)
class Told:
    """All that the descriptions of a release tell.

    Attributes:
        facts: its table and columns.
        rows: how many rows.
        data: its files of data, the CSV first.
        suppliers: names of the organisations its rows are from.
        first_at, last_at: as-at dates its rows lie between; None where there are none.
    """

    table: OpenTable
    version: str
    facts: TableFacts
    rows: int
    data: tuple[ReleasedFile, ...]
    suppliers: tuple[str, ...]
    issued: datetime
    first_at: str | None = None
    last_at: str | None = None

    def address(self, file: str = "") -> str:
        """Where a file of it stands; beside the description, where no address is declared."""
        home = self.table.home
        return f"{home}/{self.table.name}/{self.version}/{file}" if home else file or "."
