"""The kind of place ``s3``."""

from typing import Literal

from contracts.places.files import Files


class S3(Files):
    """Objects of a bucket in S3 or a store compatible with it.

    The connection gives keys, region and endpoint; ``path`` is the prefix.
    """

    kind: Literal["s3"]
