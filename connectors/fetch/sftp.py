"""A folder of an SFTP server, over paramiko."""

import logging
import posixpath
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import BinaryIO

import paramiko

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import problems
from connectors.fetch.below import joined, parts_below
from connectors.fetch.sftp_reading import ASKED_AT_ONCE, Pipelined
from connectors.fetch.share import Entry, Share
from connectors.fetch.ssh_keys import KnownHost, private_key
from connectors.fetch.told_stream import told_stream
from contracts.places import Sftp

PORT = 22
CONNECT_WITHIN = 20.0
ANSWER_WITHIN = 60.0
"""Seconds for any one answer of the server."""

ERRORS = (paramiko.SSHException, paramiko.SFTPError, OSError, EOFError, ValueError)
"""What paramiko raises: of the session, of files, of the network, at its sudden end, of names."""

_EPOCH = datetime.fromtimestamp(0, UTC)

# It writes out tracebacks of what is raised as well.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


@contextmanager
def open_share(place: Sftp, connection: Connection) -> Iterator["SftpShare"]:
    """The folder's files, over a session of their own.

    The connection gives host, port, login, and a password, or a key as ``private_key`` (text) or
    ``key_file`` of its extra with ``private_key_passphrase``; and the server's own key as
    ``host_key`` or ``known_hosts`` (:class:`connectors.fetch.ssh_keys.KnownHost`). ``path`` of the
    extra is the folder, the account's own where it gives none; ``requests_at_once``, for servers
    that choke on many, how many are under way (1 to 64).

    Raises:
        Unreachable: the server cannot be reached, is not the one the connection knows, or refuses
            the login.
    """
    if not connection.host or not connection.login:
        raise problems.incomplete(connection, "names no host or no login; add both")
    key = private_key(connection)
    if key is None and not connection.password:
        raise problems.incomplete(
            connection, "gives neither a password nor a key; add one (extra: private_key, key_file)"
        )
    shown = "/".join([connection.path.rstrip("/"), *parts_below(place.path, connection)])
    where = f"folder {shown or '.'} on {connection.host} (connection {connection.id!r})"
    with _client(connection, where, key) as client:
        yield SftpShare(client, place, connection, where)


class SftpShare(Share):
    """The files below a folder. Links that stay within the connection's folder are followed."""

    def __init__(
        self, client: paramiko.SFTPClient, place: Sftp, connection: Connection, where: str
    ) -> None:
        self.client, self.where = client, where
        told = str(connection.extra.get("requests_at_once") or ASKED_AT_ONCE)
        if not told.isdecimal() or not 1 <= int(told) <= ASKED_AT_ONCE:
            raise problems.incomplete(
                connection, f"needs requests_at_once to be from 1 to {ASKED_AT_ONCE}"
            )
        self.at_once = int(told)
        with self._told(None):
            self.root = client.normalize(connection.path or ".")
            wanted = joined_path(self.root, *parts_below(place.path, connection))
            self.folder = client.normalize(wanted)
            is_folder = stat.S_ISDIR(client.stat(self.folder).st_mode or 0)
        if not is_folder:
            raise problems.folder_missing(where)
        if not self._inside(self.folder):
            raise problems.leads_out(place.path, where)

    def entries(
        self,
        folder: str = "",
        *,
        deep: bool = False,
        enter: Callable[[str], bool] | None = None,
    ) -> Iterator[Entry]:
        waiting = [(folder, joined_path(self.folder, folder), frozenset[str]())]
        while waiting:
            below, there, above = waiting.pop()
            for facts in self._listed(there, below):
                path, target = joined(below, facts.filename), joined_path(there, facts.filename)
                if stat.S_ISLNK(facts.st_mode or 0):
                    resolved = self._resolved(target)
                    if resolved is None:
                        yield Entry(path, 0, _EPOCH, leads_out=True)
                        continue
                    target, found = resolved
                    if found is None:
                        continue  # a link to nothing
                    facts = _named(found, facts)
                mode = facts.st_mode or 0
                if stat.S_ISREG(mode):
                    yield _entry(path, facts)
                elif not (deep and stat.S_ISDIR(mode) and (enter is None or enter(path))):
                    continue
                # A link to a folder above would have no end.
                elif target not in above and target != there:
                    waiting.append((path, target, above | {there}))

    def facts(self, path: str) -> Entry:
        facts = self._found(path)[1]
        if not stat.S_ISREG(facts.st_mode or 0):
            raise problems.file_gone(path, self.where)
        return _entry(path, facts)

    @contextmanager
    def opened(self, entry: Entry) -> Iterator[BinaryIO]:
        there = self._found(entry.path)[0]
        with self._told(entry.path):
            stream = self.client.open(there, "rb")
        try:
            yield told_stream(
                Pipelined(self.client, stream, entry.size, self.at_once),
                ERRORS,
                lambda error: _refused(error, self.where, entry.path),
            )
        finally:
            with suppress(*ERRORS):
                stream.close()

    def _listed(self, there: str, below: str) -> list[paramiko.SFTPAttributes]:
        try:
            with self._told(None, f"{below} of {self.where}" if below else self.where):
                return list(self.client.listdir_iter(there))
        except Unreachable as error:
            if below and error.code == "folder-missing":
                return []  # removed while the folder above was listed
            raise

    def _found(self, path: str) -> tuple[str, paramiko.SFTPAttributes]:
        """Where a file really is, and its facts."""
        resolved = self._resolved(joined_path(self.folder, path))
        if resolved is None:
            raise problems.leads_out(path, self.where)
        there, facts = resolved
        if facts is None:
            raise problems.file_gone(path, self.where)
        return there, facts

    def _resolved(self, there: str) -> tuple[str, paramiko.SFTPAttributes | None] | None:
        """Where a path leads within the connection's folder, and what is there: None for nothing.
        None for a path that leads out, or of which the server does not say where it leads."""
        with self._told(there.removeprefix(f"{self.folder}/")):
            try:
                real = self.client.normalize(there)
                facts = self.client.lstat(real)
            except FileNotFoundError:
                return there, None
        if not self._inside(real) or stat.S_ISLNK(facts.st_mode or 0):
            return None
        return real, facts

    def _inside(self, path: str) -> bool:
        return path == self.root or path.startswith(f"{self.root.rstrip('/')}/")

    @contextmanager
    def _told(self, path: str | None, where: str | None = None) -> Iterator[None]:
        try:
            yield
            return
        except ERRORS as error:
            problem = _refused(error, where or self.where, path)
        raise problem


@contextmanager
def _client(
    connection: Connection, where: str, key: paramiko.PKey | None
) -> Iterator[paramiko.SFTPClient]:
    """An SFTP session with a server that proved to be the one the connection knows."""
    port = connection.port or PORT
    known = KnownHost(connection, where)
    client = paramiko.SSHClient()
    try:
        problem: Unreachable | None = None
        try:
            known.prepare(client, connection.host, port)
            client.connect(
                connection.host,
                port,
                connection.login,
                connection.password or None,
                key,
                timeout=CONNECT_WITHIN,
                banner_timeout=CONNECT_WITHIN,
                auth_timeout=CONNECT_WITHIN,
                channel_timeout=CONNECT_WITHIN,
                allow_agent=False,
                look_for_keys=False,
            )
            session = client.open_sftp()
            session.get_channel().settimeout(ANSWER_WITHIN)  # type: ignore[union-attr]
        except ERRORS as error:
            problem = _refused(error, where, None)
        # Outside the except block: the original may quote what the server said.
        if problem is not None:
            raise problem
        yield session
    finally:
        client.close()


def joined_path(*parts: str) -> str:
    """An absolute path of parts; one that would begin anew stays below."""
    return posixpath.join(parts[0], *(part.lstrip("/") for part in parts[1:] if part))


def _entry(path: str, facts: paramiko.SFTPAttributes) -> Entry:
    modified = datetime.fromtimestamp(facts.st_mtime or 0, UTC)
    return Entry(path, facts.st_size or 0, modified, owner=_owner(facts))


def _owner(facts: paramiko.SFTPAttributes) -> str | None:
    """The owner's name as a listing shows it (``-rw-r--r-- 1 owner group ...``), or number."""
    shown = str(getattr(facts, "longname", "") or "").split()
    number = facts.st_uid
    return shown[2] if len(shown) > 3 else None if number is None else str(number)


def _named(
    found: paramiko.SFTPAttributes, link: paramiko.SFTPAttributes
) -> paramiko.SFTPAttributes:
    found.filename = link.filename
    return found


def _refused(error: Exception, where: str, path: str | None) -> Unreachable:
    """An error of paramiko, as people are told of it; ``path`` is None for a folder."""
    said = type(error).__name__
    match error:
        case FileNotFoundError():
            return problems.file_gone(path, where) if path else problems.folder_missing(where)
        case PermissionError():
            said = "permission denied"
            if path:
                return problems.file_unreadable(path, where, said)
            return problems.folder_unreadable(where, said)
        case paramiko.BadHostKeyException():
            return Unreachable(
                "host-key-differs",
                f"{problems.begun(where)}: the server shows another key than the connection knows. "
                "It was changed, or somebody stands between. Nothing was sent. Ask its owner for "
                "the key's fingerprint, and correct host_key.",
            )
        case paramiko.AuthenticationException():
            return problems.login_refused(where, "authentication failed")
        case paramiko.ssh_exception.IncompatiblePeer():
            return Unreachable(
                "place-unsafe",
                f"{problems.begun(where)}: the server speaks only ciphers that are no longer safe. "
                "Have it brought up to date.",
            )
        case UnicodeDecodeError():
            return Unreachable(
                "name-unreadable",
                f"{problems.begun(where)} has a file whose name is not in UTF-8, so that it cannot "
                "be listed. Have it renamed.",
            )
        case TimeoutError() | EOFError() | ConnectionError():
            return problems.not_answering(where, "no connection")
        case paramiko.SSHException() | OSError() if not _is_of_files(error):
            return problems.not_answering(where, said)
        case _:
            return problems.failing(where, said)


def _is_of_files(error: Exception) -> bool:
    """Whether the server answered, and said that it failed."""
    return isinstance(error, paramiko.SFTPError) or (type(error) is OSError and error.errno is None)
