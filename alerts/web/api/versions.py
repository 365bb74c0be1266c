"""What rules, concepts and situations have in common here: a version is an entity tag, and a change may say
which version it began from.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from fastapi import Header
from pydantic import BaseModel, Field
from sqlalchemy import Connection, Engine
from starlette.responses import Response

from alerts.app import App
from alerts.errors import Overtaken
from alerts.model import Concept, Rule, Situation
from alerts.services.texts import Edit, Imported
from alerts.services.tokens import Machine
from alerts.store.unit import reading
from alerts.store.versions import Versions, Written
from alerts.web.api import pages
from alerts.web.api.fields import Absent, Line, Sent
from alerts.web.api.pages import Asked, Page
from alerts.web.api.problem import Fault, invalid, overtaken

Noun = TypeVar("Noun", Rule, Concept, Situation)
Text = TypeVar("Text", bound=BaseModel)

IfMatch = Annotated[
    Annotated[str, Field(pattern=r'^"[0-9]{1,18}"$', examples=['"3"'])] | Absent,
    Header(
        description="The `ETag` of the version that the change began from; 412 when it is another by now."
    ),
]
IfNoneMatch = Annotated[
    Annotated[str, Field(pattern=r"^\*$", examples=["*"])] | Absent,
    Header(description="`*`: only when there is none yet, else 412."),
]


class Saying(Sent):
    """What is told about a change."""

    reason: Line = Field("", description="Why, for the history and the audit.")


class VersionOut(BaseModel, Generic[Text]):
    """One text there has been."""

    version: int = Field(ge=1, description="1 for the first; its `ETag` was the same in quotation marks.")
    author: str = Field(description="Who wrote it; `api NAME` is a program.")
    written_at: datetime
    reason: str = Field(description="Why, in the author's words.")
    note: str = Field(description="What the service adds, such as `version 3 again`.")
    text: Text


def tag(number: int) -> str:
    """The entity tag of a version (RFC 9110 §8.8.3): its number, as people know it."""
    return f'"{number}"'


def edit_of(app: App, machine: Machine, reason: str) -> Edit:
    return Edit(machine.actor, app.clock(), reason)


def save(
    engine: Engine,
    kept: Versions[Noun],
    key: str,
    conditions: tuple[str | None, str | None],
    saving: Callable[[int], Imported],
    response: Response,
    *,
    shipped: bool = False,
) -> None:
    """Saves one from the version that the request names, or from the one in force when it names none; the
    answer says 201 when it is new. ``shipped``: the program brings one of that key. Raises Refused 412 or 409
    when somebody else was faster."""
    if_match, if_none_match = conditions
    if if_match is not None and if_none_match is not None:
        fault = Fault(detail="one of the two", parameter="If-None-Match")
        raise invalid("Send If-Match or If-None-Match, not both.", [fault])
    with reading(engine) as tx:
        in_force = kept.find(tx, key)
    is_new = in_force is None and not shipped
    if if_none_match is not None and not is_new:
        raise overtaken(f"there is a {kept.kind} {key} already")
    if if_match is not None:
        _check_match(kept, key, in_force, if_match)
    try:
        saving(in_force.version if in_force else 0)
    except Overtaken as error:
        raise overtaken(str(error), 409 if conditions == (None, None) else 412) from error
    if is_new:
        response.status_code = 201


def retire(
    engine: Engine,
    kept: Versions[Noun],
    key: str,
    if_match: str | None,
    retiring: Callable[[int | None], None],
) -> None:
    """Takes one out of force, whatever it says by now when the request names no version. Raises Refused 412
    when it names another than the one in force."""
    if if_match is None:
        retiring(None)
        return
    with reading(engine) as tx:
        in_force = kept.get(tx, key)
    _check_match(kept, key, in_force, if_match)
    try:
        retiring(in_force.version)
    except Overtaken as error:
        raise overtaken(str(error)) from error


def _check_match(kept: Versions[Noun], key: str, in_force: Noun | None, if_match: str) -> None:
    if if_match != tag(in_force.number if in_force else 0):
        raise overtaken(f"the {kept.kind} {key} was changed by somebody else meanwhile")


def history(
    tx: Connection,
    kept: Versions[Noun],
    key: str,
    asked: Asked,
    address: str,
    shown: Callable[[Noun], Text],
) -> Page[VersionOut[Text]]:
    """All texts of a key, newest first."""
    name = f"versions of {key}"
    place = pages.read(name, asked.cursor, int)
    written = [each for each in kept.history(tx, key) if place is None or each.number < place[0]]

    def out(each: Written[Noun]) -> VersionOut[Text]:
        return VersionOut(
            version=each.number,
            author=each.author,
            written_at=each.created_at,
            reason=each.reason,
            note=each.note,
            text=shown(each.text),
        )

    return pages.page(asked, address, written, out, lambda each: pages.write(name, each.number))
