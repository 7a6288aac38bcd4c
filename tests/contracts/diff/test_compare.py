"""What changed between two versions of a contract: found, classed, and said whom it breaks."""

import copy
from typing import Any

import pytest

from contracts.diff.change import Change, level_of
from contracts.diff.compare import changes
from contracts.odcs.document import NotADocument, Plain
from contracts.odcs.export import dataset_document, entity_document

DATASET = "datasets/fines.py"
ENTITY = "entities/fine.py"
NOTE = '"Note", headers=["note"], to="fine.note", optional=True'


def dataset(folder: Any) -> Plain:
    declared = folder.load()
    assert "fines" in declared.datasets, declared.broken
    return dataset_document(declared.datasets["fines"], declared)


def entity(folder: Any) -> Plain:
    declared = folder.load()
    assert "fine" in declared.entities
    return entity_document(declared.entities["fine"], declared)


def short(found: list[Change]) -> list[tuple[str, str | None, str, bool, bool]]:
    return [
        (one.code, one.column, one.level, one.supplier.breaking, one.analyst.breaking)
        for one in found
    ]


# What the sound dataset says, what it says instead, and the one change that must come of it:
# code, column, level, whether it breaks suppliers, whether it breaks analysts.
DATASET_CHANGES = {
    "required": (NOTE, NOTE.replace("optional", "nullable"),
                 ("column-no-longer-optional", "note", "major", True, False)),
    "optional": ('headers=["sum"]', 'headers=["sum"], optional=True',
                 ("column-optional", "amount", "minor", False, False)),
    "nullable": ('headers=["sum"]', 'headers=["sum"], nullable=True',
                 ("column-nullable", "amount", "minor", False, False)),
    "header": ('headers=["sum"]', 'headers=["sum", "fine"]',
               ("headers-added", "amount", "minor", False, False)),
    "header gone": ('headers=["day"]', "headers=[]",
                    ("headers-removed", "paid_on", "major", True, True)),
    "target": ('to="fine.note"', "to=[]",
               ("target-changed", "note", "major", False, True)),
    "check": (NOTE, NOTE + ', isin=["a"]', ("check-added", "note", "major", True, False)),
    "meaning": ('"Sum"', '"Sum, pounds"', ("meaning-changed", "amount", "patch", False, False)),
    "doc": ("Caveats: none.", "Caveats: few.",
            ("description-changed", None, "patch", False, False)),
    "title": ('name="fines"', 'name="fines", title="Penalties"',
              ("title-changed", None, "patch", False, False)),
    "date order": ('main="fine"', 'main="fine", date_order="mdy"',
                   ("date-order-changed", None, "major", True, True)),
    "replaces": ('main="fine"', 'main="fine", replaces="everything"',
                 ("replaces-changed", None, "major", True, True)),
    "unique": (NOTE, NOTE + ", unique=True", ("check-added", "note", "major", True, False)),
    "option": (NOTE, NOTE + ', options={"spin": "left"}',
               ("option-changed", "note", "major", True, True)),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(DATASET_CHANGES))
def test_a_change_of_a_dataset(folder: Any, name: str) -> None:
    old, new, wanted = DATASET_CHANGES[name]
    before = dataset(folder)
    folder.change(DATASET, old, new)
    after = dataset(folder)
    found = changes(before, after)
    assert short(found) == [wanted]
    assert all(one.why for change in found for one in (change.supplier, change.analyst))
    assert changes(after, after) == []


ENTITY_CHANGES = {
    "required": ('"Note", nullable=True', '"Note"',
                 ("column-required", "note", "major", True, False)),
    "nullable": ('"Sum"', '"Sum", nullable=True',
                 ("column-nullable", "amount", "major", False, True)),
    "check gone": ('"Sum", ge=0', '"Sum"', ("check-removed", "amount", "major", False, True)),
    "shared": ('name="fine"', 'name="fine", shared=True',
               ("shared-changed", None, "major", False, True)),
    "dated": ('name="fine"', 'name="fine", valid_from="paid_on"',
              ("valid-from-changed", None, "major", False, True)),
    "an event": ('name="fine"', 'name="fine", happened_on="paid_on"',
                 ("happened-on-changed", None, "major", False, True)),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ENTITY_CHANGES))
def test_a_change_of_an_entity(folder: Any, name: str) -> None:
    old, new, wanted = ENTITY_CHANGES[name]
    folder.change(ENTITY, '"Sum"', '"Sum", ge=0') if "ge=0" in old else None
    before = entity(folder)
    folder.change(ENTITY, old, new)
    assert short(changes(before, entity(folder))) == [wanted]


def test_identity_and_the_columns_that_carry_it(folder: Any) -> None:
    before = entity(folder)
    folder.change(ENTITY, 'name="fine"', 'name="fine", identity=["paid_on"]')
    assert short(changes(before, entity(folder))) == [
        ("identity-changed", None, "major", False, True)
    ]


def test_columns_added_and_removed(folder: Any) -> None:
    before = dataset(folder)
    folder.change(DATASET, "    note: Text", "    why: Text = column('Why', headers=['why'], "
                  "to='fine.note', optional=True)\n    note: Text")  # fmt: skip
    after = dataset(folder)
    assert short(changes(before, after)) == [("column-added", "why", "minor", False, False)]
    assert short(changes(after, before)) == [("column-removed", "why", "major", False, True)]
    folder.change(DATASET, "to='fine.note', optional=True", "to='fine.note', nullable=True")
    assert short(changes(before, dataset(folder))) == [
        ("column-added", "why", "major", True, False)
    ]


def test_an_entity_column_with_its_companions(folder: Any) -> None:
    before = entity(folder)
    folder.change(
        ENTITY, "    note: Text", "    due: Date = column('Due', nullable=True)\n    note: Text"
    )
    assert short(changes(before, entity(folder))) == [
        ("column-added", "due", "minor", False, False),
        ("column-added", "due_precision", "minor", False, False),
    ]
    folder.change(ENTITY, "column('Due', nullable=True)", "column('Due')")
    assert short(changes(before, entity(folder)))[0] == (
        "column-added", "due", "major", True, False,
    )  # fmt: skip


def test_a_column_that_says_what_it_was_called_is_renamed(folder: Any) -> None:
    before = entity(folder)
    folder.change(ENTITY, "    surname: Surname = column(\"Who\", nullable=True)",
                  "    family: Surname = column(\"Who\", nullable=True, "
                  "options={\"formerly\": \"surname\"})")  # fmt: skip
    after = entity(folder)
    found = short(changes(before, after))
    assert ("column-renamed", "family", "major", False, True) in found
    assert ("column-renamed", "family_match", "major", False, True) in found
    assert {code for code, *_ in found} == {"column-renamed"}
    assert {code for code, *_ in short(changes(after, before))} == {
        "column-removed",
        "column-added",
    }


def test_kinds_widen_and_narrow(folder: Any) -> None:
    before = dataset(folder)
    folder.change(DATASET, "Surname, Text", "Reference, Surname, Text")
    folder.change(DATASET, "note: Text", "note: Reference")
    after = dataset(folder)
    assert short(changes(before, after)) == [("kind-narrowed", "note", "major", True, False)]
    assert short(changes(after, before)) == [("kind-widened", "note", "minor", False, False)]


def test_a_kind_that_is_kept_otherwise_breaks_both(folder: Any) -> None:
    before = dataset(folder)
    folder.change(ENTITY, "amount: Money", "amount: Text")
    folder.change(DATASET, "amount: Money", "amount: Text")
    assert short(changes(before, dataset(folder))) == [
        ("kind-changed", "amount", "major", True, True)
    ]


def test_a_class_of_personal_data_is_never_changed_silently(folder: Any) -> None:
    before = entity(folder)
    folder.change(ENTITY, '"Note", nullable=True', '"Note", nullable=True, personal="personal"')
    after = entity(folder)
    wanted = [("personal-class-changed", "note", "major", True, True)]
    assert short(changes(before, after)) == wanted
    assert short(changes(after, before)) == wanted


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("ge=0", "ge=1", "check-tightened"),
        ("ge=0", "ge=-1", "check-loosened"),
        ("le=9", "le=8", "check-tightened"),
        ("le=9", "le=10", "check-loosened"),
        ('in_range={"min_value": 0, "max_value": 9}', 'in_range={"min_value": 1, "max_value": 9}',
         "check-tightened"),
        ('in_range={"min_value": 0, "max_value": 9}', 'in_range={"min_value": 1, "max_value": 10}',
         "check-changed"),
    ],
)  # fmt: skip
def test_bounds_tighten_and_loosen(folder: Any, old: str, new: str, code: str) -> None:
    folder.change(DATASET, 'headers=["sum"]', f'headers=["sum"], {old}')
    before = dataset(folder)
    folder.change(DATASET, old, new)
    (found,) = changes(before, dataset(folder))
    assert (found.code, found.column) == (code, "amount")
    assert found.level == ("minor" if code == "check-loosened" else "major")


def test_lists_of_values_tighten_and_loosen(folder: Any) -> None:
    folder.change(DATASET, NOTE, NOTE + ', isin=["a", "b"]')
    before = dataset(folder)
    folder.change(DATASET, 'isin=["a", "b"]', 'isin=["a", "b", "c"]')
    after = dataset(folder)
    assert [one.code for one in changes(before, after)] == ["check-loosened"]
    assert [one.code for one in changes(after, before)] == ["check-tightened"]


def test_the_source_of_a_check_counts_not_its_layout(folder: Any) -> None:
    method = (
        "\n    @pa.dataframe_check\n    @classmethod\n    def small(cls, data):\n"
        '        """Small."""\n        return data.lazyframe.select(pl.col("amount") < 9)\n'
    )
    text = (folder.root / DATASET).read_text()
    folder.write(DATASET, "import pandera.polars as pa\nimport polars as pl\n" + text + method)
    before = dataset(folder)
    folder.change(DATASET, "        return", "        # laid out otherwise\n        return")
    assert changes(before, dataset(folder)) == []
    folder.change(DATASET, "< 9", "< 8")
    (found,) = changes(before, dataset(folder))
    assert (found.code, found.level) == ("check-changed", "major")
    assert found.before != found.after


def test_codes_added_and_removed(folder: Any) -> None:
    head = "code,name,start,end,aliases,source,licence\n"
    folder.write("registers/codes/why/why.csv", head + "a,A,,,,s,CC0-1.0\n")
    folder.change(DATASET, "Surname, Text", "Code, Surname, Text")
    folder.change(DATASET, "note: Text", "note: Code")
    folder.change(DATASET, NOTE, NOTE + ', options={"scheme": "why"}')
    before = dataset(folder)
    folder.write("registers/codes/why/why.csv", head + "a,A,,,,s,CC0-1.0\nb,B,,,,s,CC0-1.0\n")
    after = dataset(folder)
    assert short(changes(before, after)) == [("codes-added", "note", "minor", False, False)]
    assert short(changes(after, before)) == [("codes-removed", "note", "major", True, True)]


def test_headers_in_another_order_may_be_read_otherwise(folder: Any) -> None:
    folder.change(DATASET, 'headers=["sum"]', 'headers=["sum", "fine"]')
    before = dataset(folder)
    folder.change(DATASET, '["sum", "fine"]', '["fine", "sum"]')
    assert short(changes(before, dataset(folder))) == [
        ("headers-reordered", "amount", "major", True, True)
    ]


def test_what_nobody_knows_counts_as_breaking(folder: Any) -> None:
    before = dataset(folder)
    after = copy.deepcopy(before)
    after["schema"][0]["properties"][0]["customProperties"].append(
        {"property": "spin", "value": "left"}
    )
    assert short(changes(before, after)) == [("fact-changed", "paid_on", "major", True, True)]


def test_a_dataset_is_not_compared_with_an_entity(folder: Any) -> None:
    with pytest.raises(NotADocument, match="a dataset contract cannot be compared with a entity"):
        changes(dataset(folder), entity(folder))
    with pytest.raises(NotADocument, match="0 tables"):
        changes(dataset(folder), {**dataset(folder), "schema": []})


def test_no_change_is_no_level() -> None:
    assert level_of([]) == "none"
