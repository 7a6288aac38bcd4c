"""Takes the declared fields out of XML records, and out of the elements around them."""

from collections.abc import Sequence
from typing import Any

from connectors.confined.keyed import Keyed
from connectors.confined.xml.place import MOST_LISTS, MOST_NAMES, Place
from connectors.confined.xml.walk import LONGEST, Walk
from connectors.confined.xml.way import Step, Way, is_at
from connectors.errors import Unreadable


class _Field:
    """A declared field; see ``contracts.file_forms.xml_records.XmlPath``.

    Attributes:
        anchor: depth of the element its path begins at; the record's, or one above.
        steps: the elements of the path, and which of several; None for all.
        is_kept: whether its values are gathered until the record ends. They are where there may be
            several, or where the next record has them too.
        values: those gathered.
    """

    __slots__ = (
        "anchor", "attribute", "is_above", "is_kept", "is_text", "join", "name", "steps", "values",
    )  # fmt: skip

    def __init__(self, name: str, said: dict[str, Any], depth: int) -> None:
        self.name = name
        self.anchor = depth - said["up"]
        self.steps: list[tuple[Step, int | None]] = [
            ((space, local), nth) for space, local, nth in said["steps"]
        ]
        self.is_text = said["leaf"] == "text"
        self.attribute: Step | None = tuple(said["attribute"]) if said["attribute"] else None
        self.join: str | None = said["join"]
        self.is_above = self.anchor < depth
        self.is_kept = self.is_above or self.join is not None
        self.values: list[str] = []


_Lead = tuple[_Field, int]
"""A field, and how many steps of its path led to an element."""


class DeclaredFields(Walk):
    """Follows the paths of all fields at once."""

    def __init__(
        self,
        file: str,
        encoding: str | None,
        records: Sequence[Step],
        table: Keyed,
        fields: dict[str, dict[str, Any]],
    ) -> None:
        """Prepare, as for any walk.

        Args:
            fields: as ``connectors.read.parsed.xml_records`` sends them.
        """
        super().__init__(file, encoding, records, table)
        self.fields = [_Field(name, one, len(records)) for name, one in fields.items()]
        self.depth = len(records)
        self.is_outside = any(one.is_above for one in self.fields)
        self._here = _Spot(self, None, self.way, ())
        self._kept = [one for one in self.fields if one.is_kept]
        self._found: dict[str, str | None] = {}
        self._pieces: list[str] = []  # Text of open elements whose content is taken.
        self._is_leaf = False  # Whether nothing has begun in the innermost element.
        self._wrong: set[str] = set()
        self._reached: set[int] = set()  # Depths of open elements that records were read in.
        self.xml.hear_elements(self._start, self._end)
        if self.is_outside:
            self.xml.hear_text(self._text)

    def _start(self, name: str, flat: list[str]) -> None:
        self._here = here = self._here[name]
        if here.begins:
            self._begin(here)
        self._is_leaf = True
        if flat:
            self.xml.check_attributes(flat)
            if here.is_weighed:
                self.size += sum(map(len, flat[1::2]))
            if here.attributes:
                for field, position in here.taken(tuple(flat[0::2])):
                    self._take(field, flat[position])

    def _begin(self, here: "_Spot") -> None:
        """A record begins, or an element around records, or a value that is a part of another."""
        here.mark = len(self._pieces)
        for field in here.begun:
            field.values = []
        if here.is_record:
            self.row += 1
            self.size = 0
            self._found, self._wrong = {}, set()
            self._reached = set(range(1, here.depth))
            self.xml.hear_text(self._text)
        elif here.is_around:
            self._reached.discard(here.depth)

    def _text(self, text: str) -> None:
        self.size += len(text)
        if self.size > LONGEST:
            raise self.too_long()
        here = self._here
        if here.is_content:
            self._pieces.append(text)
        if here.own is not None:
            here.own.append(text)

    def _end(self, _: str) -> None:
        here = self._here
        self._here = here.parent
        if here.ends:
            name = here.sole
            if name is not None and self._is_leaf and name not in self._found:
                self._found[name] = "".join(self._pieces)
                self._pieces.clear()
            else:
                self._finish(here)
        self._is_leaf = False

    def _finish(self, here: "_Spot") -> None:
        """What was wanted of an element is there."""
        for field in here.takes:
            if field.is_text:
                self._take(field, "".join(here.own or ()))
            else:
                self._take(field, "".join(self._pieces[here.mark :]))
                if not self._is_leaf:
                    self._wrong.add("mixed-content")
        if here.own:
            here.own.clear()
        if not here.parent.is_content:
            self._pieces.clear()
        here.counts.clear()
        if here.is_record:
            self._end_record()

    def _take(self, field: _Field, value: str) -> None:
        if field.is_above and field.anchor in self._reached:
            raise Unreadable(
                "xml-without-records",
                f"{self.file}: what field {field.name!r} reads stands behind a record that it "
                "belongs to, and is not read. Take the field out of the feed's file section, or "
                "ask the supplier to put it first.",
            )
        if field.is_kept:
            field.values.append(value)
        elif field.name in self._found:
            self._wrong.add("element-repeated")
        else:
            self._found[field.name] = value

    def _end_record(self) -> None:
        for field in self._kept:
            if field.join is not None:
                if field.values:
                    self._found[field.name] = field.join.join(field.values)
            elif field.values:
                self._found[field.name] = field.values[0]
                if len(field.values) > 1:
                    self._wrong.add("element-repeated")
        for code in self._wrong:
            self.table.problem(self.row, code)
        self.table.add(self.row, self._found, self.size)
        self.size = 0
        if not self.is_outside:
            self.xml.hear_text(None)


class _Spot(Place["_Spot"]):
    """Where elements stand that the same paths lead to.

    Attributes:
        is_record: whether one is a record.
        is_around: whether records may be in one, and that is of interest.
        begins: whether more is to be done at its start than to note where it is.
        ends: whether anything is to be done at its end.
        is_weighed: whether its attributes count for the length of a record.
        begun: fields that are gathered anew from here on.
        takes: fields whose value it is.
        attributes: fields whose value one of its attributes is.
        is_content: whether its text is part of such a value.
        sole: name of the field whose value it is, where there is no more to it than that.
        own: its own text, where a field takes that.
        mark: how many pieces of text there were before its own.
        counts: how many elements of a step there were in it, where a path says which it means.
    """

    __slots__ = (
        "_counted", "_fields", "_leads", "_nth", "_numbered", "_spots", "_taken", "_way",
        "attributes", "begins", "begun", "counts", "ends", "is_around", "is_content", "is_record",
        "is_weighed", "mark", "own", "sole", "takes",
    )  # fmt: skip

    def __init__(
        self,
        fields: DeclaredFields,
        parent: "_Spot | None",
        way: Way | None,
        led: tuple[_Lead, ...],
    ) -> None:
        """Prepare.

        Args:
            way: where that is on the way to the records; None inside one.
            led: paths that led here.
        """
        super().__init__(fields.xml, parent)
        self._fields = fields
        self.is_record = way is not None and way.is_record
        self._way = None if self.is_record else way
        self.is_around = fields.is_outside and way is not None and 0 < self.depth < fields.depth
        is_anchor = self.is_record or self.is_around
        begun = [one for one in fields.fields if is_anchor and one.anchor == self.depth]
        self.begun = [one for one in begun if one.is_kept]
        leads = (*((one, 0) for one in begun), *led)
        self._leads = [(one, n) for one, n in leads if n < len(one.steps)]
        ended = [one for one, n in leads if n == len(one.steps)]
        self.takes = [one for one in ended if one.attribute is None]
        self.attributes = [one for one in ended if one.attribute is not None]
        has_content = any(not one.is_text for one in self.takes)
        is_within = parent is not None and parent.is_content
        self.is_content: bool = has_content or is_within
        self.own: list[str] | None = [] if any(one.is_text for one in self.takes) else None
        self.is_weighed = fields.is_outside or self._way is None
        steps = [one.steps[n] for one, n in self._leads]
        self._numbered = list(dict.fromkeys(step for step, nth in steps if nth is not None))
        self.begins = is_anchor or (has_content and is_within)
        self.ends = bool(self.takes or self.is_record or self._numbered)
        self.sole: str | None = None
        if len(self.takes) == 1 and has_content and not (is_anchor or is_within or self._numbered):
            self.sole = None if self.takes[0].is_kept else self.takes[0].name
        self.mark = 0
        self.counts: dict[Step, int] = {}
        self._counted: dict[str, list[Step]] = {}
        self._nth: dict[tuple[object, ...], _Spot] = {}
        self._spots: dict[tuple[int, tuple[_Lead, ...]], _Spot] = {}
        self._taken: dict[tuple[str, ...], list[tuple[_Field, int]]] = {}

    def __missing__(self, name: str) -> "_Spot":
        """Where a path says which of several it means, the name alone does not lead there."""
        counted = self._counted.get(name)
        if counted is None:
            counted = [step for step in self._numbered if is_at(step, name)]
            if not counted:
                return super().__missing__(name)
            if len(self._counted) < MOST_NAMES:
                self._counted[name] = counted
        for step in counted:
            self.counts[step] = self.counts.get(step, 0) + 1
        key = (name, *[self.counts[step] for step in counted])
        spot = self._nth.get(key)
        if spot is None:
            spot = self.within(name)
            if len(self._nth) < MOST_NAMES:
                self._nth[key] = spot
        return spot

    def within(self, name: str) -> "_Spot":
        """One for each way on that the paths have."""
        led = tuple((one, n + 1) for one, n in self._leads if self._is_led(*one.steps[n], name))
        way = None if self._way is None else self._way[name]
        spot = self._spots.get((id(way), led))
        if spot is None:
            spot = self._spots[id(way), led] = _Spot(self._fields, self, way, led)
        return spot

    def _is_led(self, step: Step, nth: int | None, name: str) -> bool:
        return is_at(step, name) and (nth is None or self.counts[step] == nth)

    def taken(self, names: tuple[str, ...]) -> list[tuple[_Field, int]]:
        """The fields that take attributes of such names, and where the value of each stands."""
        taken = self._taken.get(names)
        if taken is None:
            taken = [
                (one, 2 * position + 1)
                for one in self.attributes
                for position, name in enumerate(names)
                if one.attribute is not None and is_at(one.attribute, name)
            ]
            if len(self._taken) < MOST_LISTS:
                self._taken[names] = taken
        return taken
