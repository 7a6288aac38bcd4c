"""Drafts the declarations that a file calls for."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.read import SourceTable, open_tables
from connectors.read.parsed.dbf import with_memos
from contracts.declarations import Declarations, load
from contracts.file_forms import Copybook, FileForm
from contracts.file_forms.copybook import FOLDER as COPYBOOKS
from contracts.model import columns_of
from pipeline.discovery.header_row import header_row
from pipeline.discovery.resemblance import GOOD, Likeness, Resemblance
from pipeline.discovery.sampled import Sampled, sampled
from pipeline.draft.guess import Guess, guess
from pipeline.draft.keys import candidate_keys
from pipeline.draft.names import class_name, column_names, identifier
from pipeline.draft.profile import ColumnProfile, TableProfile, profile
from pipeline.draft.write import in_yaml, written
from pipeline.read_file import name_of, names_of

_SEED = 0


class NothingToDraft(Exception):
    """The file has no table that declarations can be drafted from, or what is asked cannot be."""


@dataclass
class Drafted:
    """Drafted files.

    Attributes:
        files: path below the folder of declarations to the text.
        dataset: the dataset they are of, drafted or known before.
        known: whether the dataset was known before; its score then, 0 to 100.
        columns: of a drafted dataset: name, kind, header, what the guess rests on, personal data.
        keys: of a drafted dataset: column names that may tell records apart, best first.
        notes: what a person should know.
    """

    dataset: str
    known: float | None = None
    files: dict[str, str] = field(default_factory=dict)
    columns: list[dict[str, Any]] = field(default_factory=list)
    keys: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Asked:
    """What is asked for, and what there is."""

    path: Path
    form: FileForm | None
    organisation: str | None
    declared: Declarations


def draft(
    path: Path,
    *,
    form: FileForm | None = None,
    table: str | None = None,
    dataset: str | None = None,
    new: str | None = None,
    organisation: str | None = None,
    contracts: Path | None = None,
) -> Drafted:
    """Draft what a file calls for: a feed of the dataset it resembles; a dataset, an entity and its
    code lists where it resembles none.

    Args:
        form: what is known of the file; None to tell everything from its bytes.
        table: number or name of the table; needed where several have records.
        dataset: it is of this dataset.
        new: it is of a new dataset of this name, whatever it resembles.
        organisation: the supplier's code; without it no feed is drafted.
        contracts: the folder of declarations; the one in use where None.

    Raises:
        connectors.errors.Unreadable: the file cannot be read.
        NothingToDraft: there is no table, or several and none was chosen; a name is in use.
    """
    asked = _Asked(path, form, organisation, load(contracts))
    chosen = _chosen(open_tables(with_memos(path), form), table, path.name)
    read = sampled(chosen, _SEED)
    header = header_row(read)
    likely = Likeness(asked.declared.datasets, asked.declared.code_schemes).best(read, header)
    if dataset is not None and new is None:
        asked.declared.dataset(dataset)
        best = next((one for one in likely if one.dataset == dataset), None)
        return _of_known(asked, chosen, dataset, best, read)
    if new is None and likely and likely[0].score >= GOOD:
        return _of_known(asked, chosen, likely[0].dataset, likely[0], read)
    name = identifier(new or path.stem)
    if not name:
        raise NothingToDraft(f"{path.name} gives no name for a dataset; give one with --new NAME")
    if name in asked.declared.datasets or name in asked.declared.entities:
        raise NothingToDraft(f"{name} is a dataset or entity already; give another --new NAME")
    if header is None:
        raise NothingToDraft(
            f"{path.name}: no row is proved to be its header; add one, or declare header_row "
            "(--form '{format: ..., header_row: 3}')"
        )
    return _of_new(asked, chosen, name, header, likely)


def _chosen(tables: list[SourceTable], wanted: str | None, file: str) -> SourceTable:
    numbered = list(enumerate(tables, 1))
    if wanted is not None:
        numbered = [
            one for one in numbered if wanted in (str(one[0]), one[1].sheet, name_of(one[1], file))
        ]
    if len(numbered) == 1:
        return numbered[0][1]
    names = names_of(list(enumerate(tables, 1)), file)
    if wanted is not None and not numbered:
        raise NothingToDraft(f"{file} has no table {wanted}; it has {names}")
    raise NothingToDraft(f"{file} has several tables; choose one (--table): {names}")


def _of_known(
    asked: _Asked, table: SourceTable, dataset: str, best: Resemblance | None, read: Sampled
) -> Drafted:
    """A feed of a dataset that is there."""
    made = Drafted(dataset, known=best.score if best else 0.0)
    exact = {one.column for one in best.matched if one.exact} if best else set()
    columns: dict[str, dict[str, str]] = {}
    for one in best.matched if best else ():
        if one.column not in exact:
            proof = "and the values read as it" if one.proved else "by its name alone"
            columns[one.column] = {
                "yaml": in_yaml({"header": " ".join(one.header.split())}),
                "why": f"a near header, {proof}",
            }
    missing = list(best.missing) if best else list(columns_of(asked.declared.datasets[dataset]))
    if missing:
        made.notes.append(f"no column was found for {', '.join(missing)}")
    if asked.organisation is None:
        made.notes.append("no feed is drafted: give the supplier's code with --organisation")
        return made
    taken = {" ".join(one.header.split()) for one in best.matched} if best else set()
    bare = [" ".join(header.split()) for header in (best.header if best else ())]
    unknown = [header for header in bare if header and header not in taken]
    agreement = next(
        (a.id for a in asked.declared.agreements.values() if dataset in a.columns), "TO-CONFIRM"
    )
    _add_feed(asked, made, table, dataset, agreement, columns, unknown)
    return made


def _of_new(
    asked: _Asked,
    table: SourceTable,
    name: str,
    header: tuple[int, tuple[str, ...]],
    likely: list[Resemblance],
) -> Drafted:
    """A dataset, an entity and code lists; and a feed with its agreement, for an organisation."""
    row, cells = header
    read = profile(table, row, list(cells))
    read.columns = [one for one in read.columns if one.header.strip() or one.filled]
    if not read.rows:
        raise NothingToDraft(f"{asked.path.name} has no records below its header")
    names = column_names([one.header for one in read.columns], taken=(f"{name}_id",))
    guesses = [guess(one, read.rows) for one in read.columns]
    made = Drafted(name)
    keys = candidate_keys(read, [one.kind for one in guesses])
    made.keys = [tuple(names[place] for place in key) for key in keys]
    facts = [
        _column(names[place], one, guesses[place], read, made)
        for place, one in enumerate(read.columns)
    ]
    made.columns = [
        {word: one[word] for word in ("name", "kind", "header", "why", "hint", "nullable")}
        for one in facts
    ]
    title = name.replace("_", " ").capitalize()
    identity = made.keys[0] if made.keys else ()
    rows = f"{read.rows:,} rows" if read.whole else f"the first {read.rows:,} rows"
    common = {
        "title": title,
        "file": " ".join(asked.path.name.split()),
        "name": name,
        "class_name": class_name(name),
        "kinds": sorted({one["kind"] for one in facts}),
        "columns": facts,
    }
    made.files[f"datasets/{name}.py"] = written("dataset.py", **common, rows_words=rows)
    made.files[f"entities/{name}.py"] = written(
        "entity.py",
        **common,
        identity=identity,
        identity_why=f"In {rows} no two have the same {' and '.join(identity)}: a guess.",
    )
    for one in likely[:1]:
        made.notes.append(f"it resembles {one.dataset} a little ({one.score:.0f} of 100)")
    if asked.organisation is None:
        made.notes.append("no feed is drafted: give the supplier's code with --organisation")
        return made
    agreement = f"{asked.organisation}-{name.replace('_', '-')}"
    _add_feed(asked, made, table, name, agreement, {}, [])
    made.files[f"agreements/{agreement}.yml"] = written(
        "agreement.yml",
        feed_title=title,
        name=name,
        purpose=f"{name}_to_confirm",
        landed=names,
        special=[one["name"] for one in facts if one["class"] == "special"],
    )
    return made


def _column(
    name: str, column: ColumnProfile, guessed: Guess, read: TableProfile, made: Drafted
) -> dict[str, Any]:
    """The facts of one column for the templates; its code list is added to the drafted files."""
    nullable = column.filled < read.rows
    arguments = []
    if nullable:
        arguments.append("nullable=True")
    if guessed.personal is not None:
        arguments.append(f'personal="{guessed.personal}"')
    if guessed.codes:
        scheme = f"{made.dataset}-{name}".replace("_", "-")
        arguments.append(f'options={{"scheme": "{scheme}"}}')
        made.files[f"registers/codes/{scheme}/{scheme}.csv"] = _code_list(guessed, made.dataset)
    header = " ".join(column.header.split())
    said = guessed.hint
    return {
        "name": name,
        "kind": guessed.kind.__name__,
        "header": header,
        "meaning": f"TO CONFIRM: {header or name}",
        "why": guessed.why + _gaps(column, read),
        "hint": f"{said.what} ({said.confidence} confidence, by {said.basis})" if said else "",
        "nullable": nullable,
        "personal": guessed.personal,
        "class": guessed.personal or guessed.kind.personal,
        "arguments": arguments,
    }


def _gaps(column: ColumnProfile, read: TableProfile) -> str:
    """How many rows lack a value, where any does."""
    gaps = read.rows - column.filled
    return f"; {gaps:,} of {read.rows:,} rows lack it" if gaps else ""


def _code_list(guessed: Guess, dataset: str) -> str:
    lines = io.StringIO()
    out = csv.writer(lines, lineterminator="\n")
    out.writerow(["code", "name", "start", "end", "aliases", "source", "licence"])
    for code in guessed.codes:
        source = f"Drafted from a delivery of {dataset}: to be confirmed"
        out.writerow([code, code, "", "", "", source, "TO CONFIRM"])
    return lines.getvalue()


def _add_feed(
    asked: _Asked,
    made: Drafted,
    table: SourceTable,
    dataset: str,
    agreement: str,
    columns: Mapping[str, Mapping[str, str]],
    unknown: list[str],
) -> None:
    organisation = asked.organisation
    assert organisation is not None, "without it no feed is drafted"
    known = asked.declared.organisations.get(organisation)
    form = _form(asked.form, table)
    if isinstance(asked.form, Copybook) and not asked.form.is_declared:
        form["copybook"] = f"{organisation}/{asked.form.copybook}"
        made.files[f"{COPYBOOKS}/{form['copybook']}"] = asked.form.text()
    several = len(with_memos(asked.path)) > 1
    shown = known.name if known else f"TO CONFIRM, {organisation}"
    made.files[f"feeds/{organisation}/{dataset}.yml"] = written(
        "feed.yml",
        file=" ".join(asked.path.name.split()),
        feed_title=f"{shown}: {dataset.replace('_', ' ')}",
        agreement=agreement,
        organisation=organisation,
        organisation_name=None if known else shown,
        pattern=f"{asked.path.stem}.*" if several else _pattern(asked.path),
        delivery="all" if several else None,
        form=form,
        columns=columns,
        unknown=unknown,
    )


def _pattern(path: Path) -> str:
    """Files of the same ending; all, where the ending is more of a date or a number."""
    return f"*{path.suffix}" if len(re.findall(r"\d", path.suffix)) < 3 else "*"


def _form(form: FileForm | None, table: SourceTable) -> dict[str, Any]:
    """What is declared of the files: as it was given, or as the bytes prove it."""
    if form is not None:
        return form.model_dump(mode="json", exclude_defaults=True) | {"format": form.format}
    told: dict[str, Any] = {"format": table.kind}
    if table.kind == "delimited":
        # ASCII today may have an accent tomorrow.
        plain = table.encoding in ("ascii", "utf-8-sig")
        encoding = "utf-8" if plain else table.encoding
        told |= {"delimiter": table.delimiter, "encoding": encoding}
    if table.kind == "workbook" and table.sheet:
        told["sheets"] = [table.sheet]
    return told
