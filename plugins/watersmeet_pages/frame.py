"""What every page has in common: its frame, its headers, and the connection it reads by."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import psycopg
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from repository.database import connect, database_url

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
PAGES = {
    "": "Deliveries",
    "kitemarks": "Kitemarks",
    "held": "Held deliveries",
    "quarantine": "Quarantine",
    "codes": "Codes worklist",
    "explain": "Explain a value",
}
"""Path of each page, below ours, to its name."""


def _when(moment: datetime | None) -> str:
    return f"{moment:%-d %b %Y, %H:%M %Z}" if moment else "never"


def _number(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _size(number: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if number < 1000:
            return f"{number:,.0f} {unit}" if unit == "bytes" else f"{number:,.1f} {unit}"
        number /= 1000
    return f"{number:,.1f} GB"


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"


TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters.update(when=_when, number=_number, size=_size, rows=_rows)


def repository() -> Iterator[psycopg.Connection]:
    """A connection for one request, that cannot write."""
    with connect(database_url(), autocommit=True) as conn:
        conn.read_only = True
        yield conn


Repository = Annotated[psycopg.Connection, Depends(repository)]


def page(request: Request, template: str, status: int = 200, **shown: Any) -> HTMLResponse:
    """A page made from a template.

    ``here`` is where our pages begin, ``airflow`` where Airflow's do.
    """
    here = request.scope.get("root_path", "")
    html = TEMPLATES.get_template(template).render(
        here=here,
        airflow=here.removesuffix("/deliveries"),
        pages=PAGES,
        at=request.url.path.removeprefix(here).strip("/").partition("/")[0],
        **shown,
    )
    return HTMLResponse(html, status_code=status, headers=HEADERS)


def message(request: Request, status: int, title: str, said: str) -> HTMLResponse:
    """A page that only says something; where a login is missing, with the way to it."""
    log_in = login_address(request) if status == 401 else None
    return page(request, "message.html", status, title=title, said=said, log_in=log_in)


def login_address(request: Request) -> str:
    """Airflow's login, whichever it is, which leads back to the page that was asked for."""
    airflow = request.scope.get("app_root_path", "")
    asked = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    return f"{airflow}/api/v2/auth/login?{urlencode({'next': asked})}"


def dag_of(feed: str) -> str:
    """The id of a feed's DAG."""
    return feed.replace("/", "__")
