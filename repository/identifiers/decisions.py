"""What a person decides about identifiers: that several are one, that one is several, or not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg import sql

from contracts.entity import Entity
from repository.identifiers.redirects import (
    KINDS,
    NoSuchIdentifier,
    Redirect,
    around,
    known,
    resolve,
    stands,
)
from repository.identifiers.rekeying import Moved, Step, moment
from repository.load.opening import LOADING


class NotRedirected(Exception):
    """An identifier cannot be redirected so; the message says why and what to do."""


@dataclass(frozen=True)
class Decided:
    """One redirect that was made or withdrawn, and what it did to rows."""

    from_id: UUID
    to_id: UUID
    kind: str
    moved: Moved


@dataclass(frozen=True)
class Decision:
    """Who decides, why, and about which entity.

    Attributes:
        entity: its name.
        entities: every entity contract.
        main_of: feeds whose records each are one of this entity.
    """

    conn: psycopg.Connection
    entity: str
    entities: Mapping[str, type[Entity]]
    reason: str
    author: str
    main_of: Collection[str] = ()

    def merge(self, from_ids: Sequence[UUID], into: UUID) -> list[Decided]:
        """Have several identifiers be one; in the connection's transaction.

        Later deliveries give ``into`` instead of the others. Where a feed has a row of both, the
        later statement is kept.

        Raises:
            NoSuchIdentifier: nothing has or had one of them.
            NotRedirected: one leads elsewhere already, or a feed supplies both as records of their
                own, which in every delivery would be one key twice.
        """
        self._begin()
        self._known(into)
        self._own_end(into)
        done = []
        for from_id in dict.fromkeys(from_ids):
            if from_id == into:
                raise NotRedirected(f"{from_id} cannot be merged into itself; leave it out")
            self._known(from_id)
            self._own_end(from_id)
            both = sorted(self._feeds_of_both(from_id, into) & set(self.main_of))
            if both:
                raise NotRedirected(
                    f"{', '.join(both)} supplies both {from_id} and {into} as records of their "
                    "own: merged, each delivery would bring one key twice. Have the supplier "
                    "mend one of the records, or correct it (watersmeet corrections add)"
                )
            now = moment(self.conn)
            moved = Step(self.conn, self.entity, self.entities, from_id, into, now).move()
            self._record(from_id, into, "merged", now)
            done.append(Decided(from_id, into, "merged", moved))
        return done

    def split(self, from_id: UUID, to_ids: Sequence[UUID]) -> list[Decided]:
        """Tell that an identifier was given to several things, which have others by now.

        Raises:
            NoSuchIdentifier: nothing has or had one of them.
            NotRedirected: a row still has it, it leads elsewhere already, or one of the others
                leads back to it.
        """
        self._begin()
        self._known(from_id)
        self._own_end(from_id)
        if len(set(to_ids)) < 2:
            raise NotRedirected(
                f"a split leads to two identifiers or more; for one: watersmeet identifiers merge "
                f"{self.entity} {from_id} --into ..."
            )
        if stands(self.conn, self.entity, from_id):
            raise NotRedirected(
                f"rows still have the identifier {from_id}: correct their records so that each "
                "has an identity of its own (watersmeet corrections add), then tell of the split"
            )
        now = moment(self.conn)
        for to_id in dict.fromkeys(to_ids):
            self._known(to_id)
            ends = resolve(self.conn, self.entity, to_id)
            if from_id in {to_id, ends.id, *ends.parts}:
                raise NotRedirected(
                    f"{to_id} leads back to {from_id}; an identifier is never given to anything "
                    "else, a part needs another one"
                )
            self._record(from_id, to_id, "split", now)
        return [
            Decided(from_id, to_id, "split", Moved(0, {}, 0, [])) for to_id in dict.fromkeys(to_ids)
        ]

    def undo(self, from_id: UUID) -> list[Decided]:
        """Withdraw what an identifier leads to, and give its rows back to it.

        Rows that deliveries changed since are read again when they are next supplied.

        Raises:
            NotRedirected: it leads nowhere, or rows were moved on by a later merge.
        """
        self._begin()
        standing = [
            one
            for one in around(self.conn, self.entity, from_id)
            if one.from_id == from_id and one.withdrawn_at is None
        ]
        if not standing:
            raise NotRedirected(f"{from_id} is not redirected; there is nothing to undo")
        return [self._withdraw(one) for one in standing]

    def _withdraw(self, one: Redirect) -> Decided:
        onward = resolve(self.conn, self.entity, one.to_id)
        if one.kind == "merged" and onward.chain and onward.chain[0].kind == "merged":
            raise NotRedirected(
                f"{one.to_id} was itself merged into {onward.chain[0].to_id} later; undo that first"
            )
        now = moment(self.conn)
        moved = Moved(0, {}, 0, [])
        if one.kind == "merged":
            step = Step(self.conn, self.entity, self.entities, one.from_id, one.to_id, now)
            moved = step.take_back(one.since)
        self.conn.execute(
            "UPDATE watersmeet.redirect SET withdrawn_at = %s, withdrawn_by = %s"
            " WHERE redirect_id = %s",
            (now, f"{self.author}: {self.reason}", one.redirect_id),
        )
        return Decided(one.from_id, one.to_id, one.kind, moved)

    def _begin(self) -> None:
        """See that the entity is one and a reason is given; keep feeds from being loaded now."""
        if not self.reason.strip():
            raise NotRedirected("the reason is empty; say why, it is kept with the decision")
        if self.entity not in self.entities:
            raise NoSuchIdentifier(
                f"there is no entity {self.entity}; there are {', '.join(sorted(self.entities))}"
            )
        feeds = self.conn.execute("SELECT feed_id FROM watersmeet.feed ORDER BY feed_id").fetchall()
        for (feed_id,) in feeds:
            self.conn.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOADING, feed_id))

    def _known(self, id: UUID) -> None:
        if not known(self.conn, self.entity, id):
            raise NoSuchIdentifier(
                f"there is and was no {self.entity} with the identifier {id}; correct it"
            )

    def _own_end(self, id: UUID) -> None:
        found = resolve(self.conn, self.entity, id)
        if found.chain:
            ends = " and ".join(map(str, found.parts or (found.id,)))
            raise NotRedirected(
                f"{id} leads to {ends} already ({KINDS[found.chain[0].kind]}); name that instead, "
                f"or undo it: watersmeet identifiers undo {self.entity} {id}"
            )

    def _feeds_of_both(self, one: UUID, other: UUID) -> set[str]:
        rows = self.conn.execute(
            sql.SQL(
                "SELECT f.name FROM {} s JOIN watersmeet.feed f USING (feed_id)"
                " WHERE s.{} IN (%s, %s) GROUP BY f.name HAVING count(*) > 1"
            ).format(sql.Identifier("store", self.entity), sql.Identifier(f"{self.entity}_id")),
            (one, other),
        ).fetchall()
        return {row[0] for row in rows}

    def _record(self, from_id: UUID, to_id: UUID, kind: str, since: datetime) -> None:
        self.conn.execute(
            "INSERT INTO watersmeet.redirect (entity, from_id, to_id, kind, since, reason, author)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (self.entity, from_id, to_id, kind, since, self.reason, self.author),
        )
