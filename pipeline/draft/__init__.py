"""Drafts declarations from a file: a feed, and where no contract fits, a dataset and an entity.

Everything drafted is a guess, says what it rests on, and is to be confirmed by a person.
"""

from pipeline.draft.draft import Drafted, NothingToDraft, draft

__all__ = ["Drafted", "NothingToDraft", "draft"]
