"""Quality rules and type options of the standard as Pandera checks of a column."""

import ast
import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from contracts.kinds import Kind
from contracts.odcs import kinds
from contracts.odcs.part import Part
from contracts.odcs.rules import ARGUMENTS, ENGINE

# Names the module that is written imports, so that a check's source may use them.
IMPORTED = {"pa", "pl", "PolarsData"}
_BOUNDS = {
    "minimum": ("ge", "min_value", "include_min", True),
    "exclusiveMinimum": ("gt", "min_value", "include_min", False),
    "maximum": ("le", "max_value", "include_max", True),
    "exclusiveMaximum": ("lt", "max_value", "include_max", False),
}


@dataclass(frozen=True)
class Function:
    """A check that is Python: a method of the contract, as source."""

    name: str
    source: str


@dataclass
class Checks:
    """What must hold of a column, gathered from wherever a document says it."""

    required: bool
    unique: bool
    found: dict[str, Any] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        """The arguments of ``column(...)`` that ask for it."""
        return {**self.found, **({"unique": True} if self.unique else {})}


def read_rules(part: Part, checks: Checks, facts: Mapping[str, Any]) -> None:
    """Read the quality rules of a property into checks; remark on those there is no check for.

    Args:
        facts: the property's custom properties; its ``options`` say whether it has a code list.
    """
    for rule in part.parts("quality"):
        rule.where = f"{part.where} quality {_called(rule)}"
        exact = rule.customs()
        if rule.data.get("severity") == "warning" and "check" in exact:
            rule.remark("only warned; a check here quarantines the row")
        if exact.get("check") in ARGUMENTS:
            word, only = ARGUMENTS[exact["check"]]
            given = exact.get("arguments") or {}
            checks.found[word] = given.get(only) if only else given
        elif not _library(rule, checks, facts):
            rule.remark(_cannot(rule))


def read_options(part: Part, checks: Checks, kind: type[Kind]) -> None:
    """Read ``logicalTypeOptions`` into checks, where no rule has said the same."""
    options = Part.of(part.take("logicalTypeOptions"), f"{part.where} type options", part.remarks)
    for name, value in kinds.type_options(kind).items():
        options.expect(name, value)
    for name, (word, limit, inclusive, wanted) in _BOUNDS.items():
        value = options.take(name)
        span = checks.found.get("in_range", {})
        said = limit in span and span.get(inclusive, True) is wanted
        if value is None or word in checks.found or said:
            continue
        if kinds.logical_type(kind) == "string":  # texts have an order, but not this one
            options.remark(f"{value} cannot bound {kind.name} values", name)
        else:
            checks.found[word] = value
    shortest, longest = options.take("minLength"), options.take("maxLength")
    length = {"min_value": shortest, "max_value": longest}
    if "str_length" not in checks.found and (shortest, longest) != (None, None):
        checks.found["str_length"] = {k: v for k, v in length.items() if v is not None}
    pattern = options.take("pattern")
    if pattern is not None and "str_matches" not in checks.found:
        # The standard's pattern describes the whole value; str_matches looks at its beginning.
        checks.found["str_matches"] = f"^(?:{pattern})$"
    options.finish()


def fit(part: Part, checks: Checks, kind: type[Kind]) -> None:
    """Leave only checks a value of the kind can be held against; remark on the others."""
    logical = kinds.logical_type(kind)
    for word, given in list(checks.found.items()):
        try:
            if word.startswith("str_") and logical != "string":
                raise TypeError
            checks.found[word] = _fitted(given, logical)
            if word in ("str_matches", "str_contains"):
                pl.Series([""]).str.contains(str(given))
        except (ValueError, TypeError, InvalidOperation, pl.exceptions.ComputeError):
            del checks.found[word]
            part.remark(f"the check {word} cannot be made of {kind.name} values", "quality")


def _fitted(given: Any, logical: str) -> Any:
    """A check's argument in the type of the column's values.

    Raises:
        ValueError: it has no such form.
        TypeError: it is of another type altogether.
    """
    if isinstance(given, list):
        return [_fitted(one, logical) for one in given]
    if isinstance(given, dict) and not set(given) <= {"date", "datetime", "decimal"}:
        return {
            key: one if key.startswith(("include_", "exact_")) or logical == "string"
            else _fitted(one, logical)
            for key, one in given.items()
        }  # fmt: skip
    match logical, given:
        case "date", {"date": str(text)}:
            date.fromisoformat(text)
        case "date", str(text):
            date.fromisoformat(text)
            return {"date": text}
        case "number", {"decimal": str(text)}:
            Decimal(text)
        case "number", float():
            return {"decimal": str(given)}
        case (("number" | "integer"), int()) if not isinstance(given, bool):
            pass
        case "string", str():
            pass
        case "boolean", bool():
            pass
        case _:
            raise TypeError
    return given


def read_functions(table: Part, with_code: bool) -> list[Function]:
    """The checks of a table that are Python, where they may be taken over."""
    found: list[Function] = []
    for rule in table.parts("quality"):
        rule.where = f"{table.where} quality {_called(rule)}"
        source = rule.data.get("implementation")
        if rule.data.get("engine") != ENGINE or not isinstance(source, str):
            rule.remark(_cannot(rule))
        elif not with_code:
            rule.remark("is Python, which is only taken over where you ask for it (--with-code)")
        else:
            problem = _problem(source)
            if problem:
                rule.remark(problem)
            else:
                found.append(Function(str(rule.data.get("name")), source))
    return found


def _library(rule: Part, checks: Checks, facts: Mapping[str, Any]) -> bool:
    """Whether a rule is one of the standard's metrics that a check can hold."""
    data = rule.data
    # "Must be 0" is all a check can say: it holds for every row.
    if data.get("mustBe") != 0 or data.get("type", "library") != "library":
        return False
    arguments = data.get("arguments") or {}
    match data.get("metric") or data.get("rule"):
        case "nullValues" | "nullCheck" if not arguments:
            checks.required = True
        case "duplicateValues" | "duplicateCount" if not arguments:
            checks.unique = True
        case "invalidValues" if set(arguments) == {"validValues"}:
            return _valid_values(rule, arguments["validValues"], checks, facts)
        case "invalidValues" if set(arguments) == {"pattern"}:
            checks.found["str_matches"] = f"^(?:{arguments['pattern']})$"
        case _:
            return False
    return True


def _valid_values(rule: Part, values: Any, checks: Checks, facts: Mapping[str, Any]) -> bool:
    if "scheme" in (facts.get("options") or {}):
        return True  # the register lists them
    if not isinstance(values, list) or any(isinstance(one, list | dict) for one in values):
        return False
    kept = [one for one in values if one not in (None, "")]
    if len(kept) < len(values):
        rule.remark("empty values are missing here, never valid: `nullable` says if they may be")
    checks.found["isin"] = kept
    return True


def _called(rule: Part) -> str:
    data = rule.data
    return str(data.get("name") or data.get("metric") or data.get("rule") or data.get("type"))


def _cannot(rule: Part) -> str:
    said = rule.data.get("description")
    reasons = {
        "sql": "a query has no check here; write it as a Pandera check",
        "text": "words, not a check; write it as a Pandera check or in the docstring",
        "custom": f"a rule for {rule.data.get('engine')}; write it as a Pandera check",
    }
    reason = reasons.get(str(rule.data.get("type")), "no check here says this; gates and feeds may")
    return f"{reason} ({' '.join(str(said).split())})" if said else reason


def _problem(source: str) -> str | None:
    """Why a check's source cannot stand in a module of ours as it is."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return "is not Python that can be read"
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        return "is not one function"
    held = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    held |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
    free = {node.id for node in names} - held - IMPORTED - set(vars(builtins))
    return f"uses {', '.join(sorted(free))}, which are not imported here" if free else None
