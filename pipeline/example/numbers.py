"""Identifiers with right check digits, made for many rows at once."""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

# Department for Education, Unique pupil numbers: guide for schools and local authorities.
UPN_LETTERS = np.array(list("ABCDEFGHJKLMNPQRTUVWXYZ"))
# A number no council hands out any more (DfE local authority codes 835 and 928 ended in 2019 and
# 2021), so that a made-up pupil can never have a real pupil's number.
UPN_AUTHORITY = {"northmoor": 835, "eastvale": 928}
# Has no factor in common with 10**9, so that different persons get different numbers.
SPREAD = 386_420_489
INWARD_LETTERS = np.array(list("ABDEFGHJLNPQRSTUWXYZ"))


def upns(persons: Ints, authorities: Ints, temporary: npt.NDArray[np.bool_]) -> list[str]:
    """Unique pupil numbers: check letter, authority, nine digits of the person's own.

    Args:
        temporary: pupils whose number ends in a letter, as one given for a while does.
    """
    own = persons * SPREAD % 1_000_000_000
    last = np.where(temporary, (own % 10 + 8) % 23, own % 10)  # a letter counts as its place
    digits = np.concatenate([_digits(authorities, 3), _digits(own // 10, 8)], axis=1)
    checks = (digits * np.arange(2, 13)).sum(axis=1) + last * 13
    letters = UPN_LETTERS[checks % 23].tolist()
    middles = (authorities * 100_000_000 + own // 10).tolist()
    ends = np.where(temporary, UPN_LETTERS[last], last.astype("U2")).tolist()
    return [f"{c}{m}{e}" for c, m, e in zip(letters, middles, ends, strict=True)]


def nhs_numbers(rng: np.random.Generator, count: int) -> list[str]:
    """NHS numbers of the range 999, which is kept for tests (NHS Data Dictionary)."""
    own = rng.integers(0, 1_000_000, count)
    while True:
        digits = np.concatenate([np.full((count, 3), 9), _digits(own, 6)], axis=1)
        checks = 11 - (digits * np.arange(10, 1, -1)).sum(axis=1) % 11
        unusable = checks == 10
        if not unusable.any():
            break
        own = np.where(unusable, (own + 1) % 1_000_000, own)
    whole = (999_000_000 + own) * 10 + checks % 11
    return [str(number) for number in whole.tolist()]


def postcodes(rng: np.random.Generator, area: str, count: int) -> list[str]:
    """Postcodes of an area that does not exist, in the form of those that do."""
    districts = rng.integers(1, 21, count).tolist()
    sectors = rng.integers(0, 10, count).tolist()
    units = INWARD_LETTERS[rng.integers(0, len(INWARD_LETTERS), (count, 2))]
    pairs = np.char.add(units[:, 0], units[:, 1]).tolist()
    return [f"{area}{d} {s}{u}" for d, s, u in zip(districts, sectors, pairs, strict=True)]


def national_insurance_numbers(rng: np.random.Generator, count: int) -> list[str]:
    """National Insurance numbers with the prefix QQ, which is never given out (HMRC)."""
    numbers = rng.integers(0, 1_000_000, count).tolist()
    ends = np.array(list("ABCD"))[rng.integers(0, 4, count)].tolist()
    return [f"QQ{number:06d}{end}" for number, end in zip(numbers, ends, strict=True)]


def _digits(numbers: Ints, width: int) -> Ints:
    powers = 10 ** np.arange(width - 1, -1, -1)
    return numbers[:, None] // powers % 10
