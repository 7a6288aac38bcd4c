"""The cells of one delivery, read from its landed bytes once for all that is asked of it."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from connectors.errors import Unreadable
from connectors.read import SourceTable, open_tables
from pipeline.delivery import only_file
from pipeline.journey import Journey
from pipeline.settings import Settings
from repository.landing import LandedFile, store_for
from repository.lineage import delivery_files
from transforms.mapping import MappedColumn


@dataclass
class Cells:
    """Cells of a delivery's tables.

    Attributes:
        tables: the tables its landed files hold today.
        files: hash of each file, by name.
        texts: cells that were read: table's place in ``tables``, row and position to the text.
    """

    tables: list[SourceTable]
    files: dict[str, str]
    texts: dict[tuple[int, int, int], str] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def of(
        cls,
        conn: psycopg.Connection,
        journey: Journey,
        delivery: tuple[int, str],
        settings: Settings,
    ) -> "Iterator[Cells]":
        """The cells of a delivery, known by number and name, as long as the block lasts.

        Raises:
            repository.landing.LandingProblem: its landed bytes are gone, or are not those that
                landed: the store gives only bytes that have the hash they were landed with.
            connectors.errors.Unreadable: they cannot be read.
        """
        landed = [
            LandedFile(f["name"], f["landed_key"], f["sha256"], f["bytes"])
            for f in delivery_files(conn, delivery[0])
        ]
        store = store_for(settings.landing)
        with ExitStack() as held:
            paths = [held.enter_context(store.local(file)) for file in landed]
            name = only_file(delivery[1], [file.name for file in landed])
            tables = open_tables(paths, journey.feed.file, name=name)
            yield cls(tables, {file.name: file.sha256 for file in landed})

    def read(self, told: Iterable[dict[str, Any]]) -> None:
        """Read the cells of all that was told, each table in one go."""
        wanted: dict[int, set[tuple[int, int]]] = {}
        for one in told:
            position = one["mapping"]["position"]
            if position is not None:
                wanted.setdefault(self._table(one), set()).add((one["source_row"], position))
        for number, cells in wanted.items():
            for (row, position), text in self.tables[number].cells(cells).items():
                self.texts[number, row, position] = text

    def cell(self, told: dict[str, Any], mapped: MappedColumn) -> tuple[str, dict[str, Any]]:
        """The text in a cell, and its place as the reader tells it; of a constant, the feed's own
        text, which stands in no file."""
        if mapped.position is None:
            return mapped.header, {}
        number, row = self._table(told), told["source_row"]
        where, sheet, cell = self.tables[number].place(row, mapped.position)
        place = {
            "file": where,
            "sheet": sheet,
            "cell": cell,
            "sha256": self.files.get(where, told["sha256"]),
        }
        return self.texts[number, row, mapped.position], place

    def _table(self, told: dict[str, Any]) -> int:
        for number, table in enumerate(self.tables):
            # The pages of an API are one table, named for the first of them.
            if table.sheet == told["sheet"] and (
                len(self.tables) == 1 or table.file == told["file"]
            ):
                return number
        raise Unreadable("table-gone", f"{told['file']} has no table {told['sheet']} any more")
