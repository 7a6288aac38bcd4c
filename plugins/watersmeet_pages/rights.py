"""Who may see and who may change what: Airflow's own rights on the feeds' DAGs."""

from collections.abc import Iterable
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

import psycopg
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagDetails
from fastapi import Depends, HTTPException, Request

from watersmeet_pages import records
from watersmeet_pages.frame import dag_of

MOST_BYTES = 1_000_000
"""Of a form."""


def seen(conn: psycopg.Connection, user: Any) -> list[str]:
    """The feeds whose DAG the user may see."""
    return _feeds(records.known_feeds(conn), user, "GET")


def edited(feeds: Iterable[str], user: Any) -> frozenset[str]:
    """Those of some feeds whose DAG the user may edit."""
    return frozenset(_feeds(feeds, user, "PUT"))


def allow(dag_id: str, user: Any) -> None:
    """Refuse who may not see the feed's DAG."""
    if not _may(dag_id, user, "GET"):
        raise HTTPException(403, "you may not see this feed")


def allow_editing(feed: str, user: Any) -> None:
    """Refuse who may not edit the feed's DAG."""
    if not _may(dag_of(feed), user, "PUT"):
        raise HTTPException(403, f"you may not decide about {feed}: that needs the right to edit "
                                 "its DAG")  # fmt: skip


def name_of(user: Any) -> str:
    """The user as decisions are signed."""
    return str(user.get_name())


async def posted(request: Request) -> dict[str, str]:
    """The fields of a form of ours.

    A browser sends the login's cookie along with forms of other sites too; only a form of our own
    pages counts, or a request that carries its token itself, which no other site can make.
    """
    if not _ours(request):
        raise HTTPException(403, "this form was not sent from a page of Airflow")
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise HTTPException(413, "the form is too long")
    try:
        fields = parse_qsl(body.decode("utf-8", "strict"), keep_blank_values=True)
    except UnicodeDecodeError as error:
        raise HTTPException(400, "the form is not UTF-8") from error
    return {name: value.strip() for name, value in fields}


Form = Annotated[dict[str, str], Depends(posted)]


def needed(form: dict[str, str], *names: str) -> list[str]:
    """Fields that must be filled in."""
    missing = [name for name in names if not form.get(name)]
    if missing:
        raise HTTPException(422, f"fill in: {', '.join(missing)}")
    return [form[name] for name in names]


def _ours(request: Request) -> bool:
    if request.headers.get("authorization", "").lower().startswith("bearer "):
        return True
    fetched = request.headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched == "same-origin"
    # Over plain HTTP browsers do not say more than the origin.
    origin = request.headers.get("origin", "")
    return urlsplit(origin).netloc == request.headers.get("host") != ""


def _may(dag_id: str, user: Any, method: Any) -> bool:
    details = DagDetails(id=dag_id)
    return bool(get_auth_manager().is_authorized_dag(method=method, details=details, user=user))


def _feeds(feeds: Iterable[str], user: Any, method: Any) -> list[str]:
    names = {dag_of(feed): feed for feed in feeds}
    if not names:
        return []
    allowed = get_auth_manager().filter_authorized_dag_ids(
        dag_ids=set(names), user=user, method=method
    )
    return sorted(names[dag_id] for dag_id in allowed)
