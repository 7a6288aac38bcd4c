"""What is done to a restored repository before anybody may open it.

A backup remembers what has since been forgotten on purpose. What was erased or has run out since
must be so again before the restored repository is opened. The steps run in this order, each in a
transaction of its own, on the cluster that nobody else can reach yet; one that fails keeps it shut.
"""

from collections.abc import Callable
from dataclasses import dataclass

import psycopg


@dataclass(frozen=True)
class Step:
    """One step: its name, what it does, and how; ``run`` gives the rows it changed.

    ``run`` is None while the repository has nothing of the kind to do again.
    """

    name: str
    does: str
    run: Callable[[psycopg.Connection], int] | None = None


STEPS: tuple[Step, ...] = (
    Step("tombstones", "persons erased since the moment restored to are erased again"),
    Step("retention", "rows whose time has run out since are deleted"),
)
"""Tombstones are kept with the keys, apart from backups, or the restore would undo them too."""


def replay(conn: psycopg.Connection) -> list[dict[str, object]]:
    """Run the steps; of each ``step``, ``does``, and ``rows`` changed, None: it has no work yet."""
    told: list[dict[str, object]] = []
    for step in STEPS:
        rows = None
        if step.run is not None:
            with conn.transaction():
                rows = step.run(conn)
        told.append({"step": step.name, "does": step.does, "rows": rows})
    return told
