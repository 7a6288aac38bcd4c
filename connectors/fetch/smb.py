"""A share of a Windows or Samba file server: SMB 2 and 3, signed, over smbprotocol."""

import ntpath
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

import smbclient
from smbprotocol.connection import Connection as SmbConnection
from smbprotocol.exceptions import SMBException
from smbprotocol.file_info import FileAttributes
from spnego.exceptions import SpnegoError

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import problems
from connectors.fetch.below import joined, parts_below
from connectors.fetch.share import Entry, Share
from connectors.fetch.smb_status import refused
from connectors.fetch.told_stream import told_stream
from contracts.places import Smb

PORT = 445
CONNECT_WITHIN = 20.0
ANSWER_WITHIN = 60.0
"""Seconds for any one answer of the server."""

ERRORS = (SMBException, SpnegoError, OSError, ValueError)
"""What smbprotocol raises: of the protocol, of the login, of the network, of an address."""

_LINK = 0x20000000
"""The bit of a reparse tag that says the file stands for another ([MS-FSCC] 2.1.2.1)."""

_EPOCH = datetime.fromtimestamp(0, UTC)


class _Answering(SmbConnection):  # type: ignore[misc]
    """A connection on which no answer is waited for without end; it knows the server's clock."""

    ahead = timedelta(0)

    def receive(
        self,
        request: Any,
        wait: bool = True,
        timeout: float | None = None,
        resolve_symlinks: bool = True,
    ) -> Any:
        return super().receive(request, wait, timeout or ANSWER_WITHIN, resolve_symlinks)

    def _send_smb2_negotiate(self, *arguments: Any) -> Any:
        answer = super()._send_smb2_negotiate(*arguments)
        self.ahead = answer["system_time"].get_value() - datetime.now(UTC)
        return answer


@contextmanager
def open_share(place: Smb, connection: Connection) -> Iterator["SmbShare"]:
    """The share's files, over a session of their own.

    The connection gives host, port, login (``DOMAIN\\user``, or with ``domain`` in its extra),
    password, ``share`` (in its extra, or as its schema), and ``encrypt: true`` where nothing may be
    read on the way.

    Raises:
        Unreachable: the server cannot be reached, or refuses login or share.
    """
    share = SmbShare(place, connection)
    try:
        share.connect(connection)
        yield share
    finally:
        share.close()


class SmbShare(Share):
    """The files below a folder of a share. Links are not followed: those that the server shows as
    links lead out."""

    ignores_case = True

    def __init__(self, place: Smb, connection: Connection) -> None:
        told = str(connection.extra.get("share") or connection.schema).strip("/\\")
        # A URI's path is the share's name and what is below it.
        name, _, below = told.replace("\\", "/").partition("/")
        if not connection.host or not name:
            raise problems.incomplete(
                connection, 'names no host or no share; add host and extra: {"share": "..."}'
            )
        if not connection.login or not connection.password:
            raise problems.incomplete(
                connection, "gives no login or no password; add both (Kerberos is not spoken)"
            )
        folders = [
            part
            for path in (below, connection.path, place.path)
            for part in parts_below(path, connection)
        ]
        self.folder = rf"\\{connection.host}\{name}" + "".join(f"\\{one}" for one in folders)
        self.where = f"share {self.folder} (connection {connection.id!r})"
        self.server, self.port = connection.host, connection.port or PORT
        self._sessions: dict[str, SmbConnection] = {}
        self._how: dict[str, Any] = {
            "username": _account(connection),
            "password": connection.password,
            "port": self.port,
            "encrypt": connection.extra.get("encrypt") in (True, "true") or None,
            "connection_timeout": CONNECT_WITHIN,
            "connection_cache": self._sessions,
            "auth_protocol": "ntlm",
            "require_signing": True,
        }
        self._ahead = timedelta(0)

    def connect(self, connection: Connection) -> None:
        """Negotiate, log in and open the share."""
        with self._told(lambda error: refused(error, self.where, None)):
            made = _Answering(uuid.uuid4(), self.server, self.port, require_signing=True)
            self._sessions[f"{self.server.lower()}:{self.port}"] = made
            made.connect(timeout=CONNECT_WITHIN)
            self._ahead = made.ahead
            smbclient.register_session(self.server, **self._how)
            smbclient.stat(self.folder, **self._how)

    def close(self) -> None:
        """End the session; a server that is gone need not be told."""
        with suppress(*ERRORS):
            smbclient.reset_connection_cache(fail_on_error=False, connection_cache=self._sessions)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def entries(
        self,
        folder: str = "",
        *,
        deep: bool = False,
        enter: Callable[[str], bool] | None = None,
    ) -> Iterator[Entry]:
        waiting = [folder]
        while waiting:
            below = waiting.pop()
            for found in self._listed(below):
                path, info = joined(below, found.name), found.smb_info
                kind = info.file_attributes
                # For a reparse point, the listing gives its tag in place of another size.
                if kind & FileAttributes.FILE_ATTRIBUTE_REPARSE_POINT and info.ea_size & _LINK:
                    yield Entry(path, 0, _EPOCH, leads_out=True)
                elif not kind & FileAttributes.FILE_ATTRIBUTE_DIRECTORY:
                    yield Entry(path, info.end_of_file, info.last_write_time)
                elif deep and (enter is None or enter(path)):
                    waiting.append(path)

    def facts(self, path: str) -> Entry:
        with self._told(lambda error: refused(error, self.where, path)):
            facts = smbclient.stat(self._path(path), follow_symlinks=False, **self._how)
        if facts.st_file_attributes & FileAttributes.FILE_ATTRIBUTE_DIRECTORY:
            raise problems.file_gone(path, self.where)
        if facts.st_reparse_tag & _LINK:
            raise problems.leads_out(path, self.where)
        modified = _EPOCH + timedelta(microseconds=facts.st_mtime_ns // 1000)
        return Entry(path, facts.st_size, modified)

    @contextmanager
    def opened(self, entry: Entry) -> Iterator[BinaryIO]:
        def told(error: Exception) -> Unreachable:
            return refused(error, self.where, entry.path)

        with self._told(told):
            # Others may read, rename and delete it meanwhile. That nobody may write makes opening
            # it fail where somebody is writing it.
            stream = smbclient.open_file(
                self._path(entry.path), "rb", buffering=0, share_access="rd", **self._how
            )
        try:
            yield told_stream(stream, ERRORS, told)
        finally:
            try:
                stream.close()
            except ERRORS:
                # The session is gone, and the handle with it, which only the server could say.
                stream.fd._connected = False

    def _listed(self, folder: str) -> list[Any]:
        with self._told(lambda error: refused(error, self.where, folder, listing=True)):
            return list(smbclient.scandir(self._path(folder), **self._how))

    def _path(self, path: str) -> str:
        parts = path.split("/") if path else []
        if any(part in ("..", ".", "") or ntpath.basename(part) != part for part in parts):
            raise problems.leads_out(path, self.where)
        return "\\".join([self.folder, *parts])

    @contextmanager
    def _told(self, tell: Callable[[Exception], Unreachable]) -> Iterator[None]:
        try:
            yield
            return
        except ERRORS as error:
            problem = tell(error)
        # Outside the except block: the original may quote the login.
        raise problem


def _account(connection: Connection) -> str:
    domain = str(connection.extra.get("domain") or "")
    bare = "\\" not in connection.login and "@" not in connection.login
    return f"{domain}\\{connection.login}" if domain and bare else connection.login
