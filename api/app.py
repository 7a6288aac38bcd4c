"""The open API's addresses."""

import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any

import psycopg
import pyarrow as pa
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api import models, openapi, pages, sending
from api.catalogue import Table, table, tables
from api.cursors import Cursors
from api.database import Database, failures_told
from api.filters import Asked, asked
from api.formats import CSV, JSON, PARQUET, Format, acceptable, negotiated, written
from api.page import page_of
from api.problems import Problem, response_of
from api.rows import KEY, rows
from api.settings import Limits

log = logging.getLogger(__name__)

BOTH = ["GET", "HEAD"]
HTML = "text/html; charset=utf-8"
PLAIN = "application/json"
EXPOSED = ["ETag", "Last-Modified", "Link", "Content-Disposition", "Retry-After"]
"""Headers that scripts of other origins may read."""
WRONG = {406: openapi.problem("Nothing of it is acceptable"),
         503: openapi.problem("The database is down or busy")}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A request for rows as understood: the table as it stands, and the headers of the answer."""

    table: Table
    asked: Asked
    form: Format
    headers: dict[str, str]


class OpenApi:
    """Answers requests; one for each process."""

    def __init__(self, url: str, limits: Limits) -> None:
        self.limits = limits
        self.database = Database(url, limits)
        self.cursors = Cursors(self.database.secret)

    def landing(self, request: Request) -> Response:
        """What there is, as a page for people or, where it is asked for, as JSON."""
        root = _root(request)
        with self.database.reading() as conn:
            found = tables(conn)
        links = {"tables": f"{root}/v1/tables", "openapi": f"{root}/openapi.json",
                 "documentation": f"{root}/docs", "health": f"{root}/healthz"}  # fmt: skip
        if acceptable(request.headers.get("accept"), JSON.media_type):
            return _small(request, json.dumps(links).encode(), PLAIN)
        return _small(request, pages.landing(found, root).encode(), HTML)

    def documentation(self, request: Request) -> Response:
        """How to ask, table by table, as a page for people."""
        with self.database.reading() as conn:
            found = tables(conn)
        return _small(request, pages.documentation(found, _root(request)).encode(), HTML)

    def described(self, request: Request) -> Response:
        """The OpenAPI document."""
        with self.database.reading() as conn:
            found = tables(conn)
        made = openapi.document(request.app, found, self.limits, _root(request))
        return _small(request, json.dumps(made).encode(), PLAIN)

    def listed(self, request: Request) -> Response:
        """Every open table."""
        _only_json(request)
        with self.database.reading() as conn:
            found = tables(conn)
        made = models.Tables(tables=[models.summary(one, _root(request)) for one in found.values()])
        return _small(request, made.model_dump_json(by_alias=True).encode(), PLAIN)

    def told(self, name: str, request: Request) -> Response:
        """Everything told of one open table: columns, licence, freshness, kitemarks."""
        _only_json(request)
        with self.database.reading() as conn:
            found = table(conn, name)
        made = models.told(found, _root(request))
        return _small(request, made.model_dump_json(by_alias=True).encode(), PLAIN)

    def rows(self, name: str, request: Request) -> Response:
        """A page of rows."""
        with self.database.reading() as conn:
            told = self._understood(conn, name, request, paged=True)
            known = _known(request, told)
            if known is not None:
                return known
            given = request.query_params.multi_items()
            address = f"{_root(request)}/v1/tables/{name}/rows"
            page = page_of(conn, told.table, told.asked, self.cursors, address, given)
        if page.next is not None:
            told.headers["Link"] = f'<{page.next}>; rel="next"'
        body = page.body(told.form, told.asked)
        return sending.whole(request, body, told.form.content_type, told.headers)

    def download(self, name: str, request: Request) -> Response:
        """A whole table, or every row of it that is asked for, sent as it is read."""
        with self.database.reading() as conn:
            known = _known(request, self._understood(conn, name, request, paged=False))
        if known is not None:
            return known
        conn, give_back = self.database.held()
        read: Iterator[pa.Table] | None = None
        try:
            # Understood anew: what is said of the rows and the rows must be of one moment.
            told = self._understood(conn, name, request, paged=False)
            read = rows(conn, told.table, told.asked)
            with failures_told():
                first = list(_some(read))
        except BaseException:
            give_back(read)
            raise
        shown = (batch.drop_columns(list(KEY)) for batch in chain(first, read))
        return sending.Streamed(
            written(told.form, shown, told.asked.columns),
            {**told.headers, "Content-Type": told.form.content_type},
            lambda: give_back(read),
            self.limits.seconds,
        )

    def health(self) -> Response:
        """Whether the database answers."""
        with self.database.reading() as conn:
            conn.execute("SELECT 1")
        return Response('{"status":"ok"}', media_type=PLAIN, headers={"Cache-Control": "no-store"})

    def _understood(
        self, conn: psycopg.Connection, name: str, request: Request, *, paged: bool
    ) -> Told:
        found = table(conn, name)
        given = request.query_params.multi_items()
        what = asked(found, given, self.cursors, self.limits, paged=paged)
        # A whole table is mostly for spreadsheets, a page mostly for programs.
        offered = (JSON, CSV, PARQUET) if paged else (CSV, JSON, PARQUET)
        form = negotiated(request.headers.get("accept"), what.format, offered)
        compressed = form is not PARQUET and sending.gzipped(request)
        tag = sending.etag(
            found.version, what.canonical, form.name, compressed, paged, _root(request)
        )
        more = {} if paged else {
            "Content-Disposition": f'attachment; filename="{found.name}.{form.name}"'
        }  # fmt: skip
        told = sending.headers(tag, compressed=compressed, modified=found.modified_at, more=more)
        return Told(found, what, form, told)


def make_app(url: str, limits: Limits | None = None) -> FastAPI:
    """The application.

    Args:
        url: SQLAlchemy URL of the database, with the login that reads open tables and no other.
        limits: what it takes on at once.
    """
    own = OpenApi(url, limits or Limits())

    @asynccontextmanager
    async def connected(app: FastAPI) -> AsyncIterator[None]:
        own.database.open()
        try:
            yield
        finally:
            own.database.close()

    app = FastAPI(
        lifespan=connected, docs_url=None, redoc_url=None, openapi_url=None,
        redirect_slashes=False,
    )  # fmt: skip
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=BOTH, allow_headers=["*"],
        expose_headers=EXPOSED, max_age=86_400,
    )  # fmt: skip
    _addresses(app, own)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)
    return app


def _addresses(app: FastAPI, own: OpenApi) -> None:
    def add(path: str, answer: Callable[..., Response], **more: Any) -> None:
        for method in BOTH:
            app.add_api_route(
                path,
                answer,
                methods=[method],
                response_model=None,
                operation_id=f"{answer.__name__}_{method.lower()}",
                **more,
            )

    hidden = {"include_in_schema": False}
    missing = {404: openapi.problem("There is no such table")}
    add("/", own.landing, **hidden)
    add("/docs", own.documentation, **hidden)
    add("/openapi.json", own.described, **hidden)
    add("/v1/tables", own.listed, responses={200: {"model": models.Tables}, **WRONG})
    add("/v1/tables/{name}", own.told, responses={200: {"model": models.Told}, **WRONG, **missing})
    add("/v1/tables/{name}/rows", own.rows, **hidden)
    add("/v1/tables/{name}/download", own.download, **hidden)
    add("/healthz", own.health, **hidden)


def _root(request: Request) -> str:
    """The path the API is served below."""
    return str(request.scope.get("root_path") or "").rstrip("/")


def _only_json(request: Request) -> None:
    negotiated(request.headers.get("accept"), None, (JSON,))


def _small(request: Request, body: bytes, media_type: str) -> Response:
    """An answer whose validator is that of its bytes."""
    compressed = sending.gzipped(request)
    told = sending.headers(sending.etag(body, compressed), compressed=compressed)
    told["X-Content-Type-Options"] = "nosniff"
    if media_type == HTML:
        told["Content-Security-Policy"] = pages.POLICY
    return sending.unchanged(request, told) or sending.whole(request, body, media_type, told)


def _known(request: Request, told: Told) -> Response | None:
    """The answer that needs no rows: nothing has changed, or only the headers are wanted."""
    same = sending.unchanged(request, told.headers)
    if same is None and request.method == "HEAD":
        return sending.bodyless(200, {**told.headers, "Content-Type": told.form.content_type})
    return same


def _some(read: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The first batch, so that what fails fails before anything is sent."""
    with suppress(StopIteration):
        yield next(read)


async def _problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    return response_of(error)


async def _http(request: Request, error: Exception) -> Response:
    """What the framework refuses, in the same form."""
    if not isinstance(error, HTTPException):
        raise error
    said = {
        404: "There is nothing at this address; / tells what there is.",
        405: "This is for reading: ask with GET or HEAD.",
    }
    made = response_of(Problem(error.status_code, said.get(error.status_code, error.detail)))
    if error.status_code == 405:
        made.headers["Allow"] = ", ".join(BOTH)
    return made


async def _unforeseen(request: Request, error: Exception) -> Response:
    # The error may hold values of rows; the server's log has its kind and the path.
    log.error("%s at %s", type(error).__name__, request.url.path)
    return response_of(Problem(500, "Something went wrong here; it is in the server's log."))
