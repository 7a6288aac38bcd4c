"""Values no register knows: counts for everybody, the values for who may decide about them."""

from collections import Counter
from datetime import date
from typing import Any

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import HTTPException, Request
from fastapi.responses import Response

from watersmeet_pages.decisions import carried_out
from watersmeet_pages.frame import Repository, page
from watersmeet_pages.rights import Form, edited, name_of, needed, seen
from watersmeet_pages.runs import Asked, ask_for_replay

PAGE = 25


def overview(
    request: Request, user: GetUserDep, conn: Repository, scheme: str | None = None, first: int = 0
) -> Response:
    """The worklist, or that of one code list, what most rows wait for first."""
    return _shown(request, user, seen(conn, user), scheme, max(first, 0))


def decide(request: Request, user: GetUserDep, conn: Repository, form: Form) -> Response:
    """Accept a value for a code or refuse it; rows that waited for it are worked again by a run."""
    from pipeline import codes

    decision, target, written, reason = needed(form, "decision", "target", "written", "reason")
    _allow_deciding(user, target, written, form.get("scheme", ""))
    by = name_of(user)
    if decision == "refuse":
        made = carried_out(lambda: codes.refuse(target, written, by=by, reason=reason))
    elif decision == "accept":
        code = form.get("other") or needed(form, "code")[0]
        start, end = _day(form, "start"), _day(form, "end")
        made = carried_out(
            lambda: codes.accept(
                target, written, code, by=by, reason=reason, start=start, end=end, replay_now=False
            )
        )
    else:
        raise HTTPException(422, "decide one of those offered")
    # Working rows again may take long: that is a run's to do.
    asked = [ask_for_replay(feed, user) for feed in made.feeds if made.state == "accepted"]
    return _shown(request, user, seen(conn, user), form.get("scheme") or None, 0, made, asked)


def _shown(
    request: Request,
    user: Any,
    allowed: list[str],
    scheme: str | None,
    first: int,
    made: Any = None,
    asked: list[Asked] | None = None,
) -> Response:
    from pipeline import codes
    from pipeline.quarantine import Reader

    may_decide = edited(allowed, user)
    # What suppliers wrote may be anything, a name too: only who decides about it sees it, and of
    # personal columns that is on record.
    reader = Reader(name_of(user), "page Codes worklist") if may_decide else None
    found = carried_out(lambda: codes.worklist(reader=reader, feeds=may_decide))
    every = [one for one in found if set(one.feeds) & set(allowed)]
    by_scheme = Counter(one.scheme for one in every)
    items = [one for one in every if scheme in (None, one.scheme) and set(one.feeds) <= may_decide]
    return page(
        request,
        "codes.html",
        every=len(every),
        rows=sum(one.rows for one in every),
        schemes=by_scheme.most_common(),
        scheme=scheme,
        items=items[first : first + PAGE],
        hidden=sum(1 for one in every if scheme in (None, one.scheme)) - len(items),
        first=first,
        further=first + PAGE if len(items) > first + PAGE else None,
        made=made,
        asked=asked or [],
    )


def _allow_deciding(user: Any, target: str, written: str, scheme: str) -> None:
    """Refuse who may not edit every feed a decision is for."""
    from contracts.declarations import load
    from contracts.model import columns_of

    if "/" in target:
        feeds = {target}
    else:
        declared = load()
        feeds = {
            name
            for name, feed in declared.feeds.items()
            if target in {rule.scheme for rule in feed.columns.values()}
            or target
            in {
                facts.options.get("scheme")
                for facts in columns_of(declared.datasets[feed.dataset]).values()
            }
        }
    missing = sorted(feeds - edited(feeds, user))
    if missing:
        raise HTTPException(
            403,
            f"that needs the right to edit every feed it is for; not yours: {', '.join(missing)}",
        )


def _day(form: dict[str, str], name: str) -> date | None:
    if not form.get(name):
        return None
    try:
        return date.fromisoformat(form[name])
    except ValueError as error:
        raise HTTPException(422, f"{name} is not a date (YYYY-MM-DD)") from error
