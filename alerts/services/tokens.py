"""Tokens of machines: made, shown once, compared by their hash, revoked.

A token opens what its scopes say and nothing else, and never expires unless told to. Bad ones are counted
for each network, as failed logins are but apart from them: a script with an old token locks nobody out.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Engine

from alerts.errors import BadInput
from alerts.services.accounts import TRIES_LAST, TooManyTries, neighbourhood, token_hash
from alerts.store import accounts, audit, tokens
from alerts.store.unit import reading, writing

PREFIX = "alerts_"
"""Begins every token, so that whoever finds one in a file knows what it is."""

LONGEST_LIFE = 3_650
"""Days."""

BAD_TOKENS = 30
"""So many from one network within TRIES_LAST are looked at."""

_TOUCH = timedelta(minutes=1)
_TOKEN = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


class Opens(StrEnum):
    """What a token may open: *read* all that is not about people, *write* what is matched and told and
    followed, *people* see and change subscribers and their mail. None of them includes another."""

    READ = "read"
    WRITE = "write"
    PEOPLE = "people"


class WrongToken(BadInput):
    """There is no such token, or it has expired or been revoked; which of them is not said."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Who shows a token, and what it opens."""

    name: str
    opens: frozenset[Opens]

    @property
    def actor(self) -> str:
        """The name for the audit."""
        return f"api {self.name}"


def make_token(
    engine: Engine, name: str, opens: Collection[Opens], *, days: int | None, actor: str, now: datetime
) -> str:
    """The new token: 256 random bits that are kept nowhere here. ``days`` None: it does not expire.

    Raises BadInput when the name or the time will not do, or nothing would be opened.
    """
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"{name!r} cannot be the name of a token: write 2 to 64 letters a to z, digits and . _ -"
        )
    if not opens:
        raise BadInput("a token without a scope opens nothing; name one or more of read, write, people")
    if days is not None and not 1 <= days <= LONGEST_LIFE:
        raise BadInput(f"{days} days are not possible; write 1 to {LONGEST_LIFE:,}")
    token = PREFIX + secrets.token_urlsafe(32)
    scopes = tuple(each.value for each in Opens if each in opens)
    expires_at = None if days is None else now + timedelta(days=days)
    with writing(engine) as tx:
        tokens.add(tx, name, token_hash(token), scopes, made_by=actor, now=now, expires_at=expires_at)
        until = f"; until {expires_at:%Y-%m-%d}" if expires_at else ""
        detail = f"{', '.join(scopes)}{until}"
        audit.record(tx, at=now, actor=actor, action="token made", subject=name, detail=detail)
    return token


def revoke_token(engine: Engine, name: str, *, actor: str, now: datetime) -> None:
    """Nobody is let in with it any more. Raises NotFound."""
    with writing(engine) as tx:
        tokens.revoke(tx, name, now)
        audit.record(tx, at=now, actor=actor, action="token revoked", subject=name)


def admit(engine: Engine, token: str, address: str, now: datetime) -> Machine:
    """Whose token this is. ``address`` is where the request comes from.

    Raises WrongToken, and TooManyTries when that network has shown BAD_TOKENS lately: a good token is let
    in all the same.
    """
    hashed = token_hash(token)
    with reading(engine) as tx:
        kept = tokens.find(tx, hashed) if _TOKEN.fullmatch(token) else None
    if kept is None or not kept.in_force(now):
        _count(engine, hashed, f"api {neighbourhood(address)}", now)
        raise WrongToken("this token is not in force")
    if kept.used_at is None or now - kept.used_at >= _TOUCH:
        with writing(engine) as tx:
            tokens.touch(tx, kept.id, now)
    return Machine(kept.name, frozenset(map(Opens, kept.scopes)))


def _count(engine: Engine, hashed: str, network: str, now: datetime) -> None:
    with reading(engine) as tx:
        tries = accounts.tries(tx, hashed, network, now - TRIES_LAST).of_address
    if tries >= BAD_TOKENS:
        raise TooManyTries("too many tokens that are not in force; wait an hour")
    with writing(engine) as tx:
        accounts.forget_tries(tx, before=now - TRIES_LAST)
        accounts.add_try(tx, hashed, network, now)
