"""What is read of XML as it streams is what one finds in its tree at leisure."""

import io
import json
import tempfile
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.confined.child import Frames
from connectors.confined.xml import guard, leaves, place, walk
from connectors.confined.xml.records import send
from connectors.errors import Unreadable

Found = list[tuple[dict[str, str], set[str]]]
"""Values and what is wrong, of each record."""
SPACES = ("", "urn:1", "urn:2")
PATH = [(None, "r"), ("", "g"), (None, "p")]


def read(content: str, fields: dict[str, Any], records: Any = PATH) -> Found:
    """By the parser, in this process."""
    seen: dict[str, list[Any]] = {"B": [], "P": [], "F": []}
    frames = Frames(io.BytesIO())
    frames.send = lambda kind, payload=b"": seen.setdefault(kind, []).append(payload)  # type: ignore[method-assign]
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(content.encode())
        file.flush()
        request = {"path": file.name, "file": "a.xml", "encoding": None}
        send({**request, "records": records, "fields": fields}, frames)
    names = json.loads(seen["F"][0])["field_names"]
    found: Found = []
    for batch in seen["B"]:
        with pa.ipc.open_stream(batch) as stream:
            for cells in stream.read_all().drop_columns(["row"]).to_pylist():
                values = zip(names, cells.values(), strict=False)
                found.append(({n: c for n, c in values if c is not None}, set()))
    for row, code in (one for some in seen["P"] for one in json.loads(some)):
        found[row - 1][1].add(code)
    return found


def split(name: str) -> tuple[str, str]:
    space, _, local = name.removeprefix("{").rpartition("}")
    return space, local


def is_at(step: Any, name: str) -> bool:
    return split(name)[1] == step[1] and step[0] in (None, split(name)[0])


def records_in(root: Element) -> list[list[Element]]:
    """Each with the elements around it, from the root."""
    ways = [[root]] if is_at(PATH[0], root.tag) else []
    for step in PATH[1:]:
        ways = [[*way, one] for way in ways for one in way[-1] if is_at(step, one.tag)]
    return ways


def own_text(element: Element) -> str:
    return (element.text or "") + "".join(one.tail or "" for one in element)


def leaves_of(record: Element) -> tuple[dict[str, str], set[str]]:
    found: dict[str, str] = {}
    wrong = set()

    def visit(element: Element, label: str) -> None:
        before: list[str] = []
        for name, value in element.attrib.items():
            local = f"@{split(name)[1]}"
            before.append(local)
            again = f"[{before.count(local)}]" if before.count(local) > 1 else ""
            found[f"{label}{local}{again}"] = value
        for one in element:
            local = split(one.tag)[1]
            before.append(local)
            again = f"[{before.count(local)}]" if before.count(local) > 1 else ""
            visit(one, f"{label}{local}{again}/")
        text = own_text(element)
        if len(element) and text.strip():
            found[f"{label}text()"] = text
            wrong.add("mixed-content")
        elif not len(element) and (label or text.strip()):
            found[label.removesuffix("/") or "text()"] = text

    visit(record, "")
    return found, wrong


def field_of(way: list[Element], field: dict[str, Any]) -> tuple[list[str], set[str]]:
    ends = [way[-1 - field["up"]]]
    for space, local, nth in field["steps"]:
        there = [[one for one in end if is_at((space, local), one.tag)] for end in ends]
        ends = [one for some in there for one in (some if nth is None else some[nth - 1 : nth])]
    if field["leaf"] == "attribute":
        wanted = field["attribute"]
        return [v for end in ends for n, v in end.attrib.items() if is_at(wanted, n)], set()
    if field["leaf"] == "text":
        return [own_text(end) for end in ends], set()
    mixed = {"mixed-content"} if any(len(end) for end in ends) and not field["up"] else set()
    return ["".join(end.itertext()) for end in ends], mixed


def fields_of(way: list[Element], fields: dict[str, Any]) -> tuple[dict[str, str], set[str]]:
    found, wrong = {}, set()
    for name, field in fields.items():
        values, mixed = field_of(way, field)
        wrong |= mixed
        if values:
            join = field["join"]
            found[name] = values[0] if join is None else join.join(values)
            wrong |= {"element-repeated"} if len(values) > 1 and join is None else set()
    return found, wrong


NAMES = st.sampled_from("abc")
TEXTS = st.one_of(
    st.sampled_from(["", "", "\n ", "x", " y ", "&amp;&#233;€", "<![CDATA[<b>&]]>"]),
    st.sampled_from(["<!-- c -->", "1<?p i?>2", "long" * 2100]),
)
PREFIXES = st.sampled_from(["", "", "", "p:", "q:"])


@st.composite
def tag(draw: st.DrawFn, name: str, body: str, prefix: str = "") -> str:
    pairs = st.tuples(PREFIXES, NAMES)
    named = draw(st.lists(pairs, max_size=3, unique=True))
    attributes = "".join(f' {space}{local}="{space}{local}&lt;"' for space, local in named)
    start = f"<{prefix}{name}{attributes}"
    return f"{start}/>" if not body else f"{start}>{body}</{prefix}{name}>"


@st.composite
def inner(draw: st.DrawFn, depth: int) -> str:
    """What stands in an element: text, and elements with text behind them."""
    body: str = draw(TEXTS)
    for _ in range(draw(st.integers(0, 3)) if depth else 0):
        within = draw(inner(depth - 1))
        body += draw(tag(draw(NAMES), within, draw(PREFIXES))) + draw(TEXTS)
    return body


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Records at r/g/p, with other elements before and between them."""
    body = ""
    for _ in range(draw(st.integers(1, 3))):
        group: str = draw(inner(1))
        for _ in range(draw(st.integers(0, 3))):
            group += draw(tag("p", draw(inner(3)), draw(PREFIXES))) + draw(TEXTS)
        body += draw(tag(draw(st.sampled_from(["g", "g", "g", "a"])), group))
    last = draw(tag("g", "<p>z</p>"))
    return f'<r xmlns:p="urn:1" xmlns:q="urn:2" a="1">{body}{last}</r>'


SPACE = st.sampled_from([None, None, None, *SPACES])


@st.composite
def declared(draw: st.DrawFn) -> dict[str, Any]:
    """Fields of the record; of what is around it only attributes, which stand before it."""
    fields: dict[str, Any] = {}
    for number in range(draw(st.integers(1, 5))):
        up = draw(st.sampled_from([0, 0, 1, 2]))
        step = st.tuples(SPACE, NAMES, st.sampled_from([None, None, 1, 2, 3]))
        attribute = st.tuples(SPACE, NAMES)
        leaf = "attribute" if up else draw(st.sampled_from(["content", "text", "attribute"]))
        fields[f"f{number}"] = {
            "up": up,
            "steps": [] if up else draw(st.lists(step, max_size=3)),
            "leaf": leaf,
            "attribute": draw(attribute) if leaf == "attribute" else None,
            "join": draw(st.sampled_from([None, ", "])),
        }
    return fields


@settings(max_examples=60, deadline=None)
@given(documents())
def test_every_leaf_is_found(content: str) -> None:
    ways = records_in(ElementTree.fromstring(content))
    assert read(content, {}) == [leaves_of(way[-1]) for way in ways]


@settings(max_examples=80, deadline=None)
@given(documents(), declared())
def test_declared_fields_are_found(content: str, fields: dict[str, Any]) -> None:
    ways = records_in(ElementTree.fromstring(content))
    assert read(content, fields) == [fields_of(way, fields) for way in ways]


def test_memories_that_are_full_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from connectors.confined.xml import fields as by_path

    names = "".join(f"<a{n}>{n}</a{n}><c>{n}</c>" for n in range(30))
    spaces = "".join(f'<b xmlns="urn:{n}" n{n}="{n}">{n}</b>' for n in range(30))
    content = f"<r><g><p>{names}{spaces}</p><p>{spaces}{names}</p></g></r>"
    step = {"up": 0, "leaf": "content", "attribute": None, "join": None}
    fields = {
        "a": {**step, "steps": [(None, "a7", None)]},
        "b": {**step, "steps": [(None, "b", 9)]},
        "c": {**step, "steps": [(None, "c", None)], "join": "+"},
        "n": {**step, "steps": [("urn:3", "b", None)], "leaf": "attribute"},
    }
    fields["n"]["attribute"] = (None, "n3")
    before = read(content, {}), read(content, fields)
    assert [one["b"] for one, _ in before[1]] == ["8", "8"]
    for module in (place, leaves, by_path):
        for name in {"MOST_NAMES", "MOST_LISTS"} & set(vars(module)):
            monkeypatch.setattr(module, name, 2)
    assert (read(content, {}), read(content, fields)) == before


UP = {"up": 1, "steps": [], "leaf": "attribute", "attribute": (None, "k"), "join": None}
WAYS: list[Callable[[str], Found]] = [
    lambda content: read(content, {}),
    lambda content: read(content, {"f": {**UP, "up": 0}}),
    lambda content: read(content, {"f": UP}),
    lambda content: read(content, {}, None),
]


@pytest.mark.parametrize("way", WAYS, ids=["leaves", "fields", "around", "found"])
def test_limits_hold_to_the_one(
    way: Callable[[str], Found], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "MOST_ATTRIBUTES", 1_500)  # Fewer than columns.

    def deep(depth: int) -> str:
        below = depth - 3
        return f"<r><g><p k='1'/><p>{'<a>' * below}{'</a>' * below}</p></g></r>"

    def wide(attributes: int) -> str:
        flat = " ".join(f'a{n}=""' for n in range(attributes))
        return f"<r><g><p><b {flat}/></p><p/></g></r>"

    for made, most, said in (
        (deep, guard.DEEPEST, "over 200 elements one in the other at line 1,"),
        (wide, guard.MOST_ATTRIBUTES, "over 1,500 attributes at line 1,"),
    ):
        assert len(way(made(most))) == 2
        with pytest.raises(Unreadable, match=said) as refusal:
            way(made(most + 1))
        assert refusal.value.code == "file-too-demanding"


@pytest.mark.parametrize("way", WAYS[:3], ids=["leaves", "fields", "around"])
def test_the_length_of_a_record_is_bounded_wherever_its_text_stands(
    way: Callable[[str], Found], monkeypatch: pytest.MonkeyPatch
) -> None:
    from connectors.confined.xml import fields as by_path

    for module in (walk, leaves, by_path):
        monkeypatch.setattr(module, "LONGEST", 10)
    some, many = "12345", "<q>1234</q><q k='5'>6</q>"
    assert len(way(f"<r><g>{f'<p>{some}{some}</p>' * 3}</g></r>")) == 3
    for body in (some + many, f"{some}1{many}", f"<q k='{some}1'/>{some}"):
        content = f"<r><g><p/><p>{body}</p></g></r>"
        with pytest.raises(Unreadable, match="record 2 is over"):
            way(content)
