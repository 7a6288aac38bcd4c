"""Objects of a bucket in S3, or a store compatible with it, over boto3."""

import base64
import binascii
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch import problems
from connectors.fetch.below import joined, parts_below
from connectors.fetch.s3_object import ObjectReader
from connectors.fetch.s3_refusals import ERRORS, code_of, refused
from connectors.fetch.share import Entry, Share
from connectors.fetch.told_stream import told_stream
from contracts.places import S3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONNECT_WITHIN = 10
ANSWER_WITHIN = 60
"""Seconds for any one answer of the store."""

ATTEMPTS = 4
DEFAULT_CHAIN = "default-chain"
ANONYMOUS = "anonymous"


@contextmanager
def open_share(place: S3, connection: Connection) -> Iterator["S3Share"]:
    """The objects below a prefix.

    The connection gives login and password (access key and secret), and in its extra ``bucket``
    (or as its schema), ``region_name``, ``endpoint_url``, ``path`` (a prefix), ``addressing_style``
    (``path`` or ``virtual``), ``aws_session_token``, ``sse_customer_key`` (32 bytes in base64).
    Without keys it must say ``credentials: default-chain`` (boto3 looks for them itself) or
    ``credentials: anonymous``.

    Raises:
        Unreachable: the store cannot be reached, or refuses login or bucket.
    """
    bucket = str(connection.extra.get("bucket") or connection.schema)
    if not bucket:
        raise problems.incomplete(connection, 'names no bucket; add extra: {"bucket": "..."}')
    where = f"bucket {bucket} (connection {connection.id!r})"
    try:
        client = _client(connection)
    except (BotoCoreError, ValueError) as error:
        problem = refused(error, where, None)
    else:
        try:
            yield S3Share(client, bucket, place, connection)
        finally:
            client.close()
        return
    raise problem


class S3Share(Share):
    """The objects below a prefix, as files: ``/`` in a key parts folders.

    An entry's version is its version id where the bucket keeps versions, else its entity tag.
    """

    def __init__(self, client: "S3Client", bucket: str, place: S3, connection: Connection) -> None:
        self.client, self.bucket = client, bucket
        folders = [*parts_below(connection.path, connection), *parts_below(place.path, connection)]
        self.prefix = "".join(f"{part}/" for part in folders)
        self.where = f"bucket {joined(bucket, *folders)} (connection {connection.id!r})"
        self.sse = _customer_key(connection)
        self._ahead = timedelta(0)
        self._versioned = self._keeps_versions()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def entries(
        self,
        folder: str = "",
        *,
        deep: bool = False,
        enter: Callable[[str], bool] | None = None,
    ) -> Iterator[Entry]:
        waiting = [f"{folder}/" if folder else ""]
        flat = deep and enter is None
        while waiting:
            below = waiting.pop()
            for page in self._pages(self.prefix + below, flat):
                for told in page.get("Versions" if self._versioned else "Contents", ()):
                    path = told["Key"][len(self.prefix) :]
                    # A key that ends with / stands for a folder; older versions are history.
                    if path and not path.endswith("/") and told.get("IsLatest", True):
                        yield self._entry(path, told, told["Size"])
                for one in page.get("CommonPrefixes", ()):
                    path = one["Prefix"][len(self.prefix) :]
                    if deep and enter is not None and enter(path.rstrip("/")):
                        waiting.append(path)

    def facts(self, path: str) -> Entry:
        with self._told(path):
            head = self.client.head_object(Bucket=self.bucket, Key=self.prefix + path, **self.sse)
        return self._entry(path, head, head["ContentLength"])

    @contextmanager
    def opened(self, entry: Entry) -> Iterator[BinaryIO]:
        kind, _, told = (entry.version or "").partition(" ")
        pinned = {"VersionId": told} if kind == "version" else {"IfMatch": f'"{told}"'}
        reader = ObjectReader(
            self.client,
            {"Bucket": self.bucket, "Key": self.prefix + entry.path, **pinned, **self.sse},
            entry,
            self.where,
        )
        try:
            yield told_stream(reader, ERRORS, lambda error: refused(error, self.where, entry.path))
        finally:
            reader.close()

    def _entry(self, path: str, told: Any, size: int) -> Entry:
        version, tag = told.get("VersionId"), str(told.get("ETag", "")).strip('"')
        # What was there before versions were kept has none, and may be overwritten.
        lasting = f"version {version}" if version not in (None, "null") else f"etag {tag}"
        # Headers give whole seconds, some stores' listings more.
        modified = told["LastModified"].astimezone(UTC).replace(microsecond=0)
        owner = (told.get("Owner") or {}).get("DisplayName")
        return Entry(path, int(size), modified, version=lasting, owner=owner)

    def _pages(self, prefix: str, flat: bool) -> Iterator[Any]:
        asked: dict[str, Any] = {"Bucket": self.bucket, "Prefix": prefix}
        if not flat:
            asked["Delimiter"] = "/"
        operation = "list_object_versions" if self._versioned else "list_objects_v2"
        # The types of each are other types; what is read of a page has one name in both.
        paginator: Any = self.client.get_paginator(operation)  # type: ignore[call-overload]
        pages = iter(paginator.paginate(**asked))
        while True:
            with self._told(None):
                page = next(pages, None)
            if page is None:
                return
            self._note_clock(page)
            yield page

    def _keeps_versions(self) -> bool:
        try:
            told = self.client.get_bucket_versioning(Bucket=self.bucket)
        except ClientError as error:
            # Not every key may ask, and not every store knows the question: then by entity tags.
            if code_of(error) in ("AccessDenied", "403", "NotImplemented", "MethodNotAllowed"):
                return False
            problem = refused(error, self.where, None)
        except ERRORS as error:
            problem = refused(error, self.where, None)
        else:
            return told.get("Status") in ("Enabled", "Suspended")
        raise problem

    def _note_clock(self, page: Any) -> None:
        stamped = page["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
        try:
            self._ahead = parsedate_to_datetime(stamped) - datetime.now(UTC)
        except (TypeError, ValueError):
            return  # the store does not tell; ours serves

    @contextmanager
    def _told(self, path: str | None) -> Iterator[None]:
        try:
            yield
            return
        except ERRORS as error:
            problem = refused(error, self.where, path)
        # Outside the except block: the original quotes the request.
        raise problem


def _client(connection: Connection) -> "S3Client":
    extra = connection.extra
    chain = str(extra.get("credentials") or "")
    style: Any = str(extra.get("addressing_style") or "auto")
    if style not in ("auto", "path", "virtual"):
        raise problems.incomplete(connection, "needs addressing_style to be path or virtual")
    keys: dict[str, Any] = {}
    if chain not in (DEFAULT_CHAIN, ANONYMOUS):
        if not connection.login or not connection.password:
            raise problems.incomplete(
                connection,
                "gives no access key (login) or no secret (password); add both, or say "
                'extra: {"credentials": "default-chain"} where boto3 is to look for them',
            )
        keys = {
            "aws_access_key_id": connection.login,
            "aws_secret_access_key": connection.password,
            "aws_session_token": extra.get("aws_session_token") or None,
        }
    client: S3Client = boto3.session.Session().client(
        "s3",
        region_name=extra.get("region_name") or None,
        endpoint_url=extra.get("endpoint_url") or None,
        config=Config(
            connect_timeout=CONNECT_WITHIN,
            read_timeout=ANSWER_WITHIN,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            s3={"addressing_style": style},
            signature_version=UNSIGNED if chain == ANONYMOUS else None,
        ),
        **keys,
    )
    return client


def _customer_key(connection: Connection) -> dict[str, Any]:
    """What every request for an object sealed with the customer's own key must carry (SSE-C)."""
    told = connection.extra.get("sse_customer_key")
    if not told:
        return {}
    try:
        key = base64.b64decode(str(told), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise Unreachable(
            "connection-malformed",
            f"Connection {connection.id!r}: sse_customer_key is not 32 bytes in base64; correct "
            "it.",
        )
    return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}
