"""Open data: tables published for everybody, in versions, each described and with its lineage."""

from pipeline.release.release import NotReleased, Released, release, released

__all__ = ["NotReleased", "Released", "release", "released"]
