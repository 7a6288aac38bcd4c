"""Registers read from their files, with everything wrong in them told at once."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from contracts.aliases import Alias, BadAliases, alias_file, load_aliases
from contracts.claims import Claim, overlapping
from contracts.dated_lines import Problems, dated_lines
from contracts.locale import DATE_ORDERS
from contracts.register import Entry, Register

COLUMNS = ("code", "name", "start", "end", "aliases", "source", "licence")
MAY_BE = ("successors", "reason", "locale")


class BadRegister(Exception):
    """A register that cannot be used; everything wrong in its files.

    Attributes:
        found: (file, line, message) of each.
        problems: (line, message) of each.
    """

    def __init__(self, found: Iterable[tuple[Path, int, str]]) -> None:
        self.found = tuple(found)
        self.problems = tuple((line, message) for _, line, message in self.found)
        super().__init__("; ".join(f"line {line}: {message}" for line, message in self.problems))


def load_register(
    path: Path,
    of: str | None = None,
    *,
    whole: Register | None = None,
    parts: Sequence[Path] = (),
) -> Register:
    """Read one register, its further files and its accepted aliases.

    Args:
        of: the code list this register is a supplier's scheme for.
        whole: that code list, to hold the scheme against.
        parts: files with further lines.

    Raises:
        FileNotFoundError: there is no such file.
        BadRegister: a column missing, a code without name or source, dates that are none or out of
            order, a code twice, one writing for two codes on one day, a successor or a scheme's or
            alias's code that is not listed.
    """
    of = whole.name if whole is not None else of
    state = (of, id(whole), tuple(_state(one) for one in (path, alias_file(path), *parts)))
    if path not in _READ or _READ[path][0] != state:
        _READ[path] = state, _read(path, of, whole, parts)
    return _READ[path][1]


_READ: dict[Path, tuple[object, Register]] = {}
"""Registers as read last, with the state of their files: every step of a delivery asks for all of
them, and the long ones take a while. A register keeps its list, so that the list's ``id`` stays
its own."""


def _state(path: Path) -> tuple[object, ...]:
    try:
        told = path.stat()
    except FileNotFoundError:
        return (path,)
    return (path, told.st_ino, told.st_size, told.st_mtime_ns)


def _read(path: Path, of: str | None, whole: Register | None, parts: Sequence[Path]) -> Register:
    reader = _Reader()
    lines = [entry for file in (path, *parts) for entry in reader.lines(file)]
    accepted = reader.accepted(alias_file(path))
    entries: dict[str, Entry] = {}
    for line in lines:
        first = entries.setdefault(line.code, line)
        if first is not line and of is None:
            where = "" if first.path == line.path else f" of {first.path.name}"
            reader.say(line, f"code {line.code!r} stands on line {first.line}{where} too")
    files = (path, *parts, *(one for one in [alias_file(path)] if one.exists()))
    files = (*files, *(whole.files if whole is not None else ()))
    register = Register(path.stem, entries, path, of, tuple(lines), accepted, whole, files)
    reader.check(register)
    if not entries and not reader.found:
        reader.found.append((path, 1, "the register has no entries"))
    if reader.found:
        raise BadRegister(sorted(reader.found, key=lambda one: (one[0] != path, one[0], one[1])))
    return register


class _Reader:
    """Reads the files of one register, collecting what is wrong on the way."""

    def __init__(self) -> None:
        self.found: list[tuple[Path, int, str]] = []

    def say(self, place: Entry | Claim, message: str) -> None:
        self.found.append((place.path, place.line, message))

    def lines(self, path: Path) -> Iterator[Entry]:
        problems: Problems = []
        needed = ("code", "name", "source", "licence")
        for line in dated_lines(path, COLUMNS, problems, needed=needed, may_be=MAY_BE):
            text, locale = line.text, line.text.get("locale") or None
            if locale is not None and locale not in DATE_ORDERS:
                message = f"locale {locale!r} is none of {', '.join(DATE_ORDERS)}"
                problems.append((line.line, message))
                continue
            yield Entry(
                text["code"], text["name"], line.days["start"], line.days["end"],
                _parted(text["aliases"]), text["source"], text["licence"], line.line,
                _parted(text.get("successors", "")), text.get("reason") or None, path, locale,
            )  # fmt: skip
        self.found += [(path, number, message) for number, message in problems]

    def accepted(self, path: Path) -> tuple[Alias, ...]:
        try:
            return load_aliases(path)
        except BadAliases as error:
            self.found += [(path, line, message) for line, message in error.problems]
            return ()

    def check(self, register: Register) -> None:
        """What must hold between the lines."""
        for line in register.lines:
            for code in line.successors:
                if code == line.code or code not in register.listed:
                    message = f"successor {code!r} is no other code of {register.lists}"
                    self.say(line, f"{message}; add it first")
            if register.whole is not None and line.code not in register.whole:
                message = f"code {line.code!r} is not in {register.lists}.csv; add it there first"
                self.say(line, message)
        for claim in register.claims:
            if not claim.lasting and claim.code not in register.listed:
                self.say(claim, f"code {claim.code!r} is not in {register.lists}.csv")
            elif claim.start and claim.end and claim.end < claim.start:
                self.say(claim, f"{claim.code!r} is not in force in {register.lists} then")
        for first, second in overlapping(register.claims):
            self.say(second, _for_two(first, second))


def _for_two(first: Claim, second: Claim) -> str:
    dated = any((first.start, first.end, second.start, second.end))
    when = " on one day; part their dates" if dated else "; keep it for one"
    return f"{second.written!r} stands for {first.code!r} and for {second.code!r}{when}"


def _parted(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip()) if text else ()
