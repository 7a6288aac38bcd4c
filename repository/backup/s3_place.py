"""A place of backups in an S3 bucket, or any store that speaks S3."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from repository.backup.place import Place
from repository.backup.problems import BackupProblem, room_at

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

GONE = ("404", "NoSuchKey", "NotFound")


class S3Place(Place):
    """Objects below a prefix of a bucket.

    Address and credentials are boto3's own, as those of the landing store are. A backup goes
    through a file in the folder for temporary files, encrypted already.
    """

    def __init__(self, client: "S3Client", bucket: str, prefix: str) -> None:
        self.client, self.bucket, self.prefix = client, bucket, prefix

    @classmethod
    def at(cls, address: str, variable: str) -> "S3Place":
        """The place at ``s3://bucket/prefix``."""
        bucket, _, prefix = address.removeprefix("s3://").partition("/")
        if not bucket:
            raise BackupProblem(f"{variable} names no bucket; give s3://bucket/prefix")
        try:
            client = boto3.client("s3")
        except BotoCoreError as error:
            raise BackupProblem(
                f"{variable} cannot be reached ({type(error).__name__}); check the AWS_ variables"
            ) from None
        return cls(client, bucket, prefix.strip("/"))

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        if any(found == name for found, _ in self.list(name)):
            raise BackupProblem(f"{name} is in {self} already")
        with (
            room_at("the folder for temporary files"),
            tempfile.TemporaryDirectory(prefix="backup-") as folder,
        ):
            path = Path(folder) / "file"
            path.touch(mode=0o600)
            yield path
            with self._told("take", name):
                self.client.upload_file(
                    str(path),
                    self.bucket,
                    self._whole(name),
                    # The store compares what came with what was sent.
                    ExtraArgs={"ChecksumAlgorithm": "SHA256"},
                )

    @contextmanager
    def reading(self, name: str) -> Iterator[Path]:
        with (
            room_at("the folder for temporary files"),
            tempfile.TemporaryDirectory(prefix="backup-") as folder,
        ):
            path = Path(folder) / "file"
            with self._told("give", name):
                self.client.download_file(self.bucket, self._whole(name), str(path))
            yield path

    def list(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        before = len(self._whole(""))
        with self._told("list", prefix):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self._whole(prefix)
            )
            for page in pages:
                for found in page.get("Contents", ()):
                    yield found["Key"][before:], found["Size"]

    def delete(self, name: str) -> None:
        with self._told("delete", name):
            self.client.delete_object(Bucket=self.bucket, Key=self._whole(name))

    def sweep(self, prefix: str) -> None:
        """Nothing: what is not whole is not there. Parts of broken uploads the bucket's own rules
        delete."""

    def _whole(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name

    @contextmanager
    def _told(self, verb: str, name: str) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            said = type(error).__name__
            if isinstance(error, ClientError):
                said = str(error.response.get("Error", {}).get("Code", ""))
        else:
            return
        if said in GONE and verb == "give":
            raise FileNotFoundError(f"{name} is not in {self}")
        raise BackupProblem(
            f"{self} could not {verb} {name} ({said}); check that the bucket is there and that the "
            "AWS_ variables name its address and a key that may read, write, list and delete"
        )

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")
