"""``watersmeet dictionary``: what every table and column means, and how good its data are."""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipeline.dictionary import DictionaryColumn, DictionaryTable


def dictionary(
    entity: Annotated[
        str | None, typer.Argument(help="The table, such as payment; all where none.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, one line a column.")] = False,
    declared: Annotated[
        bool, typer.Option("--declared", help="What is declared only; no database is asked.")
    ] = False,
) -> None:
    """Show the dictionary: meaning, type, unit, code list, suppliers' headers, missing values.

    Examples: watersmeet dictionary payment; watersmeet dictionary --csv > dictionary.csv

    What suppliers call a column is told from the latest delivery read, else as their feeds declare
    it. Missing values are those of rows loaded from the latest delivery of each feed.
    """
    from pipeline.dictionary import standing_dictionary

    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv")
    found = standing_dictionary(None if entity is None else [entity], declared_only=declared)
    if as_json:
        print(json.dumps([asdict(one) for one in found], indent=2, default=str, ensure_ascii=False))
    elif as_csv:
        _csv(found)
    else:
        for number, table in enumerate(found):
            print("\n" * (number > 0) + "\n".join(_lines(table)))


def _csv(found: Sequence["DictionaryTable"]) -> None:
    from pipeline.dictionary import COLUMNS, lines

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(lines(found))


def _lines(table: "DictionaryTable") -> Iterator[str]:
    yield f"{table.entity}: {table.title} (contract {table.version})"
    yield from ("", *table.meaning.splitlines(), "")
    for feed in table.feeds:
        mark = table.kitemarks.get(feed) or "no kitemark yet"
        at = table.latest_as_at.get(feed)
        checked = table.last_checked_at.get(feed)
        yield (
            f"  supplied by {feed}: {mark}"
            + (f", as at {at}" if at else "")
            + (f", last checked {checked:%F %H:%M}" if checked else "")
        )
    for column in table.columns:
        yield ""
        yield f"  {column.name}  ({_type(column)})"
        yield f"    {column.meaning}"
        for one in column.headers:
            yield f"    called {one.header!r} by {one.organisation} ({one.feed})"
        for feed, share in column.missing.items():
            yield f"    missing in {share:.1%} of the rows of {feed}"


def _type(column: "DictionaryColumn") -> str:
    told = [column.kind.replace("_", " "), column.sql_type]
    told += [column.unit] if column.unit else []
    told += [f"codes of {column.code_list}"] if column.code_list else []
    told += [] if column.personal == "none" else [f"{column.personal} data"]
    return ", ".join(told)
