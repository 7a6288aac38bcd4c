"""What all forms of files have in common."""

from pydantic import Field

from contracts.declaration import Declaration


class Form(Declaration):
    """A form of files. Where a delivered file is an archive, its members are of the form."""

    members: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="which members of an archive are read: *.csv; all where not given",
    )
