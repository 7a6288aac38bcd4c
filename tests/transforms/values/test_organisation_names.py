"""Names of organisations: invented, or those that a published file or law shows the rule with."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.values import organisations


def match(*written: str | None) -> list[str | None]:
    parsed = organisations.parse(pa.array(written, pa.string()), {})
    return list(parsed.companions["match"].to_pylist())


def first(written: str) -> tuple[Any, str | None]:
    parsed = organisations.parse(pa.array([written]), {})
    return parsed.values[0].as_py(), parsed.problems[0].as_py()


@pytest.mark.parametrize(
    ("written", "matched"),
    [
        # Legal forms, however written.
        ("Acme P.L.C.", "ACME PLC"), ("Acme p l c", "ACME PLC"), ("Acme (Plc)", "ACME PLC"),
        ("Acme Public Limited Company", "ACME PLC"), ("Acme Ltd.", "ACME LTD"),
        ("Acme L.T.D", "ACME LTD"), ("ACME LIMITED", "ACME LTD"), ("Acme Cyfyngedig", "ACME LTD"),
        ("Acme Cyf.", "ACME LTD"), ("Acme L.L.P.", "ACME LLP"),
        ("Acme Limited Liability Partnership", "ACME LLP"), ("Acme C.I.C.", "ACME CIC"),
        ("Acme Community Interest Company", "ACME CIC"),
        ("Acme Charitable Incorporated Organisation", "ACME CIO"), ("Acme Inc.", "ACME INC"),
        ("Acme Incorporated", "ACME INC"), ("Acme G.m.b.H.", "ACME GMBH"),
        ("Acme Gesellschaft mit beschränkter Haftung", "ACME GMBH"), ("Acme S.A.", "ACME SA"),
        ("Acme Société Anonyme", "ACME SA"), ("Acme Pty Limited", "ACME PTY LTD"),
        # Usual words.
        ("A & B Company", "A AND B CO"), ("A + B Co.", "A AND B CO"), ("A&B Co", "A AND B CO"),
        ("Smith Brothers Ltd", "SMITH BROS LTD"), ("Univ. of Eastvale", "UNIV OF EASTVALE"),
        ("The University of Eastvale", "UNIV OF EASTVALE"), ("Eastvale Assoc", "EASTVALE ASSOC"),
        ("Eastvale Association", "EASTVALE ASSOC"), ("Saint Ann's School", "ST ANNS SCHOOL"),
        ("St. Ann’s School", "ST ANNS SCHOOL"),
        ("Eastvale NHS Foundation Trust", "EASTVALE NHS FT"),
        ("Eastvale N.H.S. FT", "EASTVALE NHS FT"), ("Eastvale Borough Council", "EASTVALE BC"),
        ("Northmoor Council (The)", "NORTHMOOR COUNCIL"), ("J. R. Smith", "JR SMITH"),
        # What a ledger sticks to a name.
        ("ACME LTD:03529700", "ACME LTD"), ("Acme Ltd~114639650", "ACME LTD"),
        ("ACME LTD#KY14820002", "ACME LTD"), ("ACME LTD :02107500", "ACME LTD"),
        ("(id:42465) Surgery", "SURGERY"), ("Acme Ltd (ref 123456)", "ACME LTD"),
        ("Acme Ltd (1234567)", "ACME LTD"), ("1234567: Acme", "ACME"),
        # Trading and former names.
        ("Acme Ltd t/a Zenith", "ACME LTD"), ("Acme Ltd (T/A Zenith)", "ACME LTD"),
        ("ACME LTD T/AS ZENITH", "ACME LTD"), ("Acme Ltd trading as Zenith", "ACME LTD"),
        ("ACME LTD TA ZENITH", "ACME LTD"), ("Acme d/b/a Zenith", "ACME"),
        ("Acme dba Zenith", "ACME"), ("Acme Ltd (formerly Zenith)", "ACME LTD"),
        ("ACME LTD (FORMERLY)ZENITH LTD", "ACME LTD"), ("Acme Ltd (was Zenith)", "ACME LTD"),
        ("t/a Zenith", "ZENITH"), ("Acme Ltd t/a", "ACME LTD"),
        # What only looks like it.
        ("DBA Ltd", "DBA LTD"), ("4 Site Ltd", "4 SITE LTD"), ("3663 Foods", "3663 FOODS"),
        ("Acme 2000 Ltd", "ACME 2000 LTD"), ("Acme (2010) Ltd", "ACME 2010 LTD"),
        ("Stable Trading Company", "STABLE TRADING CO"), ("The", "THE"),
        ("24/7 Taxis", "24 7 TAXIS"),
        ("Taste of Ta Ltd", "TASTE OF TA LTD"), ("Northmoor CC", "NORTHMOOR CC"),
        ("(12345678)", "12345678"), ("Ltd", "LTD"),
        # Marks and scripts.
        ("Café Société Ltd", "CAFE SOCIETE LTD"), ("Øresund A/S", "ORESUND AS"),
        ("Ελληνική Εταιρεία", "ΕΛΛΗΝΙΚΗ ΕΤΑΙΡΕΙΑ"), ("ООО Ромашка", "ООО РОМАШКА"),
        ("Acme – North", "ACME NORTH"), ("...", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_match_forms(written: str | None, matched: str | None) -> None:
    assert match(written) == [matched]


@pytest.mark.parametrize(
    "written",
    ["Serco Ltd~114639650", "(id:42465) Surgery", "ACME LTD T/A ZENITH", "acme", "The Acme Co."],
)
def test_the_name_shown_is_the_one_written(written: str) -> None:
    assert first(f"  {written.replace(' ', '  ')} ") == (written, None)


def test_suppliers_as_written_stay_countable() -> None:
    written = ["Acme Ltd", "ACME LTD", "Acme Limited", "Acme Ltd~114639650", "Acme Ltd."]
    parsed = organisations.parse(pa.array(written), {})
    assert parsed.values.to_pylist() == written
    assert set(parsed.companions["match"].to_pylist()) == {"ACME LTD"}


@pytest.mark.parametrize(
    "written",
    ["REDACTED", "Redacted Personal Information", "REDACTED PERSONAL DATA", "Name withheld",
     "REDACTED COMMERCIAL CONFIDENTIALITY", "Personal data - redacted", "Commercial in confidence",
     "Withheld under FOI section 40(2)", "Private individual", "[REDACTED]"],
)  # fmt: skip
def test_a_withheld_name_stays_and_matches_nothing(written: str) -> None:
    assert first(written) == (written, "name-withheld")
    assert match(written) == [None]


@pytest.mark.parametrize(
    "written", ["Redacted Records Ltd", "Individual Care Ltd", "Confidential Waste Ltd"]
)
def test_a_name_that_only_sounds_withheld(written: str) -> None:
    assert first(written) == (written, None)
    assert match(written) != [None]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme North Ltd", "Acme South Ltd"), ("Acme Ltd", "Acme LLP"), ("Acme Ltd", "Acme"),
        ("Eastvale City Council", "Eastvale County Council"), ("A and B", "A B"),
        ("Eastvale Associates", "Eastvale Association"), ("3663 Foods", "Foods"),
    ],
)  # fmt: skip
def test_what_differs_does_not_match(one: str, other: str) -> None:
    found = match(one, other)
    assert found[0] != found[1]


WORD = st.one_of(
    st.from_regex(r"[A-Za-zéŁøΑ-Ω0-9&'’.-]{1,8}", fullmatch=True),
    st.sampled_from(
        ["Ltd", "LIMITED", "p.l.c.", "t/a", "T/AS", "ta", "The", "Company", "(UK)", "~123456789",
         ":0352970", "(id:42465)", "N.H.S.", "&", "formerly", "(was", "REDACTED", "dba", "A", "B"]
    ),
)  # fmt: skip
NAMES = st.lists(
    st.one_of(st.none(), st.lists(WORD, max_size=6).map(" ".join)), min_size=1, max_size=30
)


@settings(max_examples=15, deadline=None)
@given(NAMES)
def test_a_name_is_read_by_itself(written: list[str | None]) -> None:
    together = match(*written)
    assert together == [match(one)[0] for one in written]
    assert together[::-1] == match(*written[::-1])


@settings(max_examples=25, deadline=None)
@given(NAMES)
def test_only_white_space_of_a_name_changes(written: list[str | None]) -> None:
    shown = organisations.parse(pa.array(written, pa.string()), {}).values.to_pylist()
    assert shown == [" ".join(one.split()) or None if one else None for one in written]


@settings(max_examples=25, deadline=None)
@given(NAMES)
def test_a_match_form_matches_itself(written: list[str | None]) -> None:
    # But for the words that are left when there is nothing else.
    once = match(*written)
    plain = [one for one in once if one and one.isascii() and len(one.split(" ")) > 1]
    marks = ("TRADING", "FORMERLY", "PREVIOUSLY", "DBA", "TA", "WAS")
    plain = [one for one in plain if not set(one.split(" ")) & {*marks, "THE", "REDACTED"}]
    assert match(*plain) == plain


@settings(max_examples=25, deadline=None)
@given(st.from_regex(r"[A-Za-z]{2,8}( [A-Za-z]{2,8}){0,3}", fullmatch=True))
def test_neither_case_nor_signs_change_the_match_form(written: str) -> None:
    found = match(written, written.upper(), f"{written}.", f"({written})", f"The {written}")
    assert len(set(found[:4])) == 1 or "ta" in written.lower().split()
    assert found[4] == found[0] or "the" in written.lower().split()
