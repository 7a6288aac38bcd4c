"""What every verb of a feed's journey stands on: declarations, agreement, database, stores."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

import psycopg

from contracts.agreement import Agreement
from contracts.dataset import Dataset, Replaces, dataset_facts
from contracts.declarations import Declarations
from contracts.declarations import load as declared
from contracts.feed import Feed
from contracts.gates import Gates
from contracts.version import steps_version
from pipeline.delivery import Delivery
from pipeline.settings import Settings
from repository.database import connected, database_url
from repository.landing import LandedFile, LandingStore, store_for
from repository.problems import values_withheld


class AgreementNotActive(Exception):
    """No active agreement allows what was asked; nothing was fetched."""


@dataclass(frozen=True)
class Journey:
    """One feed's way: made anew for every verb, since each may run in a process of its own."""

    feed: Feed
    declarations: Declarations
    settings: Settings

    @classmethod
    def of(cls, feed_id: str) -> "Journey":
        """The journey of a feed.

        Raises:
            contracts.declarations.UnknownDeclaration: no such feed, or its file is broken.
        """
        settings = Settings.from_environment()
        declarations = declared(settings.contracts, only=feed_id)
        if feed_id not in declarations.feeds and feed_id not in declarations.broken_feeds():
            # Reading all of them tells which one was meant.
            declarations = declared(settings.contracts)
        return cls(declarations.feed(feed_id), declarations, settings)

    @cached_property
    def url(self) -> str:
        """SQLAlchemy URL of the repository."""
        return database_url(self.settings.state)

    @property
    def dataset(self) -> type[Dataset]:
        """The dataset contract."""
        return self.declarations.dataset(self.feed.dataset)

    @property
    def replaces(self) -> Replaces:
        """What a delivery of this feed replaces."""
        return self.feed.replaces or dataset_facts(self.dataset).replaces

    @cached_property
    def steps(self) -> str:
        """The steps version."""
        return steps_version(self.feed, self.declarations)

    @property
    def gates(self) -> Gates:
        """How far a delivery may differ from those before: the feed's limits over its dataset's."""
        return self.feed.gates.over(dataset_facts(self.dataset).gates)

    @property
    def judged_by(self) -> str:
        """The version of all that may stop a delivery: the steps and the limits."""
        return f"{self.steps}+{_digest(self.gates)}"

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection]:
        """A connection to the repository, committed at the end.

        Raises:
            repository.problems.DatabaseDown, repository.problems.DatabaseProblem
        """
        with values_withheld(), connected(self.url) as conn:
            yield conn

    def agreement(self) -> Agreement:
        """The feed's agreement, in force today by the database's clock.

        Raises:
            AgreementNotActive: it is not.
        """
        agreement = self.declarations.agreement_of(self.feed)
        with self.connected() as conn:
            row = conn.execute("SELECT current_date").fetchone()
        today = row[0] if row else None
        if today is None or not agreement.active_on(today):
            raise AgreementNotActive(
                f"feed {self.feed.id} stands on agreement {agreement.id}, which is in force from "
                f"{agreement.start} to {agreement.end} and not today ({today}); nothing is "
                f"fetched or loaded. Renew it in {self.declarations.root.name}/agreements/"
                f"{agreement.id}.yml"
            )
        return agreement

    def store(self) -> LandingStore:
        """The landing store."""
        return store_for(self.settings.landing)

    @contextmanager
    def landed(self, delivery: Delivery) -> Iterator[list[Path]]:
        """Local paths of a delivery's landed files, in order, as long as the block lasts."""
        store = self.store()
        with ExitStack() as held:
            yield [
                held.enter_context(store.local(LandedFile(f.name, f.key, f.sha256, f.bytes)))
                for f in delivery.files
            ]


def see_known(conn: psycopg.Connection, feed: str | None) -> None:
    """See that a feed that is asked about is one; None, for all, is.

    A feed that was loaded once is known, whatever has become of its file.

    Raises:
        contracts.declarations.UnknownDeclaration: neither the repository nor the declarations
            know it.
    """
    if feed is None:
        return
    if conn.execute("SELECT FROM watersmeet.feed WHERE name = %s", (feed,)).fetchone() is None:
        Journey.of(feed)


def _digest(limits: Gates) -> str:
    return blake2b(limits.model_dump_json().encode(), digest_size=4).hexdigest()
