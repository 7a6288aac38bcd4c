"""Rows that were not loaded: grouped by issue and supplier, one group, one row, and what to do."""

from collections import Counter
from datetime import date
from typing import Annotated, Any

import psycopg
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import HTTPException, Query, Request
from fastapi.responses import Response

from contracts.issues import issue_types
from repository import quarantine as held
from watersmeet_pages import records
from watersmeet_pages.decisions import carried_out
from watersmeet_pages.frame import Repository, dag_of, page
from watersmeet_pages.rights import Form, allow, allow_editing, edited, name_of, needed, seen
from watersmeet_pages.runs import Asked, ask_for_replay

PAGE = 50


def overview(
    request: Request,
    user: GetUserDep,
    conn: Repository,
    feed: str | None = None,
    organisation: str | None = None,
) -> Response:
    """What is held, by issue and supplier; of one feed or organisation where it is named."""
    allowed = seen(conn, user)
    lines = [line for line in records.feeds(conn, allowed) if line.held]
    groups = [one for one in held.groups(conn, feed, organisation) if one["feed"] in allowed]
    by_organisation: Counter[str] = Counter()
    for line in lines:
        by_organisation[line.feed.partition("/")[0]] += line.held
    return page(
        request,
        "quarantine.html",
        groups=groups,
        every=sum(line.held for line in lines),
        feeds=len(lines),
        organisations=by_organisation.most_common(),
        feed=feed,
        organisation=organisation,
        dag_of=dag_of,
    )


def group(
    request: Request,
    dag_id: str,
    user: GetUserDep,
    conn: Repository,
    code: str | None = None,
    column: str | None = None,
    after: Annotated[str, Query(pattern=r"^\d{1,9}-\d{1,9}$")] = "0-0",
) -> Response:
    """The rows of a group: where they stand, never what they hold."""
    return _group(request, _feed(conn, dag_id, user), user, conn, code, column, after)


def _group(
    request: Request,
    name: str,
    user: Any,
    conn: psycopg.Connection,
    code: str | None,
    column: str | None,
    after: str = "0-0",
    asked: Asked | None = None,
) -> Response:
    last = tuple(int(part) for part in after.split("-"))
    rows = held.rows(conn, name, code, column, after=(last[0], last[1]), most=PAGE + 1)
    return page(
        request,
        "held_rows.html",
        dag_id=dag_of(name),
        feed=name,
        asked=asked,
        code=code,
        column=column,
        kind=issue_types().get(code or ""),
        rows=rows[:PAGE],
        more=rows[PAGE - 1] if len(rows) > PAGE else None,
        count=held.count(conn, name, code, column),
        may_decide=name in edited([name], user),
    )


def one(
    request: Request,
    dag_id: str,
    delivery_id: int,
    row_number: int,
    user: GetUserDep,
    conn: Repository,
) -> Response:
    """One row: its place and its issues. Its record is opened on request, and that is recorded."""
    name = _feed(conn, dag_id, user)
    return _row(request, conn, user, name, (delivery_id, row_number))


def _feed(conn: psycopg.Connection, dag_id: str, user: Any) -> str:
    allow(dag_id, user)
    for feed in records.known_feeds(conn):
        if dag_of(feed) == dag_id:
            return feed
    raise HTTPException(404, f"{dag_id} is not a feed's DAG")


def replay(
    request: Request, dag_id: str, user: GetUserDep, conn: Repository, form: Form
) -> Response:
    """Ask for a run that works what a feed holds again, with today's codes and corrections."""
    name = _feed(conn, dag_id, user)
    allow_editing(name, user)
    asked = ask_for_replay(name, user)
    code, column = form.get("code") or None, form.get("column") or None
    return _group(request, name, user, conn, code, column, asked=asked)


def act(
    request: Request,
    dag_id: str,
    delivery_id: int,
    row_number: int,
    user: GetUserDep,
    conn: Repository,
    form: Form,
) -> Response:
    """Open a row's record, correct a value of it, or let it through in spite of its issues."""
    name = _feed(conn, dag_id, user)
    allow_editing(name, user)
    [do, why] = needed(form, "do", "why")
    place = (delivery_id, row_number)
    if do == "open":
        record = _opened(name, place, name_of(user), why)
        return _row(request, conn, user, name, place, record=record)
    if do == "release":
        _release(name, place, name_of(user), why)
        said = "The issues are waived; they stay on record as notes."
    elif do == "correct":
        _correct(name, place, name_of(user), why, form)
        said = "The correction is kept."
    else:
        raise HTTPException(422, "do one of the things offered")
    asked = ask_for_replay(name, user, delivery_id)
    return _row(request, conn, user, name, place, said=said, asked=asked)


def _opened(feed: str, place: tuple[int, int], by: str, why: str) -> dict[str, Any]:
    # What works on records is imported by who asks for one.
    from pipeline import quarantine

    return carried_out(lambda: quarantine.row(feed, *place, quarantine.Reader(by, why)))


def _release(feed: str, place: tuple[int, int], by: str, why: str) -> None:
    from pipeline import quarantine

    carried_out(lambda: quarantine.waive(feed, *place, author=by, reason=why))


def _correct(feed: str, place: tuple[int, int], by: str, why: str, form: dict[str, str]) -> None:
    from pipeline import corrections

    [column, expires] = needed(form, "column", "expires")
    try:
        last = date.fromisoformat(expires)
    except ValueError as error:
        raise HTTPException(422, "the last day is not a date (YYYY-MM-DD)") from error
    carried_out(
        lambda: corrections.add(
            feed,
            column,
            becomes=form.get("becomes", ""),
            row=place,
            reason=why,
            author=by,
            expires_on=last,
        )
    )


def _row(
    request: Request,
    conn: psycopg.Connection,
    user: Any,
    feed: str,
    place: tuple[int, int],
    *,
    record: dict[str, Any] | None = None,
    said: str | None = None,
    asked: Asked | None = None,
) -> Response:
    line = records.held_row(conn, feed, *place)
    if line is None:
        raise HTTPException(404, f"{feed} has no row {place[0]}/{place[1]} in quarantine")
    issues = records.issues_of_row(conn, *place)
    kinds = issue_types()
    return page(
        request,
        "held_row.html",
        feed=feed,
        dag_id=dag_of(feed),
        line=line,
        issues=issues,
        kinds=kinds,
        waivable=_waivable(issues),
        may_decide=feed in edited([feed], user),
        record=record,
        said=said,
        asked=asked,
    )


def _waivable(issues: list[dict[str, Any]]) -> bool:
    """Whether a person may let the row through: only where every issue that holds it allows it."""
    kinds = issue_types()
    holding = [
        one
        for one in issues
        if one["code"] in kinds and kinds[one["code"]].severity == "quarantine"
    ]
    return bool(holding) and all(
        one["column"] and kinds[one["code"]].waivable == "yes" for one in holding
    )
