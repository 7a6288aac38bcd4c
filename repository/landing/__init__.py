"""Keeps delivered bytes unchanged, by organisation, dataset and SHA-256, in a folder or in S3.

:func:`store_for` gives the store a landing address names; nothing in it is ever overwritten.
"""

from repository.landing.folder import FolderStore
from repository.landing.store import LandedFile, LandingProblem, LandingStore, delivery_sha256

__all__ = [
    "FolderStore",
    "LandedFile",
    "LandingProblem",
    "LandingStore",
    "delivery_sha256",
    "store_for",
]


def store_for(address: str) -> LandingStore:
    """The landing store of an address: a folder's path, or ``s3://bucket/prefix``.

    Raises:
        LandingProblem: the address is of another kind.
    """
    if address.startswith("s3://"):
        from repository.landing.s3 import S3Store  # boto3 takes a while to import

        return S3Store.at(address)
    if "://" in address:
        raise LandingProblem(
            f"WATERSMEET_LANDING is {address.partition('://')[0]}://...; give a folder or "
            "s3://bucket/prefix"
        )
    return FolderStore(address)
