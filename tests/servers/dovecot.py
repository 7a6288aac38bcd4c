"""A Dovecot server (IMAP) of the tests' own, in a folder of its own, on free ports of 127.0.0.1."""

import getpass
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

LOUD = "Mailboxes are NOT tried: there is no IMAP server; install the Debian package dovecot-imapd"
PATIENCE = 20.0
LOGIN, PASSWORD = "intake", "canary-imap-47"
CONFIGURATION = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_internal_user = {internal}
default_login_user = {login_user}
default_internal_group = {group}
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail/%u
mail_uid = {user}
mail_gid = {mail_group}
first_valid_uid = 0
first_valid_gid = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={mail_group} home={folder}/home
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass
class Dovecot:
    """A server and its one mailbox."""

    folder: Path
    plain: int
    tls: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    def deliver(self, message: bytes, received: datetime, folder: str = "INBOX") -> None:
        """Put a message into a folder, received at a moment."""
        import imaplib

        with imaplib.IMAP4("127.0.0.1", self.plain) as box:
            box.login(LOGIN, PASSWORD)
            if folder != "INBOX":
                box.create(f'"{folder}"')
            when = imaplib.Time2Internaldate(received.astimezone(UTC))
            status, said = box.append(f'"{folder}"', "", when, message)
            assert status == "OK", said

    def empty(self, folder: str = "INBOX") -> None:
        """Remove every message, as people do."""
        import imaplib

        with imaplib.IMAP4("127.0.0.1", self.plain) as box:
            box.login(LOGIN, PASSWORD)
            _, [number] = box.select(f'"{folder}"')
            if number == b"0":
                return
            box.store("1:*", "+FLAGS", r"(\Deleted)")
            box.expunge()

    def flags(self) -> list[bytes]:
        """The flags of all messages of the inbox."""
        import imaplib

        with imaplib.IMAP4("127.0.0.1", self.plain) as box:
            box.login(LOGIN, PASSWORD)
            box.select("INBOX", readonly=True)
            _, parts = box.fetch("1:*", "(FLAGS)")
            return [part for part in parts if isinstance(part, bytes)]

    def start(self) -> None:
        log = self.folder / "started"
        with log.open("ab") as said:
            self.process = subprocess.Popen(
                [_program("dovecot"), "-F", "-c", str(self.folder / "dovecot.conf")],
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.plain), 5) as line:
                    line.settimeout(5)
                    if line.recv(10).startswith(b"* OK"):
                        return
            except OSError:
                pass
            if time.monotonic() > until or self.process.poll() is not None:
                more = self.folder / "log"
                told = log.read_text() + (more.read_text() if more.exists() else "")
                raise RuntimeError(f"Dovecot did not start: {told[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it and its processes at once."""
        assert self.process is not None
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)


@contextmanager
def running() -> Iterator[Dovecot]:
    """A running server with an empty mailbox, gone afterwards; the test is skipped, loudly, where
    there is none."""
    if not _program("dovecot"):
        pytest.skip(LOUD)
    folder = Path(tempfile.mkdtemp(prefix="watersmeet-imap-"))
    folder.chmod(0o755)
    server = Dovecot(folder, _free_port(), _free_port())
    try:
        _prepare(server)
        server.start()
        yield server
    finally:
        if server.process is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(server: Dovecot) -> None:
    folder, root = server.folder, os.geteuid() == 0
    user = pwd.getpwnam("nobody") if root else pwd.getpwnam(getpass.getuser())
    for name in ("home", "mail", "run", "state"):
        (folder / name).mkdir()
    for name in ("home", "mail"):
        os.chown(folder / name, user.pw_uid, user.pw_gid)
    (folder / "users").write_text(f"{LOGIN}:{PASSWORD}\n")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")],
        check=True,
        capture_output=True,
    )  # fmt: skip
    group = grp.getgrgid(user.pw_gid).gr_name
    (folder / "dovecot.conf").write_text(
        CONFIGURATION.format(
            folder=folder,
            internal="dovecot" if root else user.pw_name,
            login_user="dovenull" if root else user.pw_name,
            group="dovecot" if root else group,
            user=user.pw_uid,
            mail_group=user.pw_gid,
            plain=server.plain,
            tls=server.tls,
        )
    )


def _program(name: str) -> str:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin") or ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
