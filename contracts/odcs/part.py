"""Reading a document so that nothing of it is dropped silently.

Whoever reads a part takes what they understand; what is left when they are done is remarked on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from contracts.odcs.document import snake

# What says the same as saying nothing, by the standard's own defaults.
DEFAULTS: dict[str, Any] = {
    "primaryKey": False,
    "primaryKeyPosition": -1,
    "unique": False,
    "partitioned": False,
    "partitionKeyPosition": -1,
    "criticalDataElement": False,
}
# Where in Watersmeet the thing is said that a document says in its contract.
ELSEWHERE = {
    "servers": "where deliveries are found is a feed's `place`, in contracts/feeds/",
    "roles": "who may read what is an agreement's purposes, in contracts/agreements/",
    "slaProperties": "timetable and retention stand in the feed's and the agreement's files",
    "slaDefaultElement": "timetable and retention stand in the feed's and the agreement's files",
    "support": "whom to ask is an agreement's `contact`, in contracts/agreements/",
    "price": "a contract has no price here",
    "team": "a feed's `owner` and `maintainer`, in contracts/feeds/",
    "examples": "values of the data are not kept in a contract",
    "tags": "a contract has no tags of its own here",
    "relationships": "links follow from what the columns go `to`; say it there",
    "lands": "what may land is said in the agreement's `columns`",
    "feed": "what one supplier writes otherwise is said in the feed's `columns`",
    "gateway": "the legal gateway stands in the agreement's file",
    "special_category_condition": "the condition stands in the agreement's file",
    "controllers": "the parties stand in the agreement's file",
    "processors": "the parties stand in the agreement's file",
    "method": "how data are sent stands in the agreement's file",
    "security": "how data are kept safe stands in the agreement's file",
    "dataset": "a feed's dataset is its file's name",
    "organisation": "a feed's organisation is its folder's name",
    "tenant": "an organisation supplies a feed; a contract belongs to none",
    "domain": "a contract has no domain here",
    "dataProduct": "a contract has no data product here",
    "contractCreatedTs": "when a contract was made is in its history in git",
    "transformLogic": "how a value becomes another is the business of its kind",
    "partitioned": "tables are partitioned by feed",
    "partitionKeyPosition": "tables are partitioned by feed",
}


@dataclass(frozen=True)
class Remark:
    """Something a document says that could not be carried over, or not as it stands.

    Attributes:
        where: the part of the document.
        what: what it is and where it belongs.
    """

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass
class Part:
    """A part of a document that is being read."""

    data: dict[str, Any]
    where: str
    remarks: list[Remark]
    taken: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, data: Any, where: str, remarks: list[Remark]) -> "Part":
        """A part; one that is no mapping is remarked on and read as empty."""
        if data is None or isinstance(data, dict):
            return cls(data or {}, where, remarks)
        remarks.append(Remark(where, "is not of the standard's form; not read"))
        return cls({}, where, remarks)

    def take(self, key: str) -> Any:
        """What stands under a key; it is understood from here on."""
        self.taken.add(key)
        return self.data.get(key)

    def text(self, key: str) -> str:
        """Text under a key, in one line or in paragraphs; empty where there is none."""
        value = self.take(key)
        return "" if value is None else str(value).strip()

    def parts(self, key: str) -> "list[Part]":
        """The parts listed under a key."""
        listed = self.take(key) or []
        if not isinstance(listed, list):
            self.remark("is not of the standard's form; not read", key)
            return []
        return [
            Part.of(one, f"{self.where} {key}[{number}]".strip(), self.remarks)
            for number, one in enumerate(listed)
        ]

    def customs(self) -> dict[str, Any]:
        """The part's custom properties, by Python name."""
        found: dict[str, Any] = {}
        for one in self.parts("customProperties"):
            name = str(one.take("property"))
            one.taken |= {"value", "description", "id"}
            found[snake(name)] = one.data.get("value")
        return found

    def remark(self, what: str, key: str = "") -> None:
        """Say that something could not be carried over."""
        self.remarks.append(Remark(" ".join(filter(None, (self.where, key))), what))

    def expect(self, key: str, *usual: Any) -> None:
        """Take a key that says nothing new where it has a usual value; remark on any other."""
        value = self.take(key)
        if value is not None and value not in usual:
            self.remark(f"{_short(value)} has no place here", key)

    def finish(self) -> None:
        """Remark on everything nobody took."""
        for key, value in self.data.items():
            empty = value in (None, "", [], {}) or DEFAULTS.get(key, ...) == value
            if key not in self.taken and not empty:
                self.remark(ELSEWHERE.get(key, f"{_short(value)} has no place here"), key)

    def leftover_customs(self, found: dict[str, Any], known: Iterable[str]) -> None:
        """Remark on custom properties nobody knows."""
        for name, value in found.items():
            if name not in known:
                said = ELSEWHERE.get(name, f"custom property {_short(value)} has no place here")
                self.remark(said, name)


def _short(value: Any) -> str:
    """A value for a remark: text as it is, a list or mapping by its size."""
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"a mapping of {', '.join(map(str, value))}"
    if not isinstance(value, str):
        return str(value).lower()
    text = " ".join(value.split())
    return repr(text if len(text) <= 60 else text[:57] + "...")
