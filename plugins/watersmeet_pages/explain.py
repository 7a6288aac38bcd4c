"""Where a value comes from: its way from the cell, and, opened for a reason, the texts on it."""

from typing import Annotated, Any

import psycopg
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import HTTPException, Query, Request
from fastapi.responses import Response

from repository import lineage
from watersmeet_pages.decisions import carried_out
from watersmeet_pages.frame import Repository, dag_of, page
from watersmeet_pages.rights import Form, allow, allow_editing, edited, name_of, needed, seen

ASKED = ("entity", "id", "column", "as_at", "as_known", "feed")
Text = Annotated[str, Query(max_length=200)]


def ask(
    request: Request,
    user: GetUserDep,
    conn: Repository,
    entity: Text = "",
    id: Text = "",
    column: Text = "",
    as_at: Text = "",
    as_known: Text = "",
    feed: Text = "",
) -> Response:
    """The form and, once it is filled in, the way of a row or value: places, never texts."""
    values = (entity, id, column, as_at, as_known, feed)
    asked = {name: text.strip() for name, text in zip(ASKED, values, strict=True)}
    return _way(request, conn, user, asked)


def open_value(request: Request, user: GetUserDep, conn: Repository, form: Form) -> Response:
    """Open the texts on a value's way; who looks, when and what for is recorded first."""
    from pipeline.explain import opened
    from repository.quarantine import Reader

    [_, _, _, why] = needed(form, "entity", "id", "column", "why")
    asked = {name: form.get(name, "") for name in ASKED}
    told = _told(conn, asked)
    allow(dag_of(told["feed"]), user)
    allow_editing(told["feed"], user)
    reader = Reader(name_of(user), why)
    found = carried_out(lambda: opened(_ask({**asked, "feed": told["feed"]}), reader))
    return _way(request, conn, user, asked, found)


def _way(
    request: Request,
    conn: psycopg.Connection,
    user: Any,
    asked: dict[str, str],
    found: dict[str, Any] | None = None,
) -> Response:
    told, problem, status = found, "", 200
    entities = _entities(conn)
    if told is None and asked["entity"] and asked["id"]:
        try:
            told = _told(conn, asked)
        except HTTPException as error:
            problem, status = str(error.detail), error.status_code
    allowed = seen(conn, user)
    if told is not None:
        allow(dag_of(told["feed"]), user)
        told["also_from"] = [one for one in told["also_from"] if one["feed"] in allowed]
    return page(
        request,
        "explain.html",
        status,
        asked=asked,
        told=told,
        opened=found is not None,
        problem=problem,
        entities=sorted(entities),
        columns=entities.get(asked["entity"], {}),
        # Offered while typing; those of the entity where one was asked about.
        every_column=sorted(
            entities.get(asked["entity"]) or {c for e in entities.values() for c in e}
        ),
        feeds=allowed,
        may_open=told is not None and told["feed"] in edited([told["feed"]], user),
        dag_of=dag_of,
    )


def _entities(conn: psycopg.Connection) -> dict[str, dict[str, str]]:
    """Every entity with its columns and their personal-data classes."""
    found = conn.execute("SELECT entity, columns FROM watersmeet.entity").fetchall()
    return {name: {c["name"]: c["personal"] for c in columns} for name, columns in found}


def _ask(asked: dict[str, str]) -> lineage.Ask:
    from pipeline.typed_times import day_of, moment_of

    return lineage.Ask(
        asked["entity"],
        asked["id"],
        asked["column"] or None,
        day_of(asked["as_at"]),
        moment_of(asked["as_known"]),
        asked["feed"] or None,
    )


def _told(conn: psycopg.Connection, asked: dict[str, str]) -> dict[str, Any]:
    """What is recorded of it, without its value."""

    def recorded() -> dict[str, Any]:
        [told] = lineage.explain_many(conn, [_ask(asked)])
        return told

    return {**carried_out(recorded), "value": None}
