"""Getting the news: claim the feeds that are due, fetch, parse, dedupe, match, save.

    step                                transaction   if the process dies here
    claim feeds, with a lease           A             the lease ends, polled again
    fetch, all of them at once          none          nothing saved
    parse → dedupe → detect → match     none          nothing saved
    save items, matches, feed state,    B             all or none
      alerts in the outbox, together

Feeds that show nothing new have no B each: many share one.

What is known of a feed is read before B without a lock. That is safe because B begins by giving the
claim back: whoever lost it saves nothing, so nobody else saved items of this feed in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine

from alerts.errors import FetchError, NotAsked, Unavailable
from alerts.feeds import schedule
from alerts.feeds.dedupe import dedupe, fingerprint
from alerts.language.detect import detect
from alerts.model import Feed, Fetched, Hit, Item, ParsedFeed, PollHints
from alerts.rules.index import RuleIndex
from alerts.services.digest import alert
from alerts.store import audit, claims, feeds, items, matches
from alerts.store.unit import reading, writing

LEASE = timedelta(seconds=75)
"""How long a batch of feeds is held.

A fetch ends within 65 s: at most 35 s for its turn, of which it is not itself to blame, and 30 s for
the server. The 10 s left are for what came last. What the worker did not come to in time it gives back
as it was, still due: the oldest come first at the next tick, so a batch of the worst documents (10 s each
to parse) gets through by and by. To go on after the lease would be to poll what another worker polls."""

TAKEN_IN = timedelta(seconds=72)
"""When to begin with no further document: the one in hand has to be saved within the lease."""

QUIET_TOGETHER = 100
QUIET_SECONDS = 1.0
"""Polls that found nothing new are recorded together: so many, or those at hand when none comes for so
long. Dying before that loses nothing but the note of it."""

FIRST_POLL = "first poll"
"""Why an old item of a feed's first poll is kept without being news."""


FetchFeed = Callable[[Feed], Awaitable[Fetched]]


@dataclass(frozen=True, slots=True)
class Polling:
    """What polling needs from outside."""

    engine: Engine
    fetch: FetchFeed
    parse: Callable[[bytes, str, str], ParsedFeed]
    index: Callable[[], RuleIndex]
    clock: Callable[[], datetime]
    randomness: Random
    message_id: Callable[[str], str]
    languages: tuple[str, ...]
    minimum_seconds: int
    maximum_seconds: int
    news_age: timedelta


@dataclass(frozen=True, slots=True)
class PollReport:
    """What one poll of one feed came to. ``deliveries`` are alerts that wait to be sent."""

    feed_id: int
    url: str
    outcome: str
    new: int = 0
    changed: int = 0
    seen: int = 0
    matches: int = 0
    deliveries: tuple[int, ...] = ()
    note: str = ""


async def poll(feed_ids: Sequence[int], polling: Polling) -> tuple[PollReport, ...]:
    """Polls those of the feeds that are due and free, all at once; one that hangs delays no other."""
    now = polling.clock()
    token = f"{polling.randomness.getrandbits(96):024x}"
    with writing(polling.engine) as tx:
        claimed = feeds.claim(tx, feed_ids, now=now, until=now + LEASE, token=token)
    index = polling.index()
    reports: list[PollReport] = []
    quiet: list[tuple[Feed, feeds.Polled]] = []
    left: list[Feed] = []
    asking, arrived = _asked(claimed, polling)
    while asking or not arrived.empty():
        answers = await _next(arrived, QUIET_SECONDS if quiet else None)
        changed = _set_aside(answers, quiet, polling)
        if not asking or changed or not answers or len(quiet) >= QUIET_TOGETHER:
            reports += await asyncio.to_thread(_save_quiet, quiet, token, polling)
            quiet.clear()
        answers.clear()  # bodies can be large: none is kept longer than needed
        saving: asyncio.Task[PollReport] | None = None
        while changed:
            answer = changed.popleft()
            if isinstance(answer.result, NotAsked) or polling.clock() > now + TAKEN_IN:
                left.append(answer.feed)
                continue
            # Parsing waits for a process of its own: the document before is saved meanwhile. Both happen
            # beside the loop, so that the other fetches go on.
            document = await asyncio.to_thread(_document, answer, polling)
            if saving is not None:
                reports.append(await saving)
            saving = asyncio.create_task(asyncio.to_thread(_take_in, answer, document, token, index, polling))
        if saving is not None:
            reports.append(await saving)
    if left:
        reports += await asyncio.to_thread(_give_up, left, token, polling)
    return tuple(sorted(reports, key=lambda report: report.feed_id))


@dataclass(frozen=True, slots=True)
class _Answer:
    feed: Feed
    started_at: datetime
    result: Fetched | FetchError


async def _answer(feed: Feed, polling: Polling) -> _Answer:
    started_at = polling.clock()
    try:
        return _Answer(feed, started_at, await polling.fetch(feed))
    except FetchError as error:
        return _Answer(feed, started_at, error)
    except Exception as error:  # noqa: BLE001 - a feed that trips us up must not stop the others
        return _Answer(feed, started_at, _fault(error))


def _fault(error: Exception) -> FetchError:
    return FetchError("internal", f"{type(error).__name__}: {ascii(str(error))[1:-1][:300]}")


def _asked(
    claimed: Sequence[Feed], polling: Polling
) -> tuple[set[asyncio.Task[_Answer]], asyncio.Queue[asyncio.Task[_Answer]]]:
    """Asks all at once: the requests that go on, and the queue into which they go when they end."""
    arrived: asyncio.Queue[asyncio.Task[_Answer]] = asyncio.Queue()
    asking = {asyncio.create_task(_answer(feed, polling)) for feed in claimed}
    for task in asking.copy():
        task.add_done_callback(arrived.put_nowait)
        task.add_done_callback(asking.discard)
    return asking, arrived


async def _next(arrived: asyncio.Queue[asyncio.Task[_Answer]], seconds: float | None) -> deque[_Answer]:
    """Every answer that is there, in the order of feeds; waits for one, but at most so long."""
    answers = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            answers.append((await arrived.get()).result())
    while not arrived.empty():
        answers.append(arrived.get_nowait().result())
    return deque(sorted(answers, key=lambda answer: answer.feed.id))


def _set_aside(
    answers: Iterable[_Answer], quiet: list[tuple[Feed, feeds.Polled]], polling: Polling
) -> deque[_Answer]:
    """Puts those that show only what we know already into ``quiet``; returns the others."""
    others: deque[_Answer] = deque()
    for answer in answers:
        polled = _unchanged(answer, polling)
        if polled is None:
            others.append(answer)
        else:
            quiet.append((answer.feed, polled))
    return others


def _save_quiet(quiet: Sequence[tuple[Feed, feeds.Polled]], token: str, polling: Polling) -> list[PollReport]:
    """Records polls that found nothing new, all in one transaction."""
    if not quiet:
        return []
    with writing(polling.engine) as tx:
        same = {feed.id: polled for feed, polled in quiet if not (polled.url or polled.validators)}
        kept = claims.finish_unchanged(tx, token, same)
        kept |= {
            feed.id for feed, polled in quiet if feed.id not in same and _give_back(tx, feed, token, polled)
        }
    return [
        PollReport(feed.id, feed.url, "unchanged" if feed.id in kept else "claim lost", note=polled.note.note)
        for feed, polled in quiet
    ]


def _unchanged(answer: _Answer, polling: Polling) -> feeds.Polled | None:
    """What is to be recorded when there is nothing new to read in this answer; None when there is."""
    fetched, now = answer.result, polling.clock()
    if isinstance(fetched, FetchError):
        return None
    if fetched.status == 304:
        note = "304, not modified"
    elif _hash(fetched.body) == answer.feed.body_hash:
        note = "same bytes as last time"
    else:
        return None
    return replace(
        _read_well(answer, fetched, schedule.Seen(0, 0), PollHints(), polling, now),
        validators=None if fetched.validators == answer.feed.validators else fetched.validators,
        body_hash=answer.feed.body_hash,
        note=feeds.FetchNote(answer.started_at, now, "unchanged", fetched.status, 0, 0, 0, note),
    )


def _give_up(left: Sequence[Feed], token: str, polling: Polling) -> list[PollReport]:
    """Feeds there was no time for: they stay due, and it is no failure of theirs."""
    with writing(polling.engine) as tx:
        kept = claims.release(tx, token, [feed.id for feed in left])
    note = "no time for it now; it stays due"
    return [
        PollReport(feed.id, feed.url, "postponed" if feed.id in kept else "claim lost", note=note)
        for feed in left
    ]


def _document(answer: _Answer, polling: Polling) -> ParsedFeed | FetchError:
    """What the answer says, or why it says nothing."""
    feed, result = answer.feed, answer.result
    if isinstance(result, FetchError):
        return result
    try:
        document = polling.parse(result.body, result.url, result.content_type)
    except FetchError as error:
        return error
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - as above; it is polled again, ever more slowly
        return _fault(error)
    if not document.items and feed.first_polled_at is not None:
        return FetchError("not-a-feed", "the feed had entries before and has none now")
    return document


def _take_in(
    answer: _Answer, document: ParsedFeed | FetchError, token: str, index: RuleIndex, polling: Polling
) -> PollReport:
    """Saves what one feed said; a bad feed is a result here, never a crash."""
    fetched = answer.result
    if isinstance(fetched, FetchError):
        return _failed(answer, fetched, token, polling)
    if isinstance(document, FetchError):
        return _failed(answer, document, token, polling)
    try:
        return _save(answer, fetched, _sort(answer.feed, document, index, polling), document, token, polling)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        return _failed(answer, _fault(error), token, polling)


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@dataclass(frozen=True, slots=True)
class _Edit:
    """A kept item whose words changed. ``old_rules`` matched it before the edit too."""

    item_id: int
    item: Item
    news: bool
    old_rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Sorted:
    """What a document holds for us, with what matched: ready to be saved."""

    new: tuple[Item, ...]
    edits: tuple[_Edit, ...]
    seen: int
    hits: dict[str, tuple[Hit, ...]]


def _sort(feed: Feed, document: ParsedFeed, index: RuleIndex, polling: Polling) -> _Sorted:
    claimed_language = feed.language or document.language
    with reading(polling.engine) as tx:
        known = items.known(tx, feed.id, [item.key for item in document.items])
        parted = dedupe(document.items, {key: each.fingerprint for key, each in known.items()})
        before = items.load(tx, [known[item.key].id for item in parted.changed])

    def complete(item: Item) -> Item:
        words = f"{item.title}\n{item.summary or item.text}"
        language = detect(words, item.language or claimed_language, polling.languages).language
        return replace(item, language=language, feed=feed.title, source=feed.source)

    new = tuple(complete(item) for item in parted.new)
    edits = tuple(
        _Edit(
            item_id=(old := before[known[item.key].id]).id,
            item=complete(item),
            # Words that retention has forgotten cannot say what matched before the edit.
            news=old.archived is None and not old.emptied,
            old_rules=frozenset(hit.rule.key for hit in index.match(old.item)),
        )
        for item in parted.changed
    )
    hits = {item.key: index.match(item) for item in (*new, *(edit.item for edit in edits))}
    return _Sorted(new, edits, len(parted.seen), hits)


def _archived(feed: Feed, item: Item, now: datetime, news_age: timedelta) -> str | None:
    """Old news never mails by surprise: in a first poll only dated, young items are news."""
    if feed.first_polled_at is not None or feed.mail_existing:
        return None
    if item.published_at is not None and item.published_at > now - news_age:
        return None
    return FIRST_POLL


def _save(
    answer: _Answer,
    fetched: Fetched,
    found: _Sorted,
    document: ParsedFeed,
    token: str,
    polling: Polling,
) -> PollReport:
    feed, now = answer.feed, polling.clock()
    counts = {"new": len(found.new), "changed": len(found.edits), "seen": found.seen}
    words = f"{counts['new']} new / {counts['changed']} changed / {counts['seen']} seen"
    gap = schedule.posting_gap([item.published_at for item in document.items], now)
    showed = schedule.Seen(counts["new"], counts["changed"] + counts["seen"], gap)
    if feed.first_polled_at is not None and showed.new and not showed.known:
        words += "; nothing was known: the feed may post more between two polls than it shows"
    note = "; ".join((words, *document.problems))
    polled = replace(
        _read_well(answer, fetched, showed, document.hints, polling, now),
        validators=fetched.validators,
        body_hash=_hash(fetched.body),
        # A feed that nobody gave a name goes by its own, once it has told it.
        title=document.title if feed.title == urlsplit(feed.url).hostname else None,
        note=feeds.FetchNote(answer.started_at, now, "read", fetched.status, note=note, **counts),
    )
    incoming = [
        items.Incoming(item, fingerprint(item), _archived(feed, item, now, polling.news_age))
        for item in found.new
    ]
    with writing(polling.engine) as tx:
        if not _give_back(tx, feed, token, polled):
            return PollReport(feed.id, feed.url, "claim lost", note="another worker polls it now")
        ids = items.insert_new(tx, feed.id, incoming, now)
        items.update_changed(
            tx, [(edit.item_id, edit.item, fingerprint(edit.item)) for edit in found.edits], now
        )
        hits = [
            matches.NewMatch(ids[each.item.key], each.item, hit, news=each.archived is None)
            for each in incoming
            for hit in found.hits[each.item.key]
        ] + [
            matches.NewMatch(
                edit.item_id, edit.item, hit, news=edit.news and hit.rule.key not in edit.old_rules
            )
            for edit in found.edits
            for hit in found.hits[edit.item.key]
        ]
        saved = matches.save(tx, hits, now)
        waiting = alert(tx, [match for match in saved if match.news], polling.message_id, now)
    return PollReport(feed.id, feed.url, "read", matches=len(saved), deliveries=waiting, note=note, **counts)


def _give_back(tx: Connection, feed: Feed, token: str, polled: feeds.Polled) -> bool:
    """Ends the claim and records the poll; False, and nothing recorded, when the claim was lost."""
    moved_to = polled.url
    if moved_to is not None and not feeds.may_move(tx, moved_to):
        moved_to = None
    if not feeds.finish(tx, feed.id, token, replace(polled, url=moved_to)):
        return False
    at = polled.note.finished_at
    if moved_to is not None:
        audit.record(tx, at=at, actor="poll", action="feed moved", subject=feed.url, detail=moved_to)
    if polled.retired:
        detail = polled.note.note
        audit.record(tx, at=at, actor="poll", action="feed retired", subject=feed.url, detail=detail)
    return True


def _read_well(
    answer: _Answer,
    fetched: Fetched,
    showed: schedule.Seen,
    hints: PollHints,
    polling: Polling,
    now: datetime,
) -> feeds.Polled:
    """What every poll that reached a feed leaves behind: when it is polled next, and its habit."""
    feed = answer.feed
    bounds = schedule.Bounds(polling.minimum_seconds, polling.maximum_seconds)
    asked = max(fetched.fresh_seconds or 0, hints.ttl_seconds or 0, hints.period_seconds or 0)
    interval = schedule.next_interval(feed.interval_seconds, showed, asked, bounds)
    due = _later(now, interval, polling.randomness)
    latest = now + timedelta(seconds=max(interval, polling.maximum_seconds))
    # Until its second news a feed has no habit but the one its dates tell of.
    gap = timedelta(seconds=showed.posting_gap or 0) if feed.last_new_at is None else now - feed.last_new_at
    return feeds.Polled(
        next_poll_at=schedule.outside_pause(
            due, frozenset(hints.skip_hours), frozenset(hints.skip_days), latest
        ),
        interval_seconds=interval,
        failures=0,
        success=True,
        url=fetched.moved_to,
        last_new_at=now if showed.new else feed.last_new_at,
        habit_seconds=schedule.habit(feed.habit_seconds, gap) if showed.new else feed.habit_seconds,
        note=feeds.FetchNote(answer.started_at, now, "read", fetched.status, 0, 0, 0, ""),
    )


def _failed(answer: _Answer, error: FetchError, token: str, polling: Polling) -> PollReport:
    feed, now = answer.feed, polling.clock()
    failures = feed.failures + 1
    wait = schedule.backoff(failures, error.retry_after_seconds, minimum=polling.minimum_seconds)
    polled = feeds.Polled(
        next_poll_at=_later(now, wait, polling.randomness),
        interval_seconds=feed.interval_seconds,
        failures=failures,
        success=False,
        last_new_at=feed.last_new_at,
        habit_seconds=feed.habit_seconds,
        retired=error.status == 410,
        note=feeds.FetchNote(answer.started_at, now, error.reason, error.status, 0, 0, 0, str(error)),
    )
    with writing(polling.engine) as tx:
        kept = _give_back(tx, feed, token, polled)
    return PollReport(feed.id, feed.url, error.reason if kept else "claim lost", note=str(error))


def _later(now: datetime, seconds: float, randomness: Random) -> datetime:
    """Up to a tenth later than asked, so that feeds added together do not stay together."""
    return now + timedelta(seconds=seconds * (1 + 0.1 * randomness.random()))
