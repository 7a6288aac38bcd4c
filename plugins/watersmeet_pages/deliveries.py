"""Feeds with their last delivery, a feed's deliveries, one delivery in detail."""

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import HTTPException, Request
from fastapi.responses import Response

from contracts.issues import issue_types
from repository import holds
from repository.arrivals import refusals
from watersmeet_pages import records
from watersmeet_pages.frame import Repository, dag_of, message, page
from watersmeet_pages.rights import allow, seen


def overview(request: Request, user: GetUserDep, conn: Repository) -> Response:
    """Every feed the user may see, with its last delivery."""
    allowed = seen(conn, user)
    refused = [one for one in refusals(conn) if one["feed"] in allowed]
    return page(
        request,
        "overview.html",
        feeds=records.feeds(conn, allowed),
        refused=refused,
        waiting=sum(1 for one in holds.holds(conn) if one["feed"] in allowed),
    )


def feed(request: Request, dag_id: str, user: GetUserDep, conn: Repository) -> Response:
    """One feed's deliveries."""
    allow(dag_id, user)
    name = next((f for f in records.known_feeds(conn) if dag_of(f) == dag_id), None)
    if name is None:
        return message(request, 404, "No feed", f"{dag_id} is not a feed's DAG.")
    line = records.feeds(conn, [name])[0]
    return page(request, "feed.html", feed=line, deliveries=records.deliveries(conn, name))


def one_delivery(
    request: Request, delivery_id: int, user: GetUserDep, conn: Repository
) -> Response:
    """One delivery: its files, how it was mapped, what was found in it."""
    line = records.delivery(conn, delivery_id)
    if line is None:
        raise HTTPException(404, "there is no such delivery")
    allow(line.dag_id, user)
    return page(
        request,
        "delivery.html",
        delivery=line,
        files=records.files(conn, delivery_id),
        tables=records.tables(conn, delivery_id),
        issues=records.issues(conn, delivery_id),
        findings=records.findings(conn, delivery_id),
        excluded=records.excluded(conn, delivery_id),
        types=issue_types(),
    )
