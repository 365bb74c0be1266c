"""Long work in words: what was asked for, how far it has come, what came of it. Pure."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from alerts.digests.fragment import clean
from alerts.model import JobKind, JobState
from alerts.services.backtest import read_result, read_wish
from alerts.services.inviting import Became
from alerts.store.jobs import Job
from alerts.web.desk.csv_cells import harmless
from alerts.web.desk.rule_trial import TrialShown, shown
from alerts.web.discreet import discreet

LINES_SHOWN = 200

_STATES = {
    JobState.WAITING: ("waits for a worker", "off"),
    JobState.RUNNING: ("under way", "warn"),
    JobState.DONE: ("done", "ok"),
    JobState.FAILED: ("failed", "bad"),
    JobState.CANCELLED: ("cancelled", "off"),
}
KINDS = {
    JobKind.BACKTEST: "Backtest",
    JobKind.FEEDS_IMPORT: "Feeds brought in",
    JobKind.ITEMS_IMPORT: "Items brought in",
    JobKind.SUBSCRIBERS_IMPORT: "Subscribers brought in",
}
_UNITS = {
    JobKind.BACKTEST: "items read",
    JobKind.FEEDS_IMPORT: "feeds tried",
    JobKind.ITEMS_IMPORT: "items",
    JobKind.SUBSCRIBERS_IMPORT: "lines",
}


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job. ``percent`` is None until somebody has counted; ``far`` says the same in words."""

    id: int
    what: str
    about: str
    asked_by: str
    at: datetime
    state: str
    tone: str
    open: bool
    percent: int | None
    far: str
    reason: str
    finished_at: datetime | None


def job_line(job: Job) -> JobLine:
    state, tone = _STATES[job.state]
    if job.cancelled_by:
        state = f"{state} by {job.cancelled_by}"
    elif job.open and job.tries > 1:
        state = f"{state}, try {job.tries}"
    return JobLine(
        id=job.id,
        what=KINDS[job.kind],
        about=clean(discreet(job.about)),
        asked_by=job.asked_by,
        at=job.created_at,
        state=state,
        tone=tone,
        open=job.open,
        percent=100 * job.done // job.whole if job.whole else None,
        far=_far(job),
        reason=clean(discreet(job.reason)),
        finished_at=job.finished_at,
    )


def _far(job: Job) -> str:
    unit = _UNITS[job.kind]
    return f"{job.done:,} {unit}" if job.whole is None else f"{job.done:,} of {job.whole:,} {unit}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of a file that was brought in: whose, what became of it, and why."""

    name: str
    about: str
    outcome: str
    note: str


@dataclass(frozen=True, slots=True)
class JobPage:
    """A job and what came of it so far: a trial, counts, outcomes line by line as far as they are shown."""

    line: JobLine
    kind: JobKind
    trial: TrialShown | None
    counts: tuple[tuple[str, int], ...]
    outcomes: tuple[Outcome, ...]
    more: int


def job_page(job: Job) -> JobPage:
    result = job.result or {}
    told = outcomes(job)
    # Those that went wrong first: they are why somebody looks.
    first = sorted(told, key=lambda each: each.outcome in _WELL)[:LINES_SHOWN]
    return JobPage(
        line=job_line(job),
        kind=job.kind,
        trial=_trial(job),
        counts=_counts(job.kind, result, told),
        outcomes=tuple(
            Outcome(*(clean(discreet(each)) for each in (line.name, line.about, line.outcome, line.note)))
            for line in first
        ),
        more=len(told) - len(first),
    )


def _counts(kind: JobKind, result: Mapping[str, Any], told: Sequence[Outcome]) -> tuple[tuple[str, int], ...]:
    match kind:
        case JobKind.FEEDS_IMPORT:
            return tuple(Counter(each.outcome for each in told).most_common())
        case JobKind.ITEMS_IMPORT:
            counts = result.get("counts", {})
            return tuple((words, counts[name]) for name, words in _OF_ITEMS.items() if name in counts)
        case JobKind.SUBSCRIBERS_IMPORT:
            counted = [(each.value, each.value) for each in Became] + [("left_out", "left out")]
            return tuple((words, result[name]) for name, words in counted if result.get(name))
        case JobKind.BACKTEST:
            return (("matches so far", result["matches"]),) if "matches" in result else ()


_OF_ITEMS = {"new": "new", "changed": "changed", "seen": "known already", "matches": "matches"}
_WELL = ("added", "known")


def outcomes(job: Job) -> tuple[Outcome, ...]:
    """What became of each line of a file, in the order of its lines."""
    lines: list[list[Any]] = (job.result or {}).get("lines", [])
    if job.kind is JobKind.SUBSCRIBERS_IMPORT:  # who went through well is among the subscribers
        return tuple(Outcome(f"line {line}", "", "", str(why)) for line, why in lines)
    return tuple(Outcome(*map(str, line)) for line in lines)


def _trial(job: Job) -> TrialShown | None:
    found = read_result(job.result or {}) if job.kind is JobKind.BACKTEST else None
    if found is None:
        return None
    told = shown(found.trial, read_wish(job).rule, found.days)
    # There is no form on this page that an example could be put into.
    return replace(
        told,
        samples=tuple((line, "") for line, _ in told.samples),
        near_misses=tuple(replace(line, example="") for line in told.near_misses),
        added=(found.added, told.added[1]),
        removed=(found.removed, told.removed[1]),
    )


def as_csv(job: Job) -> str:
    """The outcomes as a table for a spreadsheet, in which no cell is a formula."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(("name", "about", "outcome", "note"))
    for each in outcomes(job):
        table.writerow(map(harmless, (each.name, each.about, each.outcome, each.note)))
    return out.getvalue()
