"""Numbers that are dates and times by the format of their variable, as ISO text.

SPSS counts seconds from 1582-10-14, SAS days or seconds and Stata days, milliseconds or periods
from 1960-01-01 (the programs' own manuals on date and time variables).
"""

import re
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Numbers: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]

_SPSS_DAY_0, _DAY_0 = -141_428, -3_653  # 1582-10-14 and 1960-01-01, from 1970-01-01.
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31.
_DAY = 86_400_000
_SPSS = {
    **dict.fromkeys(("DATE", "ADATE", "EDATE", "JDATE", "SDATE", "MOYR", "QYR", "WKYR"), "seconds"),
    **dict.fromkeys(("DATETIME", "YMDHMS"), "moments"),
    **dict.fromkeys(("TIME", "DTIME", "MTIME"), "lengths"),
}
_SAS_DAYS = re.compile(
    r"(DATE|DDMMYY[BCDNPS]?|MMDDYY[BCDNPS]?|YYMMDD[BCDNPS]?|(E|B|IS)8601DA|JULIAN|WEEKDAT[EX]"
    r"|WORDDAT[EX]|MONYY|YYMON|(YYMM|MMYY)[CDNPS]?|YYQ[CDNPS]?|YEAR)(?![A-Z])"
)
_SAS_MOMENTS = re.compile(
    r"(DATETIME|DATEAMPM|MDYAMPM|(E|B|IS)8601(DT|DN)|DTDATE|DTMONYY|DTYEAR)(?![A-Z])"
)
_SAS_TIMES = re.compile(r"(TIME|TIMEAMPM|TOD|HHMM|(E|B|IS)8601TM)(?![A-Z])")
_STATA = re.compile(r"%-?0?[0-9]*(d|t[cdwmqh])")
_PERIODS = {"tw": (52, "{}w{}"), "tm": (12, "{}-{:02d}"), "tq": (4, "{}q{}"), "th": (2, "{}h{}")}


def time_kind(program: str, written: str | None) -> str | None:
    """What a variable's format makes of its numbers; None where they are numbers.

    Args:
        program: ``spss``, ``sas`` or ``stata``.
        written: the format, as ``DATE11``, ``DATETIME20.`` or ``%tdD_m_Y``.
    """
    name = (written or "").upper()
    if program == "spss":
        match = re.match("[A-Z]+", name)
        return _SPSS.get(match.group()) if match else None
    if program == "sas":
        found = [
            kind
            for kind, pattern in (
                ("days", _SAS_DAYS), ("sas-moments", _SAS_MOMENTS), ("lengths", _SAS_TIMES),
            )
            if pattern.match(name)
        ]  # fmt: skip
        return found[0] if found else None
    # %tC, which counts leap seconds, is none of them.
    stata = _STATA.match(written or "")
    return {"d": "days", "td": "days", "tc": "milliseconds"}.get(
        stata.group(1), stata.group(1)
    ) if stata else None  # fmt: skip


def time_texts(kind: str, values: Numbers) -> tuple[npt.NDArray[Any], Mask]:
    """Texts of the numbers, and which of them are no time that can be."""
    if kind == "lengths":
        return _lengths(values)
    if kind in _PERIODS:
        return _periods(values, *_PERIODS[kind])
    day_0, unit = {
        "seconds": (_SPSS_DAY_0, 1000.0),
        "moments": (_SPSS_DAY_0, 1000.0),
        "sas-moments": (_DAY_0, 1000.0),
        "milliseconds": (_DAY_0, 1.0),
        "days": (_DAY_0, float(_DAY)),
    }[kind]
    with np.errstate(all="ignore"):
        sum_ = np.round(values * unit) + float(day_0) * _DAY
        right = (sum_ >= float(_FIRST_DAY) * _DAY) & (sum_ < float(_LAST_DAY + 1) * _DAY)
    when = np.where(right, sum_, 0).astype(np.int64).astype("datetime64[ms]")
    texts = np.datetime_as_string(when, unit="ms").astype(object)
    short = [text.removesuffix(".000") for text in texts.tolist()]
    if kind in ("seconds", "days"):
        short = [text.removesuffix("T00:00:00") for text in short]
    return np.array(short, object), ~right


def _lengths(values: Numbers) -> tuple[npt.NDArray[Any], Mask]:
    """Lengths of time and times of day as ``HH:MM:SS``, beyond 24 hours and below none too."""
    right = np.abs(values) < 1e10
    texts = []
    for value in np.where(right, values, 0).tolist():
        milliseconds = round(abs(value) * 1000)
        hours, rest = divmod(milliseconds, 3_600_000)
        minutes, rest = divmod(rest, 60_000)
        seconds, part = divmod(rest, 1000)
        sign = "-" if value < 0 else ""
        parts = f".{part:03d}" if part else ""
        texts.append(f"{sign}{hours:02d}:{minutes:02d}:{seconds:02d}{parts}")
    return np.array(texts, object), ~right


def _periods(values: Numbers, number: int, words: str) -> tuple[npt.NDArray[Any], Mask]:
    """Weeks, months, quarters, half-years as Stata counts them; months as ``YYYY-MM``."""
    right = (np.abs(values) < 5000 * number) & (values == np.floor(values))
    whole = np.where(right, values, 0).astype(np.int64)
    years, periods = 1960 + whole // number, whole % number + 1
    pairs = zip(years.tolist(), periods.tolist(), strict=True)
    return np.array([words.format(year, period) for year, period in pairs], object), ~right
