"""What a choice comes to, as somebody makes it: mails to expect, and what a rule of their own finds."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.app import App
from alerts.errors import BadInput, QueryError
from alerts.services.own_rules import BROAD, LONGEST, TooBroad, TooMany, Tried
from alerts.services.volumes import Volume
from alerts.web.choices import Filled

_SHOWN = 30  # code points of the word at which a query cannot be read


@dataclass(frozen=True, slots=True)
class OwnRule:
    """What is to be said of a query: that it cannot be read (``fault``), that it cannot be had (``refused``:
    *broad*, *long* or *many*), or what it finds."""

    tried: Tried | None = None
    fault: QueryError | None = None
    refused: str = ""

    @property
    def faulty(self) -> str:
        """What stands where the query cannot be read; '' at its end."""
        rest = self.fault.query[self.fault.column - 1 :].split(maxsplit=1) if self.fault else []
        return rest[0][:_SHOWN] if rest else ""

    @property
    def works(self) -> bool:
        return self.tried is not None


@dataclass(frozen=True, slots=True)
class Tally:
    """``own`` is None when nobody wrote a rule, ``together`` while nothing is chosen."""

    own: OwnRule | None = None
    together: Volume | None = None
    most_broad: int = round(100 * BROAD)
    longest: int = LONGEST


def try_own(app: App, query: str) -> OwnRule:
    """What is to be said of that query."""
    try:
        return OwnRule(tried=app.try_own(query))
    except BadInput as error:
        return refusal(error)


def refusal(error: BadInput) -> OwnRule:
    """What an error says of an own rule."""
    if isinstance(error, QueryError):
        return OwnRule(fault=error)
    if isinstance(error, TooMany):
        return OwnRule(refused="many")
    return OwnRule(refused="broad" if isinstance(error, TooBroad) else "long")


def tally(app: App, sent: Filled) -> Tally:
    """What a choice comes to."""
    own = try_own(app, sent.own) if sent.own else None
    more = own.tried.volume if own is not None and own.tried is not None else Volume()
    if not sent.rules and not sent.situations and not more.alerts:
        return Tally(own)
    return Tally(own, app.volumes.together(sent.rules, sent.situations).with_(more))
