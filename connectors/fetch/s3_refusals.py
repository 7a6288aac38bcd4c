"""What an object store's refusals mean."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    SSLError,
)
from urllib3.exceptions import HTTPError

from connectors.errors import Unreachable
from connectors.fetch import problems

ERRORS = (ClientError, BotoCoreError, HTTPError, OSError, RecursionError)
"""What boto3 raises: answers, its own, of the stream below it; and where a server sends it round in
circles, to region after region, it follows until Python stops it."""

BROKEN = (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    HTTPError,
    OSError,
)
"""A line that breaks, or an answer that takes too long."""

LOGIN = frozenset(
    {
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "InvalidToken",
        "TokenRefreshRequired",
        "AuthorizationHeaderMalformed",
        "RequestTimeTooSkewed",
    }
)
MISSING = frozenset({"NoSuchKey", "NoSuchVersion", "NotFound", "404", "MethodNotAllowed", "405"})
FORBIDDEN = frozenset({"AccessDenied", "AllAccessDisabled", "AccountProblem", "Forbidden", "403"})
CHANGED = frozenset({"PreconditionFailed", "412", "InvalidRange", "416"})
ELSEWHERE = frozenset({"PermanentRedirect", "IllegalLocationConstraintException", "301", "307"})
PASSING = frozenset(
    {
        "InternalError",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "OperationAborted",
    }
)


def code_of(error: ClientError) -> str:
    """The store's own word for what is wrong, or the HTTP status where it says nothing."""
    told = error.response.get("Error", {}).get("Code")
    return str(told or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))


def refused(error: Exception, where: str, path: str | None) -> Unreachable:
    """An error of boto3, as people are told of it; ``path`` is None for the bucket itself."""
    if isinstance(error, ClientError):
        return _answered(error, where, path)
    said = type(error).__name__
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return problems.login_refused(where, "boto3 found no credentials")
    if isinstance(error, SSLError):
        return Unreachable(
            "place-unsafe",
            f"{problems.begun(where)}: the server's certificate is not trusted. Correct "
            "endpoint_url, or have the authority's certificate added (AWS_CA_BUNDLE).",
        )
    if isinstance(error, BROKEN):
        return problems.not_answering(where, said)
    if isinstance(error, RecursionError):
        return _elsewhere(where)
    remedy = "add region_name" if isinstance(error, NoRegionError) else "check its extra"
    return Unreachable(
        "connection-malformed", f"{problems.begun(where)} cannot be set up ({said}); {remedy}."
    )


def _answered(error: ClientError, where: str, path: str | None) -> Unreachable:
    code = code_of(error)
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    # Codes are words of the protocol; only such are shown.
    said = code if code.isalnum() else f"HTTP {status}"
    if code == "NoSuchBucket" or (code in MISSING and path is None):
        return problems.folder_missing(where)
    if code in LOGIN:
        return problems.login_refused(where, said)
    if code in ELSEWHERE:
        return _elsewhere(where)
    if code in FORBIDDEN and path is None:
        return problems.folder_unreadable(where, said)
    if code in FORBIDDEN:
        return problems.file_unreadable(path or "", where, said)
    if code == "InvalidObjectState":
        return problems.file_unreadable(path or "", where, "it is archived; restore it first")
    if code in MISSING:
        return problems.file_gone(path or "", where)
    if code in CHANGED and path is not None:
        return problems.file_changed(path, where)
    if code in PASSING or status >= 500 or status == 429:
        return problems.failing(where, said)
    if path is not None:
        return problems.file_unreadable(path, where, said)
    return problems.folder_unreadable(where, said)


def _elsewhere(where: str) -> Unreachable:
    return Unreachable(
        "connection-malformed",
        f"{problems.begun(where)} is in another region than the connection says; correct "
        "region_name.",
    )
