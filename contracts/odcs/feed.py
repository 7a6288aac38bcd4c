"""A feed as a document: its dataset's contract with what the feed and its agreement add to it.

The feed's connection, and so every address and credential, stays outside.
"""

from typing import Any

from contracts.agreement import Agreement
from contracts.checks import OPEN_LICENCE
from contracts.declarations import AGREEMENTS, FEEDS, Declarations
from contracts.feed import Feed
from contracts.odcs.document import Plain, custom
from contracts.odcs.export import dataset_document
from contracts.places import Api, Folder

_FILE_FORMATS = {
    "delimited": "csv",
    "fixed-width": "fixed-width",
    "workbook": "xlsx",
    "json": "json",
    "json-lines": "jsonl",
    "copybook": "cobol",
    "dbf": "dbf",
    "access": "accdb",
    "xml": "xml",
    "statistics": "statistics",
    "parquet": "parquet",
    "html": "html",
}


def feed_document(feed: Feed, declarations: Declarations) -> Plain:
    """A feed's contract: dataset, servers, roles, service levels, support, price and team."""
    base = dataset_document(declarations.dataset(feed.dataset), declarations)
    agreement = declarations.agreement_of(feed)
    organisation = declarations.organisations.get(feed.organisation)
    tenant = organisation.name if organisation else feed.organisation_name or feed.organisation
    document = {
        **{key: base[key] for key in ("apiVersion", "kind")},
        "id": f"watersmeet:feed:{feed.id}",
        "name": feed.title,
        "version": base["version"],
        "status": "active" if feed.enabled else "retired",
        "tenant": tenant,
        "domain": feed.dataset,
        "description": _description(base["description"], feed, agreement),
        "servers": [_server(feed)],
        "schema": base["schema"],
        "support": [_support(agreement)],
        "team": _team(feed),
        "roles": _roles(agreement),
        "slaProperties": _service_levels(feed, agreement),
        "authoritativeDefinitions": [
            *base["authoritativeDefinitions"],
            _declaration(f"contracts/{FEEDS}/{feed.id}.yml", "The feed's declaration"),
            _declaration(f"contracts/{AGREEMENTS}/{agreement.id}.yml", "The agreement"),
        ],
        "customProperties": custom(
            contract="feed",
            dataset=feed.dataset,
            organisation=feed.organisation,
            gateway=agreement.gateway,
            special_category_condition=agreement.special_category_condition,
            controllers=list(agreement.controllers),
            processors=list(agreement.processors),
            method=" ".join(agreement.method.split()),
            security=" ".join(agreement.security.split()),
        ),
    }
    if agreement.gateway == OPEN_LICENCE:
        # The licence itself grants use free of charge; no other agreement here states a price.
        document["price"] = {"priceAmount": 0, "priceCurrency": "GBP", "priceUnit": "delivery"}
    for one in document["schema"][0]["properties"]:
        one["customProperties"] += _column_facts(one["name"], feed, agreement)
    return document


def _declaration(url: str, description: str) -> Plain:
    return {"url": url, "type": "implementation", "description": description}


def _description(base: Plain, feed: Feed, agreement: Agreement) -> Plain:
    purposes = [" ".join(purpose.description.split()) for purpose in agreement.purposes]
    notes = [base.get("limitations", ""), " ".join(feed.notes.split())]
    made = {**base, "usage": " ".join(purposes)}
    limitations = "\n\n".join(filter(None, notes))
    return made | ({"limitations": limitations} if limitations else {})


def _server(feed: Feed) -> Plain:
    place = feed.place
    form = _FILE_FORMATS[feed.file.format]
    facts = {"server": "source", "description": f"Where {feed.owner} places deliveries"}
    if isinstance(place, Folder):
        path = f"{place.path}/{place.pattern}"
        here = custom(connection=place.connection, pattern=place.pattern)
        return {**facts, "type": "local", "path": path, "format": form, "customProperties": here}
    # The standard's other types want the whole address, which belongs to the connection.
    here = custom(connection=place.connection, kind=place.kind)
    if isinstance(place, Api):
        here = custom(connection=place.connection, records=place.records)
    return {
        **facts,
        "type": "custom",
        "path": place.within,
        "format": form,
        "customProperties": here,
    }


def _support(agreement: Agreement) -> Plain:
    if "@" in agreement.contact:
        address = f"mailto:{agreement.contact}"
        return {"channel": agreement.contact, "tool": "email", "url": address, "scope": "issues"}
    return {"channel": agreement.contact, "tool": "other", "scope": "issues"}


def _team(feed: Feed) -> Plain:
    return {
        "name": feed.maintainer,
        "members": [
            {"username": feed.owner, "role": "owner", "description": "Answers for the feed"},
            {"username": feed.maintainer, "role": "maintainer", "description": "Looks after it"},
        ],
    }


def _roles(agreement: Agreement) -> list[Plain]:
    return [
        {
            "role": purpose.name,
            "description": " ".join(purpose.description.split()),
            "access": "read",
            "firstLevelApprovers": agreement.contact,
            "customProperties": custom(
                recipients=list(purpose.recipients),
                entities={name: list(columns) for name, columns in purpose.entities.items()},
            ),
        }
        for purpose in agreement.purposes
    ]


def _service_levels(feed: Feed, agreement: Agreement) -> list[Plain]:
    found: list[Plain] = []
    if feed.expected_every_days is not None:
        found.append({"property": "frequency", "value": feed.expected_every_days, "unit": "d"})
    if feed.schedule is not None:
        timed = {"scheduler": "cron", "schedule": feed.schedule}
        found.append({"property": "collection", "value": feed.timezone, **timed})
    drivers: list[tuple[str, Any, dict[str, str]]] = [
        ("retention", agreement.retention_days, {"unit": "d"}),
        ("generalAvailability", agreement.start.isoformat(), {}),
        ("review", agreement.review.isoformat(), {}),
        ("endOfSupport", agreement.end.isoformat(), {}),
    ]
    found += [
        {"property": name, "value": value, **unit, "driver": "regulatory"}
        for name, value, unit in drivers
    ]
    return found


def _column_facts(name: str, feed: Feed, agreement: Agreement) -> list[Plain]:
    """What the feed and the agreement say of one column."""
    rule = feed.columns.get(name)
    said = rule.model_dump(exclude_none=True) if rule else {}
    lands = name in agreement.columns[feed.dataset]
    return custom(lands=lands, feed=said)
