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
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from urllib.parse import urlsplit

from sqlalchemy import Engine

from alerts.errors import FetchError, NotAsked, Unavailable
from alerts.feeds import schedule
from alerts.feeds.dedupe import fingerprint
from alerts.model import Feed, Fetched, ParsedFeed
from alerts.rules.gazetteer import Gazetteer
from alerts.rules.index import RuleIndex
from alerts.services.alerting import alert
from alerts.services.asking import Answer, Asking, FetchFeed, fault
from alerts.services.holding import Telling
from alerts.services.leaving import Rhythm, digest_of, failed, give_back, read_well, unchanged
from alerts.services.sorting import Sorted, archived, shown_again, sort
from alerts.services.stories import Arrived, Stories, sight, stories_of
from alerts.store import claims, feeds, items, matches, stories
from alerts.store.unit import writing

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


@dataclass(frozen=True, slots=True)
class Polling:
    """What polling needs from outside."""

    engine: Engine
    fetch: FetchFeed
    parse: Callable[[bytes, str, str], ParsedFeed]
    index: Callable[[], RuleIndex]
    gazetteer: Callable[[], Gazetteer]
    stories: Stories
    clock: Callable[[], datetime]
    randomness: Random
    telling: Telling
    languages: tuple[str, ...]
    minimum_seconds: int
    maximum_seconds: int
    news_age: timedelta

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm(schedule.Bounds(self.minimum_seconds, self.maximum_seconds), self.randomness)


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
        claimed = claims.claim(tx, feed_ids, now=now, until=now + LEASE, token=token)
    reports: list[PollReport] = []
    quiet: list[tuple[Feed, claims.Polled]] = []
    left: list[Feed] = []
    asking = Asking(claimed, polling.fetch, polling.clock)
    while not asking.over:
        answers = await asking.answers(QUIET_SECONDS if quiet else None)
        changed = _set_aside(answers, quiet, polling)
        if asking.over or changed or not answers or len(quiet) >= QUIET_TOGETHER:
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
            saving = asyncio.create_task(asyncio.to_thread(_take_in, answer, document, token, polling))
        if saving is not None:
            reports.append(await saving)
    if left:
        reports += await asyncio.to_thread(_give_up, left, token, polling)
    return tuple(sorted(reports, key=lambda report: report.feed_id))


def _set_aside(
    answers: Iterable[Answer], quiet: list[tuple[Feed, claims.Polled]], polling: Polling
) -> deque[Answer]:
    """Puts those that show only what we know already into ``quiet``; returns the others."""
    others: deque[Answer] = deque()
    for answer in answers:
        polled = unchanged(answer, polling.rhythm, polling.clock())
        if polled is None:
            others.append(answer)
        else:
            quiet.append((answer.feed, polled))
    return others


def _save_quiet(
    quiet: Sequence[tuple[Feed, claims.Polled]], token: str, polling: Polling
) -> list[PollReport]:
    """Records polls that found nothing new, all in one transaction."""
    if not quiet:
        return []
    with writing(polling.engine) as tx:
        same = {feed.id: polled for feed, polled in quiet if not (polled.url or polled.validators)}
        kept = claims.finish_unchanged(tx, token, same)
        kept |= {
            feed.id for feed, polled in quiet if feed.id not in same and give_back(tx, feed, token, polled)
        }
    return [
        PollReport(feed.id, feed.url, "unchanged" if feed.id in kept else "claim lost", note=polled.note.note)
        for feed, polled in quiet
    ]


def _give_up(left: Sequence[Feed], token: str, polling: Polling) -> list[PollReport]:
    """Feeds there was no time for: they stay due, and it is no failure of theirs."""
    with writing(polling.engine) as tx:
        kept = claims.release(tx, token, [feed.id for feed in left])
    note = "no time for it now; it stays due"
    return [
        PollReport(feed.id, feed.url, "postponed" if feed.id in kept else "claim lost", note=note)
        for feed in left
    ]


def _document(answer: Answer, polling: Polling) -> ParsedFeed | FetchError:
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
        return fault(error)
    if not document.items and feed.last_new_at is not None:
        return FetchError("not-a-feed", "the feed had entries before and has none now")
    return document


def _take_in(answer: Answer, document: ParsedFeed | FetchError, token: str, polling: Polling) -> PollReport:
    """Saves what one feed said; a bad feed is a result here, never a crash."""
    fetched = answer.result
    if isinstance(fetched, FetchError):
        return _failed(answer, fetched, token, polling)
    if isinstance(document, FetchError):
        return _failed(answer, document, token, polling)
    try:
        report = None
        while report is None:  # a rule saved meanwhile meets these items too: no later poll shows them
            index = polling.index()
            found = sort(
                answer.feed,
                document,
                index,
                engine=polling.engine,
                languages=polling.languages,
                gazetteer=polling.gazetteer,
                prepare=polling.stories.prepare,
            )
            report = _save(answer, fetched, found, document, token, index, polling)
        return report
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        return _failed(answer, fault(error), token, polling)


def _save(
    answer: Answer,
    fetched: Fetched,
    found: Sorted,
    document: ParsedFeed,
    token: str,
    index: RuleIndex,
    polling: Polling,
) -> PollReport | None:
    """None, and nothing is saved, when other rules are in force than those of ``index``."""
    feed, now = answer.feed, polling.clock()
    counts = {"new": len(found.new), "changed": len(found.edits), "seen": found.seen}
    words = f"{counts['new']} new / {counts['changed']} changed / {counts['seen']} seen"
    gap = schedule.posting_gap([item.published_at for item in document.items], now)
    showed = schedule.Seen(counts["new"], counts["changed"] + counts["seen"], gap)
    if feed.last_new_at is not None and showed.new and not showed.known:
        words += "; nothing was known: the feed may post more between two polls than it shows"
    note = "; ".join((words, *document.problems))
    polled = replace(
        read_well(answer, fetched, showed, document.hints, polling.rhythm, now),
        validators=fetched.validators,
        body_hash=digest_of(fetched.body),
        # A feed that nobody gave a name goes by its own, once it has told it.
        title=document.title if feed.title == urlsplit(feed.url).hostname else None,
        note=feeds.FetchNote(answer.started_at, now, "read", fetched.status, note=note, **counts),
    )
    again = shown_again(feed, document.items, found.new)
    incoming = [
        items.Incoming(
            item, fingerprint(item), archived(feed, item, now, polling.news_age, again=item.key in again)
        )
        for item in found.new
    ]
    with writing(polling.engine) as tx:
        if polling.index() is not index:
            return None
        if not give_back(tx, feed, token, polled):
            return PollReport(feed.id, feed.url, "claim lost", note="another worker polls it now")
        if found.edits:  # they too can be told, and what is told of a story is decided one after the other
            stories.hold(tx)
        ids = items.insert_new(tx, feed.id, incoming, now)
        items.update_changed(
            tx, [(edit.item_id, edit.item, fingerprint(edit.item)) for edit in found.edits], now
        )
        arrived = [
            Arrived(ids[each.item.key], each.item, print_, feed.url)
            for each, print_ in zip(incoming, found.prints, strict=True)
        ]
        story_of = polling.stories.tell_apart(tx, arrived, now)
        hits = [
            found.match(ids[each.item.key], each.item, hit, news=each.archived is None)
            for each in incoming
            for hit in found.hits[each.item.key]
        ] + [
            found.match(edit.item_id, edit.item, hit, news=edit.news and hit.rule.key not in edit.old_rules)
            for edit in found.edits
            for hit in found.hits[edit.item.key]
        ]
        saved = matches.save(tx, hits, now)
        news = [match for match in saved if match.news]
        story_of |= stories_of(tx, {match.item_id for match in news} - story_of.keys())
        sight(tx, news, story_of, now)
        waiting = alert(tx, news, story_of, polling.telling, now)
    return PollReport(feed.id, feed.url, "read", matches=len(saved), deliveries=waiting, note=note, **counts)


def _failed(answer: Answer, error: FetchError, token: str, polling: Polling) -> PollReport:
    feed = answer.feed
    polled = failed(answer, error, polling.rhythm, polling.clock())
    with writing(polling.engine) as tx:
        kept = give_back(tx, feed, token, polled)
    return PollReport(feed.id, feed.url, error.reason if kept else "claim lost", note=str(error))
