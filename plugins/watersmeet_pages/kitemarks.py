"""How good each feed is: level, trend, dimensions, and what keeps it from the next level."""

from collections import Counter
from typing import Any

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import HTTPException, Request
from fastapi.responses import Response

from repository import kitemark as record
from watersmeet_pages import records
from watersmeet_pages.frame import Repository, dag_of, message, page
from watersmeet_pages.rights import allow, seen
from watersmeet_pages.sparkline import sparkline

NONE = "none yet"


def overview(
    request: Request, user: GetUserDep, conn: Repository, level: str | None = None
) -> Response:
    """Every feed the user may see, with its kitemark; only those of a level where one is named."""
    from contracts.ladder import DIMENSIONS

    found = _kitemarks(request, conn, seen(conn, user))
    if isinstance(found, Response):
        return found
    marks, names = found
    counts = Counter(one["name"] or NONE for one in marks)
    return page(
        request,
        "kitemarks.html",
        marks=[one for one in marks if level in (None, one["name"] or NONE)],
        counts=[(name, counts[name]) for name in [*reversed(names), NONE] if counts[name]],
        every=len(marks),
        level=level,
        dimensions=DIMENSIONS,
        dag_of=dag_of,
    )


def feed(request: Request, dag_id: str, user: GetUserDep, conn: Repository) -> Response:
    """One feed's kitemark: what it stands on, what is missing, and those before it."""
    allow(dag_id, user)
    name = next((f for f in records.known_feeds(conn) if dag_of(f) == dag_id), None)
    if name is None:
        raise HTTPException(404, f"{dag_id} is not a feed's DAG")
    found = _kitemarks(request, conn, [name])
    if isinstance(found, Response):
        return found
    [mark], _ = found
    return page(
        request, "kitemark.html", mark=mark, dag_id=dag_id, history=records.kitemarks(conn, name)
    )


def _kitemarks(
    request: Request, conn: Any, feeds: list[str]
) -> tuple[list[dict[str, Any]], list[str]] | Response:
    """Kitemarks of feeds ready to be shown, and the levels' names; or a page that says why not."""
    # What reads declarations is imported by who asks for this page.
    from pipeline.kitemark import LadderBroken, described, ladder_of, read

    try:
        ladder = ladder_of()
    except LadderBroken as error:
        return message(request, 503, "The ladder cannot be used", str(error))
    names = [level.name for level in ladder.levels]
    made = []
    for one in record.standing(conn, ladder.trend_over, feeds):
        mark = described(one, ladder)
        mark["dimensions"] = read(mark["dimensions"])
        mark["spark"] = sparkline(mark["levels"], len(names) - 1)
        made.append(mark)
    return made, names
