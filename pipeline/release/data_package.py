"""A release as a Data Package, version 2 of the standard (datapackage.org, 2024)."""

from typing import Any

import pyarrow as pa

from pipeline.export.facts import ColumnFacts
from pipeline.release.files import CSV, LINEAGE, MEDIA, Told

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"


def data_package(told: Told) -> dict[str, Any]:
    """The descriptor ``datapackage.json``."""
    table = told.table
    licence = {"name": table.licence.id, "title": table.licence.title, "path": table.licence.url}
    publisher: dict[str, Any] = {"title": table.publisher, "roles": ["publisher"]}
    if table.publisher_url:
        publisher["path"] = table.publisher_url
    contact = {"title": table.contact.name, "email": table.contact.email, "roles": ["contact"]}
    found: dict[str, Any] = {
        "$schema": PROFILE,
        "name": table.name,
        "title": table.title,
        "description": told.facts.meaning,
        "version": told.version,
        "created": f"{told.issued:%Y-%m-%dT%H:%M:%SZ}",
        "licenses": [licence],
        "contributors": [publisher, contact],
        "sources": [{"title": name, "path": LINEAGE} for name in told.suppliers],
        "resources": [_resource(told, file.name) for file in told.data],
    }
    if table.keywords:
        found["keywords"] = list(table.keywords)
    if table.home:
        found["homepage"] = told.address()
    # The standard takes no empty lists.
    return {name: value for name, value in found.items() if value != []}


def _resource(told: Told, name: str) -> dict[str, Any]:
    file = next(one for one in told.data if one.name == name)
    schema: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [_field(one) for one in told.facts.columns],
    }
    if told.facts.key:
        schema["primaryKey"] = list(told.facts.key)
    resource: dict[str, Any] = {
        "name": name.replace(".", "-"),
        "path": name,
        "type": "table",
        "format": name.rpartition(".")[2],
        "mediatype": MEDIA[name],
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "schema": schema,
    }
    if name == CSV:
        resource["encoding"] = "utf-8"
    return resource


def _field(column: ColumnFacts) -> dict[str, Any]:
    told = column.meaning + (f", in {column.unit}" if column.unit else "")
    field: dict[str, Any] = {"name": column.name, "type": _type(column.arrow)}
    if told:
        field["description"] = told
    if not column.nullable:
        field["constraints"] = {"required": True}
    return field


def _type(kind: pa.DataType) -> str:
    if pa.types.is_date(kind):
        return "date"
    if pa.types.is_timestamp(kind):
        return "datetime"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        return "number"
    return "boolean" if pa.types.is_boolean(kind) else "string"
