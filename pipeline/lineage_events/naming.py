"""Names of jobs, runs and datasets, as OpenLineage's naming rules have them.

None tells a login, a password or the name a supplier gave a file.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import psycopg

from pipeline.delivery import Delivery
from pipeline.lineage_events.facets import Plain

NAMESPACE = "WATERSMEET_OPENLINEAGE_NAMESPACE"
DATABASE = "WATERSMEET_OPENLINEAGE_DATABASE"

MOST_LOCATIONS = 100
"""Landed files that are told one by one; a delivery by API may have thousands of pages."""


@dataclass(frozen=True)
class Naming:
    """How things of this installation are named.

    Attributes:
        namespace: of jobs (``WATERSMEET_OPENLINEAGE_NAMESPACE``).
        store: namespace of the repository's tables, ``postgres://host:port``; the host and port we
            connect to, or a lasting name for them (``WATERSMEET_OPENLINEAGE_DATABASE``).
        database: the database's name.
        landing: the landing store, a folder or ``s3://bucket/prefix``.
    """

    namespace: str
    store: str
    database: str
    landing: str

    @classmethod
    def of(cls, conn: psycopg.Connection, landing: str) -> "Naming":
        """The names, by the environment and an open connection to the repository."""
        host = conn.info.host
        if not host or host.startswith("/"):
            host = "localhost"
        address = os.environ.get(DATABASE) or f"{host}:{conn.info.port}"
        return cls(
            os.environ.get(NAMESPACE) or "watersmeet",
            f"postgres://{_without_login(address.removeprefix('postgres://')).strip('/')}",
            conn.info.dbname,
            landing,
        )

    def run_id(self, delivery: Delivery, number: int) -> UUID:
        """The run of one try at a delivery.

        The same facts give the same run: made or sent twice, it is one. Another try has another
        number.

        Args:
            number: the delivery's number in this try, which no other try ever had.
        """
        parts = (delivery.feed, delivery.sha256, str(delivery.sequence), str(number))
        return self._made_of("delivery", *parts)

    def parent(self, run: dict[str, Any]) -> Plain | None:
        """Airflow's run that a try is part of; None where there is none, or it is not known."""
        dag_id, run_id = run.get("dag_id"), run.get("run_id")
        if not dag_id or not run_id:
            return None
        made = self._made_of("dag-run", str(dag_id), str(run_id))
        return {
            "run": {"runId": str(made)},
            "job": {"namespace": self.namespace, "name": str(dag_id)},
        }

    def table(self, schema: str, table: str) -> Plain:
        """A table of the repository."""
        return {"namespace": self.store, "name": f"{self.database}.{schema}.{table}"}

    def landed(self, feed: str) -> Plain:
        """A feed's deliveries in the landing store: a folder, or a prefix in a bucket."""
        namespace, base = self._landing()
        return {"namespace": namespace, "name": f"{base}/{feed}" if base else feed}

    def locations(self, delivery: Delivery) -> list[str]:
        """Where the bytes of a delivery lie, by their SHA-256, the suppliers' names left out."""
        namespace, base = self._landing()
        found = []
        for file in delivery.files[:MOST_LOCATIONS]:
            key = f"{delivery.feed}/{file.sha256[:2]}/{file.sha256}"
            whole = f"{base}/{key}" if base else key
            found.append(Path(whole).as_uri() if namespace == "file" else f"{namespace}/{whole}")
        return found

    def _landing(self) -> tuple[str, str]:
        scheme, _, rest = self.landing.rpartition("://")
        if not scheme:
            return "file", str(Path(rest).absolute()).rstrip("/")
        bucket, _, prefix = rest.partition("?")[0].partition("/")
        return f"{scheme}://{_without_login(bucket)}", prefix.strip("/")

    def _made_of(self, *parts: str) -> UUID:
        return uuid5(NAMESPACE_URL, "\n".join(("watersmeet", self.namespace, *parts)))


def _without_login(address: str) -> str:
    return address.rpartition("@")[2]
