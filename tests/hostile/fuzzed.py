"""Sound files cut short and damaged, always the same ones."""

import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.hostile import sound
from tests.hostile.case import QUARANTINED, READ, Case

SEED = 20_260
_CUTS = (0.03, 0.3, 0.6, 0.9, 0.99)
_FLIPS = 5
_REFUSED = frozenset(
    ["file-damaged", "file-kind-unknown", "file-too-demanding", "file-form-differs", "file-empty"]
)
_TEXT = frozenset(
    [
        "encoding-undecided",
        "encoding-mixed",
        "encoding-wrong",
        "delimiter-undecided",
        "record-too-long",
    ]
)
_ANY = frozenset((READ, QUARANTINED))
_JSON = frozenset(("json-damaged", "json-without-records"))
_XML = frozenset(("xml-damaged", "xml-unsafe", "xml-without-records", "html-without-tables"))
_BOOK = frozenset(("sheet-missing", "workbook-unsafe", "workbook-encrypted"))
_ARCHIVE = frozenset(
    ["archive-damaged", "archive-unsafe", "archive-without-members", "archive-encrypted"]
)
_TABLE = frozenset(
    [
        "dbf-version-unknown",
        "encoding-not-stated",
        "encoding-unknown",
        "table-missing",
        "parquet-encrypted",
    ]
)

# Form: what makes a sound file; codes that are right beside those any damage may have; whether a
# file that is cut short must be refused; whether the form keeps checksums of its data.
FORMS: dict[str, tuple[Callable[[], bytes], frozenset[str], bool, bool]] = {
    "csv": (sound.delimited, _TEXT | _ANY, False, False),
    "utf16.csv": (sound.utf16, _TEXT | _ANY, False, False),
    "dat": (sound.fixed_width, _TEXT | _ANY, False, False),
    "json": (sound.json_records, _JSON | _TEXT, True, False),
    "jsonl": (sound.json_lines, _JSON | _TEXT | _ANY, False, False),
    "xml": (sound.xml, _XML | _TEXT, True, False),
    "html": (sound.html, _XML | _TEXT | _ANY, False, False),
    "xlsx": (sound.xlsx, _BOOK | _ARCHIVE, True, True),
    "xls": (sound.old_xls, _BOOK, True, False),
    "xlsb": (sound.binary_xlsb, _BOOK | _ARCHIVE, True, True),
    "ods": (sound.ods, _BOOK | _ARCHIVE, True, True),
    "dbf": (sound.dbase, _TABLE | _TEXT | _ANY, False, False),
    "sav": (sound.spss, _TABLE | _TEXT | _ANY, False, False),
    "dta": (sound.stata, _TABLE | _TEXT | _ANY, False, False),
    "xpt": (sound.sas_transport, _TABLE | _TEXT | _ANY, False, False),
    "parquet": (sound.parquet, _TABLE, True, False),
    "zip": (sound.zipped, _ARCHIVE | _TEXT, True, True),
    "gz": (sound.gzipped, _ARCHIVE | _TEXT, True, True),
    "bz2": (sound.bzipped, _ARCHIVE | _TEXT, True, True),
    "xz": (sound.xz, _ARCHIVE | _TEXT, True, True),
    "7z": (sound.seven_zip, _ARCHIVE | _TEXT, True, True),
}


def fuzzed() -> Iterator[Case]:
    """Every form, cut short and damaged."""
    for ending, (make, codes, whole_only, has_checksums) in FORMS.items():
        form: dict[str, Any] | None = sound.FIXED if ending == "dat" else None
        for share in _CUTS:
            yield Case(
                f"cut-{int(share * 100):02d}.{ending}",
                lambda make=make, share=share: _cut(make(), share),
                # Of an old workbook the end is padding, and three bytes of bzip2 are any text.
                _REFUSED
                | codes
                | (_ANY if ending in ("xls", "bz2") or not whole_only else frozenset()),
                form=form,
                same_as=make if ending == "xls" else None,
            )
        for damage in (_flipped, _blanked, _doubled):
            for number in range(_FLIPS if damage is _flipped else 2):
                yield Case(
                    f"{damage.__name__.strip('_')}-{number}.{ending}",
                    lambda make=make, damage=damage, seed=f"{ending}{number}": damage(make(), seed),
                    _REFUSED | codes | _ANY,
                    form=form,
                    same_as=make if has_checksums else None,
                )


def _cut(content: bytes, share: float) -> bytes:
    return content[: max(1, int(len(content) * share))]


def _flipped(content: bytes, seed: str) -> bytes:
    """With a few bits the other way round, wherever they fall."""
    chance, damaged = random.Random(f"{SEED}{seed}"), bytearray(content)
    for _ in range(chance.choice((1, 3, 12))):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def _blanked(content: bytes, seed: str) -> bytes:
    """With a stretch of nothing, as a bad disk leaves it."""
    chance = random.Random(f"{SEED}blank{seed}")
    start = chance.randrange(len(content))
    length = min(chance.choice((16, 128, 512)), len(content) - start)
    return content[:start] + bytes(length) + content[start + length :]


def _doubled(content: bytes, seed: str) -> bytes:
    """With a stretch written twice, as a broken transfer does."""
    chance = random.Random(f"{SEED}double{seed}")
    start = chance.randrange(len(content))
    return content[: start + 64] + content[start:]
