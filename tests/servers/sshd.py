"""An OpenSSH server of the test's own: SFTP only, its own keys, on a free port of loopback."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.servers.samba import children, free_port, wait_for

SSHD = "/usr/sbin/sshd"
PASSWORD = "canary-sftp-password"
PASSPHRASE = "canary-passphrase"

CONFIGURATION = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {root}/host_ed25519
AuthorizedKeysFile {root}/authorized_keys
PidFile {root}/sshd.pid
PubkeyAuthentication yes
PasswordAuthentication {passwords}
KbdInteractiveAuthentication no
PermitRootLogin yes
UsePAM no
StrictModes no
PrintMotd no
Subsystem sftp internal-sftp -d {shared}
ForceCommand internal-sftp -d {shared}
"""


@dataclass
class Sshd:
    """A server; ``shared`` is the folder its sessions begin in."""

    root: Path
    shared: Path
    port: int
    account: str = "root"
    passwords: bool = False
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def host_key(self) -> str:
        """The server's key, as ssh-keyscan prints it."""
        kind, key, *_ = (self.root / "host_ed25519.pub").read_text().split()
        return f"[127.0.0.1]:{self.port} {kind} {key}"

    @property
    def fingerprint(self) -> str:
        told = subprocess.run(
            ["ssh-keygen", "-lf", str(self.root / "host_ed25519.pub")],
            capture_output=True,
            text=True,
            check=True,
        )
        return told.stdout.split()[1]

    def key(self, name: str) -> str:
        """One of the private keys the server lets in: ed25519, rsa, ecdsa, sealed."""
        return (self.root / name).read_text()

    def start(self) -> None:
        (self.root / "sshd_config").write_text(
            CONFIGURATION.format(
                port=self.port,
                root=self.root,
                shared=self.shared,
                passwords="yes" if self.passwords else "no",
            )
        )
        command = [SSHD, "-D", "-e", "-f", str(self.root / "sshd_config")]
        self.process = subprocess.Popen(
            [*self._own_passwords(), *command] if self.passwords else command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self.port, self.process)

    def _own_passwords(self) -> list[str]:
        """What runs a command so that to it, and to nobody else, the account has our password."""
        told = subprocess.run(
            ["openssl", "passwd", "-6", PASSWORD], capture_output=True, text=True, check=True
        )
        shadow = self.root / "shadow"
        shadow.write_text(f"{self.account}:{told.stdout.strip()}:19000:0:99999:7:::\n")
        shadow.chmod(0o600)
        bound = 'mount --bind "$0" /etc/shadow && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", bound, str(shadow)]

    def stop(self) -> None:
        """End it and its sessions, at once."""
        if self.process is None:
            return
        for child in children(self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self.process = None


@contextmanager
def sshd(root: Path, *, passwords: bool = False) -> Iterator[Sshd]:
    """A running server; skips, loudly, where OpenSSH's is not installed.

    Args:
        passwords: the account's password is :data:`PASSWORD` there (needs root, and the right to
            mount, so that the system's own passwords stay as they are).
    """
    if not Path(SSHD).exists() or shutil.which("ssh-keygen") is None:
        pytest.skip("SFTP is NOT tested: install the Debian package openssh-server")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where it drops its rights
    alone = ["unshare", "--mount", "true"]
    if passwords and subprocess.run(alone, capture_output=True, check=False).returncode:
        pytest.skip("SFTP with a password is NOT tested: needs root that may mount (unshare)")
    (root / "shared").mkdir(parents=True)
    allowed = ""
    for name, kind in (
        ("host_ed25519", "ed25519"),
        ("ed25519", "ed25519"),
        ("rsa", "rsa"),
        ("ecdsa", "ecdsa"),
        ("sealed", "ed25519"),
        ("stranger", "ed25519"),
    ):
        phrase = PASSPHRASE if name == "sealed" else ""
        bits = ["-b", "2048"] if kind == "rsa" else []
        subprocess.run(
            ["ssh-keygen", "-q", "-t", kind, *bits, "-N", phrase, "-f", str(root / name)],
            check=True,
        )
        if name not in ("host_ed25519", "stranger"):
            allowed += (root / f"{name}.pub").read_text()
    (root / "authorized_keys").write_text(allowed)
    account = pwd.getpwuid(os.geteuid()).pw_name
    server = Sshd(root, root / "shared", free_port(), account, passwords)
    server.start()
    try:
        yield server
    finally:
        server.stop()
