"""Accounts for the pages: who may log in, which browsers are, and which tries failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, or_, select, update

from alerts.errors import BadInput, NotFound
from alerts.model import Role
from alerts.store.schema import LoginTry, Session, User
from alerts.store.unit import insert_once, take_turns


@dataclass(frozen=True, slots=True)
class Account:
    """One account as it is listed. ``sessions`` counts those that are in force."""

    name: str
    role: Role
    created_at: datetime
    last_login_at: datetime | None
    sessions: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """One account as a login is compared with it."""

    id: int
    name: str
    role: Role
    password_hash: str


def any_account(tx: Connection) -> bool:
    return bool(tx.scalar(select(exists().select_from(User))))


def listed(tx: Connection, *, made_after: datetime, used_after: datetime) -> tuple[Account, ...]:
    """Every account, by name; sessions that are older than that, or idle since before that, have ended."""
    in_force = select(func.count()).where(
        Session.user_id == User.id, Session.created_at > made_after, Session.used_at > used_after
    )
    columns = (User.name, User.role, User.created_at, User.last_login_at)
    query = select(*columns, in_force.scalar_subquery()).order_by(User.name)
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


def set_role(tx: Connection, name: str, role: Role) -> Role:
    """The role it had before. Raises NotFound."""
    before = tx.scalar(select(User.role).where(User.name == name).with_for_update())
    if before is None:
        raise _unknown(name)
    tx.execute(update(User).where(User.name == name).values(role=role))
    return before


def other_admins(tx: Connection, name: str) -> int:
    """How many admins there are beside that one. Who asks in order to take one away waits for whoever does
    the same."""
    take_turns(tx, "the admins")
    query = select(func.count()).where(User.role == Role.ADMIN, User.name != name)
    return tx.scalar(query) or 0


def looked_at(tx: Connection, name: str) -> datetime | None:
    """Until when somebody has gone through what is new; None when they never have."""
    return tx.scalar(select(User.looked_at).where(User.name == name))


def look(tx: Connection, name: str, until: datetime) -> bool:
    """They have gone through what was new until then. False when they had got further before."""
    earlier = or_(User.looked_at.is_(None), User.looked_at < until)
    return tx.execute(update(User).where(User.name == name, earlier).values(looked_at=until)).rowcount == 1


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


@dataclass(frozen=True, slots=True)
class Browser:
    """A session as its owner sees it. ``mine`` is the one that asks; ``address`` is '' when nobody knows."""

    id: int
    created_at: datetime
    used_at: datetime
    address: str
    mine: bool


def sessions_of(
    tx: Connection, name: str, token_hash: str, *, made_after: datetime, used_after: datetime
) -> tuple[Browser, ...]:
    """Those in force, the latest used first; ``token_hash`` is that of who asks."""
    query = (
        select(Session.id, Session.created_at, Session.used_at, Session.address, Session.token_hash)
        .join(User, User.id == Session.user_id)
        .where(User.name == name, Session.created_at > made_after, Session.used_at > used_after)
        .order_by(Session.used_at.desc(), Session.id.desc())
    )
    return tuple(
        Browser(row.id, row.created_at, row.used_at, row.address or "", row.token_hash == token_hash)
        for row in tx.execute(query)
    )


def end_session(tx: Connection, name: str, session_id: int) -> bool:
    """Whether the account had that session."""
    mine = select(User.id).where(User.name == name).scalar_subquery()
    ended = delete(Session).where(Session.id == session_id, Session.user_id == mine)
    return tx.execute(ended).rowcount == 1


def end_sessions(tx: Connection, name: str, *, made_after: datetime, used_after: datetime) -> int:
    """How many the account had in force."""
    mine = Session.user_id == select(User.id).where(User.name == name).scalar_subquery()
    in_force = (Session.created_at > made_after, Session.used_at > used_after)
    ended = tx.execute(delete(Session).where(mine, *in_force)).rowcount
    tx.execute(delete(Session).where(mine))
    return ended


def open_session(tx: Connection, held: Held, token_hash: str, address: str, now: datetime) -> bool:
    """Logs the account in from that address; False when it was removed, or its password changed, since it was
    read."""
    same = (User.id == held.id, User.password_hash == held.password_hash)
    if tx.scalar(update(User).where(*same).values(last_login_at=now).returning(User.id)) is None:
        return False
    new = {"user_id": held.id, "token_hash": token_hash, "address": address, "created_at": now}
    tx.execute(insert(Session).values(used_at=now, **new))
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


def owner(tx: Connection, token_hash: str) -> str:
    """Whose session a token opens, or opened until time ended it; '' for one that somebody ended."""
    query = select(User.name).join(Session, Session.user_id == User.id)
    return tx.scalar(query.where(Session.token_hash == token_hash)) or ""


def forget_sessions(tx: Connection, *, made_before: datetime) -> None:
    """Deletes the sessions that are older than any can be in force. Those that ended idle stay until then: by
    them it is known whose a form is that comes too late."""
    tx.execute(delete(Session).where(Session.created_at <= made_before))


# --- tries --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tries:
    """How many tries count: of a name, from an address, and of that name from there."""

    of_name: int
    of_address: int
    of_both: int


def tries(tx: Connection, name_hash: str, address: str, since: datetime) -> Tries:
    def counted(*which: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(LoginTry).where(LoginTry.at > since, *which)
        return tx.scalar(query) or 0

    of_name, of_address = LoginTry.name_hash == name_hash, LoginTry.address == address
    return Tries(counted(of_name), counted(of_address), counted(of_name, of_address))


def add_try(tx: Connection, name_hash: str, address: str, now: datetime) -> int:
    new = insert(LoginTry).values(at=now, name_hash=name_hash, address=address)
    return tx.scalars(new.returning(LoginTry.id)).one()


def forget_try(tx: Connection, try_id: int) -> None:
    tx.execute(delete(LoginTry).where(LoginTry.id == try_id))


def forget_tries(tx: Connection, *, before: datetime) -> None:
    tx.execute(delete(LoginTry).where(LoginTry.at <= before))


def forget_tries_of(tx: Connection, name_hash: str) -> None:
    tx.execute(delete(LoginTry).where(LoginTry.name_hash == name_hash))
