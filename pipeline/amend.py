"""Write into a feed's file what a person has accepted, leaving everything else as it stands."""

import difflib
import errno
import io
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from contracts.declarations import load as declared
from contracts.findings import Finding

DECLARE = "declare"
"""Fact of a finding: what the feed's file would have to say for the delivery to pass."""


class WouldBreak(Exception):
    """The feed's file would not be usable with what was to be written into it."""


def wanted(findings: Iterable[Finding]) -> dict[str, Any]:
    """What findings ask to be declared, joined."""
    whole: dict[str, Any] = {}
    for one in findings:
        _join(whole, one.facts.get(DECLARE, {}))
    return whole


def difference(path: Path, additions: Mapping[str, Any], root: Path) -> tuple[str, str]:
    """What would change in a feed's file: its new text, and the difference as a patch.

    Args:
        root: the folder of declarations; the patch names the file from there.
    """
    before = _text(path)
    after = _with(before, additions) if additions else before
    name = path.relative_to(root).as_posix()
    patch = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return after, "".join(patch)


def amend(root: Path, feed_id: str, path: Path, text: str) -> bool:
    """Put the new text of a feed's file in its place.

    Returns:
        False where the file cannot be written here: then the patch has to be applied by hand.

    Raises:
        WouldBreak: the feed cannot run with it; the file is as it was.
    """
    before = _text(path)
    if text == before:
        return True
    try:
        _replace(path, text)
    except PermissionError:
        return False
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        return False
    wrong = declared(root, only=feed_id).broken_feeds().get(feed_id)
    if wrong:
        _replace(path, before)
        raise WouldBreak(
            f"the feed's file cannot take the change by itself: {wrong[0]}; change it by hand, or "
            "accept the delivery once only"
        )
    return True


def _replace(path: Path, text: str) -> None:
    """All of the new text or all of the old, whatever happens."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    made = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        made.chmod(path.stat().st_mode)
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)


def _text(path: Path) -> str:
    """A file's text, its line ends as they are."""
    return path.read_bytes().decode("utf-8")


def _with(text: str, additions: Mapping[str, Any]) -> str:
    """The text with the additions, every other line as somebody wrote it."""
    ends = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n")
    if not lines.endswith("\n"):
        lines += "\n"
    document = _yaml().load(lines)
    plain = _dumped(document)
    _merge(document, additions)
    return _kept(lines, plain, _dumped(document)).replace("\n", ends)


def _kept(text: str, plain: str, amended: str) -> str:
    """What changed between two dumps of a document, changed in the text they were made from; the
    dump itself where lines cannot be told from each other."""
    given, before, after = (one.splitlines(keepends=True) for one in (text, plain, amended))
    if len(given) != len(before):
        return amended
    made: list[str] = []
    steps = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for step, first, last, start, end in steps:
        if step == "equal":
            made += given[first:last]
        else:
            made += _indented(after[start:end], before[:last], given[:last])
    kept = "".join(made)
    try:
        same = _yaml().load(kept) == _yaml().load(amended)
    except YAMLError:
        same = False
    return kept if same else amended


def _indented(lines: list[str], before: list[str], given: list[str]) -> list[str]:
    """New lines, indented as those above them are in the text."""
    depths: dict[int, int] = {0: 0}
    for ours, theirs in zip(before, given, strict=True):
        if ours.strip():
            depths[_depth(ours)] = _depth(theirs)
    made: list[str] = []
    for line in lines:
        depth = _depth(line)
        above = max(known for known in depths if known <= depth)
        made.append(" " * (depths[above] + depth - above) + line.lstrip(" "))
    return made


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _dumped(document: Any) -> str:
    written = io.StringIO()
    _yaml().dump(document, written)
    return written.getvalue()


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _merge(into: Any, additions: Mapping[str, Any]) -> None:
    for name, value in additions.items():
        if not isinstance(value, Mapping):
            into[name] = value
            continue
        if not isinstance(into.get(name), Mapping):
            into[name] = CommentedMap()
        _merge(into[name], value)


def _join(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    for name, value in other.items():
        if isinstance(value, Mapping):
            _join(into.setdefault(name, {}), value)
        else:
            into[name] = value
