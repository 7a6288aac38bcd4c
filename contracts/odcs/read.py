"""A document of the standard as what a Watersmeet contract would have to say."""

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from inspect import signature
from typing import Any

from contracts.column import column as declare_column
from contracts.dataset import DatasetFacts
from contracts.entity import EntityFacts
from contracts.model import Contract
from contracts.odcs import kinds
from contracts.odcs.document import Plain
from contracts.odcs.export import REPOSITORY
from contracts.odcs.form import well_formed
from contracts.odcs.part import Part, Remark
from contracts.odcs.read_rules import (
    Checks,
    Function,
    fit,
    read_functions,
    read_options,
    read_rules,
)

CLASSES = ("none", "personal", "special")
_OPEN = {"public", "open", "unclassified"}
# What a document of ours repeats because it follows from something else that is read.
_DERIVED = {"personal-data", "special-category"}
_CONTRACT_FACTS = {f.name for f in (*fields(DatasetFacts), *fields(EntityFacts))} - {"doc", "name"}
_COLUMN_WORDS = set(signature(declare_column).parameters) - {"meaning", "checks"}


@dataclass(frozen=True)
class ReadColumn:
    """One column as read. ``words`` are further arguments of ``column(...)``."""

    name: str
    kind: str
    meaning: str
    words: Mapping[str, Any] = field(default_factory=dict)
    checks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadContract:
    """One contract as read.

    Attributes:
        contract: ``dataset`` or ``entity``.
        keywords: further keywords of its class.
        purpose, caveats: for the docstring.
        ours: whether the document says what only Watersmeet's documents say, so that nothing of
            it had to be guessed.
    """

    contract: str
    name: str
    purpose: str
    caveats: str
    columns: tuple[ReadColumn, ...]
    keywords: Mapping[str, Any]
    functions: tuple[Function, ...]
    ours: bool


def read_contracts(
    document: Plain, *, with_code: bool = False
) -> tuple[list[ReadContract], list[Remark]]:
    """The contracts a document describes, and everything that could not be carried over.

    Args:
        document: as :func:`contracts.odcs.document.read_document` gives it.
        with_code: take over checks that are Python. They run wherever the contract is loaded, so
            only from somebody who may change our code.

    Raises:
        NotADocument: it has not the standard's form.
    """
    well_formed(document)
    remarks: list[Remark] = []
    whole = Part(document, "", remarks)
    for key in ("kind", "apiVersion"):
        whole.take(key)
    facts = whole.customs()
    contract = facts.get("contract")
    whole.leftover_customs(facts, {"contract"})
    tables = whole.parts("schema")
    if not tables:
        remarks.append(Remark("schema", "the document describes no table; there is no contract"))
    described = Part.of(whole.take("description"), "description", remarks)
    texts = {key: described.text(key) for key in ("purpose", "limitations", "usage")}
    described.finish()
    version = whole.text("version")
    name = whole.text("name")
    whole.expect("status", "active")
    _document_identity(whole, contract)
    texts["title"] = name if len(tables) == 1 and contract != "feed" else ""
    found = [_table(table, contract, texts, version, with_code) for table in tables]
    if name and contract == "feed":
        whole.remark("the feed's `title`, in contracts/feeds/", "name")
    elif name and name not in {one.keywords.get("title", _titled(one.name)) for one in found}:
        whole.remark(f"{name!r} is the title of no one contract here", "name")
    whole.finish()
    for empty in (one for one in found if not one.columns):
        told = "no column of it can be carried over, so there is no contract to write"
        remarks.append(Remark(empty.name, told))
    return [one for one in found if one.columns], list(dict.fromkeys(remarks))


def identifier(name: str) -> str:
    """A Python and SQL name for whatever others call a thing."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    made = re.sub(r"[^0-9a-z]+", "_", parted.lower()).strip("_") or "unnamed"
    made = f"c_{made}" if made[0].isdigit() else made
    return f"{made}_" if keyword.iskeyword(made) or hasattr(Contract, made) else made


def _titled(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _document_identity(whole: Part, contract: Any) -> None:
    said = whole.text("id")
    if not (contract and said.startswith("watersmeet:")):
        whole.remark(f"{said} is not kept; a contract is known by its name", "id")
    for one in whole.parts("authoritativeDefinitions"):
        if not (contract and one.data.get("type") == "implementation"):
            one.remark(f"{one.data.get('url')} ({one.data.get('type')}): put it in the docstring")


def _table(
    table: Part, contract: Any, texts: Mapping[str, str], version: str, with_code: bool
) -> ReadContract:
    written = table.text("name")
    name = identifier(written)
    table.where = written
    if name != written:
        table.remark(f"is called {name} here")
    table.expect("id", written, name)
    table.expect("logicalType", "object")
    table.expect("physicalName", written)
    table.expect("physicalType", "file" if contract in ("dataset", "feed") else "table")
    title = table.text("businessName") or texts["title"]
    facts = table.customs()
    table.leftover_customs(facts, _CONTRACT_FACTS)
    functions = read_functions(table, with_code)
    columns, key = _columns(table, contract)
    kept = {name: value for name, value in facts.items() if name in _CONTRACT_FACTS}
    keywords: dict[str, Any] = {"version": version} | kept
    if title and title != _titled(name):
        keywords["title"] = title
    if key and contract in ("entity", None):
        keywords["identity"] = key
    parts = [table.text("description"), texts["purpose"]]
    grain = table.text("dataGranularityDescription")
    if contract is None:
        parts += [f"Use: {texts['usage']}" if texts["usage"] else ""]
        parts += [f"Granularity: {grain}" if grain else ""]
    elif texts["usage"]:
        table.remark("what the data is for is an agreement's purposes", "description.usage")
    purpose = "\n\n".join(dict.fromkeys(filter(None, parts)))
    table.finish()
    return ReadContract(
        contract="entity" if contract == "entity" else "dataset",
        name=name,
        purpose=purpose,
        caveats=texts["limitations"],
        columns=tuple(columns),
        keywords=keywords,
        functions=tuple(functions),
        ours=contract in ("dataset", "entity", "feed"),
    )


def _columns(table: Part, contract: Any) -> tuple[list[ReadColumn], list[str]]:
    """The columns of a table, and the names of its primary key in order."""
    columns: list[ReadColumn] = []
    key: dict[str, int] = {}
    for number, part in enumerate(table.parts("properties")):
        written = part.text("name")
        part.where = f"{table.where}.{written}"
        facts = part.customs()
        name = identifier(written)
        if name in {one.name for one in columns}:
            part.remark(f"is called {name}_{number} here, since {name} is taken")
            name = f"{name}_{number}"
        if part.take("primaryKey"):
            place = part.take("primaryKeyPosition")
            key[name] = place if isinstance(place, int) else -1
        made = facts.get("made_by") == REPOSITORY
        if made or "companion_of" in facts:
            if made:
                key.pop(name, None)
            continue
        found = _column(part, name, facts, contract, name in key)
        if found is not None:
            columns.append(found)
    return columns, sorted(key, key=lambda name: key[name])


def _column(
    part: Part, name: str, facts: dict[str, Any], contract: Any, is_key: bool
) -> ReadColumn | None:
    written = part.text("name")
    logical = part.take("logicalType")
    if logical in ("object", "array"):
        part.remark(f"a column cannot hold {logical}s; it is left out, with all that is in it")
        return None
    kind, personal = _kind(part, facts, is_key)
    names = [written, part.text("physicalName"), part.text("businessName")]
    meaning = " ".join(part.text("description").split()).rstrip(".")
    required = bool(part.take("required"))
    if is_key and not required:
        part.remark("is part of the key, so it is required here", "required")
    checks = Checks(required=required or is_key, unique=bool(part.take("unique")))
    read_rules(part, checks, facts)
    read_options(part, checks, kinds.kinds_by_name()[kind])
    fit(part, checks, kinds.kinds_by_name()[kind])
    words: dict[str, Any] = {}
    if contract is None:
        words["headers"] = list(dict.fromkeys(filter(None, names)))
    elif name != written or part.data.get("physicalName") not in (None, written):
        part.remark(f"is called {name} here")
    words |= {k: v for k, v in facts.items() if k in _COLUMN_WORDS}
    part.leftover_customs(facts, {*_COLUMN_WORDS, "kind"})
    if not checks.required and not words.get("optional"):
        words["nullable"] = True
    if personal != kinds.kinds_by_name()[kind].personal:
        words["personal"] = personal
    part.expect("id", written)
    if contract is not None:
        _expect_derived(part, words)
    part.finish()
    shown = meaning or part.text("businessName") or written.replace("_", " ").capitalize()
    return ReadColumn(name, kind, shown, words, checks.arguments())


def _expect_derived(part: Part, words: Mapping[str, Any]) -> None:
    """Take what our own documents repeat; remark on what somebody added to them."""
    tags = part.take("tags")
    for tag in tags if isinstance(tags, list) else [tags] if tags else ():
        if not isinstance(tag, str) or tag not in _DERIVED:
            part.remark(f"{tag!r} has no place here", "tags")
    options = words.get("options") or {}
    if "scheme" in options:
        for one in part.parts("authoritativeDefinitions"):
            if one.data.get("type") != "codeList":
                one.remark(f"{one.data.get('url')}: put it in the docstring")
    if "link" in options:
        part.take("relationships")


def _kind(part: Part, facts: Mapping[str, Any], is_key: bool) -> tuple[str, str]:
    """The kind's name and the class of personal data of a column."""
    known = kinds.kinds_by_name()
    said = part.take("classification")
    named = str(facts["kind"]) if "kind" in facts else None
    personal: str
    if said is None:
        personal = known[named].personal if named in known else "none"
        if named not in known:
            part.remark("nothing is said of personal data; taken as none. Look at it")
    elif str(said) in CLASSES:
        personal = str(said)
    elif str(said).lower() in _OPEN:
        personal = "none"
    else:
        personal = "personal"
        part.remark(f"{said!r} is no class here; taken as personal. Look at it", "classification")
    if named in known:
        part.expect("physicalType", known[named].sql)
        return str(named), personal
    if named is not None:
        part.remark(f"there is no kind {named!r} here", "kind")
    kind, lost = kinds.nearest_kind(part.data, key=is_key, personal=personal)
    part.take("physicalType")
    if lost:
        part.remark(lost)
    return kind, personal if said is not None else known[kind].personal
