"""A Samba file server of the test's own: one share, one user, on a free port of loopback."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PASSWORD = "canary-share-password"
SMBD = shutil.which("smbd") or "/usr/sbin/smbd"

CONFIGURATION = """\
[global]
    server role = standalone server
    workgroup = NORTHMOOR
    netbios name = EXAMPLE
    disable netbios = yes
    smb ports = {port}
    interfaces = lo
    bind interfaces only = yes
    server min protocol = {least}
    server max protocol = SMB3
    server signing = mandatory
    smb encrypt = {encrypt}
    map to guest = never
    passdb backend = tdbsam:{root}/passdb.tdb
    private dir = {root}/private
    lock directory = {root}/lock
    state directory = {root}/state
    cache directory = {root}/cache
    pid directory = {root}/pid
    ncalrpc dir = {root}/ncalrpc
    log file = {root}/log.smbd
    load printers = no
    printing = bsd
    printcap name = /dev/null
    disable spoolss = yes
    rpc start on demand helpers = no
    oplocks = no
    kernel oplocks = no
    dead time = 0

[deliveries]
    path = {shared}
    read only = no
    valid users = {account}
    force user = {account}
    follow symlinks = yes
    wide links = no

[closed]
    path = {shared}
    valid users = nobody
"""


@dataclass
class Samba:
    """A server; ``shared`` is the folder it shares as ``deliveries``."""

    root: Path
    shared: Path
    port: int
    account: str
    encrypt: str = "if_required"
    least: str = "SMB2_02"
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        configuration = self.root / "smb.conf"
        configuration.write_text(
            CONFIGURATION.format(
                port=self.port,
                root=self.root,
                shared=self.shared,
                account=self.account,
                encrypt=self.encrypt,
                least=self.least,
            )
        )
        if not (self.root / "passdb.tdb").exists():
            self._make_user(configuration)
        self.process = subprocess.Popen(
            [SMBD, "--foreground", "--no-process-group", "-s", str(configuration)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self.port, self.process)

    def stop(self) -> None:
        """End it and the processes it made for its sessions, at once."""
        if self.process is None:
            return
        for child in children(self.process.pid):
            _kill(child)
        self.process.kill()
        self.process.wait()
        self.process = None

    def _make_user(self, configuration: Path) -> None:
        subprocess.run(
            ["smbpasswd", "-c", str(configuration), "-s", "-a", self.account],
            input=f"{PASSWORD}\n{PASSWORD}\n".encode(),
            check=True,
            capture_output=True,
        )


@contextmanager
def samba(root: Path, *, encrypt: str = "if_required") -> Iterator[Samba]:
    """A running server; skips, loudly, where Samba is not installed."""
    if not Path(SMBD).exists() or shutil.which("smbpasswd") is None:
        pytest.skip("SMB is NOT tested: install the Debian package samba")
    if os.geteuid() != 0:
        pytest.skip("SMB is NOT tested: Samba's smbd must be started as root")
    for name in ("private", "lock", "state", "cache", "pid", "ncalrpc", "shared"):
        (root / name).mkdir(parents=True)
    for folder in (root, *root.parents):
        if folder.name.startswith("pytest-") or folder == root:  # no folder that is not ours
            folder.chmod(0o755)
    # Samba's users are accounts of the system too: this one is there everywhere.
    server = Samba(root, root / "shared", free_port(), "root", encrypt)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """A port of loopback nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Until something listens on a port.

    Raises:
        AssertionError: the process ended, or half a minute has passed.
    """
    until = time.monotonic() + 30
    while time.monotonic() < until:
        assert process.poll() is None, "the server did not start"
        with socket.socket() as one:
            one.settimeout(1)
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("the server does not listen")


def children(process: int) -> list[int]:
    """The numbers of a process's children and theirs."""
    found: list[int] = []
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            named = thread.read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended by itself
        for one in named:
            found += [int(one), *children(int(one))]
    return found


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):  # ended by itself
        os.kill(process, 9)
