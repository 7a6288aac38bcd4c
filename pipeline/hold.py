"""A delivery that was stopped waits for a person, who accepts it once, accepts it with the contract
changed, or refuses it.

Decisions are kept in our own tables, whoever asks for them: the command line, the pages or Airflow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from contracts.declarations import UnknownDeclaration
from contracts.declarations import load as declared
from contracts.findings import Finding
from contracts.issues import issue_types
from pipeline.amend import amend, difference, wanted
from pipeline.journey import see_known
from pipeline.settings import Settings
from repository import arrivals, holds
from repository.database import connected, database_url
from repository.holds import Decision

DECISIONS: Mapping[Decision, str] = {
    "accept-once": "Accept this once",
    "accept": "Accept, and change the feed's file",
    "refuse": "Refuse",
}
"""What may be decided, and how a person is asked."""

REFUSED = "delivery-refused-by-person"
UPDATED = "contract-updated"


class UnknownHold(LookupError):
    """No delivery is held under that number."""


class NotDecided(Exception):
    """The decision does not stand; the message says why and what to do."""


class Held(Exception):
    """A delivery was stopped and waits for a person; nothing of it is published.

    Attributes:
        hold_id: its number.
        findings: what was found, in words for the person who decides.
    """

    def __init__(self, hold_id: int, name: str, findings: Sequence[Finding]) -> None:
        stops = [one.message for one in holds.stopping(findings)]
        super().__init__(
            f"{name} is held for a person to decide (hold {hold_id}): {'; '.join(stops)}. Nothing "
            f"of it is loaded. See `watersmeet held show {hold_id}`"
        )
        self.hold_id, self.name, self.findings = hold_id, name, tuple(findings)


@dataclass(frozen=True)
class Decided:
    """A decision that stands.

    Attributes:
        hold_id: the hold.
        feed: its feed.
        delivery: the reference to its landed files.
        decision: what was decided.
        patch: what the decision changes in the feed's file; empty where it changes nothing.
        written: whether that stands in the file; if not, the patch is to be applied by hand.
    """

    hold_id: int
    feed: str
    delivery: dict[str, Any]
    decision: Decision
    patch: str = ""
    written: bool = True


def held(feed: str | None = None, *, decided: bool = False) -> list[dict[str, Any]]:
    """Held deliveries, latest first; columns as :func:`repository.holds.holds`, without the
    reference to landed files.

    Args:
        decided: those too about which a person has decided.

    Raises:
        contracts.declarations.UnknownDeclaration: no such feed.
    """
    with connected(_url()) as conn:
        see_known(conn, feed)
        return [_shown(one) for one in holds.holds(conn, feed, decided=decided)]


def accepted() -> list[dict[str, Any]]:
    """Deliveries that were accepted and are not loaded yet; columns as :func:`held`.

    The next run of their feed loads them.
    """
    with connected(_url()) as conn:
        return [_shown(one) for one in holds.not_loaded(conn)]


def hold(hold_id: int) -> dict[str, Any]:
    """One held delivery.

    Raises:
        UnknownHold: there is none of that number.
    """
    with connected(_url()) as conn:
        return _shown(_known(conn, hold_id))


def decide(
    hold_id: int,
    decision: Decision,
    by: str,
    reason: str,
    *,
    fingerprint: str | None = None,
    write: bool = True,
) -> Decided:
    """Decide about a held delivery; the same decision again changes nothing.

    Accepted deliveries are loaded by whoever called (:func:`pipeline.ingest.take`) or by the
    feed's next run.

    Args:
        by: who decides.
        reason: why.
        fingerprint: of the findings that the person has seen; None for those that stand.
        write: put a changed contract into the feed's file; if not, only give the patch.

    Raises:
        UnknownHold: there is none of that number.
        NotDecided: without author or reason, decided otherwise before, overtaken, or the findings
            have changed.
        pipeline.amend.WouldBreak: the feed's file cannot take the change.
    """
    by, reason = by.strip(), reason.strip()
    if not by or not reason:
        raise NotDecided("a decision needs a name and a reason; give both")
    with connected(_url()) as conn:
        found = _known(conn, hold_id)
        if found["state"] == holds.STATES[decision]:
            return _as_decided(found, decision)
        _open(found, fingerprint)
        patch, written = "", True
        findings = list(found["findings"])
        if decision == "accept":
            patch, written = _update(found, write=write)
            if patch:
                findings.append(_updated(patch, written=written).to_json())
        holds.decided(conn, hold_id, decision, by, reason, findings)
        if decision == "refuse":
            arrivals.record_refusal(
                conn,
                found["feed"],
                found["name"],
                found["sha256"],
                steps=found["steps_version"].partition("+")[0],
                code=REFUSED,
                message=f"refused by {by}: {reason}",
                run_id=found["run_id"],
            )
    return Decided(hold_id, found["feed"], found["delivery"], decision, patch, written)


def refusal(conn: psycopg.Connection, feed: str, sha256: str) -> str | None:
    """Why a person refused these very bytes; None where nobody did."""
    for one in holds.of_bytes(conn, feed, sha256):
        if one["state"] == "refused":
            return f"{one['name']} was refused by {one['decided_by']}: {one['reason']}"
    return None


def in_words(found: Mapping[str, Any]) -> list[str]:
    """The findings of a hold, one line each, those that stop first."""
    kinds = issue_types()
    told = [Finding.from_json(one) for one in found["findings"] if one["code"] != UPDATED]
    told.sort(key=lambda one: kinds[one.code].severity != "stop")
    marks = {"stop": "stops", "note": "noted"}
    return [f"{marks[kinds[one.code].severity]}: {one.message} ({one.code})" for one in told]


def patch_of(found: Mapping[str, Any]) -> str:
    """What accepting a hold would change, or has changed, in the feed's file."""
    for one in found["findings"]:
        if one["code"] == UPDATED:
            return str(one["facts"]["patch"])
    if found["state"] != "waiting":
        return ""
    return _patched(found)[1]


def _known(conn: psycopg.Connection, hold_id: int) -> dict[str, Any]:
    found = holds.hold(conn, hold_id)
    if found is None:
        raise UnknownHold(f"no delivery is held as {hold_id}; `watersmeet held list` shows them")
    return found


def _open(found: Mapping[str, Any], fingerprint: str | None) -> None:
    """See that there is something to decide, and that it is what the person has seen."""
    if found["state"] == "overtaken":
        raise NotDecided(
            f"{found['name']} needs no decision any more: a later delivery took its place, or it "
            "was loaded since"
        )
    if found["state"] != "waiting":
        raise NotDecided(
            f"{found['decided_by']} has decided about {found['name']} before ({found['state']}): "
            f"{found['reason']}"
        )
    if fingerprint is not None and fingerprint != found["fingerprint"]:
        raise NotDecided(
            f"what was found of {found['name']} has changed since it was shown; look again"
        )


def _as_decided(found: Mapping[str, Any], decision: Decision) -> Decided:
    for one in found["findings"]:
        if one["code"] == UPDATED:
            facts = one["facts"]
            return Decided(
                found["hold_id"], found["feed"], found["delivery"], decision,
                facts["patch"], facts["written"],
            )  # fmt: skip
    return Decided(found["hold_id"], found["feed"], found["delivery"], decision)


def _update(found: Mapping[str, Any], *, write: bool) -> tuple[str, bool]:
    """Bring the feed's file to what is accepted: the patch, and whether it stands in the file."""
    text, patch = _patched(found)
    if not patch or not write:
        return patch, not patch
    root = Settings.from_environment().contracts
    path = declared(root, only=found["feed"]).file_of_feed(found["feed"])
    return patch, amend(path.parents[2], found["feed"], path, text)


def _patched(found: Mapping[str, Any]) -> tuple[str, str]:
    declarations = declared(Settings.from_environment().contracts, only=found["feed"])
    path = declarations.file_of_feed(found["feed"])
    if not path.is_file():
        raise UnknownDeclaration(f"feed {found['feed']} is not declared any more; decide otherwise")
    stops = holds.stopping(Finding.from_json(one) for one in found["findings"])
    return difference(path, wanted(stops), declarations.root)


def _updated(patch: str, *, written: bool) -> Finding:
    done = "the feed's file was changed" if written else "apply this patch to the feed's file"
    return Finding(UPDATED, f"accepted with the contract: {done}", None,
                   {"patch": patch, "written": written})  # fmt: skip


def _shown(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "delivery"}


def _url() -> str:
    return database_url(Settings.from_environment().state)
