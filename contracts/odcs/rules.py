"""Pandera's checks as quality rules of the standard.

Every check is one rule: ``library`` where the standard has a metric for it, ``sql`` where it is a
comparison, else ``custom`` for the engine ``pandera``. The custom properties ``check`` and
``arguments`` of a rule hold the check exactly, so that it can be read back.
"""

import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pandera.api.dataframe.model_components import CHECK_KEY, DATAFRAME_CHECK_KEY
from pandera.polars import Check
from pydantic import BaseModel

from contracts.model import Contract
from contracts.odcs.document import Plain, custom

ENGINE = "pandera"
# A check's own name, the argument of column(...) that asks for it, and the one statistic that
# argument takes (None: it takes them all, by name).
ARGUMENTS: dict[str, tuple[str, str | None]] = {
    "equal_to": ("eq", "value"),
    "not_equal_to": ("ne", "value"),
    "greater_than": ("gt", "min_value"),
    "greater_than_or_equal_to": ("ge", "min_value"),
    "less_than": ("lt", "max_value"),
    "less_than_or_equal_to": ("le", "max_value"),
    "in_range": ("in_range", None),
    "isin": ("isin", "allowed_values"),
    "notin": ("notin", "forbidden_values"),
    "str_matches": ("str_matches", "pattern"),
    "str_contains": ("str_contains", "pattern"),
    "str_startswith": ("str_startswith", "string"),
    "str_endswith": ("str_endswith", "string"),
    "str_length": ("str_length", None),
}
# What a value must not do, in SQL, for checks that compare with one value.
_BROKEN = {
    "equal_to": "<>",
    "not_equal_to": "=",
    "greater_than": "<=",
    "greater_than_or_equal_to": "<",
    "less_than": ">=",
    "less_than_or_equal_to": ">",
}
_WORDS = {
    "equal_to": "is {}",
    "not_equal_to": "is not {}",
    "greater_than": "is above {}",
    "greater_than_or_equal_to": "is at least {}",
    "less_than": "is below {}",
    "less_than_or_equal_to": "is at most {}",
}
_OPTIONS = {
    "greater_than": "exclusiveMinimum",
    "greater_than_or_equal_to": "minimum",
    "less_than": "exclusiveMaximum",
    "less_than_or_equal_to": "maximum",
}
"""The standard's type options that say the same as a check."""


def required_rule() -> Plain:
    """Every row has a value."""
    return {
        "name": "required",
        "type": "library",
        "metric": "nullValues",
        "mustBe": 0,
        "unit": "rows",
        "dimension": "completeness",
        "severity": "error",
        "description": "Every row has a value",
    }


def unique_rule() -> Plain:
    """No value stands twice."""
    return {
        "name": "unique",
        "type": "library",
        "metric": "duplicateValues",
        "mustBe": 0,
        "unit": "rows",
        "dimension": "uniqueness",
        "severity": "error",
        "description": "No value stands twice within a delivery",
    }


def code_rule(scheme: str, codes: Iterable[str]) -> Plain:
    """Every value is a code of a list."""
    return {
        "name": "code-list",
        "type": "library",
        "metric": "invalidValues",
        "arguments": {"validValues": list(codes)},
        "mustBe": 0,
        "unit": "rows",
        "dimension": "conformity",
        "severity": "error",
        "description": f"Every value is a code of the list {scheme}",
        "customProperties": custom(scheme=scheme),
    }


def check_rule(table: str, column: str, check: Any) -> Plain:
    """The rule for one check Pandera comes with, or that is registered with it."""
    facts = {k: plain(v) for k, v in (check.statistics or {}).items() if v is not None}
    name = str(check.name)
    rule = {
        "name": name,
        **_form(table, column, name, facts, dict(check.statistics or {})),
        "dimension": "conformity",
        "severity": "warning" if check.raise_warning else "error",
    }
    description = check.description or _said(name, facts)
    exact = custom(check=name, arguments=facts)
    return {**rule, "description": description, "customProperties": exact}


def function_rules(contract: type[Contract]) -> Iterator[Plain]:
    """The rules for checks a contract's author wrote as methods, with their source."""
    for name, method in _methods(contract):
        function = getattr(method, "__func__", method)
        yield {
            "name": name,
            "type": "custom",
            "engine": ENGINE,
            "implementation": textwrap.dedent(inspect.getsource(function)),
            "dimension": "consistency",
            "severity": "error",
            "description": inspect.getdoc(function) or name.replace("_", " "),
        }


def is_known(check: Any) -> bool:
    """Whether a check is Pandera's own or registered with it; else the author wrote a method."""
    name = str(check.name)
    return bool(Check.is_builtin_check(name) or name in Check.REGISTERED_CUSTOM_CHECKS)


def type_options(schema_column: Any) -> dict[str, Any]:
    """What the standard's ``logicalTypeOptions`` say of a column's checks."""
    found: dict[str, Any] = {}
    for check in schema_column.checks:
        facts = check.statistics or {}
        match check.name:
            case name if name in _OPTIONS:
                bound = facts[ARGUMENTS[name][1] or ""]
                found |= _bound(_OPTIONS[name], bound)
            case "in_range":
                low = "minimum" if facts["include_min"] else "exclusiveMinimum"
                high = "maximum" if facts["include_max"] else "exclusiveMaximum"
                found |= _bound(low, facts["min_value"]) | _bound(high, facts["max_value"])
            case "str_length":
                exact = facts.get("exact_value")
                least = facts.get("min_value") if exact is None else exact
                most = facts.get("max_value") if exact is None else exact
                found |= {"minLength": least} if least is not None else {}
                found |= {"maxLength": most} if most is not None else {}
            case "str_matches":
                found["pattern"] = plain(facts["pattern"])
            case _:
                continue
    return found


def plain(value: Any) -> Any:
    """A check's argument as plain data; what YAML has no type for is a mapping that names it."""
    match value:
        case bool() | int() | float() | str() | None:
            return value
        case datetime():
            return {"datetime": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case Decimal():
            return {"decimal": str(value)}
        case set() | frozenset():
            return sorted((plain(one) for one in value), key=str)
        case BaseModel():
            return plain(value.model_dump(mode="json", exclude_defaults=True))
        case _ if is_dataclass(value) and not isinstance(value, type):
            return plain(asdict(value))
        case Mapping():
            return {str(key): plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case _ if hasattr(value, "pattern"):
            return value.pattern
        case _:
            raise TypeError(f"a check's argument of type {type(value).__name__} cannot be written")


def _methods(contract: type[Contract]) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for one in contract.__mro__:
        for name, method in vars(one).items():
            marked = any(hasattr(method, key) for key in (CHECK_KEY, DATAFRAME_CHECK_KEY))
            if name not in seen and marked:
                seen.add(name)
                yield name, method


def _form(
    table: str, column: str, name: str, facts: Mapping[str, Any], statistics: Mapping[str, Any]
) -> Plain:
    """The part of a rule that says how it is tested."""
    field, source = _quoted(column), _quoted(table)
    match name:
        case "isin":
            values = [one.get("date") if isinstance(one, dict) else one for one in
                      facts["allowed_values"]]  # fmt: skip
            return _library({"validValues": values})
        case "str_matches":
            return _library({"pattern": facts["pattern"]})
        case "str_length":
            return _library(type_options(_Only(name, statistics)))
        case "in_range":
            low = "<" if statistics["include_min"] else "<="
            high = ">" if statistics["include_max"] else ">="
            least, most = _literal(statistics["min_value"]), _literal(statistics["max_value"])
            return _sql(source, f"{field} {low} {least} OR {field} {high} {most}")
        case _ if name in _BROKEN:
            value = _literal(statistics[ARGUMENTS[name][1] or ""])
            return _sql(source, f"{field} {_BROKEN[name]} {value}")
        case _:
            made = {"column": column, "check": name, "arguments": dict(facts)}
            return {"type": "custom", "engine": ENGINE, "implementation": made}


class _Only:
    """A schema column with one check, to ask :func:`type_options` about it."""

    def __init__(self, name: str, statistics: Mapping[str, Any]) -> None:
        self.checks = [_OnlyCheck(name, statistics)]


class _OnlyCheck:
    def __init__(self, name: str, statistics: Mapping[str, Any]) -> None:
        self.name, self.statistics = name, statistics


def _library(arguments: Plain) -> Plain:
    return {
        "type": "library",
        "metric": "invalidValues",
        "arguments": arguments,
        "mustBe": 0,
        "unit": "rows",
    }


def _sql(source: str, broken: str) -> Plain:
    """A query that counts broken rows. It is text for others; nothing here ever runs it."""
    counted = " ".join(("SELECT COUNT(*) FROM", source, "WHERE", broken))
    return {"type": "sql", "query": counted, "mustBe": 0, "unit": "rows"}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return "'" + str(value).replace("'", "''") + "'"


def _bound(option: str, value: Any) -> dict[str, Any]:
    if isinstance(value, Decimal):
        near = float(value)
        return {option: near} if Decimal(str(near)) == value else {}
    return {option: value.isoformat() if isinstance(value, date) else value}


def _said(name: str, facts: Mapping[str, Any]) -> str:
    """A check in words."""
    shown = {k: _shown(v) for k, v in facts.items()}
    first = next(iter(shown.values()), "")
    words: Mapping[str, Callable[[], str]] = {
        "in_range": lambda: f"lies between {shown['min_value']} and {shown['max_value']}",
        "isin": lambda: f"is one of {first}",
        "notin": lambda: f"is none of {first}",
        "str_matches": lambda: f"begins with the pattern {first}",
        "str_contains": lambda: f"contains the pattern {first}",
        "str_startswith": lambda: f"starts with {first}",
        "str_endswith": lambda: f"ends with {first}",
        "str_length": lambda: (
            "has the length " + ", ".join(f"{k.partition('_')[0]} {v}" for k, v in shown.items())
        ),
    }
    if name in _WORDS:
        return "The value " + _WORDS[name].format(first)
    if name in words:
        return "The value " + words[name]()
    return f"The check {name} holds"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return str(next(iter(value.values())))
    return ", ".join(map(_shown, value)) if isinstance(value, list) else str(value)
