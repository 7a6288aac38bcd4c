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
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.errors import Unreachable

FILE = "WATERSMEET_CONNECTIONS"


@dataclass(frozen=True)
class Connection:
    """One connection. Nothing that may be a secret is shown by ``repr``.

    Attributes:
        id: the word feeds name it by.
        kind: Airflow's connection type, such as ``http``, ``fs`` or ``postgres``.
        scheme: of an HTTP address (where Airflow's ``schema`` is ``http`` or ``https``).
        host, port: the address.
        path: a folder (``extra.path``), or what an HTTP address begins with.
        login, password: credentials; the password is never shown.
        extra: further settings, secrets among them.
        schema: Airflow's ``schema`` where it is no scheme: a database's name, a share's.
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
    schema: str = ""

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


def of_facts(connection_id: str, facts: Mapping[str, Any], where: str) -> Connection:
    """A connection of Airflow's fields, which mean the same wherever they were written.

    Args:
        facts: conn_type, host, port, login, password, schema, extra (an object, or JSON of one).
        where: what holds them, for messages.

    Raises:
        Unreachable: ``connection-malformed``; ``secret-unreadable``, where a file that is to hold a
            secret cannot be read. Neither quotes what it found.
    """
    made = _made(connection_id, facts)
    # Not in an except block: the original may quote the password.
    if made is None:
        raise _malformed(connection_id, where)
    return _with_secrets(made)


def _made(connection_id: str, facts: Mapping[str, Any]) -> Connection | None:
    """The connection of some fields; None where they are not what such fields may be."""
    try:
        extra = facts.get("extra") or {}
        extra = json.loads(extra) if isinstance(extra, str) else dict(extra)
        port = facts.get("port")
        port = int(port) if port not in (None, "") else None
    except (TypeError, ValueError):
        return None
    kind, schema = str(facts.get("conn_type") or ""), str(facts.get("schema") or "")
    host = str(facts.get("host") or "")
    scheme = schema if schema in _SCHEMES else ""
    # A login in the address would be shown with it. A share's or a file's name may hold the sign.
    if not isinstance(extra, dict) or ("@" in host and kind not in _FILES):
        return None
    below = f"/{schema.strip('/')}" if schema and kind in _BELOW and not scheme else ""
    path = extra.get("path") or below
    return Connection(
        id=connection_id,
        kind=kind,
        scheme=scheme,
        host=host,
        port=port,
        path=str(path),
        login=str(facts.get("login") or ""),
        password=str(facts.get("password") or ""),
        extra=extra,
        schema="" if scheme else schema,
    )


_SCHEMES = ("http", "https")
_FILES = frozenset({"fs", "sqlite", "samba"})
_BELOW = frozenset({"", "fs", "http", "https", "ftp", "sftp", "ssh"})
"""Kinds whose ``schema`` is a path, where ``extra`` gives none."""


def _with_secrets(made: Connection) -> Connection:
    """With what files hold put in its place: ``password_file`` and ``login_file`` of the extra, and
    ``extra_files``, which gives further words of the extra each a file."""
    extra = dict(made.extra)
    further = extra.pop("extra_files", None) or {}
    named = {word: extra.pop(f"{word}_file", None) for word in ("login", "password")}
    given = [word for word, file in named.items() if file and getattr(made, word)]
    if given or not isinstance(further, dict) or set(further) & set(extra):
        raise Unreachable(
            "connection-malformed",
            f"connection {made.id} gives a secret twice, as such and by a file; keep one. "
            "extra_files is an object of words and files.",
        )
    read = {word: _secret(made.id, file) for word, file in named.items() if file}
    extra |= {word: _secret(made.id, file) for word, file in further.items()}
    return replace(
        made,
        login=read.get("login", made.login),
        password=read.get("password", made.password),
        extra=extra,
    )


def _secret(connection_id: str, file: Any) -> str:
    """What a file holds, without the line end editors leave."""
    try:
        return Path(str(file)).expanduser().read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, ValueError):
        pass
    raise Unreachable(
        "secret-unreadable",
        f"connection {connection_id}: the file {file} that is to hold a secret cannot be read; "
        "make it, or let this account read it",
    )


def _parsed(connection_id: str, written: Any, where: str) -> Connection:
    """A connection as environment or file write it: a URI, a JSON object, or an object."""
    facts: Any = None
    try:
        if isinstance(written, str) and written.lstrip().startswith("{"):
            written = json.loads(written)
        facts = _from_uri(written) if isinstance(written, str) else dict(written)
    except (TypeError, ValueError):
        pass
    if facts is None:
        raise _malformed(connection_id, where)
    return of_facts(connection_id, facts, where)


def _malformed(connection_id: str, where: str) -> Unreachable:
    return Unreachable(
        "connection-malformed",
        f"connection {connection_id} in {where} is not a connection; give a URI or a JSON object "
        "with conn_type, host (without a login in it), port, login, password, schema, extra",
    )


def _from_uri(uri: str) -> dict[str, Any]:
    """The fields of a URI, as Airflow reads it."""
    kind, _, rest = uri.partition("://")
    # Airflow writes a host's own scheme in between: http://https://host.
    protocol, inner, address = rest.partition("://")
    parts = urlsplit(f"//{address if inner else rest}")
    if not kind or kind == uri:
        raise ValueError("no scheme")
    extra: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
    if "__extra__" in extra:
        extra = json.loads(extra["__extra__"])
    path, host = unquote(parts.path), unquote(parts.hostname or "")
    return {
        "conn_type": {"postgresql": "postgres"}.get(kind, kind.replace("-", "_")),
        "host": f"{protocol}://{host}" if inner else host,
        "port": parts.port,
        "schema": path[1:] or (kind if kind in _SCHEMES and not inner else ""),
        "login": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "extra": extra,
    }
