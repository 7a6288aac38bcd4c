"""How ``watersmeet contract`` prints contracts and what changed about them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from contracts.declarations import Declarations
    from contracts.diff.change import Change
    from contracts.diff.published import Comparison, Name
    from contracts.odcs.document import Plain


def tell(compared: "list[Comparison]") -> None:
    """Print what changed in each contract, whom it breaks and what is to be done."""
    from contracts.diff.published import undeclared

    screen = console()
    for one in compared:
        if one.changes or not one.declared:
            head = f"{one.folder}/{one.name}".lstrip("/")
            versions = f"{one.published or 'never published'} → {one.present or 'gone'}"
            screen.print(f"[bold]{head}[/]  {versions}  {one.level}")
            for change in one.changes:
                _tell_change(change, screen)
            if one.declared:
                screen.print("  [green]declared[/] by its version")
            else:
                screen.print("  [red]not declared[/]:", end=" ")
                screen.print(undeclared(one), markup=False)
    quiet = sum(not one.changes and one.declared for one in compared)
    if quiet:
        screen.print(f"{quiet} of {len(compared)} contracts: nothing changed")


def _tell_change(change: "Change", screen: "Console") -> None:
    colour = {"major": "red", "minor": "yellow"}.get(change.level, "dim")
    screen.print(f"  [{colour}]{change.level:5}[/]", end=" ")
    screen.print(f"{change.code} {change.column or ''}".rstrip(), markup=False)
    for word, value in (("was", change.before), ("is", change.after)):
        if value is not None:
            screen.print(f"          {word}: {_short(value)}", markup=False)
    for whom, verdict in (("supplier", change.supplier), ("analyst", change.analyst)):
        mark = "broken" if verdict.breaking else "kept"
        screen.print(f"          {whom} {mark}: {verdict.why}", markup=False)


def show_contract(
    document: "Plain", name: "Name", declarations: "Declarations", screen: "Console"
) -> None:
    """Print a contract: what it is, its columns, and who supplies and reads it."""
    from rich.table import Table

    table = document["schema"][0]
    screen.print(f"[bold]{'/'.join(name)}[/]  {document['name']}, version {document['version']}")
    for text in document["description"].values():
        screen.print(f"  {text}", markup=False)
    for one in table.get("customProperties", ()):
        screen.print(f"  {one['property']}: {_short(one['value'])}", markup=False)
    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2))
    for title in ("column", "kind", "asked", "personal", "checks", "headers or meaning"):
        grid.add_column(title, overflow="fold")
    for part in table["properties"]:
        grid.add_row(*_row(part))
    screen.print(grid)
    for rule in table.get("quality", ()):
        screen.print(f"  across columns: {rule['name']}: {rule['description']}", markup=False)
    for line in _users(name, declarations):
        screen.print(f"  {line}", markup=False)


def _row(part: "Plain") -> list[str]:
    from rich.markup import escape

    from contracts.odcs.document import customs

    facts = customs(part)
    asked = "required" if part.get("required") else "optional" if facts.get("optional") else ""
    if part.get("primaryKey"):
        asked += " key"
    rules = [r["description"] for r in part.get("quality", ()) if r["name"] != "required"]
    described = ", ".join(facts.get("headers", [])) or part.get("description", "")
    kind = facts.get("kind", "made here")
    personal = part.get("classification", "none")
    cells = [part["name"], kind, asked, "" if personal == "none" else personal, "; ".join(rules)]
    return [escape(cell) for cell in (*cells, _short(described))]


def _users(name: "Name", declarations: "Declarations") -> list[str]:
    """Which feeds supply a contract, under which agreement, and which purposes read it."""
    from contracts.declarations import DATASETS
    from contracts.model import columns_of

    folder, one = name
    if folder == DATASETS:
        return [
            f"supplied by {feed_id} under {feed.agreement}"
            for feed_id, feed in declarations.feeds.items()
            if feed.dataset == one
        ]
    filled = {
        dataset
        for dataset, contract in declarations.datasets.items()
        for facts in columns_of(contract).values()
        for target in facts.to
        if target.partition(".")[0].partition(":")[0] == one
    }
    read = [
        f"read for {purpose.name} under {agreement.id}"
        for agreement in declarations.agreements.values()
        for purpose in agreement.purposes
        if one in purpose.entities
    ]
    feeds = [f for f, feed in declarations.feeds.items() if feed.dataset in filled]
    return [f"filled from {', '.join(sorted(filled))} by {', '.join(feeds)}", *read]


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 240 else f"{text[:237]}..."


def console() -> "Console":
    """Where to print: a terminal, or plain wide lines."""
    from rich.console import Console

    terminal = Console(highlight=False, soft_wrap=True)
    # Written to a file or pipe, a line need not fit a screen.
    return terminal if terminal.is_terminal else Console(highlight=False, width=200)
