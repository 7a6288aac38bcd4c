"""The form ``xml``, and the paths that its declarations are written in."""

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from contracts.declaration import Declaration
from contracts.file_forms.form import Form

_NAME = r"(?:([\w.-]+):)?([\w.-]+)"
_ELEMENT = re.compile(_NAME + r"(?:\[([1-9]\d{0,5})\])?")
_ATTRIBUTE = re.compile("@" + _NAME)


class XmlStep(Declaration):
    """One element on a path.

    Attributes:
        prefix: prefix of its namespace as declared under ``namespaces``; None for any.
        name: its local name.
        nth: which of several such elements, from 1; None for all.
    """

    prefix: str | None = None
    name: str
    nth: int | None = None


class XmlPath(Declaration):
    """Where a value stands, seen from its record.

    Attributes:
        up: how many elements above the record the path begins.
        steps: elements from there on.
        leaf: what of the last element: an attribute, all text within, or its own text only.
        attribute: the attribute, where it is one.
    """

    up: int = 0
    steps: tuple[XmlStep, ...] = ()
    leaf: Literal["attribute", "content", "text"] = "content"
    attribute: XmlStep | None = None


def record_steps(path: str) -> tuple[XmlStep, ...]:
    """The elements of a path from the root: ``payments/payment``.

    Raises:
        ValueError: it is no such path.
    """
    steps = tuple(_element(one, path) for one in path.removeprefix("/").split("/"))
    if any(step.nth is not None for step in steps):
        raise ValueError(f"{path!r}: the path of the records takes no number in brackets")
    return steps


def value_path(path: str) -> XmlPath:
    """A path below a record: ``amount``, ``supplier/@code``, ``text()``, ``../@year``.

    Raises:
        ValueError: it is no such path.
    """
    parts = path.split("/")
    up = 0
    while parts and parts[0] == "..":
        parts.pop(0)
        up += 1
    last = parts.pop() if parts else "."
    if attribute := _ATTRIBUTE.fullmatch(last):
        name = XmlStep(prefix=attribute.group(1), name=attribute.group(2))
        steps = tuple(_element(one, path) for one in parts)
        return XmlPath(up=up, steps=steps, leaf="attribute", attribute=name)
    if last == "text()":
        return XmlPath(up=up, steps=tuple(_element(one, path) for one in parts), leaf="text")
    if last == "." and not parts:
        return XmlPath(up=up)
    return XmlPath(up=up, steps=tuple(_element(one, path) for one in [*parts, last]))


def _element(text: str, path: str) -> XmlStep:
    match = _ELEMENT.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{path!r} is no path of elements; write names with / between them, such as "
            "supplier/name, supplier/@code, phone[2], text() or ../@year"
        )
    prefix, name, nth = match.groups()
    return XmlStep(prefix=prefix, name=name, nth=int(nth) if nth else None)


class XmlField(Declaration):
    """One column of XML records.

    Attributes:
        path: where its value stands, seen from the record.
        join: what to put between the values of an element that is there several times. Where not
            given, a record with several is reported.
    """

    path: str
    # Not stripped: the space after a comma counts.
    join: Annotated[str, StringConstraints(strip_whitespace=False)] | None = Field(
        None, max_length=10
    )


class Xml(Form):
    """XML: an element for each record."""

    format: Literal["xml"]
    records: str | None = Field(
        None, description="path of the records' elements from the root: payments/payment"
    )
    fields: dict[str, str | XmlField] = Field(
        default_factory=dict,
        description="column to the path of its value; all leaves of a record where empty",
    )
    namespaces: dict[str, str] = Field(
        default_factory=dict, description="prefix used in the paths here to its namespace"
    )
    encoding: str | None = Field(None, description="where the file does not say it rightly itself")

    @property
    def columns(self) -> dict[str, XmlField]:
        """The declared columns."""
        return {
            name: XmlField(path=one) if isinstance(one, str) else one
            for name, one in self.fields.items()
        }

    @model_validator(mode="after")
    def _sound(self) -> "Xml":
        steps = list(record_steps(self.records)) if self.records is not None else []
        if self.fields and not steps:
            raise ValueError("fields are paths below a record: say where the records are, too")
        for name, one in self.columns.items():
            path = value_path(one.path)
            if path.up >= len(record_steps(self.records or "")):
                raise ValueError(f"field {name}: the path goes above the root")
            steps += [*path.steps, *([path.attribute] if path.attribute else [])]
        for step in steps:
            if step.prefix is not None and step.prefix not in self.namespaces:
                raise ValueError(f"the prefix {step.prefix!r} is not declared under namespaces")
        return self
