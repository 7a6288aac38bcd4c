"""The workload: a person-event extract of any size, with a known share of bad rows and the truth.

One million rows are about 144 MB of delimited text in 14 columns: local id, forename, surname,
title, date of birth written four ways, sex in three code schemes, ethnic group, NHS number,
postcode, authority in variants, event date, event code, an amount with currency sign, free text.
"""

from pathlib import Path

import numpy as np
import polars as pl

BLOCK = 250_000
FORENAMES = [
    "Amelia",
    "Oliver",
    "Isla",
    "George",
    "Ava",
    "Noah",
    "Mia",
    "Arthur",
    "Ivy",
    "Leo",
    "Lily",
    "Oscar",
    "Freya",
    "Harry",
    "Grace",
    "Theodore",
    "Willow",
    "Freddie",
    "Florence",
    "Jack",
    "Rosie",
    "Charlie",
    "Evie",
    "Archie",
    "Phoebe",
    "Mohammed",
    "Aisha",
    "Tomasz",
    "Zofia",
    "Siobhan",
    "Renee",
    "Zoe",
    "Anais",
    "Chloe",
    "Jose",
    "Maria-Jose",
    "Anne-Marie",
    "Rhys",
    "Cerys",
    "Hamish",
    "Eilidh",
]
SURNAMES = [
    "Smith",
    "Jones",
    "Taylor",
    "Brown",
    "Williams",
    "Wilson",
    "Johnson",
    "Davies",
    "Patel",
    "Robinson",
    "Wright",
    "Thompson",
    "Evans",
    "Walker",
    "White",
    "Roberts",
    "Green",
    "Hall",
    "Wood",
    "Jackson",
    "Clarke",
    "O'Brien",
    "McDonald",
    "Macleod",
    "Smith-Jones",
    "Ahmed",
    "Khan",
    "Begum",
    "Nowak",
    "Kowalska",
    "Okafor",
    "Adeyemi",
    "Murphy",
    "Kelly",
    "Llewellyn",
    "Pritchard",
    "Fitzgerald",
    "Featherstone",
    "Ashworth",
    "Hargreaves",
    "Entwistle",
    "Greenhalgh",
    "Ramsbottom",
]
TITLES = ["Mr", "Mrs", "Ms", "Miss", "Dr", ""]
SEXES = ["M", "F", "1", "2", "Male", "Female"]
ETHNIC_GROUPS = [
    "A",
    "B",
    "C",
    "D",
    "E",
    "F",
    "G",
    "H",
    "J",
    "K",
    "L",
    "M",
    "N",
    "P",
    "R",
    "S",
    "Z",
]
AUTHORITIES = [
    "Northmoor",
    "Northmoor Council",
    "NORTHMOOR COUNCIL",
    "Eastvale",
    "Eastvale Council",
]
EVENT_CODES = [f"EV{n:02d}" for n in range(1, 41)]
WORDS = [
    "visit",
    "review",
    "referred",
    "contact",
    "home",
    "call",
    "letter",
    "assessed",
    "plan",
    "agreed",
    "support",
    "school",
    "clinic",
    "moved",
    "closed",
    "opened",
    "follow",
    "up,",
    "no",
    "change,",
    "awaiting",
    "reply",
    "family",
    "housing",
    "benefit",
]
DATE_FORMATS = ["%d/%m/%Y", "%Y-%m-%d", "%d-%b-%Y", "%d.%m.%Y"]
AREAS = ["NM", "EV", "NE", "EA"]


def nhs_numbers(serial: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> pl.Series:
    """Valid NHS numbers for serial numbers (nine digits, then the modulus 11 check digit).

    Serials whose check digit would be 10 take the next serial that has one.
    """
    base = 400_000_000 + (serial * 7919) % 399_999_000
    while True:
        digits = (base[:, None] // 10 ** np.arange(8, -1, -1)) % 10
        check = (11 - (digits * np.arange(10, 1, -1)).sum(axis=1) % 11) % 11
        if not (check == 10).any():
            break
        base = np.where(check == 10, base + 1, base)
    return pl.Series(base * 10 + check).cast(pl.String)


def block(first: int, count: int, seed: int, bad: float) -> pl.DataFrame:
    """Rows ``first`` to ``first + count`` as written, and the truth in columns named ``true_*``."""
    rng = np.random.default_rng([seed, first])
    frame = _drawn(rng, first, count, bad)
    postcode = _postcodes(rng, count)
    return frame.select(
        "local_id",
        "forename",
        "surname",
        "title",
        _spoilt(0, "31/02/1999", _birth_dates()).alias("birth_date"),
        "sex",
        "ethnic_group",
        _spoilt(1, "1234567890", pl.col("nhs_number")).alias("nhs_number"),
        _spoilt(2, "NOT KNOWN AT PRESENT", postcode).alias("postcode"),
        "authority",
        pl.col("true_event_date").dt.strftime("%d/%m/%Y").alias("event_date"),
        "event_code",
        _spoilt(3, "see note", _amounts()).alias("amount"),
        "notes",
        "true_birth_date",
        "true_event_date",
        "true_pence",
        "bad",
    )


def _drawn(rng: np.random.Generator, first: int, count: int, bad: float) -> pl.DataFrame:
    """What is so of each row, in which form it is written, and what is wrong with it."""
    born = pl.Series(rng.integers(-14_000, 19_000, count), dtype=pl.Int32).cast(pl.Date)
    happened = pl.Series(rng.integers(18_000, 20_400, count), dtype=pl.Int32).cast(pl.Date)
    form = rng.integers(0, len(DATE_FORMATS), count)
    pence = rng.integers(100, 9_999_999, count)
    text = pl.DataFrame({str(n): _picked(rng, WORDS, count) for n in range(6)}).select(
        pl.concat_str(pl.all(), separator=" ")
    )
    return pl.DataFrame(
        {
            "local_id": pl.Series(np.arange(first, first + count)).cast(pl.String).str.zfill(9),
            "forename": _picked(rng, FORENAMES, count),
            "surname": _picked(rng, SURNAMES, count),
            "title": _picked(rng, TITLES, count),
            "sex": _picked(rng, SEXES, count),
            "ethnic_group": _picked(rng, ETHNIC_GROUPS, count),
            "nhs_number": nhs_numbers(np.arange(first, first + count)),
            "authority": _picked(rng, AUTHORITIES, count),
            "event_code": _picked(rng, EVENT_CODES, count),
            "notes": text.to_series(),
            "true_birth_date": born,
            "true_event_date": happened,
            "true_pence": pence,
            "form": form,
            "bad": rng.random(count) < bad,
            "which": rng.integers(0, 4, count),
        }
    )


def _picked(rng: np.random.Generator, words: list[str], count: int) -> pl.Series:
    return pl.Series(words).gather(rng.integers(0, len(words), count))


def _postcodes(rng: np.random.Generator, count: int) -> pl.Expr:
    return pl.concat_str(
        _picked(rng, AREAS, count),
        pl.Series(rng.integers(1, 30, count)).cast(pl.String),
        pl.lit(" "),
        pl.Series(rng.integers(1, 10, count)).cast(pl.String),
        _picked(rng, list("ABDEFGHJLNPQRSTUWXYZ"), count),
        _picked(rng, list("ABDEFGHJLNPQRSTUWXYZ"), count),
    )


def _birth_dates() -> pl.Expr:
    return pl.coalesce(
        pl.when(pl.col("form") == n).then(pl.col("true_birth_date").dt.strftime(how))
        for n, how in enumerate(DATE_FORMATS)
    )


def _amounts() -> pl.Expr:
    pounds = (pl.col("true_pence") // 100).cast(pl.String)
    thousands = pounds.str.replace(r"(\d)(\d{3})$", "$1,$2")
    pennies = (pl.col("true_pence") % 100).cast(pl.String).str.zfill(2)
    return pl.concat_str(pl.lit("£"), thousands, pl.lit("."), pennies)


def _spoilt(which: int, wrong: str, right: pl.Expr) -> pl.Expr:
    """The right text; the wrong one in bad rows of which this is what is wrong."""
    spoilt = pl.col("bad") & (pl.col("which") == which)
    return pl.when(spoilt).then(pl.lit(wrong)).otherwise(right)


def write(
    path: Path,
    rows: int,
    *,
    seed: int = 7,
    bad: float = 0.01,
    changed: float = 0.0,
    turns: int = 1,
    reverse: bool = False,
) -> Path:
    """Write the extract, and ``<path>.truth.parquet`` beside it.

    Args:
        changed: share of rows whose amount differs from the same seed's unchanged extract.
        turns: how often that share was changed anew, each time on top of the last.
        reverse: write the rows of each block in the opposite order: same rows, other bytes.
    """
    truth = []
    with path.open("wb") as out:
        for first in range(0, rows, BLOCK):
            frame = block(first, min(BLOCK, rows - first), seed, bad)
            for turn in range(1, turns + 1) if changed else ():
                pick = np.random.default_rng([seed, first, turn]).random(frame.height) < changed
                frame = frame.with_columns(
                    pl.when(pl.Series(pick) & ~pl.col("bad"))
                    .then(pl.lit(f"£{turn}.23"))
                    .otherwise("amount")
                    .alias("amount")
                )
            if reverse:
                frame = frame.reverse()
            truth.append(
                frame.select("local_id", "true_birth_date", "true_event_date", "true_pence", "bad")
            )
            out.write(
                frame.drop("true_birth_date", "true_event_date", "true_pence", "bad")
                .write_csv(include_header=first == 0)
                .encode()
            )
    pl.concat(truth).write_parquet(path.with_suffix(".truth.parquet"))
    return path
