"""Postal addresses."""

import pyarrow as pa
import pytest

from transforms.values import addresses


def read(written: str | None) -> tuple[str | None, str | None, str | None, str | None]:
    parsed = addresses.parse(pa.array([written], pa.string()), {})
    columns = [parsed.values, parsed.companions["match"], parsed.companions["postcode"]]
    value, match, postcode = (column[0].as_py() for column in columns)
    return value, match, postcode, parsed.problems[0].as_py()


@pytest.mark.parametrize(
    ("written", "line", "postcode"),
    [
        ("12 HIGH STREET,\nSTOKE-ON-TRENT\nST1 1AA", "12 High Street, Stoke-on-Trent", "ST1 1AA"),
        ("Flat 2, 1 St John's Rd,  Leeds. ls1 4ab", "Flat 2, 1 St John's Rd, Leeds", "LS1 4AB"),
        ("PO BOX 12, LONDON SW1A1AA", "PO Box 12, London", "SW1A 1AA"),
        ("1-3 the avenue | king's lynn", "1-3 The Avenue, King's Lynn", None),
        ("12a MILL LANE, Ely, , M1 1AE, M1 1AE", "12a MILL LANE, Ely", "M1 1AE"),
        ("1 Mill Lane, M1 1AE, M1 1AB", "1 Mill Lane, M1 1AE, M1 1AB", None),
        ("1 Mill Lane, QQ1 1QQ", "1 Mill Lane, QQ1 1QQ", None),
        ("M1 1AE", None, "M1 1AE"),
    ],
)  # fmt: skip
def test_one_line_and_its_postcode(written: str, line: str | None, postcode: str | None) -> None:
    value, _, code, problem = read(written)
    assert (value, code, problem) == (line, postcode, None)


@pytest.mark.parametrize(
    "written",
    ["1 Saint John's Road, Leeds", "1 ST JOHNS RD LEEDS", "1, St. John’s Rd., Leeds, LS1 4AB"],
)
def test_one_address_has_one_match_form(written: str) -> None:
    assert read(written)[1] == "1 ST JOHNS RD LEEDS"


@pytest.mark.parametrize(
    ("written", "problem"),
    [("-", "missing-placeholder"), ("#REF!", "cell-error"), ("1 \u202eRoad", "control-character"),
     ("", None), (None, None)],
)  # fmt: skip
def test_what_is_no_address(written: str | None, problem: str | None) -> None:
    assert read(written) == (None, None, None, problem)
