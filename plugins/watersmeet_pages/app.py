"""The pages: feeds with their last delivery, a feed's deliveries, one delivery in detail.

They stand behind Airflow's own login (bearer token or session cookie) and show a feed only to who
may see its DAG.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import psycopg
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from contracts.issues import issue_types
from repository.arrivals import refusals
from repository.database import NoDatabase, connect, database_url
from repository.problems import DatabaseDown
from watersmeet_pages import records

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def _when(moment: datetime | None) -> str:
    return f"{moment:%-d %b %Y, %H:%M %Z}" if moment else "never"


def _number(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _size(number: int) -> str:
    for unit in ("bytes", "kB", "MB"):
        if number < 1000:
            return f"{number:,.0f} {unit}" if unit == "bytes" else f"{number:,.1f} {unit}"
        number /= 1000
    return f"{number:,.1f} GB"


TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters.update(when=_when, number=_number, size=_size)


def repository() -> Iterator[psycopg.Connection]:
    """A connection for one request, that cannot write."""
    with connect(database_url(), autocommit=True) as conn:
        conn.read_only = True
        yield conn


Repository = Annotated[psycopg.Connection, Depends(repository)]


def make_app() -> FastAPI:
    """The application, to be mounted into Airflow's API server."""
    app = FastAPI(title="Watersmeet deliveries", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.add_api_route("/", overview, response_class=HTMLResponse)
    app.add_api_route("/dags/{dag_id}", feed, response_class=HTMLResponse)
    app.add_api_route("/delivery/{delivery_id}", one_delivery, response_class=HTMLResponse)
    app.add_exception_handler(DatabaseDown, _down)
    app.add_exception_handler(NoDatabase, _down)
    return app


def overview(request: Request, user: GetUserDep, conn: Repository) -> Response:
    """Every feed the user may see, with its last delivery."""
    names = {name.replace("/", "__"): name for name in records.known_feeds(conn)}
    seen = get_auth_manager().filter_authorized_dag_ids(dag_ids=set(names), user=user)
    allowed = [names[dag_id] for dag_id in sorted(seen)]
    shown = records.feeds(conn, allowed)
    refused = [one for one in refusals(conn) if one["feed"] in allowed]
    return _page(request, "overview.html", feeds=shown, refused=refused)


def feed(request: Request, dag_id: str, user: GetUserDep, conn: Repository) -> Response:
    """One feed's deliveries."""
    _allowed(dag_id, user)
    name = next((f for f in records.known_feeds(conn) if f.replace("/", "__") == dag_id), None)
    if name is None:
        page = _page(
            request, "message.html", title="No feed", said=f"{dag_id} is not a feed's DAG."
        )
        page.status_code = 404
        return page
    line = records.feeds(conn, [name])[0]
    return _page(request, "feed.html", feed=line, deliveries=records.deliveries(conn, name))


def one_delivery(
    request: Request, delivery_id: int, user: GetUserDep, conn: Repository
) -> Response:
    """One delivery: its files, how it was mapped, what was found in it."""
    line = records.delivery(conn, delivery_id)
    if line is None:
        raise HTTPException(404, "there is no such delivery")
    _allowed(line.dag_id, user)
    return _page(
        request,
        "delivery.html",
        delivery=line,
        files=records.files(conn, delivery_id),
        tables=records.tables(conn, delivery_id),
        issues=records.issues(conn, delivery_id),
        excluded=records.excluded(conn, delivery_id),
        types=issue_types(),
    )


def _allowed(dag_id: str, user: Any) -> None:
    """Refuse who may not see the feed's DAG."""
    details = DagDetails(id=dag_id)
    if not get_auth_manager().is_authorized_dag(method="GET", details=details, user=user):
        raise HTTPException(403, "you may not see this feed")


def _page(request: Request, template: str, **shown: Any) -> HTMLResponse:
    here = request.scope.get("root_path", "")
    airflow = here.removesuffix("/deliveries")
    html = TEMPLATES.get_template(template).render(here=here, airflow=airflow, **shown)
    return HTMLResponse(html, headers=HEADERS)


async def _down(request: Request, error: Exception) -> Response:
    page = _page(request, "message.html", title="The repository does not answer", said=str(error))
    page.status_code = 503
    return page
