"""Feeds in words: how each is doing and how its polls ended. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.digests.fragment import Fragment, fragment
from alerts.digests.times import Times
from alerts.feeds.schedule import LONGEST_BACKOFF_SECONDS, patience
from alerts.model import FeedState
from alerts.services.feed_changes import Act
from alerts.services.feed_condition import Condition, condition, silence, span
from alerts.store.feeds import FeedStand, FeedStatus, FetchNote
from alerts.web.discreet import discreet

NAME_LIMIT = 100
_NOTE_LIMIT = 160
_TAG_LIMIT = 40
_TAGS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class FeedLine:
    """One feed in a list. ``tone`` is ok, quiet, warn, bad or off; ``state`` says the same in words."""

    id: int
    title: Fragment
    source: Fragment | None
    language: str | None
    tags: tuple[str, ...]
    state: str
    tone: str
    polled_at: datetime | None
    outcome: str
    note: str
    next_poll_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many feeds are of one kind; ``show`` is what the list of feeds calls it in its address."""

    show: str
    words: str
    tone: str
    number: int


_WORDS = {
    Condition.FAILING: ("cannot be read", "bad"),
    Condition.SILENT: ("silent", "quiet"),
    Condition.RETRYING: ("failed, will be tried again", "warn"),
    Condition.WAITING: ("not polled yet", "off"),
    Condition.READ: ("read", "ok"),
    Condition.PAUSED: ("paused", "off"),
    Condition.RETIRED: ("retired", "off"),
}


def tally(feeds: Sequence[FeedStand]) -> tuple[Tally, ...]:
    """The conditions that occur, the gravest first, each with its number of feeds."""
    count = Counter(condition(feed) for feed in feeds)
    return tuple(Tally(each.value, *_WORDS[each], count[each]) for each in Condition if count[each])


def feed_line(feed: FeedStatus, names: Times) -> FeedLine:
    state, tone = feed_state(feed)
    language = feed.language or "und"
    title = feed_title(feed)
    source = fragment(discreet(feed.source), language, NAME_LIMIT)
    return FeedLine(
        id=feed.id,
        title=title,
        source=None if source.text == title.text else source,
        language=names.language_name(language),
        tags=tuple(fragment(tag, "und", _TAG_LIMIT).text for tag in feed.tags[:_TAGS_SHOWN]),
        state=state,
        tone=tone,
        polled_at=feed.last.finished_at if feed.last else None,
        outcome=outcome(feed.last) if feed.last else "",
        note=remark(feed.last, _NOTE_LIMIT) if feed.last and feed.last.outcome != "unchanged" else "",
        next_poll_at=feed.next_poll_at if feed.state is FeedState.ACTIVE else None,
    )


def feed_title(feed: FeedStand) -> Fragment:
    """What a feed is called: its title, else its source. Both may be its address."""
    return fragment(discreet(feed.title.strip() or feed.source), feed.language or "und", NAME_LIMIT)


def feed_state(feed: FeedStatus) -> tuple[str, str]:
    """How a feed is doing, in words and as a tone."""
    now = condition(feed)
    words, tone = _WORDS[now]
    if now is Condition.FAILING:
        words = f"{words}, {feed.failures} tries"
    elif now is Condition.SILENT:
        words = f"{words} for {span(silence(feed))}"
    return words, tone


def explanation(feed: FeedStatus) -> str:
    """What the condition of a feed means, in a sentence or two."""
    match condition(feed):
        case Condition.FAILING | Condition.RETRYING:
            tries = "The last poll" if feed.failures == 1 else f"The last {feed.failures} polls"
            longest = span(timedelta(seconds=LONGEST_BACKOFF_SECONDS))
            return f"{tries} failed. It is tried again, at least every {longest}, until it can be read."
        case Condition.SILENT:
            bound = span(patience(feed.habit_seconds))
            return (
                f"It can be read, but has shown nothing new for {span(silence(feed))}; "
                f"its habit allows {bound}. See whether its site has newer entries."
            )
        case Condition.WAITING:
            return "It is polled for the first time at the next tick."
        case Condition.READ:
            return "The last poll could read it."
        case Condition.PAUSED:
            return "It is not polled until somebody resumes it."
        case Condition.RETIRED:
            return (
                "Its server said that it is gone for good, or somebody removed it. What it has shown stays. "
                "It is not polled until somebody resumes it."
            )


def habit(feed: FeedStatus) -> str:
    """How long a feed usually leaves between its news, and when it counts as silent."""
    bound = f"silent after {span(patience(feed.habit_seconds))} without news"
    if not feed.habit_seconds:
        return f"not known yet; {bound}"
    return f"up to {span(timedelta(seconds=feed.habit_seconds))} between news; {bound}"


def outcome(note: FetchNote) -> str:
    """One poll in words, with what it brought."""
    if note.outcome != "read":
        return verdict(note)[0]
    counted = ((note.new, "new"), (note.changed, "changed"), (note.seen, "known"))
    return ", ".join(f"{number} {word}" for number, word in counted if number) or "no entries"


def verdict(note: FetchNote) -> tuple[str, str]:
    """How one poll ended, in words and as a tone."""
    if note.outcome == "read":
        return "read", "ok"
    if note.outcome == "unchanged":
        return "not changed", "off"
    return _FAILURES.get(note.outcome, note.outcome), "bad"


_FAILURES = {
    "dns": "name not found",
    "connect": "no connection",
    "tls": "no secure connection",
    "timeout": "no answer in time",
    "http": "refused",
    "too-large": "too large",
    "encoding": "broken encoding",
    "redirects": "redirected without end",
    "blocked": "address not allowed",
    "not-a-feed": "not a feed",
    "parse": "not readable",
    "internal": "a fault of ours",
}


def how_many(number: int) -> str:
    return "1 feed" if number == 1 else f"{number:,} feeds"


_DONE = {
    Act.PAUSE: ("is paused", "are paused"),
    Act.RESUME: ("is polled again", "are polled again"),
    Act.POLL: ("is polled at the next tick", "are polled at the next tick"),
    Act.TAG: ("has the tag now", "have the tag now"),
    Act.UNTAG: ("has lost the tag", "have lost the tag"),
    Act.REMOVE: ("is removed", "are removed"),
    "added": ("is added; it is polled at the next tick", "are added; they are polled at the next tick"),
    "edited": ("is changed", "are changed"),
    "same": ("was like this already", "were like this already"),
}


def done(what: str, number: int | None) -> str:
    """What was done with that many feeds, as a sentence; '' for what cannot be done."""
    if number is None or what not in _DONE:
        return ""
    one, more = _DONE[what]
    return f"{how_many(number) if number else 'No feed'} {one if number <= 1 else more}."


_COUNTS = re.compile(r"\d+ new / \d+ changed / \d+ seen(?:; |$)")


def remark(note: FetchNote, limit: int) -> str:
    """What is noted about a poll besides its counts, which are shown in their own place."""
    words = _COUNTS.sub("", note.note, count=1) if note.outcome == "read" else note.note
    return fragment(discreet(words), "und", limit).text
