"""The stewards' worklist: written codes no register knows, and what becomes of them.

An accepted answer is a dated line in the alias file beside the register; then the rows that wait
for it in quarantine are worked again. Whoever asks, a person at the command line or in Airflow's
pages, calls the same functions.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from contracts.aliases import Alias, alias_file, append_alias, written_by_one
from contracts.claims import Claim, normalised
from contracts.declarations import load as declared
from contracts.register import Register
from pipeline.code_suggestions import Suggestion, suggestions
from pipeline.journey import AgreementNotActive
from pipeline.settings import Settings
from repository import worklist as recorded
from repository.database import connected, database_url
from repository.landing import LandingProblem
from repository.problems import values_withheld
from repository.quarantine import Reader
from repository.registers import record_registers


class CodeProblem(Exception):
    """What a steward asked cannot be done; the message says why and what to do."""


@dataclass(frozen=True)
class Place:
    """Where an unknown writing was met: rows of the feed's latest delivery that had it, and the
    dates its records were read as at."""

    feed: str
    column: str
    rows: int
    delivery: str
    last_landed_at: Any
    first_as_at: date | None
    last_as_at: date | None


@dataclass(frozen=True)
class Item:
    """One writing of the worklist.

    Attributes:
        scheme: the code list or scheme it was read by.
        key: what it is known by in the worklist, whether opened or not.
        written: as suppliers write it; None where it is sealed and was not opened.
        personal: whether it stood in a column of personal data.
        state: ``open``, ``accepted`` or ``refused``.
        places: where it was met, most rows first.
        suggestions: codes it may stand for.
        known_now: the code the register gives it by now, where somebody has added it since.
        code, decided_by, reason: of a decision.
    """

    scheme: str
    key: str
    written: str | None
    personal: bool
    state: str
    places: tuple[Place, ...]
    suggestions: tuple[Suggestion, ...] = ()
    known_now: str | None = None
    code: str | None = None
    decided_by: str | None = None
    reason: str | None = None

    @property
    def rows(self) -> int:
        """How many rows have it, in the latest deliveries that had it."""
        return sum(place.rows for place in self.places)

    @property
    def feeds(self) -> tuple[str, ...]:
        """The feeds it was met in."""
        return tuple(dict.fromkeys(place.feed for place in self.places))

    def to_json(self) -> dict[str, Any]:
        """As plain lists, dictionaries and texts; dates as they are."""
        return {**asdict(self), "rows": self.rows, "feeds": list(self.feeds)}


@dataclass(frozen=True)
class Decision:
    """What came of a decision.

    Attributes:
        line: the line that was written, ``<file>, line <number>``; None where it stood already, or
            nothing is written (a refusal).
        feeds: feeds whose list changed.
        replayed: feed to what became of its rows in quarantine, in words.
    """

    scheme: str
    written: str
    state: str
    code: str | None
    line: str | None
    feeds: tuple[str, ...]
    replayed: dict[str, str]


def worklist(
    states: Iterable[str] = ("open",),
    *,
    scheme: str | None = None,
    reader: Reader | None = None,
    feeds: Iterable[str] | None = None,
    url: str | None = None,
) -> list[Item]:
    """The worklist with suggestions, what most rows wait for first.

    Args:
        states: which writings: ``open``, ``accepted``, ``refused``.
        scheme: of this code list or scheme only.
        reader: who opens the writings of personal columns, and what for, which is recorded; where
            None they stay sealed.
        feeds: those the reader may open writings of; None: all.
        url: the repository's; where None, as the environment says.

    Raises:
        repository.sealing.KeyMissing, repository.sealing.SealBroken: writings cannot be opened.
        repository.problems.DatabaseDown, repository.problems.DatabaseProblem
    """
    settings = Settings.from_environment()
    declarations = declared(settings.contracts)
    allowed = None if feeds is None else set(feeds)
    with values_withheld(), connected(url or database_url(settings.state)) as conn:
        rows = [
            row for row in recorded.listed(conn, states) if scheme in (None, row["scheme"])
        ]  # fmt: skip
        if reader is not None:
            # One writing may have come in several feeds: it is opened for who may see them all.
            barred = {
                row["key"] for row in rows if allowed is not None and row["feed"] not in allowed
            }
            recorded.open_writings(conn, [one for one in rows if one["key"] not in barred], reader)
    grouped: dict[tuple[str, str, str, str | None], list[dict[str, Any]]] = {}
    for row in rows:
        key = (row["scheme"], row["key"], row["state"], row["code"])
        grouped.setdefault(key, []).append(row)
    items = [_item(declarations.code_schemes.get(key[0]), same) for key, same in grouped.items()]
    return sorted(items, key=lambda item: (-item.rows, item.scheme, item.written or "", item.key))


def _item(register: Register | None, rows: list[dict[str, Any]]) -> Item:
    first = rows[0]
    places = tuple(Place(**{name: row[name] for name in Place.__annotations__}) for row in rows)
    day = max((p.last_as_at for p in places if p.last_as_at), default=date.today())
    feed = places[0].feed if len({place.feed for place in places}) == 1 else None
    known_now = None
    found: tuple[Suggestion, ...] = ()
    if register is not None and first["state"] == "open" and first["written"] is not None:
        known_now = register.on(day, feed).codes.get(normalised(first["written"]))
        found = suggestions(register, first["written"], day, feed)
    return Item(
        scheme=first["scheme"],
        key=first["key"],
        written=first["written"],
        personal=first["sealed"] is not None,
        state=first["state"],
        places=places,
        suggestions=found,
        known_now=known_now,
        code=first["code"],
        decided_by=first["decided_by"],
        reason=first["reason"],
    )


def accept(
    target: str,
    written: str,
    code: str,
    *,
    by: str,
    reason: str,
    start: date | None = None,
    end: date | None = None,
    replay_now: bool = True,
) -> Decision:
    """Accept a writing for a code: a line in the alias file and in the database's copy of it, then
    the waiting rows again.

    Asked again, nothing is written twice and what is left to replay is replayed.

    Args:
        target: a feed (``<organisation>/<dataset>``), for which alone it will hold, or a code list
            or scheme, for every feed that uses it.
        written: as suppliers write it.
        by, reason: who accepts it, and why; both needed.
        start, end: first and last date of the records it holds for; None for all.
        replay_now: whether to work the waiting rows again.

    Raises:
        CodeProblem: there is no such scheme, code or item, or the writing stands for another code.
        contracts.aliases.AliasNotWritten: the folder of declarations cannot be written to.
        repository.problems.DatabaseDown, repository.problems.DatabaseProblem
    """
    by, reason = _given(by, reason)
    settings = Settings.from_environment()
    url = database_url(settings.state)
    scheme, feed = _meant(settings, url, target, written)
    alias = Alias(code, " ".join(written.split()), start, end, feed, by, date.today(), reason)
    if not normalised(written):
        raise CodeProblem("the writing is empty")
    line = _write(settings, scheme, alias)
    with values_withheld(), connected(url) as conn:
        same = recorded.keys_of(conn, scheme, written)
        feeds = recorded.decide(
            conn, scheme, same, feed=feed, state="accepted", code=code, by=by, reason=reason
        )
        waiting = recorded.held_feeds(conn, scheme, same, feed)
        record_registers(conn, declared(settings.contracts))
    replayed = {one: _replayed(one) for one in waiting} if replay_now else {}
    return Decision(scheme, alias.alias, "accepted", code, line, tuple(feeds), replayed)


def refuse(target: str, written: str, *, by: str, reason: str) -> Decision:
    """Refuse a writing: it stands for no code, its rows stay in quarantine, it is not asked again.

    Raises:
        CodeProblem: there is no such item in the worklist.
        repository.problems.DatabaseDown, repository.problems.DatabaseProblem
    """
    by, reason = _given(by, reason)
    settings = Settings.from_environment()
    url = database_url(settings.state)
    scheme, feed = _meant(settings, url, target, written)
    with values_withheld(), connected(url) as conn:
        same = recorded.keys_of(conn, scheme, written)
        if not same:
            raise CodeProblem(f"the worklist of {scheme} has nothing written {written!r}")
        feeds = recorded.decide(
            conn, scheme, same, feed=feed, state="refused", code=None, by=by, reason=reason
        )
    return Decision(scheme, " ".join(written.split()), "refused", None, None, tuple(feeds), {})


def _given(by: str, reason: str) -> tuple[str, str]:
    by, reason = " ".join(by.split()), " ".join(reason.split())
    if not by or not reason:
        raise CodeProblem("a decision needs who makes it and why")
    return by, reason


def _meant(settings: Settings, url: str, target: str, written: str) -> tuple[str, str | None]:
    """The scheme, and the feed where only one is meant."""
    declarations = declared(settings.contracts)
    if "/" not in target:
        if target not in declarations.code_schemes:
            raise CodeProblem(
                f"there is no code list or scheme {target!r}; "
                f"there are {', '.join(sorted(declarations.code_schemes))}"
            )
        return target, None
    declarations.feed(target)
    with values_withheld(), connected(url) as conn:
        rows = [row for row in recorded.listed(conn, recorded.STATES) if row["feed"] == target]
        schemes = {
            scheme
            for scheme in {row["scheme"] for row in rows}
            if {row["key"] for row in rows} & set(recorded.keys_of(conn, scheme, written))
        }
    if len(schemes) != 1:
        what = f"was met in {', '.join(sorted(schemes))}; name the one meant" if schemes else (
            "is not in its worklist; `watersmeet codes list` shows what is"
        )  # fmt: skip
        raise CodeProblem(f"{written!r} of feed {target} {what}")
    return schemes.pop(), target


def _write(settings: Settings, scheme: str, alias: Alias) -> str | None:
    """Write an alias where it does not stand already; where it stands."""
    root = declared(settings.contracts).root
    with written_by_one(root / "registers" / "codes"):
        # Read under the lock: another steward may just have answered.
        declarations = declared(root)
        register = declarations.code_schemes.get(scheme)
        if register is None:
            raise CodeProblem(f"the code list or scheme {scheme!r} is broken; mend it first")
        if alias.code not in register.listed:
            raise CodeProblem(_no_such_code(register, alias.code))
        path = alias_file(register.path)
        claim = Claim(
            normalised(alias.alias), alias.alias, alias.code, alias.start, alias.end, alias.feed,
            False, 0, path,
        )  # fmt: skip
        for known in register.claims:
            if known.writing != claim.writing or not known.meets(claim):
                continue
            if known.code != claim.code:
                raise CodeProblem(_stands_for_another(known, claim, root))
            if _covers(known, claim):
                return None
        append_alias(path, alias)
        lines = len(path.read_text(encoding="utf-8").splitlines())
    return f"{path.relative_to(root).as_posix()}, line {lines}"


def _covers(known: Claim, claim: Claim) -> bool:
    """Whether one line says all that another would."""
    return (
        known.feed in (None, claim.feed)
        and (known.start is None or (claim.start is not None and known.start <= claim.start))
        and (known.end is None or (claim.end is not None and claim.end <= known.end))
    )


def _no_such_code(register: Register, code: str) -> str:
    near = suggestions(register, code, date.today())
    hint = f"; did you mean {', '.join(f'{s.code} ({s.name})' for s in near[:3])}?" if near else ""
    return f"{register.lists} has no code {code!r}{hint}"


def _stands_for_another(known: Claim, claim: Claim, root: Path) -> str:
    span = (
        f" from {known.start or 'ever'} to {known.end or 'today and on'}"
        if known.start or known.end
        else ""
    )
    return (
        f"{claim.written!r} already stands for {known.code!r}{span} "
        f"({known.path.relative_to(root).as_posix()}, line {known.line}); give dates that do not "
        "meet those, or correct that line"
    )


def feeds_waiting() -> list[str]:
    """The feeds with rows that wait for accepted answers, whoever accepted them and whenever."""
    settings = Settings.from_environment()
    with values_withheld(), connected(database_url(settings.state)) as conn:
        return recorded.accepted_feeds(conn)


def replay_accepted() -> dict[str, str]:
    """Work the rows again that wait for accepted answers; feed to what became of them, in words.
    Costs nothing where that was done before."""
    return {feed: _replayed(feed) for feed in feeds_waiting()}


def _replayed(feed: str) -> str:
    """Work a feed's waiting rows again; what became of them, in words."""
    from pipeline.replay import Replayed, replay

    try:
        runs = replay(feed)
    except (AgreementNotActive, LandingProblem) as problem:
        return f"not replayed: {problem}"
    released = sum(run.released for run in runs if isinstance(run, Replayed))
    held = sum(run.still_held for run in runs if isinstance(run, Replayed))
    refused = [run.refused for run in runs if run.refused]
    return f"{released:,} rows released, {held:,} still held" + "".join(f"; {r}" for r in refused)
