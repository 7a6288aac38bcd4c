"""``watersmeet contract``: list, show, compare, publish and exchange contracts."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.contract_views import console, show_contract, tell

if TYPE_CHECKING:
    from contracts.declarations import Declarations
    from contracts.diff.published import Comparison, Name
    from contracts.odcs.document import Plain

contract = typer.Typer(help="Contracts: list, show, compare, publish, exchange.")

NAME = typer.Argument(
    help="A contract: spend, or datasets/spend, entities/payment where both bear the name.",
    show_default=False,
)


@contract.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List every dataset and entity contract, with its version and the one last published.

    Examples: watersmeet contract list; watersmeet contract list --json
    """
    from rich.table import Table

    from contracts.diff.published import compared_with_published

    declarations = _declared()
    found = [one.to_json() for one in compared_with_published(declarations)]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("contract", "version", "published", "changes since"):
        table.add_column(title, no_wrap=True)
    for one in found:
        level = one["level"] if one["changes"] or not one["declared"] else ""
        note = f"{level}, not declared" if not one["declared"] else level
        table.add_row(one["contract"], one["present"] or "gone", one["published"] or "never", note)
    console().print(table)


@contract.command()
def show(
    name: Annotated[str, NAME],
    as_json: Annotated[bool, typer.Option("--json", help="Print it as a document, JSON.")] = False,
) -> None:
    """Show what a contract says: columns, kinds, headers, checks, and the feeds that use it.

    Examples: watersmeet contract show spend; watersmeet contract show entities/payment
    """
    from contracts.diff.published import document_of

    declarations = _declared()
    for folder, one in _named(name, declarations):
        document = document_of((folder, one), declarations)
        if as_json:
            typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        else:
            show_contract(document, (folder, one), declarations, console())


@contract.command()
def diff(
    name: Annotated[
        str | None,
        typer.Argument(help="A contract or a document's file; all contracts where not given."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="Compare with this file, or with what a git revision had published."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what changed since a contract was last published, and whom it breaks.

    Exit code: 0 nothing changed, or the version says so; 1 the version does not say it; 2 the
    comparison cannot be made.

    Examples:

      watersmeet contract diff

      watersmeet contract diff spend --against main --json

      watersmeet contract diff new.odcs.yaml --against old.odcs.yaml
    """
    compared = _compared(name, against)
    if as_json:
        told = {"contracts": [one.to_json() for one in compared]}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False, default=str))
    else:
        tell(compared)
    raise typer.Exit(0 if all(one.declared for one in compared) else 1)


@contract.command()
def publish(
    name: Annotated[
        str | None, typer.Argument(help="A contract; all contracts where not given.")
    ] = None,
) -> None:
    """Write contracts as published: from now on others rely on them as they are.

    Refused where a version is not raised as far as the changes ask; see `watersmeet contract diff`.

    Exit code: 0 done, 1 refused, 2 it cannot be done.

    Examples: watersmeet contract publish; watersmeet contract publish spend
    """
    from contracts.diff.published import ENDING, PUBLISHED, NotDeclared
    from contracts.diff.published import publish as publish_all

    declarations = _declared()
    if declarations.broken:
        _stop(f"a declaration is broken: {declarations.broken[0]}")
    wanted = None if name is None else _named(name, declarations)
    try:
        made = publish_all(declarations, wanted)
    except NotDeclared as error:
        typer.echo(f"Not published: {error}", err=True)
        raise typer.Exit(1) from error
    for (folder, one), comparison in made.items():
        what = f"{len(comparison.changes)} changes" if comparison.published else "the first"
        version = comparison.present
        typer.echo(f"{PUBLISHED}/{folder}/{one}{ENDING}: version {version}, {what}")
    if not made:
        typer.echo("Everything is published as it is.")


@contract.command()
def export(
    name: Annotated[
        str, typer.Argument(help="A contract, or a feed ORG/DATASET.", show_default=False)
    ],
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
    schema: Annotated[
        Path | None, typer.Option(help="Validate against this JSON Schema of the standard.")
    ] = None,
) -> None:
    """Write a contract, or a feed with its agreement, in the Open Data Contract Standard v3.1.0.

    Examples:

      watersmeet contract export spend --out spend.odcs.yaml

      watersmeet contract export northmoor/spend --schema odcs-json-schema-v3.1.0.json
    """
    from contracts.odcs.document import validate, written

    declarations = _declared()
    document = _exported(name, declarations)
    if schema is not None:
        validate(document, schema)
    if out is None:
        typer.echo(written(document), nl=False)
        return
    try:
        out.write_text(written(document), encoding="utf-8")
    except OSError as error:
        _stop(f"{out}: {error.strerror or type(error).__name__}")
    typer.echo(f"{document['name']}, version {document['version']}: {out}")


@contract.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A document, v3.0 or v3.1.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option(help="Write modules below this folder; only look without.")
    ] = None,
    schema: Annotated[
        Path | None, typer.Option(help="Validate against this JSON Schema of the standard first.")
    ] = None,
    with_code: Annotated[
        bool, typer.Option("--with-code", help="Take over checks that are Python. Read them first.")
    ] = False,
) -> None:
    """Turn a document of the Open Data Contract Standard into dataset and entity modules.

    Says what could not be carried over. Nothing is overwritten, and nothing takes effect until
    somebody has looked at the modules and placed them in the contracts folder.

    Exit code: 0 everything was carried over, 1 not everything, 2 it cannot be read.

    Examples:

      watersmeet contract import parking.odcs.yaml

      watersmeet contract import parking.odcs.yaml --out drafts
    """
    from contracts.odcs.document import read_document, validate
    from contracts.odcs.module import completed, source_of
    from contracts.odcs.read import read_contracts

    document = read_document(file)
    if schema is not None:
        validate(document, schema)
    read, remarks = read_contracts(document, with_code=with_code)
    wanted = []
    for one in read:
        contracts, more = completed(one)
        wanted += contracts
        remarks += more
    sources = {Path(f"{one.contract}s".replace("entitys", "entities")) / f"{one.name}.py":
               source_of(one) for one in wanted}  # fmt: skip
    if out is not None:
        _write(out, sources)
    for path in sources:
        typer.echo(f"{out / path} written" if out else f"{path} could be written (--out)")
    for what, places in _grouped(remarks).items():
        typer.echo(f"not carried over: {what}\n    {', '.join(places)}")
    raise typer.Exit(1 if remarks else 0)


def _declared() -> "Declarations":
    from contracts.declarations import load

    return load()


def _named(name: str, declarations: "Declarations") -> "list[Name]":
    """The contracts of a name: a dataset, an entity, or one of each."""
    from contracts.declarations import DATASETS, ENTITIES, UnknownDeclaration

    folder, slash, one = name.rpartition("/")
    if slash and folder not in (DATASETS, ENTITIES):
        raise UnknownDeclaration(f"{name}: write {DATASETS}/{one} or {ENTITIES}/{one}")
    found = [
        (place, one)
        for place, known in ((DATASETS, declarations.datasets), (ENTITIES, declarations.entities))
        if one in known and folder in ("", place)
    ]
    if not found:
        files = (f"{DATASETS}/{one}.py", f"{ENTITIES}/{one}.py")
        broken = [str(b) for b in declarations.broken if b.path.as_posix() in files]
        said = broken[0] if broken else "`watersmeet contract list` lists them"
        raise UnknownDeclaration(f"there is no contract {name}; {said}")
    return found


def _exported(name: str, declarations: "Declarations") -> "Plain":
    from contracts.declarations import DATASETS, ENTITIES
    from contracts.diff.published import document_of
    from contracts.odcs.feed import feed_document

    if "/" in name and name.partition("/")[0] not in (DATASETS, ENTITIES):
        return feed_document(declarations.feed(name), declarations)
    found = _named(name, declarations)
    if len(found) > 1:
        _stop(f"both a dataset and an entity are called {name}; write {DATASETS}/{name} or "
              f"{ENTITIES}/{name}")  # fmt: skip
    return document_of(found[0], declarations)


def _compared(name: str | None, against: str | None) -> "list[Comparison]":
    from contracts.diff.published import (
        compared,
        compared_with_published,
        document_of,
        published_names,
    )
    from contracts.odcs.document import read_document

    if name is not None and name.endswith((".yaml", ".yml")):
        if against is None:
            _stop("give the file to compare with: --against FILE")
        after = read_document(Path(name))
        return [compared(("", Path(name).name), read_document(Path(str(against))), after)]
    declarations = _declared()
    if against is not None and Path(against).is_file():
        if name is None:
            _stop("give the contract to compare with that file")
        before = read_document(Path(against))
        return [
            compared(one, before, document_of(one, declarations))
            for one in _named(str(name), declarations)
        ]
    wanted = None
    if name is not None:
        # A contract that is gone is known by what was published of it.
        published = published_names(declarations.root)
        gone = [one for one in published if name in (one[1], "/".join(one))]
        wanted = gone or _named(name, declarations)
    return compared_with_published(declarations, wanted, revision=against)


def _write(out: Path, sources: dict[Path, str]) -> None:
    taken = [str(out / path) for path in sources if (out / path).exists()]
    if taken:
        _stop(f"{', '.join(taken)} would be overwritten; give another folder")
    try:
        for path, source in sources.items():
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            (out / path).write_text(source, encoding="utf-8")
    except OSError as error:
        _stop(f"{error.filename or out}: {error.strerror or type(error).__name__}")


def _grouped(remarks: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for remark in remarks:
        found.setdefault(remark.what, []).append(remark.where)
    return found


def _stop(message: str) -> Any:
    typer.echo(f"watersmeet: {message}", err=True)
    raise typer.Exit(2)
