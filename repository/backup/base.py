"""The copy of the whole cluster: pg_basebackup's stream, sealed as it comes, never in clear.

PostgreSQL's own manifest, with a SHA-256 of every file, is the last in the stream; it is kept once
more by itself, for the next incremental backup to go on from.
"""

import json
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO, Any

from repository.backup.cluster import Cluster, client_programs
from repository.backup.keys import BackupKey
from repository.backup.place import Place
from repository.backup.problems import BackupProblem, LogTorn
from repository.backup.sealed import SealedWriter, Written

PROGRESS_EVERY = 8 << 20

UNSUMMARISED = "WAL summaries are required"
"""What the server says where it does not know what changed since an earlier backup: it does not
summarise a log that was minimal (PostgreSQL 18 documentation, section 25.3.3)."""


@dataclass(frozen=True)
class Base:
    """What was copied: the stream, PostgreSQL's manifest, and the log it needs (from, to)."""

    base: Written
    files: Written
    begins: str
    ends: str
    timeline: int


def copy_cluster(
    cluster: Cluster,
    place: Place,
    folder: str,
    key: BackupKey,
    on: bytes | None,
    progress: Callable[[int], None],
) -> Base:
    """Copy the cluster to a place.

    Args:
        folder: where at the place.
        on: PostgreSQL's manifest of the backup to go on from; None: a full backup.
        progress: told the bytes copied so far.

    Raises:
        LogTorn: the server does not know what changed since the backup to go on from.
        BackupProblem: pg_basebackup failed; what it said is in the message.
    """
    name = f"{folder}/base"
    with ExitStack() as open_:
        arguments = []
        if on is not None:
            before = open_.enter_context(tempfile.NamedTemporaryFile(prefix="backup-manifest-"))
            before.write(on)
            before.flush()
            arguments = ["--incremental", before.name]
        path = open_.enter_context(place.writing(name))
        # The writer ends, and with it the file, before the place takes it.
        with SealedWriter(path, key, name) as sealed:
            manifest = _streamed(cluster, arguments, sealed, progress)
    files = put_sealed(place, f"{folder}/files", key, manifest)
    told = _range_of(manifest)
    return Base(sealed.written(), files, told["Start-LSN"], told["End-LSN"], told["Timeline"])


def put_sealed(place: Place, name: str, key: BackupKey, content: bytes) -> Written:
    """Keep some bytes sealed under a name."""
    with place.writing(name) as path, SealedWriter(path, key, name) as sealed:
        sealed.write(content)
    return sealed.written()


class _Passing:
    """What is read of a stream is sealed as it passes."""

    def __init__(self, stream: IO[bytes], sealed: SealedWriter, progress: Callable[[int], None]):
        self._stream, self._sealed, self._progress = stream, sealed, progress
        self._seen = self._told = 0

    def read(self, size: int) -> bytes:
        some = self._stream.read(size)
        self._sealed.write(some)
        self._seen += len(some)
        if self._seen - self._told >= PROGRESS_EVERY:
            self._told = self._seen
            self._progress(self._seen)
        return some


def _streamed(
    cluster: Cluster,
    arguments: list[str],
    sealed: SealedWriter,
    progress: Callable[[int], None],
) -> bytes:
    """Run pg_basebackup into the sealed file; PostgreSQL's manifest."""
    command = [
        *(str(client_programs() / "pg_basebackup"), "--no-password", "--pgdata=-"),
        *("--format=tar", "--wal-method=none", "--checkpoint=fast"),
        *("--manifest-checksums=SHA256", *arguments),
    ]
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(
            command,
            env=cluster.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
        ) as running:
            assert running.stdout is not None
            try:
                manifest = _passed(_Passing(running.stdout, sealed, progress))
            except BaseException:
                running.kill()
                raise
        said.seek(0)
        words = " ".join(said.read().decode(errors="replace").split())
    if running.returncode and UNSUMMARISED in words:
        raise LogTorn(
            "an incremental backup cannot be made: the server ran without WATERSMEET_BACKUP since "
            "the last one, and did not keep its log; take a full one (`watersmeet backup take`)"
        )
    if running.returncode or manifest is None:
        raise BackupProblem(f"pg_basebackup failed: {words or 'its stream broke off'}")
    return manifest


def _passed(stream: _Passing) -> bytes | None:
    """Read a tar stream to its end; the manifest in it, None where it broke off before."""
    manifest = None
    try:
        with tarfile.open(fileobj=stream, mode="r|", bufsize=1 << 20) as tar:  # type: ignore[call-overload]
            for member in tar:
                if member.name == "backup_manifest":
                    content = tar.extractfile(member)
                    manifest = content.read() if content else None
    except tarfile.TarError:
        manifest = None
    while stream.read(1 << 20):
        pass
    return manifest


def _range_of(manifest: bytes) -> dict[str, Any]:
    """The stretch of the log a backup needs (PostgreSQL 18 documentation, section 69.2)."""
    ranges: list[dict[str, Any]] = json.loads(manifest)["WAL-Ranges"]
    if len(ranges) != 1:
        raise BackupProblem(
            "the server changed its history while it was copied; take the backup again"
        )
    return ranges[0]
