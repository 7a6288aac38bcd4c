"""Addresses and credentials of places, kept outside feed files.

A connection is found by its id in the environment, as Airflow finds its own
(``AIRFLOW_CONN_<ID>``, a URI or a JSON object), else in the JSON file ``WATERSMEET_CONNECTIONS``
names, ``connections.json`` in the state folder where it names none (id to object, the form
Airflow's local filesystem secrets backend reads), so that one declaration serves DAGs and commands
alike. DAGs may add Airflow's own store with :func:`use`.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.errors import Unreachable

FILE = "WATERSMEET_CONNECTIONS"


@dataclass(frozen=True)
class Connection:
    """One connection.

    Attributes:
        id: the word feeds name it by.
        kind: Airflow's connection type, such as ``http`` or ``fs``.
        scheme: of an HTTP address (Airflow's ``schema``).
        host, port: the address.
        path: a folder (``extra.path``), or what an HTTP address begins with.
        login, password: credentials; the password is never shown.
        extra: further settings.
    """

    id: str
    kind: str = ""
    scheme: str = ""
    host: str = ""
    port: int | None = None
    path: str = ""
    login: str = ""
    password: str = field(default="", repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def base_url(self) -> str:
        """The HTTP address paths are added to, without a slash at the end; https unless declared.

        Raises:
            Unreachable: ``connection-incomplete``, the connection names no host.
        """
        if not self.host:
            raise Unreachable(
                "connection-incomplete", f"Connection {self.id!r} names no host; add it."
            )
        scheme, _, named = self.host.rpartition("://")
        port = f":{self.port}" if self.port else ""
        path = f"/{self.path.strip('/')}" if self.path.strip("/") else ""
        return f"{scheme or self.scheme or 'https'}://{named.rstrip('/')}{port}{path}"


Finder = Callable[[str], Connection | None]

_further: list[Finder] = []


def use(finder: Finder) -> None:
    """Ask a further finder where environment and file do not know a connection."""
    if finder not in _further:
        _further.append(finder)


def connection(connection_id: str) -> Connection:
    """The connection of an id.

    Raises:
        Unreachable: ``connection-unknown``, with both ways to declare it; ``connection-malformed``.
    """
    variable = "AIRFLOW_CONN_" + connection_id.upper().replace("-", "_")
    written = os.environ.get(variable) or os.environ.get(f"AIRFLOW_CONN_{connection_id.upper()}")
    if written:
        return _parsed(connection_id, written, variable)
    listed = _listed().get(connection_id)
    if listed is not None:
        return _parsed(connection_id, listed, str(_file()))
    for finder in _further:
        found = finder(connection_id)
        if found is not None:
            return found
    raise Unreachable(
        "connection-unknown",
        f"connection {connection_id} is not declared; set the variable {variable} to a URI or a "
        f"JSON object, or add it to the JSON file that {FILE} names",
    )


def _file() -> Path:
    named = os.environ.get(FILE)
    state = os.environ.get("WATERSMEET_STATE") or ".watersmeet"
    return Path(named) if named else Path(state) / "connections.json"


def _listed() -> Mapping[str, Any]:
    path = _file()
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise Unreachable(
            "connection-malformed",
            f"the connections file {path} cannot be read ({type(error).__name__}); it must be a "
            "JSON object of connections by id",
        ) from None
    return whole if isinstance(whole, dict) else {}


def _parsed(connection_id: str, written: Any, where: str) -> Connection:
    try:
        if isinstance(written, str) and written.lstrip().startswith("{"):
            written = json.loads(written)
        facts = _from_uri(written) if isinstance(written, str) else dict(written)
        extra = facts.get("extra") or {}
        extra = json.loads(extra) if isinstance(extra, str) else dict(extra)
        port = facts.get("port")
        return Connection(
            id=connection_id,
            kind=str(facts.get("conn_type") or ""),
            host=str(facts.get("host") or ""),
            port=int(port) if port not in (None, "") else None,
            scheme=str(facts.get("schema") or ""),
            path=str(extra.get("path") or ""),
            login=str(facts.get("login") or ""),
            password=str(facts.get("password") or ""),
            extra=extra,
        )
    except (TypeError, ValueError):
        pass
    # Outside the except block: the original may quote the password.
    raise Unreachable(
        "connection-malformed",
        f"connection {connection_id} in {where} is not a connection; give a URI or a JSON object "
        "with conn_type, host, port, login, password, schema, extra",
    )


def _from_uri(uri: str) -> dict[str, Any]:
    parts = urlsplit(uri)
    if not parts.scheme:
        raise ValueError("no scheme")
    extra: dict[str, Any] = dict(parse_qsl(parts.query))
    if "__extra__" in extra:
        extra = json.loads(extra["__extra__"])
    path, scheme = unquote(parts.path), parts.scheme
    if path.strip("/") in ("http", "https"):
        # Airflow's way of saying how to speak to the host.
        path, scheme = "", path.strip("/")
    extra.setdefault("path", path)
    return {
        "conn_type": parts.scheme,
        "host": unquote(parts.hostname or ""),
        "port": parts.port,
        "schema": scheme if scheme in ("http", "https") else "",
        "login": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "extra": extra,
    }
