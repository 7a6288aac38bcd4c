"""What a feed's DAG page says: what it is, whose, what it promises, and by what right."""

from collections.abc import Sequence

from contracts.agreement import Agreement
from contracts.dataset import Dataset, dataset_facts
from contracts.feed import Feed
from contracts.file_forms import FORM_WORDS
from contracts.model import columns_of
from contracts.places import PLACE_WORDS
from contracts.timetable import overdue_in_words


def page(feed: Feed, dataset: type[Dataset], agreement: Agreement) -> str:
    """The page of one feed, in Markdown; the same text as long as the declarations are the same."""
    return "\n\n".join(
        [
            f"# {feed.title}",
            dataset_facts(dataset).doc,
            _facts(feed, dataset, agreement),
            "## Contract",
            _columns(feed, dataset, agreement),
            "## Agreement",
            _agreement(agreement),
            *(["## Notes", feed.notes] if feed.notes else []),
        ]
    )


def _facts(feed: Feed, dataset: type[Dataset], agreement: Agreement) -> str:
    facts = dataset_facts(dataset)
    place = f"{PLACE_WORDS[feed.place.kind]}: `{feed.place.within}`"
    rows = {
        "feed": f"`{feed.id}`",
        "supplied by": feed.owner,
        "looked after by": feed.maintainer,
        "dataset": f"{facts.title}, contract version {facts.version}",
        "agreement": f"{agreement.title} (`{agreement.id}`)",
        "place": f"{place}, by the connection `{feed.place.connection}`",
        "file": FORM_WORDS[feed.file.format],
        "schedule": f"`{feed.schedule}`, {feed.timezone}" if feed.schedule else "on request only",
        "overdue": overdue_in_words(feed),
        "goes on looking": f"every {feed.watch.every_minutes:g} minutes for "
        f"{feed.watch.for_hours:g} hours after the scheduled time"
        if feed.watch
        else "no: it looks once",
        "declared in": f"`contracts/feeds/{feed.id}.yml`",
    }
    return _table(("", ""), list(rows.items()))


def _columns(feed: Feed, dataset: type[Dataset], agreement: Agreement) -> str:
    allowed = agreement.columns.get(feed.dataset, ())
    rows = []
    for name, facts in columns_of(dataset).items():
        if facts.optional:
            needed = "may be missing"
        else:
            needed = "may be empty" if facts.nullable else "needed"
        kept = ", ".join(f"`{target}`" for target in facts.to) if name in allowed else "not shared"
        rows.append((f"`{name}`", facts.meaning, facts.kind.name, needed, facts.personal, kept))
    return _table(("column", "meaning", "kind", "", "personal data", "goes to"), rows)


def _agreement(agreement: Agreement) -> str:
    purposes = "; ".join(f"{p.name} ({', '.join(p.recipients)})" for p in agreement.purposes)
    return _table(
        ("", ""),
        [
            ("gateway", agreement.gateway),
            ("controllers", ", ".join(agreement.controllers)),
            ("purposes", purposes),
            ("in force", f"{agreement.start} to {agreement.end}, review {agreement.review}"),
            ("kept for", f"{agreement.retention_days} days"),
            ("contact", agreement.contact),
        ],
    )


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
