"""What went wrong, as RFC 9457 has it: ``application/problem+json``, in every answer that is not 2xx."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import HTTPException, RequestValidationError
from pydantic import BaseModel, Field
from starlette.responses import Response

from alerts.errors import AlertsError, BadInput, BlockedAddress, NotConfirmed, NotFound, QueryError

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 30

_TYPE = "urn:problem-type:alerts:"
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST = 500


class Fault(BaseModel):
    """One thing that is wrong with what was sent."""

    detail: str = Field(description="What is wrong, in English.")
    pointer: str | None = Field(
        None, description="Where in the body, as a JSON pointer (RFC 6901) in a fragment: `#/match/0`."
    )
    parameter: str | None = Field(
        None, description="The parameter of the address, or the header, that it is about."
    )
    code: str | None = Field(
        None, description="Of a query that cannot be read: the code of the error, E01 to E12."
    )
    column: int | None = Field(None, ge=1, description="Of a query: where, in code points, from 1.")


class Problem(BaseModel):
    """Why there is no other answer (RFC 9457)."""

    type: str = Field(
        "about:blank",
        description="What kind of problem it is: `about:blank` when the status says it all, else one of "
        "`urn:problem-type:alerts:` invalid, query, broken-cursor, overtaken, not-confirmed, known.",
    )
    title: str = Field(description="The kind of problem in words; the same each time.")
    status: int = Field(ge=400, le=599, description="The HTTP status.")
    detail: str = Field(description="What happened this time, and what to do.")
    errors: list[Fault] | None = Field(None, description="Everything that is wrong with what was sent.")
    id: int | None = Field(None, description="Of a problem *known*: the id of what there is already.")


class Refused(HTTPException):
    """Ends the request with a problem."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        kind: str = "",
        title: str = "",
        errors: Sequence[Fault] = (),
        id: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.problem = Problem(
            type=_TYPE + kind if kind else "about:blank",
            title=title or HTTPStatus(status).phrase,
            status=status,
            detail=_shown(detail),
            errors=list(errors) or None,
            id=id,
        )


def answer(refused: Refused) -> Response:
    """The answer that tells of it."""
    problem = refused.problem
    said = problem.model_dump_json(exclude_none=True)
    return Response(said, problem.status, refused.headers, MEDIA_TYPE)


def of_error(error: AlertsError, *, in_body: bool = True) -> Refused:
    """What one of our errors is to a program. Those that are worth trying again say when. ``in_body`` says
    where a query stands, else it is the parameter ``q``."""
    query = error if isinstance(error, QueryError) else error.__cause__
    if isinstance(query, QueryError):
        fault = Fault(
            detail=_shown(f"{query.message}. {query.hint}"),
            pointer="#/query" if in_body else None,
            parameter=None if in_body else "q",
            code=query.code,
            column=max(1, query.column),
        )
        detail = str(error).partition("\n")[0]
        return Refused(422, detail, kind="query", title="The query cannot be read", errors=[fault])
    if isinstance(error, NotFound):
        return Refused(404, str(error))
    if isinstance(error, NotConfirmed):
        detail = f"{error}; to do it all the same, send it again with ?confirm=true"
        return Refused(409, detail, kind="not-confirmed", title="Many people would feel this")
    if isinstance(error, BadInput | BlockedAddress):
        return invalid(str(error))
    if not error.transient:
        return Refused(500, "A fault of ours; it is in the log.")
    return Refused(503, "A part of the service cannot be used now; try again.", headers=later())


def later(seconds: int = RETRY_SECONDS) -> dict[str, str]:
    """The header that says when to try again."""
    return {"Retry-After": str(seconds)}


def invalid(detail: str, errors: Sequence[Fault] = ()) -> Refused:
    """What was sent can be read and will not do."""
    return Refused(422, detail, kind="invalid", title="What was sent will not do", errors=errors)


def overtaken(detail: str, status: int = 412) -> Refused:
    """What the change began from is no longer what there is; nothing was changed."""
    return Refused(status, detail, kind="overtaken", title="Somebody else was faster")


def of_validation(error: RequestValidationError) -> Refused:
    """Every fault that FastAPI found, each with its place."""
    faults = [_fault(each) for each in error.errors()]
    if any(each["type"] == "json_invalid" for each in error.errors()):
        return Refused(400, "The body is not JSON.", errors=faults)
    count = "One thing" if len(faults) == 1 else f"{len(faults)} things"
    return invalid(f"{count} in what was sent will not do; errors says where.", faults)


def _fault(found: Mapping[str, Any]) -> Fault:
    place, *path = found["loc"]
    if found["type"] == "json_invalid":
        return Fault(detail=_shown(str(found["ctx"]["error"])), pointer="#")
    detail = _shown(str(found["msg"]).removeprefix("Value error, "))
    if place == "body":
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
        return Fault(detail=detail, pointer=_shown("#" + "".join(f"/{step}" for step in steps)))
    return Fault(detail=detail, parameter=_shown(str(path[0])) if path else place)


def _shown(words: str) -> str:
    """One line that any JSON can hold, of what may quote whatever was sent."""
    line = _UNSHOWN.sub("\ufffd", " ".join(words.split("\n")))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


_ALWAYS = {
    400: "The body is not JSON, or the address of this list's next page is broken.",
    401: "There is no token, or it is not in force.",
    403: "The token does not open this.",
    413: "The body is too long.",
    415: "The body is not `application/json`.",
    422: "What was sent will not do; `errors` says where.",
    429: "Too many tokens that are not in force came from this network.",
    500: "A fault of ours.",
    503: "A part of the service, mostly the database, cannot be used now.",
}


def answers(*more: int) -> dict[int | str, dict[str, Any]]:
    """For the ``responses`` of a router or route: what each may answer instead, and those besides."""
    words = _ALWAYS if not more else {each: _ELSE[each] for each in more}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": told, "content": content} for status, told in words.items()}


_ELSE = {
    404: "There is none with this key or id.",
    409: "It cannot be done as things are; `type` says why.",
    412: "What the change began from is no longer what there is; nothing was changed.",
}
