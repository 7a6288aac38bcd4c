"""A contract as a document of the Open Data Contract Standard, v3.1.0.

Everything our own contracts say is in the document: what the standard has no word for stands in
custom properties. No date, no machine, no order of chance: the same contract is the same text.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from contracts.column import ColumnFacts
from contracts.dataset import Dataset, DatasetFacts, dataset_facts
from contracts.declarations import DATASETS, ENTITIES, Declarations
from contracts.entity import Entity, EntityFacts, entity_facts, links_of
from contracts.kinds import Kind
from contracts.model import Contract, columns_of
from contracts.odcs import kinds, rules
from contracts.odcs.document import API_VERSION, Plain, custom

CAVEATS = "Caveats:"
REPOSITORY = "repository"
"""Who makes a column no contract declares."""
# Facts that have a place of their own in a document; any other goes among the custom properties,
# so that a fact added to a contract later is carried too.
PLACED_COLUMN = {"name", "kind", "meaning", "headers", "to", "optional", "nullable", "personal"}
PLACED_WHOLE = {"name", "title", "version", "doc", "identity"}


def dataset_document(dataset: type[Dataset], declarations: Declarations) -> Plain:
    """A dataset contract: what suppliers promise."""
    facts = dataset_facts(dataset)
    properties = [
        _property(dataset, column, declarations) for column in columns_of(dataset).values()
    ]
    table = _table(dataset, facts, "file", properties)
    grain = f"One row for each {facts.main.replace('_', ' ')}"
    table["dataGranularityDescription"] = grain
    return _document("dataset", DATASETS, facts, table)


def entity_document(entity: type[Entity], declarations: Declarations) -> Plain:
    """An entity contract: what the repository promises to analysts.

    Beside the declared columns it holds their companions, the repository's identifier and the
    feed, which analysts see too.
    """
    facts = entity_facts(entity)
    key = {name: place for place, name in enumerate(facts.identity, start=1)}
    properties: list[Plain] = []
    if f"{facts.name}_id" not in columns_of(entity):
        properties.append(_identifier(facts))
    for column in columns_of(entity).values():
        made = _property(entity, column, declarations)
        if column.name in links_of(entity):
            target = links_of(entity)[column.name].partition(":")[0]
            made["relationships"] = [{"type": "foreignKey", "to": f"{target}.{target}_id"}]
        properties.append(made)
        properties += [
            _companion(column, suffix, kind) for suffix, kind in column.companions.items()
        ]
    if "feed" not in columns_of(entity):
        properties.append(_feed_column())
        key |= {"feed": len(key) + 1} if key else {}
    for one in properties:
        if one["name"] in key:
            one |= {"primaryKey": True, "primaryKeyPosition": key[one["name"]]}
    return _document("entity", ENTITIES, facts, _table(entity, facts, "table", properties))


def _document(contract: str, folder: str, facts: DatasetFacts | EntityFacts, table: Plain) -> Plain:
    purpose, limitations = _purpose_and_caveats(facts.doc)
    table = _in_order({**table, "properties": list(map(_in_order, table["properties"]))})
    description = {"purpose": purpose} | ({"limitations": limitations} if limitations else {})
    return {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": f"watersmeet:{contract}:{facts.name}",
        "name": facts.title,
        "version": facts.version,
        "status": "active",
        "description": description,
        "schema": [table],
        "authoritativeDefinitions": [
            {
                "url": f"contracts/{folder}/{facts.name}.py",
                "type": "implementation",
                "description": "The contract's declaration",
            }
        ],
        "customProperties": custom(contract=contract),
    }


def _table(
    contract: type[Contract],
    facts: DatasetFacts | EntityFacts,
    physical: str,
    properties: list[Plain],
) -> Plain:
    purpose, _ = _purpose_and_caveats(facts.doc)
    found: Plain = {
        "id": facts.name,
        "name": facts.name,
        "logicalType": "object",
        "physicalName": facts.name,
        "physicalType": physical,
        "businessName": facts.title,
        "description": purpose,
        "properties": properties,
    }
    across = list(rules.function_rules(contract))
    if across:
        found["quality"] = across
    whole = _unplaced(facts, PLACED_WHOLE)
    if whole:
        found["customProperties"] = custom(**whole)
    return found


def _in_order(part: Plain) -> Plain:
    """A part with what is longest last: rules, then custom properties, then columns."""
    last = ("quality", "customProperties", "properties")
    return {key: value for key, value in part.items() if key not in last} | {
        key: part[key] for key in last if key in part
    }


def _property(contract: type[Contract], facts: ColumnFacts, declarations: Declarations) -> Plain:
    table = (
        dataset_facts(contract).name
        if issubclass(contract, Dataset)
        else entity_facts(contract).name  # type: ignore[arg-type]
    )
    schema = contract.to_schema().columns[facts.name]
    made = _typed(facts.name, facts.meaning, facts.kind, facts.personal)
    limits = kinds.type_options(facts.kind) | rules.type_options(schema)
    if limits:
        made["logicalTypeOptions"] = limits
    made["required"] = not (facts.nullable or facts.optional)
    found = [rules.required_rule()] if made["required"] else []
    if schema.unique:
        made["unique"] = True
        found.append(rules.unique_rule())
    scheme = facts.options.get("scheme")
    if scheme is not None:
        # An entry that says why there is no value is not one of the values that may come.
        codes = [c for c, e in declarations.code_schemes[scheme].items() if e.reason is None]
        found.append(rules.code_rule(scheme, codes))
        made["authoritativeDefinitions"] = [_code_list(scheme)]
    found += [
        rules.check_rule(table, facts.name, check)
        for check in schema.checks
        if rules.is_known(check)
    ]
    if found:
        made["quality"] = found
    made["customProperties"] += custom(
        headers=list(facts.headers),
        to=list(facts.to),
        optional=facts.optional or None,
        nullable=facts.nullable if facts.optional and facts.nullable else None,
        **_unplaced(facts, PLACED_COLUMN),
    )
    return made


def _typed(name: str, meaning: str, kind: type[Kind], personal: str) -> Plain:
    named = {"property": "kind", "value": kind.name, "description": kinds.meaning_of(kind)}
    tags = {"personal": ["personal-data"], "special": ["personal-data", "special-category"]}
    return {
        "id": name,
        "name": name,
        "description": meaning,
        "logicalType": kinds.logical_type(kind),
        "physicalType": kind.sql,
        "classification": personal,
        **({"tags": tags[personal]} if personal in tags else {}),
        "customProperties": [named],
    }


def _companion(owner: ColumnFacts, suffix: str, kind: type[Kind]) -> Plain:
    meaning = f"{owner.meaning} ({suffix.replace('_', ' ')})"
    personal = owner.personal if kind.personal == "none" else kind.personal
    made = _typed(f"{owner.name}_{suffix}", meaning, kind, personal)
    made["required"] = False
    made["customProperties"] += custom(companion_of=owner.name)
    return made


def _identifier(facts: EntityFacts) -> Plain:
    thing = facts.name.replace("_", " ")
    return {
        "id": f"{facts.name}_id",
        "name": f"{facts.name}_id",
        "description": f"The repository's identifier of the {thing}",
        "logicalType": "string",
        "logicalTypeOptions": {"format": "uuid"},
        "physicalType": "uuid",
        "required": True,
        "customProperties": custom(made_by=REPOSITORY),
    }


def _feed_column() -> Plain:
    return {
        "id": "feed",
        "name": "feed",
        "description": "The feed that supplies the row",
        "logicalType": "string",
        "physicalType": "text",
        "required": True,
        "customProperties": custom(made_by=REPOSITORY),
    }


def _code_list(scheme: str) -> Plain:
    return {
        "url": f"contracts/registers/codes/{scheme}/{scheme}.csv",
        "type": "codeList",
        "description": f"The code list {scheme}, with dates, aliases and sources",
    }


def _unplaced(facts: Any, placed: Iterable[str]) -> dict[str, Any]:
    """Facts without a place of their own that differ from their default."""
    found: dict[str, Any] = {}
    for one in fields(facts):
        value = getattr(facts, one.name)
        default = one.default_factory() if one.default_factory is not MISSING else one.default
        if one.name not in placed and value != default:
            found[one.name] = rules.plain(value)
    return found


def _purpose_and_caveats(doc: str) -> tuple[str, str]:
    """A docstring's description and what follows ``Caveats:``, lines joined to paragraphs."""
    purpose, _, caveats = doc.partition(CAVEATS)
    return paragraphs(purpose), paragraphs(caveats)


def paragraphs(text: str) -> str:
    """Text with its lines joined; blank lines part paragraphs, and a list keeps its lines."""
    found = []
    for part in re.split(r"\n\s*\n", text.strip()):
        lines = part.split("\n")
        if any(line.lstrip().startswith(("- ", "* ")) for line in lines):
            found.append("\n".join(line.rstrip() for line in lines))
        else:
            found.append(" ".join(part.split()))
    return "\n\n".join(found)


def documents(declarations: Declarations) -> Mapping[tuple[str, str], Plain]:
    """Every dataset and entity contract as a document, by folder and name."""
    found = {
        (DATASETS, name): dataset_document(one, declarations)
        for name, one in sorted(declarations.datasets.items())
    }
    return found | {
        (ENTITIES, name): entity_document(one, declarations)
        for name, one in sorted(declarations.entities.items())
    }
