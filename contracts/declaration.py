"""What every part of a declared YAML file has in common."""

from pydantic import BaseModel, ConfigDict


class Declaration(BaseModel):
    """A declaration is read strictly: an unknown word is an error, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
