"""Names of persons: all of them invented, or those of the rules they show."""

import unicodedata
from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.values import casing, name_asides, names

Told = tuple[str | None, str | None, str | None, str | None]


def told(written: list[str | None], column: str = "forenames", **options: Any) -> list[Told]:
    """Value, match form, known-as and titles of each."""
    parse = names.parse_surname if column == "surname" else names.parse_forenames
    parsed = parse(pa.array(written, pa.string()), options)
    columns = [
        parsed.values,
        *(parsed.companions[name] for name in ("match", "known_as", "titles")),
    ]
    return list(zip(*(one.to_pylist() for one in columns), strict=True))


@pytest.mark.parametrize(
    ("written", "value", "known_as", "titles"),
    [
        ("Robert (Bob)", "Robert", "Bob", None), ('Robert "Bob"', "Robert", "Bob", None),
        ("Robert ‘Bob’", "Robert", "Bob", None), ("Robert “Bob” Jay", "Robert Jay", "Bob", None),
        ("ROBERT 'BOB'", "Robert", "Bob", None), ("Robert known as Bob", "Robert", "Bob", None),
        ("Robert (aka Bob)", "Robert", "Bob", None), ("Mr Robert", "Robert", None, "Mr"),
        ("Dr. Ann", "Ann", None, "Dr."), ("DR ANN", "Ann", None, "DR"),
        ("Cllr Mrs Ann", "Ann", None, "Cllr Mrs"), ("The Rt Hon Ann", "Ann", None, "The Rt Hon"),
        ("Mr & Mrs John", "John", None, "Mr & Mrs"), ("Rev Ann (Nan)", "Ann", "Nan", "Rev"),
        ("Ann OBE", "Ann", None, "OBE"), ("Ann, M.B.E.", "Ann", None, "M.B.E."),
        ("John Jr", "John", None, "Jr"), ("John III", "John", None, "III"),
        ("Dame Ann Mary DBE, FRCP", "Ann Mary", None, "Dame DBE, FRCP"),
        # A title with nothing else, and words that are names too, are names.
        ("Mr", "Mr", None, None), ("Dean", "Dean", None, None), ("Earl R", "Earl R", None, None),
        ("(Bob)", "(Bob)", None, None), ("Drew Msia", "Drew Msia", None, None),
        ("O'Shea D'Arcy", "O'Shea D'Arcy", None, None), ("Ann (2)", "Ann (2)", None, None),
        ("Hon Wah", "Hon Wah", None, None), ("Lady-Jane", "Lady-Jane", None, None),
    ],
)  # fmt: skip
def test_titles_and_other_names_are_set_apart(
    written: str, value: str, known_as: str | None, titles: str | None
) -> None:
    found = told([written])[0]
    assert (found[0], *found[2:]) == (value, known_as, titles)


def test_of_a_surname_too() -> None:
    assert told(["Mr Smith Jr"], "surname") == [("Smith", "SMITH", None, "Mr Jr")]
    assert told(["Jones (née Smith)"], "surname") == [("Jones", "JONES", "née Smith", None)]
    assert told(["KC"], "surname") == [("Kc", "KC", None, None)]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("VAN DER BERG", "van der Berg"), ("O’NEILL", "O’Neill"), ("MCDONALD", "McDonald"),
        ("MACDONALD", "Macdonald"), ("MacDonald", "MacDonald"), ("Macdonald", "Macdonald"),
        ("mCdonald", "mCdonald"), ("SMITH-JONES", "Smith-Jones"), ("AP GWILYM", "ap Gwilym"),
        ("DE LA CRUZ", "de la Cruz"), ("LA ROUX", "La Roux"), ("BIN ALI", "bin Ali"),
        ("AL-SAYED", "Al-Sayed"), ("ORTEGA Y GASSET", "Ortega y Gasset"), ("NG", "Ng"),
        ("DE", "De"), ("JAMES'S", "James's"), ("ØDEGÅRD", "Ødegård"), ("mcéwan", "McÉwan"),
        # Scripts without our capitals, and a Turkish I, stay as they are.
        ("ΓΙΏΡΓΟΣ", "ΓΙΏΡΓΟΣ"), ("ИВАНОВ", "ИВАНОВ"), ("王", "王"), ("حسن", "حسن"),
        ("IŞIK", "IŞIK"), ("Yılmaz", "Yılmaz"),
    ],
)  # fmt: skip
def test_capitals_of_surnames(written: str, shown: str) -> None:
    assert casing.cased_surnames(pa.array([written])).to_pylist() == [shown]


@pytest.mark.parametrize(
    ("written", "shown"),
    [("JP", "JP"), ("TJ ROBERT", "TJ Robert"), ("J R R", "J R R"), ("E JOHN", "E John"),
     ("DE ANDRE", "De Andre"), ("LE ANN", "Le Ann"), ("ST JOHN", "St John"), ("jp", "Jp"),
     ("ANNE-MARIE", "Anne-Marie"), ("SIOBHÁN", "Siobhán"), ("LYNN", "Lynn")],
)  # fmt: skip
def test_capitals_of_forenames(written: str, shown: str) -> None:
    assert casing.cased_forenames(pa.array([written])).to_pylist() == [shown]


@pytest.mark.parametrize(
    ("written", "matched"),
    [
        ("Łukasz", "LUKASZ"), ("Øystein", "OYSTEIN"), ("Søren", "SOREN"), ("José", "JOSE"),
        ("Jose\u0301", "JOSE"), ("Müller", "MULLER"), ("Strauß", "STRAUSS"), ("Ægir", "AEGIR"),
        ("Þór", "THOR"), ("Đặng", "DANG"), ("Yılmaz", "YILMAZ"), ("Əliyev", "ELIYEV"),
        ("O'Brien", "OBRIEN"), ("O’Brien", "OBRIEN"), ("Oʼ Brien", "OBRIEN"), ("O`Brien", "OBRIEN"),
        ("Smith-Jones", "SMITHJONES"), ("Smith – Jones", "SMITHJONES"), ("al-Rahman", "ALRAHMAN"),
        ("Γιώργος", "ΓΙΩΡΓΟΣ"), ("ΓΙΩΡΓΟΣ", "ΓΙΩΡΓΟΣ"), ("Иванов", "ИВАНОВ"), ("Йован", "ЙОВАН"),
        ("王小明", "王小明"), ("J. R.", "JR"), ("Mr Smith Jr", "SMITH"),
    ],
)  # fmt: skip
def test_match_forms(written: str, matched: str) -> None:
    assert told([written], "surname")[0][1] == matched


SURNAME_FIRST = [
    ("SMITH, Mr John", ("Smith", None), ("John", "Mr")),
    ("VAN DER BERG, JAN", ("van der Berg", None), ("Jan", None)),
    ("SMITH JR, JOHN", ("Smith", "JR"), ("John", None)),
    ("Smith, John, OBE", ("Smith", None), ("John", "OBE")),
    ("O'BRIEN , ANN MARIE", ("O'Brien", None), ("Ann Marie", None)),
    ("SMITH", (None, None), (None, None)),
    ("John Smith", (None, None), (None, None)),
    ("A, B, C", (None, None), (None, None)),
]
FORENAMES_FIRST = [
    ("John Smith", "John", "Smith"), ("JOHN PAUL SMITH", "John Paul", "Smith"),
    ("Dr Jan van der Berg OBE", "Jan", "van der Berg"), ("Juan de la Cruz", "Juan", "de la Cruz"),
    ("María GARCÍA LÓPEZ", "María", "García López"), ("Jan van der BERG", "Jan", "van der BERG"),
    ("José Ortega y Gasset", "José", "Ortega y Gasset"), ("Van Morrow", "Van", "Morrow"),
    ("Ann O' Brien", "Ann", "O' Brien"), ("John Y Smith", "John Y", "Smith"),
    ("Ali bin Omar", "Ali", "bin Omar"), ("Rhys ap Gwilym", "Rhys", "ap Gwilym"),
    ("Ann Smith-Jones", "Ann", "Smith-Jones"), ("Ann St John", "Ann", "St John"),
    ("J. R. Smith", "J. R.", "Smith"), ("Smith", None, None), ("Smith, John", None, None),
    ("Dr Smith", None, None), ("Mr John", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("written", "surname", "forenames"), SURNAME_FIRST)
def test_surname_first(written: str, surname: tuple[Any, Any], forenames: tuple[Any, Any]) -> None:
    assert told([written], "surname", part="surname")[0][::3] == surname
    assert told([written], "forenames", part="forenames")[0][::3] == forenames


@pytest.mark.parametrize(("written", "forenames", "surname"), FORENAMES_FIRST)
def test_forenames_first(written: str, forenames: str | None, surname: str | None) -> None:
    order = {"name_order": "forenames-first"}
    assert told([written], "surname", part="surname", **order)[0][0] == surname
    assert told([written], "forenames", part="forenames", **order)[0][0] == forenames


def test_what_stands_beside_a_whole_name_goes_with_the_forenames() -> None:
    order = {"name_order": "forenames-first"}
    written: list[str | None] = ["Mr John Smith OBE (Jack)"]
    assert told(written, "forenames", part="forenames", **order) == [
        ("John", "JOHN", "Jack", "Mr OBE")
    ]
    assert told(written, "surname", part="surname", **order) == [("Smith", "SMITH", None, None)]


def test_an_order_nobody_knows_is_an_error() -> None:
    with pytest.raises(ValueError, match="no order"):
        told(["John Smith"], part="forenames", name_order="random")


@pytest.mark.parametrize("written", ["King Ali", "Prince Adu", "Sheikh Rahman"])
def test_a_word_that_persons_are_called_is_no_title(written: str) -> None:
    assert told([written])[0][0] == written


WORD = st.one_of(
    st.from_regex(r"[A-Za-zÀ-ÖØ-öø-ÿŁłŞşĞğİıΑ-Ωа-я]{1,8}(['’-][A-Za-zé]{1,6})?", fullmatch=True),
    st.sampled_from(
        ["Mr", "DR", "Cllr.", "OBE", "Jr", "(Bob)", '"Bob"', "‘Al’", "van", "DER", "de", "y", "J.",
         "III", ",", "(", ")", "'", "((Ann) x)", "Rt Hon", "&", "M.B.E.", "MCDONALD", "王",
         "e\u0301"]
    ),
)  # fmt: skip
WHOLE = st.lists(WORD, min_size=1, max_size=6).map(" ".join)


def letters(*texts: str | None) -> Counter[str]:
    # A dotless ı has the capital I, which folds to i.
    plain = [(text or "").replace("ı", "i") for text in texts]
    folded = (unicodedata.normalize("NFKD", text).casefold() for text in plain)
    return Counter(
        letter for text in folded for letter in text if unicodedata.category(letter)[0] == "L"
    )


MANY = st.lists(WHOLE, min_size=1, max_size=40)


@settings(max_examples=25, deadline=None)
@given(MANY, st.sampled_from(["forenames", "surname"]))
def test_no_letter_is_lost(written: list[str | None], column: str) -> None:
    for name, (value, _, known_as, titles) in zip(written, told(written, column), strict=True):
        if value is not None:
            assert letters(value, known_as, titles) == letters(name)


@settings(max_examples=25, deadline=None)
@given(MANY, st.sampled_from(["surname-first", "forenames-first"]))
def test_no_letter_of_a_whole_name_is_lost(written: list[str | None], order: str) -> None:
    forenames = told(written, "forenames", part="forenames", name_order=order)
    surnames = told(written, "surname", part="surname", name_order=order)
    for name, one, other in zip(written, forenames, surnames, strict=True):
        if one[0] is not None and other[0] is not None:
            assert letters(one[0], *one[2:], other[0], *other[2:]) == letters(name)


@settings(max_examples=25, deadline=None)
@given(MANY, st.sampled_from(["forenames", "surname"]))
def test_reading_a_name_again_changes_nothing(written: list[str | None], column: str) -> None:
    once = told(written, column)
    again = told([one[0] for one in once], column)
    assert again == [(value, match, None, None) for value, match, _, _ in once]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.none(), WHOLE), max_size=8), st.sampled_from(["forenames", "surname"]))
def test_a_name_is_read_by_itself(written: list[str | None], column: str) -> None:
    together = told(written, column)
    assert together == [told([one], column)[0] for one in written]
    assert together[::-1] == told(written[::-1], column)


@settings(max_examples=100, deadline=None)
@given(st.from_regex(r"[A-Za-zéøßŁ]{1,6}([ '’-][A-Za-zéøßŁ]{1,6}){0,2}", fullmatch=True))
def test_neither_case_nor_marks_nor_signs_change_the_match_form(written: str) -> None:
    other = unicodedata.normalize("NFD", written).replace(" ", "-").replace("'", "’").lower()
    found = names.match_form(pa.array([written, other])).to_pylist()
    assert found[0] == found[1]


def test_mixed_case_is_never_altered() -> None:
    written = ["McDonald", "mCd", "DeSouza", "van Der Berg", "Jean-marie", "d'Arcy"]
    assert casing.cased_surnames(pa.array(written)).to_pylist() == written
    assert casing.cased_forenames(pa.array(written)).to_pylist() == written


def test_nothing_is_set_apart_of_nothing() -> None:
    found = name_asides.set_apart(pa.array([], pa.string()))
    assert (len(found.names), len(found.known_as), len(found.titles)) == (0, 0, 0)
