"""What went wrong, in words that hold no value, no header and no file's name.

Messages of ours are written for the person who has to act, and may name headers and files: they
stay here. Events leave the house, so they carry the code and the catalogue's own words.
"""

from contracts.issues import issue_types
from pipeline.gates import Stopped
from pipeline.lineage_events.facets import Plain, facet
from repository import holds
from repository.problems import DatabaseProblem
from transforms.mapping import Refused

OURS = ("contracts.", "connectors.", "transforms.", "repository.", "pipeline.")
STOPPED = "stopped before its end: whoever ran it was killed, or lost the database"


def message_of(error: BaseException) -> str:
    """An error in words that may leave the house."""
    match error:
        case Refused():
            return _refused(error.code)
        case Stopped():
            codes = sorted({one.code for one in holds.stopping(error.findings)})
            return f"held for a person to decide, nothing was loaded: {', '.join(codes)}"
        case DatabaseProblem():
            return f"the database refused something (SQLSTATE {error.sqlstate or 'none'})"
    kind = type(error)
    if f"{kind.__module__}.".startswith(OURS) and kind.__doc__:
        # Its message may name a file; what kind of thing it is says its documentation.
        first = kind.__doc__.split("\n\n")[0]
        return f"{kind.__name__}: {' '.join(first.split())}"
    return kind.__name__


def error_message(message: str) -> Plain:
    """Facet ``errorMessage``; there is no stack, since stacks may hold values."""
    return facet("errorMessage", message=message, programmingLanguage="PYTHON")


def _refused(code: str) -> str:
    known = issue_types().get(code)
    return f"refused, {code}: {known.message if known else 'not what its contract says'}"
