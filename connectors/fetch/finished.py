"""Whether a file is finished: at rest, and marked or listed where its feed says so."""

import time
from datetime import timedelta

from connectors.errors import Unreachable
from connectors.fetch.listing import Listed, marker_of
from connectors.fetch.manifest import Manifests
from connectors.fetch.share import Entry, Share
from contracts.places.files import Files

COARSE = timedelta(seconds=2)
"""How far stamps of two files may be apart for their order to tell nothing: FAT counts by two."""


class Finishing:
    """Sees whether files are finished. All that the place declares must hold.

    A file stamped in the future tells nothing by its age: it is looked at twice, ``settled_for``
    seconds apart. All such files wait together, once.
    """

    def __init__(self, place: Files, share: Share, listed: Listed, manifests: Manifests) -> None:
        self.place, self.share, self.listed, self.manifests = place, share, listed, manifests
        self._now = share.now()
        self._waited = False

    def why(self, entry: Entry) -> str | None:
        """Why a file is not finished, to follow its name; None where it is."""
        return self._unmarked(entry) or self.manifests.why(entry) or self._moving(entry)

    def _unmarked(self, entry: Entry) -> str | None:
        path = marker_of(self.place, entry)
        if path is None:
            return None
        marker = self.listed.markers.get(self.listed.folded(path))
        if marker is None:
            return f"waits for its done-marker {path}"
        if entry.modified > marker.modified + COARSE:
            return f"was changed after its done-marker {path}; that has to be written again"
        return None

    def _moving(self, entry: Entry) -> str | None:
        still = timedelta(seconds=self.place.settled_for)
        age = self._now - entry.modified
        if age >= still:
            return None
        if age >= timedelta(0):
            return f"was changed less than {self.place.settled_for:g} seconds ago"
        if not self._waited:
            time.sleep(self.place.settled_for)
            self._waited = True
        try:
            same = self.share.facts(entry.path).state == entry.state
        except Unreachable as error:
            if error.code != "file-gone":
                raise
            same = False
        return None if same else "is stamped in the future, and was changed while it was looked at"
