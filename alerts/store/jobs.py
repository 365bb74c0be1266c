"""Long work: who asked for what, how far it has come, and which worker holds it now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from alerts.errors import NotFound
from alerts.model import JobKind, JobState
from alerts.store.face_schema import Job as Row

OPEN = (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class NewJob:
    """``material`` is what is worked on; it is forgotten when the work ends."""

    kind: JobKind
    about: str
    wish: dict[str, Any]
    material: str | None = None
    whole: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """``done`` of ``whole`` is behind it; ``whole`` is None until somebody has counted.

    ``tries`` counts the workers that took it up and got no further. ``result`` and ``material`` are None
    in a list.
    """

    id: int
    kind: JobKind
    state: JobState
    asked_by: str
    created_at: datetime
    about: str
    wish: dict[str, Any]
    done: int
    whole: int | None
    reason: str
    tries: int
    cancelled_by: str
    finished_at: datetime | None
    result: dict[str, Any] | None = None
    material: str | None = None

    @property
    def open(self) -> bool:
        return self.state in OPEN


_LISTED = (
    Row.id,
    Row.kind,
    Row.state,
    Row.asked_by,
    Row.created_at,
    Row.about,
    Row.wish,
    Row.done,
    Row.whole,
    func.coalesce(Row.reason, "").label("reason"),
    Row.tries,
    func.coalesce(Row.cancelled_by, "").label("cancelled_by"),
    Row.finished_at,
)


def add(tx: Connection, job: NewJob, *, asked_by: str, now: datetime) -> int:
    """The new job's id; it is due at once."""
    row = insert(Row).values(
        kind=job.kind,
        state=JobState.WAITING,
        asked_by=asked_by,
        created_at=now,
        about=job.about,
        wish=job.wish,
        material=job.material,
        done=0,
        whole=job.whole,
        tries=0,
    )
    return tx.scalars(row.returning(Row.id)).one()


def due(tx: Connection, now: datetime, at_once: int) -> tuple[int, ...]:
    """Jobs that a worker may take up, so that no more than ``at_once`` are held. The one that has waited
    longest comes first: since somebody last worked on it, or since it was asked for."""
    open_ = Row.state.in_(OPEN)
    held = tx.scalar(select(func.count()).where(open_, Row.claimed_until > now)) or 0
    free = or_(Row.claimed_until.is_(None), Row.claimed_until <= now)
    waiting = func.coalesce(Row.claimed_until, Row.created_at)
    return tuple(
        tx.scalars(select(Row.id).where(open_, free).order_by(waiting, Row.id).limit(max(0, at_once - held)))
    )


def claim(tx: Connection, job_id: int, *, now: datetime, until: datetime, token: str) -> Job | None:
    """Takes up a job that is open and free, until the lease ends; None when it is not."""
    taken = (
        update(Row)
        .where(
            Row.id == job_id,
            Row.state.in_(OPEN),
            or_(Row.claimed_until.is_(None), Row.claimed_until <= now),
        )
        .values(state=JobState.RUNNING, claimed_until=until, claim_token=token, tries=Row.tries + 1)
    )
    if tx.execute(taken).rowcount != 1:
        return None
    return find(tx, job_id, material=True)


def hold(tx: Connection, job_id: int, token: str) -> bool:
    """Whether this claim still holds; if so nobody can cancel the job until the transaction ends."""
    held = select(Row.id).where(Row.id == job_id, Row.claim_token == token, Row.state == JobState.RUNNING)
    return tx.scalar(held.with_for_update()) is not None


def advance(
    tx: Connection, job_id: int, *, done: int, whole: int | None, result: dict[str, Any], until: datetime
) -> None:
    """Records what a step came to, and holds the job on until then."""
    tx.execute(
        update(Row)
        .where(Row.id == job_id)
        .values(done=done, whole=whole, result=result, tries=0, reason=None, claimed_until=until)
    )


def end(tx: Connection, job_id: int, state: JobState, now: datetime, reason: str = "") -> None:
    """Done, or failed for that reason."""
    tx.execute(
        update(Row)
        .where(Row.id == job_id)
        .values(state=state, reason=reason or None, finished_at=now, **_let_go)
    )


def release(tx: Connection, job_id: int, token: str, free_at: datetime, reason: str | None = None) -> None:
    """Gives a job back that is not done yet, if this claim still holds, to be taken up again from then on;
    ``reason`` is why it got no further."""
    tx.execute(
        update(Row)
        .where(Row.id == job_id, Row.claim_token == token, Row.state == JobState.RUNNING)
        .values(claimed_until=free_at, claim_token=None, reason=reason)
    )


def cancel(tx: Connection, job_id: int, by: str, now: datetime) -> bool:
    """Stops a job before its next step. False when it had ended already."""
    stopped = (
        update(Row)
        .where(Row.id == job_id, Row.state.in_(OPEN))
        .values(state=JobState.CANCELLED, cancelled_by=by, finished_at=now, **_let_go)
    )
    return tx.execute(stopped).rowcount == 1


_let_go: dict[str, Any] = {"claimed_until": None, "claim_token": None, "material": None}


def find(tx: Connection, job_id: int, *, material: bool = False) -> Job:
    """One job with its result, and with its material when asked for. Raises NotFound."""
    columns = (*_LISTED, Row.result, *((Row.material,) if material else ()))
    row = tx.execute(select(*columns).where(Row.id == job_id)).first()
    if row is None:
        raise NotFound(f"there is no long work {job_id}")
    return Job(**row._mapping)


def latest(
    tx: Connection, kinds: Collection[JobKind], limit: int, before: int | None = None
) -> Sequence[Job]:
    """The newest jobs of these kinds, newest first; with ``before``, those older than the one of that id."""
    query = select(*_LISTED).where(Row.kind.in_(kinds)).order_by(Row.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Row.id < before)
    return [Job(**row._mapping) for row in tx.execute(query)]


def forget_before(tx: Connection, before: datetime) -> int:
    """Deletes jobs that ended before then. Returns how many."""
    return tx.execute(delete(Row).where(Row.finished_at < before)).rowcount
