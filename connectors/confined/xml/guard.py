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
SPACE = "\n"
"""Between a namespace and a name; neither can hold it."""

Name = tuple[str, str]
"""Namespace (empty where there is none) and local name."""

Start = Callable[[Name, dict[Name, str]], None]


def split(name: str) -> Name:
    """A name as expat gives it: the local name alone where there is no namespace."""
    space, _, local = name.rpartition(SPACE)
    return space, local


class GuardedEvents:
    """One XML file, parsed once, its events as expat gives them: nothing quicker can be had.

    Whoever takes them keeps two limits: :class:`connectors.confined.xml.place.Place` bounds the
    depth, :meth:`check_attributes` is called where an element has any.
    """

    def __init__(self, file: str, encoding: str | None) -> None:
        """Prepare.

        Args:
            file: its name for people.
            encoding: what to take it for, whatever it says; None to believe it.
        """
        self._file = file
        parser = expat.ParserCreate(encoding, SPACE)
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
        parser.SkippedEntityHandler = self._refuse
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser = parser

    def hear_elements(
        self, start: Callable[[str, list[str]], None], end: Callable[[str], None]
    ) -> None:
        """Says who takes elements from here on.

        Args:
            start: called with the name of each that begins (see :func:`split`), and its
                attributes: name, value, name, value.
            end: called with the name of each that ends.
        """
        self._parser.StartElementHandler = start
        self._parser.EndElementHandler = end

    def hear_text(self, text: Callable[[str], None] | None) -> None:
        """Says who takes characters from here on: piece by piece, line ends as LF."""
        self._parser.CharacterDataHandler = text

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

    def check_attributes(self, flat: list[str]) -> None:
        """Sees to it that an element has no more attributes than anybody needs.

        Raises:
            Unreadable: it has (``file-too-demanding``).
        """
        if len(flat) > 2 * MOST_ATTRIBUTES:
            raise self._too_much(f"an element with over {MOST_ATTRIBUTES:,} attributes")

    def check_depth(self, depth: int) -> None:
        """Sees to it that elements do not nest deeper than anybody needs.

        Raises:
            Unreadable: they do (``file-too-demanding``).
        """
        if depth > DEEPEST:
            raise self._too_much(f"over {DEEPEST} elements one in the other")

    @property
    def line(self) -> int:
        """The line the parser is in."""
        return int(self._parser.CurrentLineNumber)

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


class GuardedXml(GuardedEvents):
    """One XML file, parsed once, its names and attributes made ready to be looked at.

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
        super().__init__(file, encoding)
        self._start, self._end = start, end
        self._names: dict[str, Name] = {}
        self.depth = 0
        self.hear_elements(self._begin, self._finish)
        self.hear_text(text)

    def _begin(self, name: str, flat: list[str]) -> None:
        self.depth += 1
        self.check_depth(self.depth)
        self.check_attributes(flat)
        names = map(self._name, flat[0::2])
        self._start(self._name(name), dict(zip(names, flat[1::2], strict=True)))

    def _finish(self, _: str) -> None:
        self.depth -= 1
        self._end()

    def _name(self, text: str) -> Name:
        known = self._names.get(text)
        if known is None:
            known = split(text)
            if len(self._names) < 10_000:
                self._names[text] = known
        return known
