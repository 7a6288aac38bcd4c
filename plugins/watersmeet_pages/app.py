"""The pages of ours, put together.

They stand behind Airflow's own login (bearer token or session cookie) and show a feed only to who
may see its DAG; decisions about it are taken by who may edit its DAG.
"""

from http import HTTPStatus

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

from repository.database import NoDatabase
from repository.problems import DatabaseDown
from watersmeet_pages import codes, deliveries, explain, held, kitemarks, quarantine
from watersmeet_pages.frame import HERE, message

READ = {
    "/": deliveries.overview,
    "/dags/{dag_id}": deliveries.feed,
    "/delivery/{delivery_id}": deliveries.one_delivery,
    "/kitemarks": kitemarks.overview,
    "/kitemarks/{dag_id}": kitemarks.feed,
    "/held": held.overview,
    "/held/{hold_id}": held.one,
    "/quarantine": quarantine.overview,
    "/quarantine/{dag_id}": quarantine.group,
    "/quarantine/{dag_id}/{delivery_id}/{row_number}": quarantine.one,
    "/codes": codes.overview,
    "/explain": explain.ask,
}
DECIDE = {
    "/held/{hold_id}": held.decide,
    "/quarantine/{dag_id}": quarantine.replay,
    "/quarantine/{dag_id}/{delivery_id}/{row_number}": quarantine.act,
    "/codes": codes.decide,
    "/explain": explain.open_value,
}


def make_app() -> FastAPI:
    """The application, to be mounted into Airflow's API server."""
    app = FastAPI(title="Watersmeet deliveries", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    for path, endpoint in READ.items():
        app.add_api_route(path, endpoint, response_class=HTMLResponse)
    for path, endpoint in DECIDE.items():
        app.add_api_route(path, endpoint, methods=["POST"], response_class=HTMLResponse)
    app.add_exception_handler(DatabaseDown, _down)
    app.add_exception_handler(NoDatabase, _down)
    app.add_exception_handler(HTTPException, _said)
    return app


async def _down(request: Request, error: Exception) -> Response:
    return message(request, 503, "The repository does not answer", str(error))


async def _said(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "asked for no other"
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        return message(request, 401, "Log in first", "This page is for who has logged in.")
    return message(request, error.status_code, HTTPStatus(error.status_code).phrase, error.detail)
