"""Long work, done in steps that a dying process cannot spoil.

    step                                       transaction   if the process dies here
    claim the job, with a lease                A             the lease ends, taken up again
    look: read, fetch, match                   none          nothing saved, looked at again
    write what was found, with the progress    B             all or none

Between two steps somebody may have cancelled, or another worker may hold the job by now: B begins by asking.
After a while the worker gives the job back, so that other work gets its turn; the next tick names it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeAlias

import structlog
from sqlalchemy import Connection, Engine

from alerts.errors import BadInput, NotFound, Unavailable
from alerts.model import JobKind, JobState
from alerts.store import audit, jobs
from alerts.store.jobs import Job, NewJob
from alerts.store.unit import writing

LEASE = timedelta(seconds=75)
"""How long a job is held for one step; a step that fetches may take 60 s."""

TURN = timedelta(seconds=20)
"""How long a worker goes on with one job before others get their turn."""

AT_ONCE = 2
"""Jobs that are worked on at once: the other processes are for polls and digests."""

MOST_TRIES = 5
"""Workers that may take a job up and get no further; then it has failed."""

KEPT = timedelta(days=30)
"""How long a job is remembered after it has ended."""

log = structlog.get_logger("alerts")


@dataclass(frozen=True, slots=True)
class Step:
    """How far a job has come: ``done`` of ``whole``, and the result so far. ``over``: nothing is left."""

    done: int
    whole: int | None
    result: dict[str, Any]
    over: bool


Save: TypeAlias = Callable[[Connection], Step]
"""Writes what a step has found, in the transaction that records its progress."""

Take: TypeAlias = Callable[[Mapping[str, Any]], Save]
"""Takes the next step after the result so far, which is empty at first: reads, fetches, decides."""

Kinds: TypeAlias = Mapping[JobKind, Callable[[Job], Take]]
"""How each kind of work is begun, or gone on with. Raises BadInput when it cannot be done at all."""


@dataclass(frozen=True, slots=True)
class Working:
    """What long work needs from outside."""

    engine: Engine
    kinds: Kinds
    clock: Callable[[], datetime]
    randomness: Random


def ask_for(tx: Connection, job: NewJob, by: str, now: datetime) -> int:
    """Remembers what somebody wants done; the next tick names it. Its id."""
    job_id = jobs.add(tx, job, asked_by=by, now=now)
    audit.record(
        tx, at=now, actor=by, action=f"{job.kind} asked for", subject=f"job {job_id}", detail=job.about
    )
    return job_id


def cancel(engine: Engine, job_id: int, by: str, now: datetime) -> bool:
    """Stops a job before its next step; what its steps have saved stays. False when it had ended already."""
    with writing(engine) as tx:
        stopped = jobs.cancel(tx, job_id, by, now)
        if stopped:
            audit.record(tx, at=now, actor=by, action="job cancelled", subject=f"job {job_id}")
        return stopped


def work_on(job_id: int, working: Working) -> JobState | None:
    """Goes on with a job for a while; its state then, None when it was not free. Raises Unavailable."""
    began = working.clock()
    token = f"{working.randomness.getrandbits(96):024x}"
    with writing(working.engine) as tx:
        job = jobs.claim(tx, job_id, now=began, until=began + LEASE, token=token)
        if job is None:
            return None
        if job.tries > MOST_TRIES:
            why = f"given up after {MOST_TRIES} tries"
            jobs.end(tx, job_id, JobState.FAILED, began, f"{job.reason}; {why}" if job.reason else why)
            return JobState.FAILED
    try:
        return _go_on(job, token, working, began + TURN)
    except (BadInput, NotFound) as error:
        with writing(working.engine) as tx:
            if jobs.hold(tx, job_id, token):
                jobs.end(tx, job_id, JobState.FAILED, working.clock(), str(error))
        return JobState.FAILED
    except Unavailable:
        raise
    except Exception as error:
        # A fault of ours, or of what it works on. It is tried again, and given up when it never gets further.
        log.exception("long work got no further", job=job_id)
        with writing(working.engine) as tx:
            jobs.release(tx, job_id, token, began + LEASE, f"a fault of ours: {type(error).__name__}")
        return JobState.RUNNING


def _go_on(job: Job, token: str, working: Working, until: datetime) -> JobState:
    take = working.kinds[job.kind](job)
    result: Mapping[str, Any] = job.result or {}
    while True:
        save = take(result)
        with writing(working.engine) as tx:
            if not jobs.hold(tx, job.id, token):
                return jobs.find(tx, job.id).state
            step = save(tx)
            now = working.clock()
            jobs.advance(tx, job.id, done=step.done, whole=step.whole, result=step.result, until=now + LEASE)
            if step.over:
                jobs.end(tx, job.id, JobState.DONE, now)
                return JobState.DONE
            if now >= until:
                jobs.release(tx, job.id, token, now)
                return JobState.RUNNING
        result = step.result
