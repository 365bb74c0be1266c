"""What the pages change about accounts: an admin those of others, everybody their own."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Connection, Engine

from alerts.errors import BadInput
from alerts.model import Role
from alerts.services.accounts import (
    IDLE,
    LONGEST_PASSWORD,
    LONGEST_SESSION,
    WrongLogin,
    check_password,
    counted_try,
    token_hash,
)
from alerts.store import accounts, audit
from alerts.store.passwords import Passwords
from alerts.store.unit import reading, writing


class LastAdmin(BadInput):
    """Without this account nobody could manage the others."""


def change_role(engine: Engine, name: str, role: Role, *, actor: str, now: datetime) -> bool:
    """Whether it had another role; what is open in its browsers obeys the new one at once.

    Raises NotFound, or LastAdmin when nobody would be left to manage.
    """
    with writing(engine) as tx:
        if not role.manages:
            _keep_an_admin(tx, name)
        before = accounts.set_role(tx, name, role)
        if before is not role:
            detail = f"{before} → {role}"
            audit.record(tx, at=now, actor=actor, action="role changed", subject=name, detail=detail)
        return before is not role


def remove_other(engine: Engine, name: str, *, actor: str, now: datetime) -> None:
    """The account and its sessions end. Raises NotFound, or LastAdmin: the command line may remove that one,
    and opens the pages by it."""
    with writing(engine) as tx:
        _keep_an_admin(tx, name)
        accounts.remove(tx, name)
        audit.record(tx, at=now, actor=actor, action="account removed", subject=name)


def end_sessions(engine: Engine, name: str, *, actor: str, now: datetime) -> int:
    """How many browsers were logged out."""
    with writing(engine) as tx:
        count = accounts.end_sessions(tx, name, made_after=now - LONGEST_SESSION, used_after=now - IDLE)
        if count:
            detail = f"{count}"
            audit.record(tx, at=now, actor=actor, action="sessions ended", subject=name, detail=detail)
        return count


def end_own_session(engine: Engine, name: str, session_id: int, *, now: datetime) -> bool:
    """Logs out one of one's own browsers; False when it is logged out already."""
    with writing(engine) as tx:
        ended = accounts.end_session(tx, name, session_id)
        if ended:
            audit.record(tx, at=now, actor=name, action="session ended", subject=name)
        return ended


def change_own_password(
    engine: Engine,
    passwords: Passwords,
    name: str,
    old: str,
    new: str,
    address: str,
    *,
    secret: bytes,
    known: str,
    now: datetime,
) -> str:
    """All browsers are logged out; the token is that of a new session for this one.

    Who guesses the old password is stopped as at a login. Raises WrongLogin when it is wrong, BadInput when
    the new one will not do, TooManyTries.
    """
    check_password(new, name)
    try_id = counted_try(engine, name, address, known, secret=secret, now=now)
    with reading(engine) as tx:
        held = accounts.find(tx, name)
    if not passwords.is_right(held.password_hash if held else None, old[:LONGEST_PASSWORD]):
        raise WrongLogin("this is not your password of now")
    hashed, token = passwords.hashed(new), secrets.token_urlsafe(32)
    with writing(engine) as tx:
        if accounts.find(tx, name) != held:
            raise WrongLogin("this account was changed meanwhile")
        accounts.set_password(tx, name, hashed)
        accounts.forget_try(tx, try_id)
        renewed = accounts.find(tx, name)
        if renewed is not None:
            accounts.open_session(tx, renewed, token_hash(token), address, now)
        audit.record(tx, at=now, actor=name, action="password changed", subject=name)
    return token


def _keep_an_admin(tx: Connection, name: str) -> None:
    if accounts.other_admins(tx, name) == 0:
        held = accounts.find(tx, name)
        if held is None or held.role.manages:
            raise LastAdmin("this is the last admin: make somebody else one first")
