"""The feeds: a list of them, and one page for each."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from contracts.column import ColumnFacts
from contracts.dataset import dataset_facts
from contracts.feed import Feed
from contracts.file_forms import FORM_WORDS
from contracts.model import columns_of
from contracts.places import PLACE_WORDS
from contracts.timetable import due_after, overdue_in_words
from pipeline.catalogue.names import feed_page
from pipeline.catalogue.page import Page
from pipeline.catalogue.pages.quality import level_of, over_time
from pipeline.catalogue.site import Site
from pipeline.catalogue.words import timetable
from pipeline.dictionary import landed_columns, organisation_name
from pipeline.kitemark import read

HERE = "feeds/index.html"


def feed_pages(site: Site) -> Iterator[Page]:
    """The list of feeds, then a page for each."""
    every = {feed_id: _facts(site, feed_id) for feed_id in sorted(site.declarations.feeds)}
    yield Page(HERE, "feeds.html", "Feeds", HERE, {"feeds": list(every.values())})
    for feed_id, facts in every.items():
        yield Page(feed_page(feed_id), "feed.html", facts["title"], HERE, _shown(site, facts))


def _facts(site: Site, feed_id: str) -> dict[str, Any]:
    feed = site.declarations.feeds[feed_id]
    deliveries = site.deliveries[feed_id]
    latest = deliveries[0] if deliveries else None
    by = due_after(feed, latest["landed_at"]) if latest else None
    return {
        "id": feed_id,
        "feed": feed,
        "title": feed.title,
        "organisation": organisation_name(site.declarations, feed.organisation),
        "dataset": dataset_facts(site.declarations.datasets[feed.dataset]),
        "agreement": site.declarations.agreement_of(feed),
        "latest": latest,
        "due": by.astimezone(ZoneInfo(feed.timezone)).date() if by else None,
        "kitemark": level_of(site, feed_id),
        "tables": [one for one in site.tables.values() if feed_id in one.feeds],
    }


def _shown(site: Site, facts: dict[str, Any]) -> dict[str, Any]:
    feed: Feed = facts["feed"]
    deliveries = site.deliveries[feed.id]
    mark = site.marks.get(feed.id)
    dimensions = read(mark["dimensions"]) if mark and mark["name"] else {}
    return {
        **facts,
        "in_force": facts["agreement"].active_on(site.today),
        "overdue": overdue_in_words(feed),
        "timetable": timetable(feed.schedule, feed.timezone),
        "place": PLACE_WORDS[feed.place.kind],
        "form": FORM_WORDS[feed.file.format],
        "deliveries": deliveries,
        "further": (deliveries[0]["of"] - len(deliveries)) if deliveries else 0,
        "names": _may_name_files(site, feed),
        "quality": over_time(site, feed.id),
        "dimensions": dimensions,
        "columns": list(_columns(site, feed)),
    }


def _columns(site: Site, feed: Feed) -> Iterator[dict[str, Any]]:
    """What the feed's agreement lets in: header, contract column, and where it goes."""
    landed = landed_columns(site.declarations, feed)
    for name, facts in columns_of(site.declarations.datasets[feed.dataset]).items():
        if name not in landed:
            continue
        rule = feed.columns.get(name)
        places = [place for target in facts.to if (place := _place(site, target))]
        yield {
            "name": name,
            "meaning": facts.meaning,
            "personal": facts.personal,
            "called": _called(site, feed, facts, places),
            "constant": rule.constant if rule else None,
            "scheme": rule.scheme if rule else None,
            "to": places,
        }


def _called(site: Site, feed: Feed, facts: ColumnFacts, places: list[tuple[str, str]]) -> list[str]:
    """The headers of a contract column, as the dictionary has them."""
    for entity, attribute in places:
        column = site.tables[entity].column(attribute)
        if column is not None:
            found = [one.header for one in column.headers if one.feed == feed.id]
            if found:
                return found
    rule = feed.columns.get(facts.name)
    return [rule.header] if rule and rule.header else []


def _place(site: Site, target: str) -> tuple[str, str] | None:
    role, _, attribute = target.partition(".")
    entity = role.partition(":")[0]
    return (entity, attribute) if entity in site.tables else None


def _may_name_files(site: Site, feed: Feed) -> bool:
    """Whether names of deliveries are shown: a supplier may put a person's name into one."""
    dataset = site.declarations.datasets[feed.dataset]
    return all(facts.personal == "none" for facts in columns_of(dataset).values())
