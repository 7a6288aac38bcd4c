"""Goes through the records of an XML file, one after the other."""

from collections.abc import Sequence

from connectors.confined.keyed import Keyed
from connectors.confined.xml.guard import GuardedEvents
from connectors.confined.xml.outline import shown_paths
from connectors.confined.xml.way import Step, Way
from connectors.errors import Unreadable

LONGEST = 64 << 20
"""Characters of one record, at most."""


class Walk:
    """What the two ways of reading records have in common: they differ in what they take of one.

    Attributes:
        row: the record it is in, or was in last.
        size: characters of it so far.
    """

    def __init__(
        self, file: str, encoding: str | None, records: Sequence[Step], table: Keyed
    ) -> None:
        """Prepare.

        Args:
            records: the path of the records, from the root.
            table: what they are added to.
        """
        self.file, self.encoding = file, encoding
        self.records = records
        self.table = table
        self.xml = GuardedEvents(file, encoding)
        self.way = Way(self.xml, records)
        self.row = 0
        self.size = 0

    def parse(self, path: str) -> None:
        """Parses the file and adds its records to the table.

        Raises:
            Unreadable: it is damaged or unsafe, a record is too long, or there are none.
        """
        self.xml.parse(path)
        if self.row == 0:
            wanted = "/".join(local for _, local in self.records)
            raise Unreadable(
                "xml-without-records",
                f"{self.file} has no element at {wanted!r}, or not in the namespace declared; "
                "correct the path of the records in the feed. It has "
                f"{shown_paths(path, self.file, self.encoding)}.",
            )

    def too_long(self) -> Unreadable:
        """That a record is longer than one may be."""
        return Unreadable(
            "record-too-long",
            f"{self.file}: record {self.row} is over {LONGEST >> 20} MB long. Ask for "
            "the file again, or correct the path of the records in the feed.",
        )
