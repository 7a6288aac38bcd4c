"""The catalogue beside the Airflow UI: the site as it was last built, behind Airflow's own login.

Whoever may log in may read it: it holds no row of a table with personal data, and of feeds no more
than titles, headers and counts.
"""

from html import escape

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import FastAPI, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from pipeline.catalogue.build import shown_folder
from watersmeet_pages.frame import login_address

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'",
    # Kept by nobody between us and the reader, and asked after every time: it may be built anew.
    "Cache-Control": "private, no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
SAID = (
    '<!doctype html><html lang="en-GB"><meta charset="utf-8"><title>{title}</title>'
    '<meta name="color-scheme" content="light dark"><main><h1>{title}</h1><p>{said}</p></main>'
)
NOT_BUILT = SAID.format(
    title="The catalogue was not built yet",
    said="The DAG <b>catalogue</b> builds it every day and after every delivery; start it by hand, "
    "or run <code>watersmeet catalogue build</code>.",
)
LOG_IN = SAID.format(
    title="Log in first",
    said='The catalogue is for who has logged in. <a href="LOGIN">Log in to Airflow</a>',
)
NOT_FOUND = SAID.format(
    title="The catalogue has no such page", said='Begin at <a href="HOME">its home page</a>.'
)


def make_app() -> FastAPI:
    """The application, to be mounted into Airflow's API server."""
    app = FastAPI(title="Watersmeet catalogue", docs_url=None, redoc_url=None, openapi_url=None)

    async def page(request: Request, path: str, user: GetUserDep) -> Response:
        """One file of the site."""
        folder = shown_folder()
        if not (folder / "index.html").is_file():
            return HTMLResponse(NOT_BUILT, 503, HEADERS)
        site = StaticFiles(directory=folder, html=True, check_dir=False, follow_symlink=True)
        try:
            answer = await site.get_response(site.get_path(request.scope), request.scope)
        except HTTPException:
            home = f"{request.scope.get('root_path', '')}/"
            return HTMLResponse(NOT_FOUND.replace("HOME", escape(home)), 404, HEADERS)
        answer.headers.update(HEADERS)
        return answer

    async def said(request: Request, error: Exception) -> Response:
        """An error of Airflow's security, for a person: who is not logged in is shown the way."""
        assert isinstance(error, HTTPException), "asked for no other"
        if error.status_code != 401:
            return await http_exception_handler(request, error)
        return HTMLResponse(LOG_IN.replace("LOGIN", escape(login_address(request))), 401, HEADERS)

    app.add_exception_handler(HTTPException, said)
    app.add_api_route("/{path:path}", page, methods=["GET", "HEAD"])
    return app
