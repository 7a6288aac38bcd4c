"""Reads XML that nobody answers for: no document type, so no entities; bounded depth and tags.

Expat gives an element at a time and builds no tree. It fetches nothing: XInclude, stylesheets and
schema locations are elements and attributes like any other.
"""

from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

from connectors.errors import Unreadable

DEEPEST = 200
MOST_ATTRIBUTES = 2_000
LONGEST_TAG = 8 << 20
_CHUNK = 1 << 20
_SPACE = "\n"  # Between a namespace and a name; neither can hold it.

Name = tuple[str, str]
"""Namespace (empty where there is none) and local name."""

Start = Callable[[Name, dict[Name, str]], None]


class GuardedXml:
    """One XML file, parsed once.

    Attributes:
        depth: how many elements are open.
    """

    def __init__(
        self,
        file: str,
        encoding: str | None,
        start: Start,
        end: Callable[[], None],
        text: Callable[[str], None],
    ) -> None:
        """Prepare.

        Args:
            file: its name for people.
            encoding: what to take it for, whatever it says; None to believe it.
            start: called with name and attributes of each element that begins.
            end: called for each that ends.
            text: called with the characters of each, piece by piece, line ends as LF.
        """
        self._file = file
        self._start, self._end = start, end
        self._names: dict[str, Name] = {}
        self.depth = 0
        parser = expat.ParserCreate(encoding, _SPACE)
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._finish
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
        parser.SkippedEntityHandler = self._refuse
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser = parser

    def parse(self, path: str) -> None:
        """Parses the file to its end.

        Raises:
            Unreadable: ``xml-unsafe`` where it has a document type, ``xml-damaged`` where it is
                not well-formed, ``file-too-demanding`` where it nests too deeply or a tag is too
                long.
        """
        fed = 0
        try:
            with Path(path).open("rb") as content:
                while data := content.read(_CHUNK):
                    self._parser.Parse(data, False)
                    fed += len(data)
                    if fed - self._parser.CurrentByteIndex > LONGEST_TAG:
                        raise self._too_much(f"a tag or comment of over {LONGEST_TAG >> 20} MB")
                self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise Unreadable(
                "xml-damaged",
                f"{self._file} is not whole XML in the encoding it says: "
                f"{expat.ErrorString(error.code)} at line {error.lineno}, column "
                f"{error.offset + 1}. Ask for it again, or declare its encoding in the feed's "
                "file section.",
            ) from None
        except (LookupError, ValueError):
            raise Unreadable(
                "encoding-unknown",
                f"{self._file} names an encoding that XML is not read in. Ask for it in UTF-8.",
            ) from None

    @property
    def line(self) -> int:
        """The line the parser is in."""
        return int(self._parser.CurrentLineNumber)

    def _begin(self, name: str, flat: list[str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._too_much(f"over {DEEPEST} elements one in the other")
        if len(flat) > 2 * MOST_ATTRIBUTES:
            raise self._too_much(f"an element with over {MOST_ATTRIBUTES:,} attributes")
        names = map(self._name, flat[0::2])
        self._start(self._name(name), dict(zip(names, flat[1::2], strict=True)))

    def _finish(self, _: str) -> None:
        self.depth -= 1
        self._end()

    def _name(self, text: str) -> Name:
        known = self._names.get(text)
        if known is None:
            space, _, local = text.rpartition(_SPACE)
            known = (space, local)
            if len(self._names) < 10_000:
                self._names[text] = known
        return known

    def _refuse(self, *_: object) -> int:
        raise Unreadable(
            "xml-unsafe",
            f"{self._file} has a document type definition in line {self.line}, which can make XML "
            "expand without end or read other files; it was refused. Ask the supplier for the "
            "same without `<!DOCTYPE`.",
        )

    def _too_much(self, what: str) -> Unreadable:
        return Unreadable(
            "file-too-demanding",
            f"{self._file} has {what} at line {self.line}, and was refused. Ask the supplier for "
            "simpler XML, or for the same as delimited text.",
        )
