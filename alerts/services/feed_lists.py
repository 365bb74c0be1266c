"""Lists of feeds on their way in: what of them is new, known or refused, and adding it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection

from alerts.errors import BadInput, BlockedAddress
from alerts.feeds.opml import Opml, Outline, Problem, read_opml, write_opml
from alerts.model import FeedState, JobKind
from alerts.net.address import Allow, check_url
from alerts.services.feed_check import Tried
from alerts.services.jobs import Save, Step, Take
from alerts.store import audit, feeds
from alerts.store.batches import batched
from alerts.store.feeds import FeedStatus, NewFeed
from alerts.store.jobs import Job, NewJob

MOST_FEEDS = 5_000
"""Feeds of a list that a page takes; ``alerts feeds import`` has no limit."""

AT_ONCE = 20
"""Feeds of one step: they are fetched together."""

_NOTE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Sifted:
    """What a list would add, what is among the feeds already, and the lines that cannot be used. ``broken``:
    the list was no XML, and read as well as possible."""

    new: tuple[Outline, ...]
    known: tuple[Outline, ...]
    refused: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    broken: bool


def sift(tx: Connection, found: Opml, allow: Allow) -> Sifted:
    """Sorts a list; nothing is called or changed."""
    refused = [problem for problem in found.problems if problem.refused]
    wanted: list[Outline] = []
    for outline in found.feeds:
        try:
            check_url(outline.url, allow)
        except BlockedAddress as blocked:
            refused.append(Problem(outline.line, f"{outline.url}: {blocked}", refused=True))
        else:
            wanted.append(outline)
    there: set[str] = set()
    for some in batched([outline.url for outline in wanted]):
        there |= feeds.ids_by_url(tx, some).keys()
    return Sifted(
        new=tuple(outline for outline in wanted if outline.url not in there),
        known=tuple(outline for outline in wanted if outline.url in there),
        refused=tuple(sorted(refused, key=lambda problem: problem.line)),
        notes=tuple(problem for problem in found.problems if not problem.refused),
        broken=found.broken,
    )


def new_feed(outline: Outline) -> NewFeed:
    return NewFeed(
        url=outline.url,
        title=outline.title,
        source=outline.source or outline.title,
        language=outline.language,
        site=outline.site,
        tags=outline.tags,
    )


def add_feed(tx: Connection, feed: NewFeed, *, by: str, interval_seconds: int, now: datetime) -> int:
    """The new feed's id; it is polled at the next tick. Raises BadInput as ``feeds.add`` does."""
    feed_id = feeds.add(tx, feed, interval_seconds=interval_seconds, now=now)
    audit.record(tx, at=now, actor=by, action="feed added", subject=feed.url)
    return feed_id


def list_of(some: Iterable[FeedStatus], title: str) -> str:
    """All feeds but those that are retired, as an OPML document, their tags as folders."""
    outlines = [
        Outline(feed.url, feed.title, feed.site, feed.language, feed.tags, feed.source)
        for feed in sorted(some, key=lambda feed: feed.tags)
        if feed.state is not FeedState.RETIRED
    ]
    return write_opml(outlines, title)


# --- as long work -------------------------------------------------------------------------

Try: TypeAlias = Callable[[Sequence[str]], tuple[Tried, ...]]
"""Fetches and reads addresses once, all of them within a minute."""


def feeds_import(new: Sequence[Outline], name: str, refused: Sequence[tuple[int, str]] = ()) -> NewJob:
    """The job that tries these feeds and adds them; its result names the lines of the list that were refused
    before. Raises BadInput when there are no feeds, or too many."""
    if not new:
        raise BadInput("there is no new feed in this list")
    if len(new) > MOST_FEEDS:
        raise BadInput(f"more than {MOST_FEEDS:,} new feeds; bring them in with: alerts feeds import")
    about = f"{len(new):,} {'feed' if len(new) == 1 else 'feeds'}{f' of {name}' if name else ''}"
    wish = {"refused": [[f"line {line}", "", "refused", reason[:_NOTE_LIMIT]] for line, reason in refused]}
    return NewJob(JobKind.FEEDS_IMPORT, about, wish, material=write_opml(new, ""), whole=len(new))


def begin(try_some: Try, interval_seconds: int, clock: Callable[[], datetime]) -> Callable[[Job], Take]:
    """How such a job is done: what can be read, or may be read later, is added; what is no feed is not."""

    def begun(job: Job) -> Take:
        wanted = read_opml((job.material or "").encode()).feeds

        def take(result: Mapping[str, Any]) -> Save:
            lines: list[list[str]] = list(result.get("lines", ()))
            some = wanted[len(lines) : len(lines) + AT_ONCE]
            tried = try_some([outline.url for outline in some])

            def save(tx: Connection) -> Step:
                told = [
                    [outline.title, outline.url, *_added(tx, outline, each, job, interval_seconds, clock())]
                    for outline, each in zip(some, tried, strict=True)
                ]
                behind = [*lines, *told]
                over = len(behind) >= len(wanted)
                refused = job.wish.get("refused", ()) if over else ()
                return Step(len(behind), len(wanted), {"lines": [*behind, *refused]}, over)

            return save

        return take

    return begun


def _added(
    tx: Connection, outline: Outline, tried: Tried, job: Job, interval_seconds: int, now: datetime
) -> tuple[str, str]:
    """What became of one feed of the list, in a word, and why."""
    note = tried.note[:_NOTE_LIMIT]
    if tried.outcome != "read" and not tried.later:
        return "refused", note
    if feeds.ids_by_url(tx, [outline.url]):
        return "known", ""
    try:
        add_feed(tx, new_feed(outline), by=job.asked_by, interval_seconds=interval_seconds, now=now)
    except BadInput as error:
        return "refused", str(error)[:_NOTE_LIMIT]
    return ("added", note) if tried.outcome == "read" else ("added, not read yet", note)
