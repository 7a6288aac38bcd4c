"""The region's children: any stretch of them, the same for the same seed however they are cut."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from pipeline.example.numbers import (
    UPN_AUTHORITY,
    national_insurance_numbers,
    nhs_numbers,
    postcodes,
    upns,
)
from pipeline.example.words import BOYS, GIRLS, STREETS, SURNAMES

Texts = npt.NDArray[np.object_]
Days = npt.NDArray[np.datetime64]

BLOCK = 20_000  # even: two children a household
SCHOOLS = 60  # of each council
SCHOOL_YEAR = 2025  # the one that began in September of
# Codes of the list ``ethnic-group``, the commonest several times.
ETHNIC_GROUPS = (
    *("WBRI",) * 5,
    *("WIRI", "WIRT", "WROM", "WOTH", "WOTH", "MWBC", "MWBA", "MWAS", "MOTH", "AIND"),
    *("APKN", "APKN", "ABAN", "AOTH", "CHNE", "BCRB", "BAFR", "BAFR", "BOTH", "OOTH"),
    *("REFU", "NOBT"),
)


@dataclass(frozen=True)
class People:
    """Some children, column by column.

    Attributes:
        number: the child's own number in the region, the right answer of any linkage.
        forenames: all of them; surname: as the family writes it.
        birth_date: datetime64[D].
        sex: code of the list ``sex``; home: council of the home, ``northmoor`` or ``eastvale``.
        upn, nhs_number, postcode, address, telephone, ethnic_group: as declared in the contracts.
        year_group: code of the list ``year-group``.
        school: 0 to SCHOOLS - 1, at whichever council.
        entered_on: first day on the roll, datetime64[D].
        parent_ni: National Insurance number of the household's parent.
    """

    number: npt.NDArray[np.int64]
    forenames: Texts
    surname: Texts
    birth_date: Days
    sex: Texts
    home: Texts
    upn: Texts
    nhs_number: Texts
    postcode: Texts
    address: Texts
    telephone: Texts
    ethnic_group: Texts
    year_group: Texts
    school: npt.NDArray[np.int64]
    entered_on: Days
    parent_ni: Texts

    def take(self, which: npt.NDArray[np.int64] | npt.NDArray[np.bool_] | slice) -> "People":
        """Some of them."""
        return People(**{one.name: getattr(self, one.name)[which] for one in fields(self)})


def texts(values: list[str]) -> Texts:
    """A list as an array of objects."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def people(seed: int, start: int, stop: int, border: int) -> Iterator[People]:
    """The children numbered from ``start`` up to ``stop``, in pieces of at most BLOCK.

    Args:
        border: children below this number mostly live in Northmoor, the others in Eastvale.
    """
    for block in range(start // BLOCK, -(-stop // BLOCK)):
        first = block * BLOCK
        whole = _block(seed, block, border)
        yield whole.take(slice(max(start - first, 0), min(stop - first, BLOCK)))


def _block(seed: int, block: int, border: int) -> People:
    rng = np.random.default_rng([seed, 1, block])
    number = np.arange(block * BLOCK, (block + 1) * BLOCK, dtype=np.int64)
    homes = BLOCK // 2

    def household(values: Texts) -> Texts:
        return np.repeat(values, 2)

    at_home = np.where(number[::2] < border, 0, 1) ^ (rng.random(homes) < 0.06)
    near, far = postcodes(rng, "NM", homes), postcodes(rng, "EV", homes)
    home = household(np.array(["northmoor", "eastvale"], dtype=object)[at_home.astype(int)])
    born = _birth_dates(rng)
    year_born = _school_year_born(born)
    group = SCHOOL_YEAR - 5 - year_born
    sex = np.array(["M", "F", "U"], dtype=object)[rng.choice(3, BLOCK, p=[0.508, 0.489, 0.003])]
    authority = np.where(number < border, UPN_AUTHORITY["northmoor"], UPN_AUTHORITY["eastvale"])
    return People(
        number=number,
        forenames=_forenames(rng, sex),
        surname=household(_skewed(rng, SURNAMES, homes)),
        birth_date=born,
        sex=sex,
        home=home,
        upn=texts(upns(number, authority, rng.random(BLOCK) < 0.01)),
        nhs_number=texts(nhs_numbers(rng, BLOCK)),
        postcode=household(np.where(at_home == 0, texts(near), texts(far))),
        address=household(_addresses(rng, homes)),
        telephone=household(_telephones(rng, homes)),
        ethnic_group=texts(list(ETHNIC_GROUPS))[rng.integers(0, len(ETHNIC_GROUPS), BLOCK)],
        year_group=np.array(["R", *map(str, range(1, 14))], dtype=object)[group],
        school=rng.integers(0, SCHOOLS, BLOCK),
        entered_on=_entry_days(rng, year_born),
        parent_ni=household(texts(national_insurance_numbers(rng, homes))),
    )


def _birth_dates(rng: np.random.Generator) -> Days:
    first, last = np.datetime64(f"{SCHOOL_YEAR - 18}-09-01"), np.datetime64("2021-08-31")
    span = int((last - first).astype(int))
    days: Days = first + rng.integers(0, span + 1, BLOCK).astype("timedelta64[D]")
    return days


def _school_year_born(born: Days) -> npt.NDArray[np.int64]:
    """The year whose September began the school year of a birth."""
    months = born.astype("datetime64[M]").astype(np.int64)
    return np.asarray((months - 8) // 12 + 1970, dtype=np.int64)


def _entry_days(rng: np.random.Generator, year_born: npt.NDArray[np.int64]) -> Days:
    earliest = year_born + 5  # reception
    year = earliest + (rng.random(BLOCK) * (SCHOOL_YEAR - earliest + 1)).astype(np.int64)
    september = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + 8
    days: Days = september.astype("datetime64[D]") + rng.integers(0, 9, BLOCK).astype(
        "timedelta64[D]"
    )
    return days


def _forenames(rng: np.random.Generator, sex: Texts) -> Texts:
    girl = np.where(sex == "U", rng.random(BLOCK) < 0.5, sex == "F")

    def some() -> Texts:
        girls, boys = _skewed(rng, GIRLS, BLOCK), _skewed(rng, BOYS, BLOCK)
        return np.where(girl, girls, boys)

    first, second = some(), some()
    both = (rng.random(BLOCK) < 0.35) & (first != second)
    return np.where(both, first + " " + second, first)


def _skewed(rng: np.random.Generator, values: list[str], count: int) -> Texts:
    """Values of a list, the first ones oftener, as names are."""
    weights = 1.0 / (np.arange(len(values)) + 8.0)
    picks = rng.choice(len(values), count, p=weights / weights.sum())
    return texts(values)[picks]


def _addresses(rng: np.random.Generator, count: int) -> Texts:
    numbers = rng.integers(1, 240, count).astype("U3").astype(object)
    found: Texts = numbers + " " + texts(STREETS)[rng.integers(0, len(STREETS), count)]
    return found


def _telephones(rng: np.random.Generator, count: int) -> Texts:
    """Numbers that begin with 01632 960, which Ofcom keeps for drama."""
    return texts([f"01632 960{n:03d}" for n in rng.integers(0, 1_000, count).tolist()])
