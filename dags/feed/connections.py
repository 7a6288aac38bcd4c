"""Lets the connectors find a connection that stands only in Airflow's own store or its backends."""

from airflow.sdk import Connection as AirflowConnection
from airflow.sdk.exceptions import AirflowNotFoundException

from connectors.connection import Connection, of_facts

FIELDS = ("conn_type", "host", "port", "login", "password", "schema")


def from_airflow(connection_id: str) -> Connection | None:
    """Airflow's connection of an id; None where Airflow knows none."""
    try:
        found = AirflowConnection.get(connection_id)
    except AirflowNotFoundException:
        return None
    facts = {word: getattr(found, word) for word in FIELDS}
    # Airflow has read the extra to mask what is secret in it.
    return of_facts(connection_id, {**facts, "extra": found.extra_dejson}, "Airflow's connections")
