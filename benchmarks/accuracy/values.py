"""Values of each kind against examples by published rules, against the libraries that know their
schemes, and against the real registers and records at ``../shared/real`` where they are there.

An answer is the canonical value, or None for a value that must be refused.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import phonenumbers
import pyarrow as pa
from stdnum.exceptions import ValidationError
from stdnum.gb import nhs, upn, utr, vat

from benchmarks.accuracy.published import PUBLISHED
from benchmarks.accuracy.table import Table
from contracts import kinds
from contracts.column import ColumnFacts
from contracts.missing import missing_writings
from transforms.values import missing, parser_for

REAL = Path(__file__).parents[3] / "shared" / "real"
MADE = 50_000
Answers = Iterable[tuple[str, str | None]]


def tables() -> list[Table]:
    """A table for each kind and each source of answers."""
    found = [table(title, kind, answers, note) for title, kind, note, answers in PUBLISHED]
    found += [
        table("NHS numbers, made", kinds.NhsNumber, made(nhs, "{:010d}", 10), "python-stdnum"),
        table("taxpayer references, made", kinds.UniqueTaxpayerReference,
              made(utr, "{:010d}", 10), "python-stdnum"),
        table("VAT numbers, made", kinds.VatNumber, vat_numbers(), "python-stdnum"),
        table("pupil numbers, made", kinds.UniquePupilNumber, pupil_numbers(), "python-stdnum"),
        table("NI number prefixes, all", kinds.NationalInsuranceNumber, prefixes(),
              "HMRC NIM39110, letter by letter"),
        table("telephones, every country's", kinds.Telephone, telephones(),
              "the numbering plans' own examples (libphonenumber)"),
        table("telephones, made", kinds.Telephone, national_numbers(), "phonenumbers"),
        missing_table(),
    ]  # fmt: skip
    return [*found, *real_tables()]


def table(title: str, kind: type[kinds.Kind], answers: Answers, note: str) -> Table:
    """What became of values of a kind."""
    whole = list(answers)
    parsed = parser_for(kind)(pa.array([written for written, _ in whole], pa.string()), {})
    return judged(title, [_text(v) for v in parsed.values.to_pylist()], [a for _, a in whole], note)


def judged(title: str, read: list[str | None], answers: list[str | None], note: str) -> Table:
    """A table of values read against their answers."""
    right = sum(value == answer for value, answer in zip(read, answers, strict=True))
    refused = sum(v is None and a is not None for v, a in zip(read, answers, strict=True))
    return Table(title, right, len(answers) - right - refused, refused, len(answers), note)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def made(scheme: Any, form: str, digits: int) -> Iterator[tuple[str, str | None]]:
    """Numbers of so many digits, half of them with the check digit made right."""
    random = Random(digits)
    for turn in range(MADE):
        number = form.format(random.randrange(10**digits))
        if turn % 2:
            number = _righted(scheme, number)
        nobodys = len(set(number)) == 1
        yield number, number if scheme.is_valid(number) and not nobodys else None


def _righted(scheme: Any, number: str) -> str:
    if scheme is utr:
        return str(utr.calc_check_digit(number[1:])) + number[1:]
    ends = (number[:-1] + str(digit) for digit in range(10))
    return next((whole for whole in ends if scheme.is_valid(whole)), number)


def vat_numbers() -> Iterator[tuple[str, str | None]]:
    """Numbers of nine digits, half of them with right check digits."""
    random = Random(9)
    for turn in range(MADE // 5):
        number = f"{random.randrange(1, 10**9):09d}"
        if turn % 2:
            ends = (f"{number[:7]}{pair:02d}" for pair in range(97))
            number = next(whole for whole in ends if vat.is_valid(whole))
        nobodys = number in ("0" * 9, "9" * 9)
        yield number, f"GB{number}" if vat.is_valid(number) and not nobodys else None


def pupil_numbers() -> Iterator[tuple[str, str | None]]:
    """Numbers of known local authorities, half of them with the right check letter."""
    random = Random(13)
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    for turn in range(MADE // 5):
        number = random.choice(letters) + f"801{random.randrange(10**9):09d}"
        if turn % 2:
            number = str(upn.calc_check_digit(number)) + number[1:]
        try:
            yield number, str(upn.validate(number))
        except ValidationError:
            yield number, None


def prefixes() -> Iterator[tuple[str, str | None]]:
    """Every prefix and every last letter."""
    letters = [chr(place) for place in range(ord("A"), ord("Z") + 1)]
    never = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}
    for first in letters:
        for second in letters:
            for last in letters:
                number = f"{first}{second}123456{last}"
                right = first not in "DFIQUV" and second not in "DFIOQUV" and last in "ABCD"
                yield number, number if right and first + second not in never else None


def telephones() -> Iterator[tuple[str, str | None]]:
    """The example number of every type and country, as it is dialled from abroad."""
    international = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in phonenumbers.PhoneNumberType.values():
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                right = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                yield phonenumbers.format_number(number, international), right


def national_numbers() -> Iterator[tuple[str, str | None]]:
    """Numbers of the United Kingdom's length, and of one digit less or more."""
    random = Random(44)
    for _ in range(MADE // 2):
        written = "0" + random.choice("12378") + "".join(
            random.choice("0123456789") for _ in range(random.choice((8, 9, 9, 9, 10)))
        )  # fmt: skip
        if re.match("01632960|07700900", written):
            continue
        number = phonenumbers.parse(written, "GB")
        right = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        yield written, right if phonenumbers.is_valid_number(number) else None


def missing_table() -> Table:
    """Every listed writing of a missing value, in columns of dates."""
    facts = ColumnFacts("day", kinds.Date, "a day", reasons=True)
    parse, told = parser_for(kinds.Date), missing.missing_of(facts, {})
    writings = missing_writings()
    parsed = missing.read(
        lambda some: parse(some, {"formats": ("%d/%m/%Y",)}), pa.array(list(writings)), told
    )
    read = parsed.companions["missing"].to_pylist()
    return judged("missing, with reason", read, list(writings.values()), "registers/missing.csv")


def real_tables() -> list[Table]:
    """Real records and registers; tables of nothing where they are not there."""
    if not REAL.is_dir():
        return [Table("real records", 0, 0, 0, 0, "not tried: nothing at ../shared/real")]
    records = list(companies())
    numbers = [(one["CompanyNumber"], one["CompanyNumber"]) for one in records]
    codes = {one["RegAddress.PostCode"] for one in records} - {""}
    return [
        table("company numbers, real", kinds.CompanyNumber, numbers, "Companies House test data"),
        table("postcodes, real", kinds.Postcode, [(code, whole(code)) for code in sorted(codes)],
              "Companies House test data"),
        address_table(records),
        table("area codes, real", kinds.GssCode, area_codes(), "ONS, mySociety; present and past"),
        table("area codes before 2011", kinds.GssCode, older_codes(), "to be refused"),
    ]  # fmt: skip


def companies() -> Iterator[dict[str, str]]:
    """Records of the free company data product."""
    for path in sorted((REAL / "api" / "companies_house").glob("*.zip")):
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                text = io.TextIOWrapper(packed.open(name), encoding="utf-8", newline="")
                for row in csv.DictReader(text):
                    yield {key.strip(): value for key, value in row.items()}


def whole(code: str) -> str | None:
    """The postcode, unless a part of it is missing or something else stands in it: two do."""
    return code if re.fullmatch(r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}", code) else None


def address_table(records: list[dict[str, str]]) -> Table:
    """Registered offices joined to one text: the postcode must come out of it again."""
    lines = ("AddressLine1", "AddressLine2", "PostTown", "County", "PostCode")
    wholes = [[one.get(f"RegAddress.{line}", "").strip() for line in lines] for one in records]
    wholes = [parts for parts in wholes if whole(parts[-1]) and any(parts[:-1])]
    written = pa.array(["\n".join(part for part in parts if part) for parts in wholes])
    read = parser_for(kinds.Address)(written, {}).companions["postcode"].to_pylist()
    answers: list[str | None] = [parts[-1] for parts in wholes]
    return judged("postcodes in addresses", read, answers, "Companies House test data")


def area_codes() -> Iterator[tuple[str, str | None]]:
    """Codes of areas in registers, present and former."""
    folder = REAL / "reference"
    found: set[str] = set()
    for path in (folder / "gds_registers").glob("statistical-geography-*.rsf"):
        found |= set(re.findall(r'"statistical-geography[a-z-]*":"(\w{9})"', path.read_text()))
    with (folder / "mysociety_la" / "uk_local_authorities.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found |= {row["gss-code"], *row["former-gss-codes"].split(",")}
    for code in sorted(found):
        if code.strip():
            yield code.strip(), code.strip()


def older_codes() -> Iterator[tuple[str, str | None]]:
    """Codes of councils from before 2011."""
    path = REAL / "reference" / "mysociety_la" / "10_old-ons-la-code.csv"
    with path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            yield row["old-ons-la-code"], None
