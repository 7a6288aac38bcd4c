"""Lets the connectors find a connection that stands only in Airflow's own store or its backends."""

from airflow.sdk import Connection as AirflowConnection
from airflow.sdk.exceptions import AirflowNotFoundException

from connectors.connection import Connection


def from_airflow(connection_id: str) -> Connection | None:
    """Airflow's connection of an id; None where Airflow knows none."""
    try:
        found = AirflowConnection.get(connection_id)
    except AirflowNotFoundException:
        return None
    extra = found.extra_dejson
    return Connection(
        id=connection_id,
        kind=found.conn_type or "",
        host=found.host or "",
        port=found.port,
        path=str(extra.get("path") or found.schema or ""),
        login=found.login or "",
        password=found.password or "",
        extra=extra,
    )
