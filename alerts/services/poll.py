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
from alerts.feeds.dedupe import dedupe, fingerprint
from alerts.language.detect import detect
from alerts.model import Feed, Fetched, Hit, Item, ParsedFeed
from alerts.rules.gazetteer import Gazetteer, Named
from alerts.rules.index import RuleIndex
from alerts.services.alerting import alert
from alerts.services.asking import Answer, Asking, FetchFeed, fault
from alerts.services.holding import Telling
from alerts.services.leaving import Rhythm, digest_of, failed, give_back, read_well, unchanged
from alerts.services.stories import Arrived, Stories, sight, stories_of
from alerts.store import claims, feeds, items, matches
from alerts.store.unit import reading, writing
from alerts.warning.prints import Print

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
BACK_AGAIN = "old when it appeared"
"""Why an item is kept without being news."""

OLD_NEWS = timedelta(days=7)


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
        claimed = feeds.claim(tx, feed_ids, now=now, until=now + LEASE, token=token)
    index = polling.index()
    reports: list[PollReport] = []
    quiet: list[tuple[Feed, feeds.Polled]] = []
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
            saving = asyncio.create_task(asyncio.to_thread(_take_in, answer, document, token, index, polling))
        if saving is not None:
            reports.append(await saving)
    if left:
        reports += await asyncio.to_thread(_give_up, left, token, polling)
    return tuple(sorted(reports, key=lambda report: report.feed_id))


def _set_aside(
    answers: Iterable[Answer], quiet: list[tuple[Feed, feeds.Polled]], polling: Polling
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


def _save_quiet(quiet: Sequence[tuple[Feed, feeds.Polled]], token: str, polling: Polling) -> list[PollReport]:
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
    if not document.items and feed.first_polled_at is not None:
        return FetchError("not-a-feed", "the feed had entries before and has none now")
    return document


def _take_in(
    answer: Answer, document: ParsedFeed | FetchError, token: str, index: RuleIndex, polling: Polling
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
        return _failed(answer, fault(error), token, polling)


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
    prints: tuple[Print, ...]
    hits: dict[str, tuple[Hit, ...]]
    places: dict[str, Named]

    def match(self, item_id: int, item: Item, hit: Hit, *, news: bool) -> matches.NewMatch:
        """A hit on a saved item, with the countries that the item names."""
        named = self.places[item.key]
        return matches.NewMatch(item_id, item, hit, news, named.anywhere, named.about)


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
    old = tuple(before[known[item.key].id] for item in parted.changed)
    edits = tuple(
        _Edit(
            item_id=kept.id,
            item=complete(item),
            # Words that retention has forgotten cannot say what matched before the edit.
            news=kept.archived is None and not kept.emptied,
            old_rules=frozenset(hit.rule.key for hit in hits),
        )
        for item, kept, hits in zip(parted.changed, old, index.hits([kept.item for kept in old]), strict=True)
    )
    shown = (*new, *(edit.item for edit in edits))
    # All of a document at once: that costs much less than one item after the other.
    hits = {item.key: found for item, found in zip(shown, index.hits(shown), strict=True)}
    matched = [item for item in shown if hits[item.key]]
    places = polling.gazetteer().named(matched) if matched else ()
    return _Sorted(
        new,
        edits,
        len(parted.seen),
        polling.stories.prepare(new),
        hits,
        {item.key: found for item, found in zip(matched, places, strict=True)},
    )


def _archived(feed: Feed, item: Item, now: datetime, news_age: timedelta) -> str | None:
    """Old news never mails by surprise: in a first poll only dated, young items are news, and later none
    that is dated a week before the feed's last news: a feed that was moved shows its past anew."""
    if feed.mail_existing:
        return None
    if feed.first_polled_at is not None:
        oldest = min(feed.last_new_at or now, now) - OLD_NEWS  # our own clock may have been wrong
        return BACK_AGAIN if item.published_at is not None and item.published_at < oldest else None
    if item.published_at is not None and item.published_at > now - news_age:
        return None
    return FIRST_POLL


def _save(
    answer: Answer,
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
        read_well(answer, fetched, showed, document.hints, polling.rhythm, now),
        validators=fetched.validators,
        body_hash=digest_of(fetched.body),
        # A feed that nobody gave a name goes by its own, once it has told it.
        title=document.title if feed.title == urlsplit(feed.url).hostname else None,
        note=feeds.FetchNote(answer.started_at, now, "read", fetched.status, note=note, **counts),
    )
    incoming = [
        items.Incoming(item, fingerprint(item), _archived(feed, item, now, polling.news_age))
        for item in found.new
    ]
    with writing(polling.engine) as tx:
        if not give_back(tx, feed, token, polled):
            return PollReport(feed.id, feed.url, "claim lost", note="another worker polls it now")
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
