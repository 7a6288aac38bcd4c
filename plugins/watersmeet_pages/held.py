"""Deliveries that were stopped: what was found, and the decision about them."""

from typing import Any

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import HTTPException, Request
from fastapi.responses import Response

from contracts.issues import issue_types
from repository import holds
from watersmeet_pages.decisions import carried_out
from watersmeet_pages.frame import Repository, dag_of, page
from watersmeet_pages.rights import Form, allow, allow_editing, edited, name_of, needed, seen
from watersmeet_pages.runs import Asked, ask_for_loading


def overview(
    request: Request, user: GetUserDep, conn: Repository, decided: bool = False
) -> Response:
    """Deliveries that wait for a person; those decided about too where asked."""
    allowed = set(seen(conn, user))
    found = [one for one in holds.holds(conn, decided=True) if one["feed"] in allowed]
    waiting = [one for one in found if one["state"] == "waiting"]
    return page(
        request,
        "held.html",
        holds=found if decided else waiting,
        waiting=len(waiting),
        every=len(found),
        decided=decided,
        severity=_severity,
    )


def one(request: Request, hold_id: int, user: GetUserDep) -> Response:
    """One held delivery: what stops it, what accepting it changes, and the form to decide."""
    return _shown(request, _found(hold_id, user), user)


def decide(request: Request, hold_id: int, user: GetUserDep, form: Form) -> Response:
    """Record a decision; an accepted delivery is loaded by a run of the feed's DAG."""
    found = _found(hold_id, user)
    allow_editing(found["feed"], user)
    decision, reason = needed(form, "decision", "reason")
    from pipeline import hold

    if decision not in hold.DECISIONS:
        raise HTTPException(422, "decide one of those offered")
    by = name_of(user)
    made = carried_out(
        lambda: hold.decide(hold_id, decision, by, reason, fingerprint=form.get("fingerprint"))
    )
    # The same decision sent twice is one, and needs one run.
    loads = decision != "refuse" and found["state"] == "waiting"
    dag_id = dag_of(found["feed"])
    asked = ask_for_loading(dag_id, user, found["run_id"]) if loads else None
    return _shown(request, _found(hold_id, user), user, made, asked)


def _found(hold_id: int, user: Any) -> dict[str, Any]:
    # What reads declarations is imported by who asks for this page.
    from pipeline import hold

    found = carried_out(lambda: hold.hold(hold_id))
    allow(dag_of(found["feed"]), user)
    return found


def _shown(
    request: Request, found: dict[str, Any], user: Any, made: Any = None, asked: Asked | None = None
) -> Response:
    from pipeline import hold

    findings = sorted(
        (one for one in found["findings"] if one["code"] != hold.UPDATED),
        key=lambda one: _severity(one["code"]) != "stop",
    )
    return page(
        request,
        "hold.html",
        hold=found,
        findings=findings,
        severity=_severity,
        whose=_whose,
        patch=_patch(found),
        decisions=hold.DECISIONS,
        may_decide=found["feed"] in edited([found["feed"]], user),
        maintainer=_maintainer(found["feed"]),
        dag_id=dag_of(found["feed"]),
        made=made,
        asked=asked,
    )


def _patch(found: dict[str, Any]) -> str:
    """What accepting changes in the feed's file, or why it cannot be."""
    from pipeline import hold

    try:
        return carried_out(lambda: hold.patch_of(found))
    except HTTPException as cannot:
        return str(cannot.detail)


def _severity(code: str) -> str:
    kind = issue_types().get(code)
    return kind.severity if kind else "note"


def _whose(code: str) -> str:
    kind = issue_types().get(code)
    return kind.whose if kind else ""


def _maintainer(feed: str) -> str | None:
    """Who looks after a feed; None where it is not declared any more."""
    from contracts.declarations import load

    declared = load(only=feed).feeds.get(feed)
    return declared.maintainer if declared else None
