"""PostgreSQL's programs, run as the user the embedded server runs as."""

import os
import subprocess
from pathlib import Path
from typing import Any

from repository import server_files as files


class ServerError(Exception):
    """The embedded server could not be made, started or stopped; the message says what to do."""


def run_as_server(programs: Path, folder: Path, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL's to its end.

    Args:
        programs: the folder it is in.
        folder: its working folder, which the server's user can reach.
        program: its name.
        arguments: hold no secret: others on this machine can see them.

    Raises:
        ServerError: it failed; what it said is in the message.
    """
    user = files.unprivileged_user()
    drop: dict[str, Any] = {}
    if user is not None:
        drop = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    done = subprocess.run(
        [str(programs / program), *arguments],
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **drop,
    )
    if done.returncode:
        said = " ".join(done.stderr.split())
        raise ServerError(f"{program} {arguments[0]} failed: {said}.")
