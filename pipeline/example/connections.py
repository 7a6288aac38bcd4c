"""Writes the connections the example's feeds name, for us and for Airflow."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from pipeline.example.api_server import CLIENT_ID

FOLDERS = {
    "northmoor_exports": "northmoor/exports",
    "northmoor_share": "northmoor/share",
    "eastvale_exports": "eastvale/exports",
    "eastvale_nhs_share": "eastvale-nhs/share",
    "councils_exports": "councils",
}
API = "works_api"


class ConnectionsUnreadable(Exception):
    """The file of connections is there and holds something else."""


def write_connections(file: Path, into: Path, port: int) -> str:
    """Write or renew the example's connections; others in the file stay as they are.

    The file follows Airflow's local filesystem secrets backend and is readable by its owner only.

    Args:
        file: the file of connections.
        into: where the example was made.
        port: the example API's port on loopback.

    Returns:
        The API's client secret: the one in the file, or a new one. Give it to the server.

    Raises:
        ConnectionsUnreadable: the file is no JSON object.
    """
    found = _connections(file)
    secret = found.get(API, {}).get("password") or secrets.token_urlsafe(24)
    for name, below in FOLDERS.items():
        found[name] = {"conn_type": "fs", "extra": {"path": str(into.resolve() / below)}}
    found[API] = {
        "conn_type": "http",
        "schema": "http",
        "host": "127.0.0.1",
        "port": port,
        "login": CLIENT_ID,
        "password": secret,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(found, out, indent=2)
    part.replace(file)
    return str(secret)


def _connections(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ConnectionsUnreadable(
            f"{file.name} is not JSON; mend it or move it away, then run this again"
        ) from error
    if not isinstance(found, dict):
        raise ConnectionsUnreadable(
            f"{file.name} must hold one JSON object, connection id to facts"
        )
    return found
