"""Who a page behind a link is for. Links are signed and need no row, so a good one may outlive its reader."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from alerts.app import App
from alerts.digests.times import Times
from alerts.store import subscribers
from alerts.store.subscribers import Person


class NothingKept(HTTPException):
    """The link is good, and there is nobody any more whose page it opens."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The person, and their language as our pages speak it."""

    person: Person
    language: str

    @property
    def times(self) -> Times:
        return Times(self.language.replace("-", "_"), self.person.timezone)


def subscriber_of(app: App, token: str) -> int:
    """The id that a link to somebody's page names. Raises HTTPException 404 for what is not ours."""
    found = app.signer.read_preferences(token)
    if found is None:
        raise HTTPException(404)
    return found


def reader_of(tx: Connection, app: App, token: str) -> Reader:
    """Who that is. Raises HTTPException 404, or NothingKept."""
    person = subscribers.person(tx, subscriber_of(app, token))
    if person is None:
        raise NothingKept(410)
    return Reader(person, app.renderer.negotiate(person.language))
