"""Names of organisations: generated writings of one name, real suppliers, and councils.

The suppliers are those of the spend files at ``../shared/real``, the councils those of mySociety's
list of local authorities there, with the names each is known by.
"""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path

import pyarrow as pa

from benchmarks.accuracy.table import Table
from transforms.values import organisations

REAL = Path(__file__).parents[3] / "shared" / "real"
COUNCILS = REAL / "reference" / "mysociety_la"
STEMS = ("Acme", "Northmoor & Eastvale", "St. Ann's", "Vale (UK)", "J. R. Moor", "Café Vale")
# Writings of one legal form; different forms are different organisations.
FORMS = (
    ("Ltd", "LTD.", "Limited", "L.T.D.", "(Ltd)", "LIMITED", "Cyf", "Cyfyngedig"),
    ("PLC", "P.L.C.", "plc", "Public Limited Company", "P L C"),
    ("LLP", "L.L.P.", "Limited Liability Partnership"),
    ("CIC", "C.I.C.", "Community Interest Company"),
    ("CIO", "Charitable Incorporated Organisation"),
    ("Inc", "Inc.", "Incorporated"),
    ("GmbH", "G.m.b.H.", "Gesellschaft mit beschränkter Haftung"),
    ("NHS FT", "NHS Foundation Trust", "N.H.S. Foundation Trust"),
    ("Borough Council", "BC"),
)
STUCK = ("", "~114639650", ":03529700", "#KY14820002", " t/a Zenith", " (formerly Zenith)")


def tables() -> list[Table]:
    """Generated writings, suppliers of real files, councils."""
    return [_generated(), *_suppliers(), *_councils()]


def _matched(written: Sequence[str]) -> list[str | None]:
    return list(organisations.match_form(pa.array(written, pa.string())).to_pylist())


def _generated() -> Table:
    """All writings of a name have one match form, and no other name has it."""
    owners: dict[str | None, set[tuple[str, int]]] = defaultdict(set)
    forms: dict[tuple[str, int], set[str | None]] = defaultdict(set)
    keys, written = [], []
    for stem, (number, writings), stuck in product(STEMS, enumerate(FORMS), STUCK):
        for writing, the, capitals in product(writings, ("", "The "), (False, True)):
            whole = f"{the}{stem} {writing}"
            keys.append((stem, number))
            written.append((whole.upper() if capitals else whole) + stuck)
    found = _matched(written)
    for key, form in zip(keys, found, strict=True):
        owners[form].add(key)
        forms[key].add(form)
    right = sum(
        len(forms[key]) == 1 and len(owners[form]) == 1
        for key, form in zip(keys, found, strict=True)
    )
    return Table(
        "organisations, writings of a name",
        right,
        len(keys) - right,
        0,
        len(keys),
        "generated: legal forms, case, dots, ledgers' numbers, trading names",
    )


def _suppliers() -> list[Table]:
    """Suppliers written alike but for case and signs match; shown, they stay as they are."""
    titles = "suppliers, same but for case and signs", "suppliers, shown as written"
    if not (REAL / "spend" / "expected.json").is_file():
        note = "not tried: no files at ../shared/real/spend"
        return [Table(title, 0, 0, 0, 0, note) for title in titles]
    written = sorted(set(_written()))
    parsed = organisations.parse(pa.array(written, pa.string()), {})
    pairs = list(zip(written, parsed.companions["match"].to_pylist(), strict=True))
    alike = _forms_by(_words, pairs)
    right = sum(len(alike[_words(name)]) == 1 for name, _ in pairs)
    # Cap Gemini and Capgemini are for a person to tell.
    run_together = _forms_by(_letters, pairs)
    apart = sum(
        len(run_together[_letters(name)]) > 1 and len(alike[_words(name)]) == 1 for name, _ in pairs
    )
    note = "names of the real spend files; refused: words run together elsewhere"
    shown = parsed.values.to_pylist()
    kept = sum(
        a == " ".join(b.split()) or b.startswith("#") for a, b in zip(shown, written, strict=True)
    )
    return [
        Table(titles[0], right - apart, len(pairs) - right, apart, len(pairs), note),
        Table(titles[1], kept, len(pairs) - kept, 0, len(pairs), "but for white space"),
    ]


def _forms_by(
    key: Callable[[str], str], pairs: Sequence[tuple[str, str | None]]
) -> dict[str, set[str | None]]:
    found: dict[str, set[str | None]] = defaultdict(set)
    for name, form in pairs:
        found[key(name)].add(form)
    return found


def _words(name: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]", " ", name.lower().replace("'", "")).split())


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _written() -> Iterator[str]:
    answers = json.loads((REAL / "spend" / "expected.json").read_text(encoding="utf-8"))["files"]
    for answer in answers:
        path = REAL / "spend" / answer["file"]
        if path.suffix.lower() != ".csv":
            continue
        encoding = str(answer["encoding"]).split(" ")[0]
        with path.open(encoding=encoding, newline="") as file:
            rows = list(csv.reader(file))
        header = answer["header_row"] - 1
        place = rows[header].index(answer["supplier_column"])
        for row in rows[header + 1 :]:
            if len(row) > place and row[place].strip():
                yield row[place]


def _councils() -> list[Table]:
    """A council's other names find it by match form, or nothing, and never another council."""
    title = "councils found by a name of theirs"
    path = COUNCILS / "lookup_name_to_registry.csv"
    if not path.is_file():
        return [Table(title, 0, 0, 0, 0, "not tried: no files at ../shared/real/reference")]
    with (COUNCILS / "uk_local_authorities.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    official = dict(
        zip(
            _matched([row["official-name"] for row in rows]),
            (row["local-authority-code"] for row in rows),
            strict=True,
        )
    )
    with path.open(encoding="utf-8-sig", newline="") as file:
        names = [(row["la-name"], row["local-authority-code"]) for row in csv.DictReader(file)]
    found = [official.get(form) for form in _matched([name for name, _ in names])]
    right = sum(a == code for a, (_, code) in zip(found, names, strict=True))
    none = sum(a is None for a in found)
    note = "short names (nice names) are the register's aliases to know, not the match form's"
    return [Table(title, right, len(found) - right - none, none, len(found), note)]
