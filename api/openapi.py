"""The OpenAPI document: a path for each open table, with its columns as parameters."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.catalogue import Column, Table
from api.filters import IDENTIFIER, OPERATORS, TEXT, WHOLE, number_pattern
from api.formats import CSV, JSON, PARQUET
from api.problems import MEDIA_TYPE
from api.settings import Limits

ABOUT = """\
Tables published for everybody, read only; no key is needed. Every table's licence, columns and
freshness are told with it.

* Rows come in pages, in the order of the repository's identifiers; follow `next`, or the `Link`
  header, until there is none.
* Filter with the names of columns: `paid_on.gte=2026-04-01&body=Northmoor Council`. Repeat `.in`
  for several values.
* JSON, CSV or Parquet, by the `Accept` header or `format`. In JSON, decimals and dates are strings.
  In CSV, text that a spreadsheet would take for a formula has an apostrophe before it.
* Keep the `ETag` and send it as `If-None-Match`: what has not changed is not sent again.
"""
WORDS = {
    "": "is", "gt": "is more than", "gte": "is at least", "lt": "is less than",
    "lte": "is at most", "in": "is one of these", "null": "is missing (true) or not (false)",
}  # fmt: skip
JSON_TYPES: Mapping[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "uuid": {"type": "string", "format": "uuid"},
    "date": {"type": "string", "format": "date"},
    "bigint": {"type": "integer", "format": "int64"},
    "boolean": {"type": "boolean"},
    "numeric": {"type": "string", "format": "decimal"},
}
ROOM = {name: {"description": text, "schema": {"type": "string"}} for name, text in {
    "ETag": "Strong validator, for If-None-Match",
    "Last-Modified": "When rows or declaration last changed",
    "Cache-Control": "May be kept, and asked for again each time",
}.items()}  # fmt: skip


def document(
    app: FastAPI, tables: Mapping[str, Table], limits: Limits, root: str
) -> dict[str, Any]:
    """The OpenAPI document for the tables there are now."""
    made = get_openapi(
        title="Open tables",
        version="1",
        description=ABOUT,
        routes=app.routes,
        servers=[{"url": root or "/"}],
    )
    made["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    paths = made["paths"]
    names = list(tables)
    for table in tables.values():
        here = f"/v1/tables/{table.name}"
        paths[f"{here}/rows"] = _both(_rows(table, limits))
        paths[f"{here}/download"] = _both(_download(table, limits))
    for path in made["paths"].values():
        for operation in path.values():
            # FastAPI's own form of a failed validation is not ours.
            operation["responses"].pop("422", None) if not operation.get("x-own") else None
            operation.pop("x-own", None)
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter["schema"] = {"type": "string", "enum": names}
    for unused in ("HTTPValidationError", "ValidationError"):
        made["components"]["schemas"].pop(unused, None)
    return made


PROBLEM = {
    "type": "object",
    "description": "What is wrong (RFC 9457)",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["parameter", "detail"],
                "properties": {"parameter": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


def problem(description: str) -> dict[str, Any]:
    """A response that tells what is wrong."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def _both(operation: dict[str, Any]) -> dict[str, Any]:
    """An operation for GET, and for HEAD with the same headers and no body."""
    head = {**operation, "operationId": f"{operation['operationId']}_head"}
    head["responses"] = {
        code: {k: v for k, v in one.items() if k != "content"}
        for code, one in operation["responses"].items()
    }
    head["x-own"] = True
    return {"get": {**operation, "x-own": True}, "head": head}


def _rows(table: Table, limits: Limits) -> dict[str, Any]:
    page = {
        "type": "object",
        "required": ["rows", "next"],
        "properties": {
            "rows": {"type": "array", "items": row_schema(table)},
            "next": {"type": ["string", "null"], "description": "the next page"},
        },
    }
    paging = [
        _parameter("limit", "rows of a page",
                   {"type": "integer", "minimum": 1, "maximum": limits.most,
                    "default": limits.page}),
        _parameter("cursor", "where the page before ended, as `next` names it",
                   {"type": "string", "pattern": "^[A-Za-z0-9_-]{47}$"}),
    ]  # fmt: skip
    return {
        "tags": [table.name],
        "summary": f"{table.facts['title']}: rows",
        "operationId": f"{table.name}_rows",
        "parameters": [*_filters(table, limits), *_common(table), *paging],
        "responses": _responses(page, "A page of rows", link=True),
    }


def _download(table: Table, limits: Limits) -> dict[str, Any]:
    whole = {"type": "array", "items": row_schema(table)}
    return {
        "tags": [table.name],
        "summary": f"{table.facts['title']}: the whole table",
        "operationId": f"{table.name}_download",
        "parameters": [*_filters(table, limits), *_common(table)],
        "responses": _responses(whole, "Every row asked for", link=False),
    }


def row_schema(table: Table) -> dict[str, Any]:
    """A row as JSON; each column may be null, and is left out where it was not asked for."""
    properties = {}
    for column in table.columns.values():
        one = dict(JSON_TYPES[column.family])
        said = f"{column.meaning} ({column.unit})" if column.unit else column.meaning
        properties[column.name] = {**one, "type": [one["type"], "null"], "description": said}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _filters(table: Table, limits: Limits) -> list[dict[str, Any]]:
    found = []
    for column in table.columns.values():
        for operator in OPERATORS[column.family]:
            schema = _asked_as(column)
            if operator == "null":
                schema = {"type": "boolean"}
            if operator == "in":
                schema = {"type": "array", "items": schema, "minItems": 1,
                          "maxItems": limits.values}  # fmt: skip
            name = f"{column.name}.{operator}" if operator else column.name
            found.append(_parameter(name, f"{column.meaning}: {WORDS[operator]}", schema))
    return found


def _asked_as(column: Column) -> dict[str, Any]:
    if column.family == "numeric":
        return {"type": "string", "pattern": number_pattern(column)}
    pattern = {"text": TEXT, "bigint": WHOLE, "uuid": IDENTIFIER}.get(column.family)
    if pattern is not None:
        return {"type": "string", "pattern": pattern}
    return JSON_TYPES[column.family]


def _common(table: Table) -> list[dict[str, Any]]:
    columns = {"type": "array", "items": {"type": "string", "enum": list(table.columns)},
               "minItems": 1, "uniqueItems": True}  # fmt: skip
    formats = {"type": "string", "enum": ["json", "csv", "parquet"]}
    return [
        {**_parameter("columns", "those wanted, commas between them", columns), "explode": False},
        _parameter("format", "instead of the Accept header", formats),
    ]


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _responses(schema: dict[str, Any], description: str, *, link: bool) -> dict[str, Any]:
    headers = dict(ROOM)
    if link:
        headers["Link"] = {"description": "The next page, rel=next", "schema": {"type": "string"}}
    missing = {"404": problem("The cursor is of no page")} if link else {}
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {
        "200": {
            "description": description,
            "headers": headers,
            "content": {
                JSON.media_type: {"schema": schema},
                CSV.media_type: {"schema": {"type": "string"}},
                PARQUET.media_type: binary,
            },
        },
        "304": {"description": "Not changed since the ETag given"},
        **missing,
        "406": problem("Nothing of it is acceptable"),
        "422": problem("A parameter is wrong; `errors` names it"),
        "503": problem("Busy, or it took too long; Retry-After tells when to try again"),
    }
