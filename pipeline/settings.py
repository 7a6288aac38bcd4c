"""Where this installation keeps things, read from the environment once."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Where things are.

    Attributes:
        state: the one folder for everything made here (``WATERSMEET_STATE``, default
            ``.watersmeet`` in the current folder).
        landing: landing store, a folder or ``s3://bucket/prefix`` (``WATERSMEET_LANDING``, default
            ``landing`` in the state folder).
        contracts: the folder of declarations (``WATERSMEET_CONTRACTS``); None: the project's own.
    """

    state: Path
    landing: str
    contracts: Path | None

    @classmethod
    def from_environment(cls) -> "Settings":
        """The settings the environment gives."""
        state = Path(os.environ.get("WATERSMEET_STATE", ".watersmeet")).absolute()
        contracts = os.environ.get("WATERSMEET_CONTRACTS")
        return cls(
            state=state,
            landing=os.environ.get("WATERSMEET_LANDING", str(state / "landing")),
            contracts=Path(contracts).absolute() if contracts else None,
        )

    @property
    def scratch(self) -> Path:
        """The folder for bytes on their way (:mod:`pipeline.scratch`), on the state's disk."""
        return self.state / "scratch"
