"""Listed writings of codes that no delivery ever held: what a register could do without."""

from typing import Any

from contracts.declarations import Declarations
from contracts.declarations import load as declared
from contracts.model import columns_of
from pipeline.settings import Settings
from repository import worklist as recorded
from repository.database import connected, database_url
from repository.problems import values_withheld


def unused(everything: bool = False) -> list[dict[str, Any]]:
    """Listed writings that no delivery ever held, of the lists and schemes feeds use.

    Args:
        everything: also the names and aliases a code list itself publishes; else only what
            stewards accepted and what suppliers' schemes list.

    Returns:
        ``scheme``, ``writing``, ``code``, ``feed`` (None: any), ``kind`` (``accepted``, ``scheme``
        or ``list``), ``file``, ``line``; in the order of files and lines. Writings of schemes no
        loaded feed uses are left out: nothing could have met them.
    """
    settings = Settings.from_environment()
    declarations = declared(settings.contracts)
    with values_withheld(), connected(database_url(settings.state)) as conn:
        met, loaded = recorded.met_writings(conn), recorded.feeds_loaded(conn)
    users = _users(declarations, loaded)
    found: list[dict[str, Any]] = []
    for scheme, feeds in sorted(users.items()):
        register = declarations.code_schemes[scheme]
        for claim in register.claims:
            kind = "accepted" if not claim.lasting else "scheme" if register.of else "list"
            asked = feeds & {claim.feed} if claim.feed else feeds
            if (kind == "list" and not everything) or not asked:
                continue
            if not any((feed, scheme, claim.writing) in met for feed in asked):
                found.append(
                    {
                        "scheme": scheme,
                        "writing": claim.written,
                        "code": claim.code,
                        "feed": claim.feed,
                        "kind": kind,
                        "file": claim.path.relative_to(declarations.root).as_posix(),
                        "line": claim.line,
                    }
                )
    return found


def _users(declarations: Declarations, loaded: set[str]) -> dict[str, set[str]]:
    """Scheme to the loaded feeds that use it."""
    found: dict[str, set[str]] = {}
    for feed in declarations.feeds.values():
        if feed.id not in loaded:
            continue
        for name, facts in columns_of(declarations.dataset(feed.dataset)).items():
            rule = feed.columns.get(name)
            scheme = (rule.scheme if rule else None) or facts.options.get("scheme")
            if scheme is not None:
                found.setdefault(str(scheme), set()).add(feed.id)
    return found
