"""Reads one object in ranges: goes on where a line broke, and checks what came."""

import base64
import hashlib
import re
import time
import zlib
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from connectors.fetch import problems
from connectors.fetch.s3_refusals import ERRORS, PASSING, code_of
from connectors.fetch.share import Entry

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RANGE = 64 << 20
"""Bytes asked for at once."""

BREAKS = 5
"""How often reading goes on after a break without having got any further."""

FIRST_WAIT = 0.2
_MD5 = re.compile(r"[0-9a-f]{32}")


class ObjectReader:
    """An object's bytes, all of one version, checked at the end against what the store says of
    them: SHA-256 or CRC-32 where it keeps them of the whole object, and the entity tag where that
    is an MD5 (one part, and not sealed with a key of its own)."""

    def __init__(self, client: "S3Client", asked: dict[str, Any], entry: Entry, where: str) -> None:
        self._client, self._asked, self._entry, self._where = client, asked, entry, where
        self._at, self._until, self._breaks = 0, 0, 0
        self._body: Any = None
        self._told: dict[str, str] = {}
        self._checked = False
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256, self._crc32 = hashlib.sha256(), 0

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many; none at the end.

        Raises:
            Unreachable: ``file-damaged``, the bytes are not those the store says.
        """
        while self._at < self._entry.size:
            try:
                block = self._next(size)
            except ERRORS as error:
                self.close()
                if not self._goes_on(error):
                    raise
                continue
            if block:
                return block
        self._check()
        return b""

    def close(self) -> None:
        """Give the line back."""
        if self._body is not None:
            self._body.close()
            self._body = None

    def _next(self, size: int) -> bytes:
        if self._body is None:
            self._until = min(self._at + RANGE, self._entry.size)
            answer = self._client.get_object(
                **self._asked, Range=f"bytes={self._at}-{self._until - 1}"
            )
            self._body = answer["Body"]
            if not self._told:
                self._note(answer)
        block: bytes = self._body.read(min(size, self._until - self._at))
        if not block:
            raise ConnectionError("the answer ended early")
        self._at += len(block)
        self._breaks = 0
        self._md5.update(block)
        self._sha256.update(block)
        self._crc32 = zlib.crc32(block, self._crc32)
        if self._at == self._until:
            self.close()
        return block

    def _goes_on(self, error: Exception) -> bool:
        """Whether reading is taken up again where it broke; waits a little first."""
        self._breaks += 1
        if isinstance(error, ClientError) and code_of(error) not in PASSING:
            return False
        if self._breaks > BREAKS:
            return False
        time.sleep(FIRST_WAIT * 2**self._breaks)
        return True

    def _note(self, answer: Any) -> None:
        """What the store says of the whole object."""
        sealed = answer.get("ServerSideEncryption") in ("aws:kms", "aws:kms:dsse")
        tag = str(answer.get("ETag", "")).strip('"').lower()
        if not sealed and "SSECustomerAlgorithm" not in answer and _MD5.fullmatch(tag):
            self._told["entity tag"] = tag

    def _check(self) -> None:
        if self._checked:
            return
        self._ask_sums()
        came = {
            "entity tag": self._md5.hexdigest(),
            "SHA-256": base64.b64encode(self._sha256.digest()).decode(),
            "CRC-32": base64.b64encode(self._crc32.to_bytes(4, "big")).decode(),
        }
        for name, told in self._told.items():
            if came[name] != told:
                raise problems.file_damaged(
                    self._entry.path, self._where, f"the bytes that came do not have its {name}"
                )
        self._checked = True

    def _ask_sums(self) -> None:
        """Checksums are told only by a request for the whole object, or of it."""
        head: Any = self._client.head_object(**self._asked, ChecksumMode="ENABLED")
        for name, key in (("SHA-256", "ChecksumSHA256"), ("CRC-32", "ChecksumCRC32")):
            told = str(head.get(key) or "")
            # With a dash it is a sum of the parts' sums.
            if told and "-" not in told and head.get("ChecksumType", "FULL_OBJECT") != "COMPOSITE":
                self._told[name] = told
