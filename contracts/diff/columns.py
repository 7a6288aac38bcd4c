"""Changes of one column that is there before and after."""

from collections.abc import Iterator
from typing import Any

from contracts.diff.change import Change, Contract, Verdict, breaks, fine
from contracts.diff.checks import check_changes
from contracts.diff.kinds import compared
from contracts.odcs.document import Plain, customs

# Facts with a comparison of their own; any other is compared as a whole.
_PLACED = {"kind", "headers", "to", "optional", "nullable", "options", "reasons", "companion_of"}
UNAFFECTED = fine("Nothing of theirs changes")
READ_ALIKE = fine("Files are read as before")


def column_changes(contract: Contract, before: Plain, after: Plain) -> Iterator[Change]:
    """What changed about a column.

    Args:
        contract: whether suppliers promise it (``dataset``) or the repository (``entity``).
        before, after: its property in the documents.
    """
    name = after["name"]
    old, new = customs(before), customs(after)
    yield from _presence(contract, name, before, after)
    yield from _kind(contract, name, before, after)
    if before.get("classification") != after.get("classification"):
        yield Change(
            "personal-class-changed", name, before.get("classification"),
            after.get("classification"),
            breaks("The agreements that let the column land have to be looked at again"),
            breaks("Who may read the column, and how it is protected, follows from its class"),
        )  # fmt: skip
    yield from _headers(name, old.get("headers") or [], new.get("headers") or [])
    if (old.get("to") or []) != (new.get("to") or []):
        yield Change(
            "target-changed", name, old.get("to"), new.get("to"), READ_ALIKE,
            breaks("The values are kept in another place than they were"),
        )  # fmt: skip
    yield from _options(contract, name, old.get("options") or {}, new.get("options") or {})
    if bool(old.get("reasons")) != bool(new.get("reasons")):
        yield _reasons(name, bool(new.get("reasons")))
    for fact in sorted({*old, *new} - _PLACED):
        if old.get(fact) != new.get(fact):
            yield Change(
                "fact-changed", name, {fact: old.get(fact)}, {fact: new.get(fact)},
                breaks(f"Nothing here knows whether a changed {fact} reads files as before"),
                breaks(f"Nothing here knows whether a changed {fact} keeps values as they were"),
            )  # fmt: skip
    yield from check_changes(contract, before, after)
    if before.get("description") != after.get("description"):
        yield Change(
            "meaning-changed", name, before.get("description"), after.get("description"),
            UNAFFECTED, fine("The column is described in other words"), wording=True,
        )  # fmt: skip


def _reasons(name: str, now: bool) -> Change:
    analyst = (
        fine("Beside the value stands why it is missing")
        if now
        else breaks("Why a value is missing is no longer told")
    )
    code = "reasons-added" if now else "reasons-removed"
    return Change(code, name, not now, now, READ_ALIKE, analyst)


def _presence(contract: Contract, name: str, before: Plain, after: Plain) -> Iterator[Change]:
    was, now = _demand(before), _demand(after)
    if was == now:
        return
    said = {0: "may be left out", 1: "must be there, values may be missing", 2: "is required"}
    tighter = now > was
    if tighter:
        code = "column-required" if now == 2 else "column-no-longer-optional"
        supplier = breaks(
            "Rows without a value were accepted and are now quarantined"
            if now == 2
            else "Files without the column were accepted and are now refused"
        )
        analyst = fine("More is promised than before")
    else:
        code = "column-nullable" if was == 2 and now == 1 else "column-optional"
        supplier = fine("Whatever was accepted still is")
        analyst = (
            breaks("A value was promised in every row and may now be missing")
            if contract == "entity"
            else fine("What analysts are promised is the entity's contract, not this one")
        )
    yield Change(code, name, said[was], said[now], supplier, analyst)


def _demand(part: Plain) -> int:
    """How much is asked: 0 the column may be missing, 1 a value may, 2 neither may."""
    if part.get("required"):
        return 2
    return 0 if customs(part).get("optional") else 1


def _kind(contract: Contract, name: str, before: Plain, after: Plain) -> Iterator[Change]:
    old, new = customs(before).get("kind"), customs(after).get("kind")
    stored = (before.get("physicalType"), after.get("physicalType"))
    if old == new and stored[0] == stored[1]:
        return
    how = "other" if stored[0] != stored[1] or not (old and new) else compared(old, new)
    shown = [f"{kind or 'no kind'} ({size})" for kind, size in zip((old, new), stored, strict=True)]
    verdicts: dict[str, tuple[Verdict, Verdict]] = {
        "same": (READ_ALIKE, fine("Values are written and kept as before")),
        "wider": (
            fine("Every value that was accepted still is"),
            breaks("Values may come that the old kind would not have let through"),
        ),
        "narrower": (
            breaks("Values that were accepted may no longer be"),
            fine("Every value that comes is one the old kind allowed"),
        ),
        "other": (
            breaks("The values are read in another way"),
            breaks("The values are of another kind, or kept in another form"),
        ),
    }
    supplier, analyst = verdicts[how]
    if how == "wider" and contract == "dataset":
        analyst = fine("What analysts are promised is the entity's contract, not this one")
    codes = {"same": "kind-renamed", "wider": "kind-widened", "narrower": "kind-narrowed"}
    yield Change(codes.get(how, "kind-changed"), name, shown[0], shown[1], supplier, analyst)


def _headers(name: str, old: list[str], new: list[str]) -> Iterator[Change]:
    added, gone = [h for h in new if h not in old], [h for h in old if h not in new]
    if added:
        yield Change(
            "headers-added", name, None, added,
            fine("More files are understood; the old headers are too"), UNAFFECTED,
        )  # fmt: skip
    if gone:
        yield Change(
            "headers-removed", name, gone, None,
            breaks("A file that bears one of these headers is no longer understood"),
            breaks("What such files hold no longer arrives"),
        )  # fmt: skip
    if [h for h in old if h in new] != [h for h in new if h in old]:
        yield Change(
            "headers-reordered", name, old, new,
            breaks("Of a file that bears several of them, another column may now be read"),
            breaks("The values of such files may be others than before"),
        )  # fmt: skip


def _options(
    contract: Contract, name: str, old: dict[str, Any], new: dict[str, Any]
) -> Iterator[Change]:
    for option in sorted({*old, *new} - {"formerly"}):
        was, now = old.get(option), new.get(option)
        if was == now:
            continue
        if option == "link" and contract == "entity":
            why = breaks("The identifier is that of another entity")
            yield Change("link-changed", name, was, now, UNAFFECTED, why)
        else:
            yield Change(
                "scheme-changed" if option == "scheme" else "option-changed", name,
                {option: was}, {option: now},
                breaks("Values that were accepted may no longer be, or be read as others"),
                breaks("The values follow another rule than before"),
            )  # fmt: skip
