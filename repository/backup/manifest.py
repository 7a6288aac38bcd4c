"""The manifest of a backup: what it holds. Written last, signed: without one there is no backup."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from repository.backup.cluster import Facts
from repository.backup.keys import BackupKey
from repository.backup.problems import BackupDamaged
from repository.backup.sealed import Written

FORM = 1
FILE = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Attributes:
        name: the backup's, ``<moment>-<kind>``.
        kind: ``full`` or ``incremental``.
        on: the backup an incremental one goes on from; None: it stands alone.
        started_at, ended_at: by the database's clock.
        restore_point: the mark in the log at which the counts hold.
        restore_point_at: when it was set; from then on, any moment can be restored.
        begins, ends: positions in the log between which it must be played back at least.
        cluster: what the cluster is.
        code_version: of Watersmeet.
        counts: rows of every table of ours at the mark, ``<schema>.<table>``.
        landed_files, landed_bytes: what was landed by then.
        files: what was written, by part: ``base``, ``files`` (PostgreSQL's own manifest) and
            ``landed`` (the list of landed files).
    """

    name: str
    kind: str
    on: str | None
    started_at: datetime
    ended_at: datetime
    restore_point: str
    restore_point_at: datetime
    begins: str
    ends: str
    cluster: Facts
    code_version: str
    counts: Mapping[str, int]
    landed_files: int
    landed_bytes: int
    files: Mapping[str, Written]

    @property
    def folder(self) -> str:
        """Where it lies at the place of backups."""
        return f"{self.cluster.system}/backups/{self.name}"

    @property
    def stored_bytes(self) -> int:
        """Size at the place of backups; log and landed bytes, which backups share, apart."""
        return sum(one.bytes for one in self.files.values())

    def signed(self, key: BackupKey) -> bytes:
        """The manifest as it is kept: one JSON object, with the signature of the rest."""
        told = {"form": FORM, **asdict(self)}
        for name in ("started_at", "ended_at", "restore_point_at"):
            told[name] = told[name].astimezone(UTC).isoformat()
        told["key"] = key.id.hex()
        told["signature"] = key.signature(_text(told))
        return json.dumps(told, indent=1, sort_keys=True).encode()

    @classmethod
    def read(cls, content: bytes, keys: Mapping[bytes, BackupKey], name: str) -> "Manifest":
        """A manifest as it was signed.

        Raises:
            BackupDamaged: it is not what was signed, or the key is not here.
        """
        try:
            told: dict[str, Any] = json.loads(content)
            signature, form = told.pop("signature"), told["form"]
            key = keys.get(bytes.fromhex(told["key"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BackupDamaged(f"the manifest of {name} is not whole") from None
        if key is None:
            raise BackupDamaged(
                f"the manifest of {name} was signed with the backup key {told['key']}, which is "
                "not here; put its file back where the keys are kept"
            )
        if not hmac.compare_digest(key.signature(_text(told)), signature):
            raise BackupDamaged(f"the manifest of {name} was altered")
        if form != FORM:
            raise BackupDamaged(f"the manifest of {name} is of a form this version does not know")
        del told["form"], told["key"]
        for moment in ("started_at", "ended_at", "restore_point_at"):
            told[moment] = datetime.fromisoformat(told[moment])
        told["cluster"] = Facts(**told["cluster"])
        told["files"] = {part: Written(**one) for part, one in told["files"].items()}
        return cls(**told)


def _text(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
