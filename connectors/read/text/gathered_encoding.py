"""The encoding of a binary file's texts where the file does not say it: proved as a text file's is,
from the texts gathered by the parser."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.confined.parent import Limits, parse_confined
from connectors.errors import Unreadable
from connectors.read.text.encoding import Encoding, prove_encoding


def prove_gathered(
    parser: str, path: Path, request: Mapping[str, Any], file: str, limits: Limits | None = None
) -> Encoding | None:
    """What the texts prove that ``connectors.confined.<parser>`` sends when asked for ``only:
    texts``: those beyond ASCII, one a line, in frames ``T``. None where there are none.

    Raises:
        Unreadable: they prove nothing (``encoding-undecided``), or the parser refuses the file.
    """
    whole = {
        **request, "only": "texts", "parser": parser, "path": str(path.resolve()), "file": file,
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="watersmeet-") as folder:
        gathered = Path(folder) / "texts"
        with gathered.open("wb") as lines:
            for mark, payload in parse_confined(whole, file, limits):
                if mark == "T":
                    lines.write(payload)
        if gathered.stat().st_size == 0:
            return None
        try:
            return prove_encoding(gathered, file)
        except Unreadable as refusal:
            raise Unreadable(
                refusal.code,
                f"{file} does not say in which code page its texts are, and they do not prove it. "
                "Declare the encoding in the feed's file section.",
            ) from None
