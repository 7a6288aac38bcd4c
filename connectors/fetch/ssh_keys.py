"""Keys of SSH: the server's, by which it is known, and our own."""

import base64
import binascii
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import paramiko

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import problems

ANY = "accept-any"
_KINDS: tuple[type[paramiko.PKey], ...] = (
    paramiko.Ed25519Key,
    paramiko.ECDSAKey,
    paramiko.RSAKey,
)


class KnownHost(paramiko.MissingHostKeyPolicy):
    """What a connection says of its server's key; an unknown key is refused.

    ``host_key`` of the extra is the key as ``ssh-keyscan`` prints it (several lines for several),
    or its fingerprint (``SHA256:...``), or ``accept-any``, which trusts whoever answers;
    ``known_hosts``, a file as OpenSSH keeps it.
    """

    def __init__(self, connection: Connection, where: str) -> None:
        self.connection, self.where = connection, where
        self.told = str(connection.extra.get("host_key") or "").strip()
        self.file = str(connection.extra.get("known_hosts") or "")
        self.prints = {one for one in self.told.split() if one.startswith("SHA256:")}

    def prepare(self, client: paramiko.SSHClient, host: str, port: int) -> None:
        """Give a client what is known, before it connects.

        Raises:
            Unreachable: ``connection-incomplete``, nothing is; ``connection-malformed``.
        """
        if not self.told and not self.file:
            raise problems.incomplete(
                self.connection,
                "does not say by which key its server is known; add host_key to its extra (the "
                "line ssh-keyscan prints, compared with what the server's owner says), or "
                "known_hosts",
            )
        client.set_missing_host_key_policy(self)
        if self.file:
            try:
                client.load_host_keys(self.file)
            except (OSError, paramiko.SSHException):
                raise self._malformed(f"known_hosts: {self.file} cannot be read") from None
        if self.told == ANY or self.prints:
            return
        name = host if port == 22 else f"[{host}]:{port}"
        for key in self._keys():
            client.get_host_keys().add(name, key.get_name(), key)

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> None:
        """Told a key the client does not know; the server has proved that it is its own."""
        fingerprint = fingerprint_of(key)
        if self.told == ANY or fingerprint in self.prints:
            return
        raise Unreachable(
            "host-key-unknown",
            f"{problems.begun(self.where)}: the server shows a key the connection does not know "
            f"({key.get_name()} {fingerprint}). Nothing was sent. Compare it with what the "
            "server's owner says, and put it in host_key.",
        )

    def _keys(self) -> Iterator[paramiko.PKey]:
        found = False
        for line in self.told.splitlines():
            words = line.split()
            # A line of ssh-keyscan or known_hosts begins with the host's name.
            at = next((i for i, word in enumerate(words) if word.startswith(_NAMES)), None)
            if at is None or at + 1 >= len(words):
                continue
            try:
                content = base64.b64decode(words[at + 1], validate=True)
                yield paramiko.PKey.from_type_string(words[at], content)
            except (binascii.Error, paramiko.SSHException, ValueError, KeyError, IndexError):
                raise self._malformed("host_key is no key as ssh-keyscan prints it") from None
            found = True
        if not found and self.told:
            raise self._malformed("host_key is no key as ssh-keyscan prints it")

    def _malformed(self, what: str) -> Unreachable:
        return Unreachable(
            "connection-malformed", f"Connection {self.connection.id!r}: {what}; correct it."
        )


_NAMES = ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-")


def fingerprint_of(key: paramiko.PKey) -> str:
    """A key's fingerprint, as OpenSSH shows it."""
    told = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"SHA256:{told}"


def private_key(connection: Connection) -> paramiko.PKey | None:
    """The connection's own key; None where it gives none.

    ``private_key`` of the extra is its text, ``key_file`` a file; ``private_key_passphrase`` opens
    it, or the password where that is not given.

    Raises:
        Unreachable: ``connection-malformed``; nothing of the key is said.
    """
    text = str(connection.extra.get("private_key") or "")
    file = str(connection.extra.get("key_file") or "")
    if not text and not file:
        return None
    phrase = str(connection.extra.get("private_key_passphrase") or connection.password) or None
    try:
        text = text or Path(file).expanduser().read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise _unusable(connection, f"the key file {file} cannot be read") from None
    for kind in _KINDS:
        for word in (phrase, None):
            try:
                return kind.from_private_key(io.StringIO(text), word)
            except (paramiko.SSHException, ValueError, TypeError, IndexError):
                continue
    raise _unusable(
        connection,
        "the private key cannot be opened; it is of an unknown kind, or its passphrase is wrong",
    )


def _unusable(connection: Connection, what: str) -> Unreachable:
    return Unreachable("connection-malformed", f"Connection {connection.id!r}: {what}.")
