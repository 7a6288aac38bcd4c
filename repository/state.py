"""The state folder: where this installation keeps what it made, and its secrets."""

import json
import os
from pathlib import Path
from typing import Any


def state_folder() -> Path:
    """``WATERSMEET_STATE``, or ``.watersmeet`` in the working directory; absolute."""
    return Path(os.environ.get("WATERSMEET_STATE") or ".watersmeet").absolute()


def read_private(path: Path) -> dict[str, Any]:
    """The JSON object in a private file; empty where the file is missing."""
    if not path.exists():
        return {}
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} is not a JSON object; move it away and start again")
    return content


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON object so that only its owner can ever read it, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
