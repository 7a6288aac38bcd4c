"""Changes of what must hold: quality rules, added, removed, tightened or loosened."""

import ast
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.diff.change import Change, Contract, Verdict, breaks, fine
from contracts.odcs.document import Plain, customs

# Whether a greater bound asks more (1) or less (-1).
_DIRECTIONS = {
    ("greater_than", "min_value"): 1,
    ("greater_than_or_equal_to", "min_value"): 1,
    ("less_than", "max_value"): -1,
    ("less_than_or_equal_to", "max_value"): -1,
    ("in_range", "min_value"): 1,
    ("in_range", "max_value"): -1,
    ("str_length", "min_value"): 1,
    ("str_length", "max_value"): -1,
}
CODE_LIST = "code-list"


def check_changes(contract: Contract, before: Plain, after: Plain) -> Iterator[Change]:
    """Changes of the rules of a column, or of a whole table.

    Whether a value is required is no business of these: the column itself says it.
    """
    name = after["name"] if "properties" not in after else None
    old, new = _rules(before), _rules(after)
    for rule in [*old, *(one for one in new if one not in old)]:
        if rule not in new:
            yield _loosened(contract, "check-removed", name, _said(old[rule]), None)
        elif rule not in old:
            yield _tightened("check-added", name, None, _said(new[rule]))
        elif rule == CODE_LIST:
            yield from _codes(name, old[rule], new[rule])
        elif _asked(old[rule]) != _asked(new[rule]):
            yield _compared(contract, name, old[rule], new[rule])


def _rules(part: Plain) -> dict[str, Plain]:
    """The rules of a part by a name that stays theirs."""
    found: dict[str, Plain] = {}
    for number, rule in enumerate(part.get("quality") or ()):
        name = rule.get("name") or rule.get("metric") or f"rule {number + 1}"
        if name != "required":
            found[name if name not in found else f"{name} {number + 1}"] = rule
    return found


def _asked(rule: Plain) -> Any:
    """What a rule asks, without the words about it."""
    words = ("description", "customProperties", "tags", "dimension")
    asked = {k: v for k, v in rule.items() if k not in words}
    if isinstance(asked.get("implementation"), str):
        asked["implementation"] = _meant(asked["implementation"])
    return asked, customs(rule).get("arguments")


def _meant(source: str) -> str:
    """A check's source without its layout, comments and docstring; other text as it is."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return source
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


def _compared(contract: Contract, name: str | None, old: Plain, new: Plain) -> Change:
    signs = set(_signs(old, new))
    if signs == {1}:
        return _tightened("check-tightened", name, _said(old), _said(new))
    if signs == {-1}:
        return _loosened(contract, "check-loosened", name, _said(old), _said(new))
    was, now = _said(old), _said(new)
    return Change(
        "check-changed", name, was, now if now != was else f"{now} (tested in another way)",
        breaks("Rows that were accepted may now be quarantined"),
        breaks("What was promised of the values may no longer hold"),
    )  # fmt: skip


def _signs(old: Plain, new: Plain) -> Iterator[int]:
    """For every argument that differs: 1 asks more, -1 asks less, 0 nobody can tell."""
    check = customs(new).get("check")
    was, now = customs(old).get("arguments") or {}, customs(new).get("arguments") or {}
    if check != customs(old).get("check") or old.get("severity") != new.get("severity"):
        yield 0
        return
    for word in {*was, *now}:
        if was.get(word) == now.get(word):
            continue
        if word in ("allowed_values", "forbidden_values"):
            yield _listed(was.get(word) or [], now.get(word) or [], allowed=word[0] == "a")
        else:
            yield _bounded(_DIRECTIONS.get((str(check), word), 0), was.get(word), now.get(word))


def _listed(was: list[Any], now: list[Any], *, allowed: bool) -> int:
    gone = any(one not in now for one in was)
    more = any(one not in was for one in now)
    if gone and more:
        return 0
    if gone == more:
        return 0  # the same values in another order; nothing here asks that
    return (1 if gone else -1) * (1 if allowed else -1)


def _bounded(direction: int, was: Any, now: Any) -> int:
    if was is None or now is None:
        return 1 if was is None else -1
    first, second = _comparable(was), _comparable(now)
    if first is None or second is None or not isinstance(first, type(second)):
        return 0
    return direction if second > first else -direction


def _comparable(value: Any) -> Any:
    match value:
        case bool():
            return None
        case int() | float():
            return Decimal(str(value))
        case {"decimal": str(text)}:
            return Decimal(text)
        case {"date": str(text)}:
            return date.fromisoformat(text)
        case _:
            return None


def _codes(name: str | None, old: Plain, new: Plain) -> Iterator[Change]:
    was = (old.get("arguments") or {}).get("validValues") or []
    now = (new.get("arguments") or {}).get("validValues") or []
    added, gone = [c for c in now if c not in was], [c for c in was if c not in now]
    if added:
        yield Change(
            "codes-added", name, None, added, fine("Every code that was accepted still is"),
            fine("Codes may come that have not been seen before; the old ones mean what they did"),
        )  # fmt: skip
    if gone:
        yield Change(
            "codes-removed", name, gone, None,
            breaks("Rows with these codes were accepted and are now quarantined"),
            breaks("Rows with these codes no longer arrive"),
        )  # fmt: skip


def _tightened(code: str, name: str | None, before: Any, after: Any) -> Change:
    supplier = breaks("Rows that were accepted may now be quarantined")
    return Change(code, name, before, after, supplier, fine("More is promised than before"))


def _loosened(contract: Contract, code: str, name: str | None, before: Any, after: Any) -> Change:
    analyst: Verdict = (
        breaks("What was promised of the values need no longer hold")
        if contract == "entity"
        else fine("What analysts are promised is the entity's contract, not this one")
    )
    return Change(code, name, before, after, fine("Whatever was accepted still is"), analyst)


def _said(rule: Plain) -> str:
    """A rule in words, with its name where the words do not change with it."""
    said = str(rule.get("description") or rule.get("name"))
    return " ".join(said.split())
