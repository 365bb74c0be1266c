"""Accounts for the pages: who may log in, which browsers are, and which tries failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from alerts.errors import BadInput, NotFound
from alerts.model import Role
from alerts.store.schema import LoginTry, Session, User
from alerts.store.unit import insert_once


@dataclass(frozen=True, slots=True)
class Account:
    """One account as it is listed."""

    name: str
    role: Role
    created_at: datetime
    last_login_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """One account as a login is compared with it."""

    id: int
    name: str
    role: Role
    password_hash: str


def any_account(tx: Connection) -> bool:
    return bool(tx.scalar(select(exists().select_from(User))))


def listed(tx: Connection) -> tuple[Account, ...]:
    """Every account, by name."""
    query = select(User.name, User.role, User.created_at, User.last_login_at).order_by(User.name)
    return tuple(Account(*row) for row in tx.execute(query))


def find(tx: Connection, name: str) -> Held | None:
    query = select(User.id, User.name, User.role, User.password_hash).where(User.name == name)
    row = tx.execute(query).first()
    return None if row is None else Held(*row)


def add(tx: Connection, name: str, role: Role, password_hash: str, now: datetime) -> None:
    """Raises BadInput when there is an account of that name."""
    row = insert(User).values(name=name, role=role, password_hash=password_hash, created_at=now)
    if insert_once(tx, row.returning(User.id)) is None:
        raise BadInput(f"there is an account {name!r} already; alerts users password sets its password")


def set_password(tx: Connection, name: str, password_hash: str) -> None:
    """The new hash, and the end of every session of the account. Raises NotFound."""
    statement = update(User).where(User.name == name).values(password_hash=password_hash)
    user_id = tx.scalar(statement.returning(User.id))
    if user_id is None:
        raise _unknown(name)
    tx.execute(delete(Session).where(Session.user_id == user_id))


def rehash(tx: Connection, user_id: int, old: str, new: str) -> None:
    """Another hash of the same password; nothing when the password was changed meanwhile."""
    kept = (User.id == user_id, User.password_hash == old)
    tx.execute(update(User).where(*kept).values(password_hash=new))


def remove(tx: Connection, name: str) -> None:
    """The account and its sessions. Raises NotFound."""
    if tx.scalar(delete(User).where(User.name == name).returning(User.id)) is None:
        raise _unknown(name)


def _unknown(name: str) -> NotFound:
    return NotFound(f"there is no account {name!r}; see: alerts users list")


# --- sessions -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Visit:
    """A session that is in force, and whose it is."""

    session_id: int
    name: str
    role: Role
    used_at: datetime


def open_session(tx: Connection, held: Held, token_hash: str, now: datetime) -> bool:
    """Logs the account in; False when it was removed or its password changed since it was read."""
    same = (User.id == held.id, User.password_hash == held.password_hash)
    if tx.scalar(update(User).where(*same).values(last_login_at=now).returning(User.id)) is None:
        return False
    new = insert(Session).values(user_id=held.id, token_hash=token_hash, created_at=now, used_at=now)
    tx.execute(new)
    return True


def visit(tx: Connection, token_hash: str, *, made_after: datetime, used_after: datetime) -> Visit | None:
    """The session of a token, unless it is older than that or has been idle since before that."""
    query = (
        select(Session.id, User.name, User.role, Session.used_at)
        .join(User, User.id == Session.user_id)
        .where(Session.token_hash == token_hash)
        .where(Session.created_at > made_after, Session.used_at > used_after)
    )
    row = tx.execute(query).first()
    return None if row is None else Visit(*row)


def touch(tx: Connection, session_id: int, now: datetime) -> None:
    tx.execute(update(Session).where(Session.id == session_id).values(used_at=now))


def close_session(tx: Connection, token_hash: str) -> str | None:
    """Ends a session; the name of its account, None when there is no such session."""
    ended = delete(Session).where(Session.token_hash == token_hash).returning(Session.user_id)
    user_id = tx.scalar(ended)
    return None if user_id is None else tx.scalar(select(User.name).where(User.id == user_id))


def forget_sessions(tx: Connection, *, made_before: datetime, used_before: datetime) -> None:
    """Deletes the sessions that time has ended."""
    tx.execute(delete(Session).where((Session.created_at <= made_before) | (Session.used_at <= used_before)))


# --- tries --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tries:
    """How many tries count against a name and against an address."""

    of_name: int
    of_address: int


def tries(tx: Connection, name_hash: str, address: str, since: datetime) -> Tries:
    def counted(*which: object) -> int:
        query = select(func.count()).select_from(LoginTry).where(LoginTry.at > since, *which)  # type: ignore[arg-type]
        return tx.scalar(query) or 0

    return Tries(counted(LoginTry.name_hash == name_hash), counted(LoginTry.address == address))


def add_try(tx: Connection, name_hash: str, address: str, now: datetime) -> int:
    new = insert(LoginTry).values(at=now, name_hash=name_hash, address=address)
    return tx.scalars(new.returning(LoginTry.id)).one()


def forget_try(tx: Connection, try_id: int) -> None:
    tx.execute(delete(LoginTry).where(LoginTry.id == try_id))


def forget_tries(tx: Connection, *, before: datetime) -> None:
    tx.execute(delete(LoginTry).where(LoginTry.at <= before))


def forget_tries_of(tx: Connection, name_hash: str) -> None:
    tx.execute(delete(LoginTry).where(LoginTry.name_hash == name_hash))
