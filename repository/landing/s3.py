"""The landing store in an S3 bucket, or any store that speaks S3."""

import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from repository.landing.store import LandedFile, LandingProblem, LandingStore, sha256_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ONE_PUT = 5 * 1024**3
"""S3 takes at most 5 GiB in one request, and only one request can be made conditional."""


class S3Store(LandingStore):
    """Objects below a prefix of a bucket, written only where nothing is.

    Address and credentials are boto3's own: ``AWS_ENDPOINT_URL_S3``, ``AWS_ACCESS_KEY_ID``,
    ``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION`` and its configuration files.
    """

    def __init__(self, client: "S3Client", bucket: str, prefix: str) -> None:
        self.client, self.bucket, self.prefix = client, bucket, prefix

    @classmethod
    def at(cls, address: str) -> "S3Store":
        """The store of ``s3://bucket/prefix``."""
        bucket, _, prefix = address.removeprefix("s3://").partition("/")
        if not bucket:
            raise LandingProblem("WATERSMEET_LANDING names no bucket; give s3://bucket/prefix")
        try:
            client = boto3.client("s3")
        except BotoCoreError as error:
            raise LandingProblem(
                f"the landing store cannot be set up ({type(error).__name__}); check the AWS_ "
                "variables"
            ) from None
        return cls(client, bucket, prefix.strip("/"))

    def _keep(self, key: str, path: Path, sha256: str, size: int) -> None:
        if size > ONE_PUT:
            raise LandingProblem(f"{path.name} is larger than the 5 GiB one S3 request may carry")
        there = self._checksum(key)
        if there is None:
            try:
                with path.open("rb") as body:
                    self.client.put_object(
                        Bucket=self.bucket,
                        Key=self._whole(key),
                        Body=body,
                        ContentLength=size,
                        IfNoneMatch="*",
                        # The store refuses bytes that do not have this hash.
                        ChecksumSHA256=b64encode(bytes.fromhex(sha256)).decode(),
                        Metadata={"sha256": sha256},
                    )
                return
            except ClientError as error:
                if _code(error) not in ("PreconditionFailed", "ConditionalRequestConflict", "412"):
                    raise self._problem("take", key, error) from None
            except BotoCoreError as error:
                raise self._problem("take", key, error) from None
            there = self._checksum(key)
        if there != sha256:
            raise LandingProblem(
                f"{key} in s3://{self.bucket} does not have the bytes it is named for; "
                "restore it from the backup"
            )

    @contextmanager
    def local(self, file: LandedFile) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="landed-") as folder:
            path = Path(folder) / (Path(file.name).name or "delivery")
            try:
                self.client.download_file(self.bucket, self._whole(file.key), str(path))
            except (ClientError, BotoCoreError) as error:
                raise self._problem("give", file.key, error) from None
            if sha256_of(path)[0] != file.sha256:
                raise LandingProblem(f"{file.key} did not come back whole; it is tried again")
            yield path

    def keys(self) -> Iterator[tuple[str, int]]:
        before = len(self._whole(""))
        try:
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self._whole("")
            )
            for page in pages:
                for found in page.get("Contents", ()):
                    yield found["Key"][before:], found["Size"]
        except (ClientError, BotoCoreError) as error:
            raise self._problem("list", "what is in it", error) from None

    def _checksum(self, key: str) -> str | None:
        """The SHA-256 an object was landed with; None where there is no object."""
        try:
            head = self.client.head_object(Bucket=self.bucket, Key=self._whole(key))
        except ClientError as error:
            if _code(error) in ("404", "NoSuchKey", "NotFound"):
                return None
            raise self._problem("look for", key, error) from None
        except BotoCoreError as error:
            raise self._problem("look for", key, error) from None
        return head["Metadata"].get("sha256", "")

    def _whole(self, key: str) -> str:
        return f"{self.prefix}/{key}" if self.prefix else key

    def _problem(self, verb: str, key: str, error: Exception) -> LandingProblem:
        said = _code(error) if isinstance(error, ClientError) else type(error).__name__
        return LandingProblem(
            f"the landing store s3://{self.bucket} could not {verb} {key} ({said}); check that the "
            "bucket is there and that the AWS_ variables name its address and a key that may write"
        )


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
