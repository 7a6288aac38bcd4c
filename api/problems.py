"""What is told where a request cannot be answered: problem details (RFC 9457)."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from fastapi.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Wrong:
    """What is wrong with one parameter of a request."""

    parameter: str
    detail: str


class Problem(Exception):
    """A request that cannot be answered.

    Attributes:
        status: HTTP status code.
        detail: what is wrong and what to do, for people; never a supplied value.
        errors: by parameter, where parameters are wrong.
        retry_after: seconds after which it may be tried again.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[Wrong] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.errors, self.retry_after = tuple(errors), retry_after


def response_of(problem: Problem) -> JSONResponse:
    """A problem as it is sent; never kept by a cache."""
    content: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        content["errors"] = [vars(one) for one in problem.errors]
    headers = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Encoding"}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    return JSONResponse(content, problem.status, headers, MEDIA_TYPE)
