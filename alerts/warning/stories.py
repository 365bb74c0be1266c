"""Stories: which items tell of one event. Pure: a decision from an item's print and a few candidates.

An item joins the story of the items that are worded like it and near it in time, or begins a new one. The
longer ago the likest item was seen, the more alike the two have to be; more so when headlines of this kind
come again and again (another launch, another raid), and when both are of one publisher, which seldom tells
the same twice. What a story's items have in common counts as much as the likest of them, so that no chain
of neighbours leads from one event to the next. And when a story has been silent and several publishers take
it up at once, something new has happened: that wave begins a story of its own, for an event that is hidden
in the story of another is worse than one that is told twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log2

from alerts.language.tokens import is_character
from alerts.warning.likeness import Weighed, core_likeness, likeness, may_be_alike, weigh
from alerts.warning.prints import Print
from alerts.warning.weights import Weights

LOOKBACK = timedelta(days=10)
"""How far back candidates are worth fetching: older ones cannot be joined, and tell nothing of habits."""

MOST_CANDIDATES = 30
"""How many are worth fetching: those that share most keys, the latest first among equals."""

SPAN = timedelta(days=5)
"""How long a story stays open after its first item."""

JOIN = 0.33
"""How like an item must be to one that was seen just now, to be the same story."""

PER_DAY = 0.10
"""What is added to that for each day since the other item was seen."""

PER_DAY_OWN = 0.06
"""Instead, when both have words that hardly anything but the story has: the name of a victim, of a storm."""

PER_DAY_OPEN = 0.02
"""And for each day since the story began."""

PER_DAY_RECURRING = 0.30
"""Instead, when such headlines recur."""

ANOTHER_TIME = 0.10
"""And when its title speaks of another time (*again*, *third test*), and nothing in the story does."""

SAME_FAMILY = 0.14
"""And when both are of one publisher."""

PACE_SAME_FAMILY = 1.5
"""Then each day counts so much more, though no more than when headlines recur."""

CROWD = 0.05
"""What is taken away each time the items of the story that were seen lately double: much is coming of it."""

LATELY = timedelta(hours=12)
"""How long ago that is."""

SILENCE = timedelta(hours=12)
"""When nobody has told a story for so long, a wave of new items is another event."""

WAVE = timedelta(hours=3)
"""How long a wave may take."""

WAVE_PUBLISHERS = 3
"""How many publishers make one; the last of them begins the new story."""

TEMPLATE = 0.5
"""From this likeness on, titles that name other places, people or numbers are of two events of one kind."""

LEAST = 0.28
"""What is needed at least, whatever speaks for a story: no crowd makes unlike items one event."""

_HABIT = 0.10  # an item of another story nearly as like as this one shows that such headlines recur
_OWN = 3  # words that belong to a story make sure that an item does
_APART = timedelta(days=1)  # how long before this story it must have been seen to be another occasion
_VERBATIM = timedelta(hours=20)  # how long the same headline means the same event
_ROOT = 4  # letters by which a country and its people are known as one
_LONG = 16  # words by which a text is recognised whenever it comes again
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A kept item that may tell of the same event, and the story it is in.

    ``family`` published it; ``origin`` is the family it comes from in the end (see ``origin``).
    """

    item_id: int
    story_id: int
    print: Print
    seen_at: datetime
    story_first_seen_at: datetime
    family: str
    origin: str


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an item belongs. ``story_id`` None: it begins a story.

    ``like`` is the item of the story that it is most like, ``score`` how like it is to that and to the
    story's core, ``needed`` what it had to be, 0 to 1; ``shared`` are words of both as the new item
    writes them, most telling first. ``copy_of`` is the item whose words it repeats.
    """

    story_id: int | None
    like: int | None = None
    score: float = 0.0
    needed: float = 0.0
    shared: tuple[str, ...] = ()
    copy_of: int | None = None


@dataclass(frozen=True, slots=True)
class _Compared:
    """``weighed`` is None when the two share too little for that to matter."""

    candidate: Candidate
    own: bool
    weighed: Weighed | None = None
    score: float = 0.0
    copy: bool = False


def place(
    print_: Print, family: str, candidates: Sequence[Candidate], weights: Weights, now: datetime
) -> Placed:
    """Which story an item of this publisher family joins. The order of the candidates does not matter."""
    new = weigh(print_, weights)
    compared = [_compared(new, family, each, weights, now) for each in candidates]
    stories: dict[int, list[_Compared]] = {}
    for each in compared:
        if now - each.candidate.story_first_seen_at <= SPAN:
            stories.setdefault(each.candidate.story_id, []).append(each)
    best: tuple[bool, float, int] | None = None
    placed = Placed(None)
    for story in stories.values():
        members = [member for member in story if member.score >= JOIN / 2]
        if not members or _is_wave(family, members, compared, now):
            continue
        core = core_likeness(new, [each.weighed or weigh(each.candidate.print, weights) for each in story])
        scored = [(member.score if member.copy else (member.score + core) / 2, member) for member in members]
        if max(score for score, _ in scored) < LEAST:
            continue
        likely = _likely(print_, members, now)
        per_day = _per_day(new, story, compared, weights, now)
        for score, member in scored:
            needed = min(1.0, max(LEAST, _needed(member, per_day, now) - likely))
            rank = (member.copy, score - needed, -member.candidate.item_id)
            if (member.copy or score >= needed) and (best is None or rank > best):
                best, placed = rank, _joined(new, member, score, needed)
    return placed


def _is_wave(family: str, members: Sequence[_Compared], compared: Iterable[_Compared], now: datetime) -> bool:
    """Whether the new item, which repeats nobody's words, completes a wave after a silence of the story that
    these members belong to, and no story has begun in the wave yet that the item could join instead."""
    wave = [each.candidate for each in members if now - each.candidate.seen_at <= WAVE]
    before = [each.candidate.seen_at for each in members if now - each.candidate.seen_at > WAVE]
    if not wave or not before or any(member.copy for member in members):
        return False
    began = min(each.seen_at for each in wave)
    if began - max(before) < SILENCE or len({family, *(each.family for each in wave)}) < WAVE_PUBLISHERS:
        return False
    return not any(
        each.score >= JOIN / 2 and each.candidate.story_first_seen_at >= began for each in compared
    )


def _likely(print_: Print, members: Sequence[_Compared], now: datetime) -> float:
    """What speaks for a story before its words are weighed; below 0 against it."""
    lately = sum(now - member.candidate.seen_at <= LATELY for member in members)
    another = print_.again and not any(member.candidate.print.again for member in members)
    return CROWD * log2(max(1, lately)) - (ANOTHER_TIME if another else 0.0)


def _compared(new: Weighed, family: str, candidate: Candidate, weights: Weights, now: datetime) -> _Compared:
    own, lately = family == candidate.family, now - candidate.seen_at <= _VERBATIM
    if not may_be_alike(new, candidate.print):
        return _Compared(candidate, own)
    other = weigh(candidate.print, weights)
    alike = likeness(new, other)
    roundup = new.print.roundup or candidate.print.roundup
    long = min(len(new.vector), len(other.vector)) >= _LONG and not roundup
    copy = alike.copy and (lately or (long and not own))
    another = (own or alike.score >= TEMPLATE) and _another_of_its_kind(new.print, candidate.print, own)
    if another or (own and alike.copy and not lately):
        return _Compared(candidate, own, other)
    score = 0.0 if roundup and not copy else alike.score
    return _Compared(candidate, own, other, score, copy)


def _another_of_its_kind(one: Print, other: Print, own: bool) -> bool:
    """Whether the titles have half of their words in common, and each has names or numbers that the other
    item has not: *strike kills 9 in Kharkiv*, *strike kills 12 in Dnipro*. In one publisher's own titles
    without either, such as those in scripts without capitals, any word is a particular."""
    titles = frozenset(one.words[: one.title]), frozenset(other.words[: other.title])
    if 2 * len(titles[0] & titles[1]) < min(map(len, titles)):
        return False
    if own:
        first, second = (
            title.intersection(each.names) or title for title, each in zip(titles, (one, other), strict=True)
        )
    else:  # a title's first word is written large whatever it is
        first, second = (
            title.intersection(each.names) - set(each.words[:1])
            for title, each in zip(titles, (one, other), strict=True)
        )
    return _lacks(other, first) and _lacks(one, second)


def _lacks(print_: Print, particulars: Iterable[str]) -> bool:
    """Whether one of them is in the item in no form: *Korea* is in one that says *Korean*."""
    return any(all(not word.startswith(each[:_ROOT]) for word in print_.words) for each in particulars)


def _per_day(
    new: Weighed, story: Sequence[_Compared], compared: Iterable[_Compared], weights: Weights, now: datetime
) -> float:
    """How fast the story moves away from the new item: slowly when they share words that hardly anything
    but the story has, fast when such headlines recur. After a day of silence they do, unless the story
    has a word to itself."""
    uses = Counter(word for member in story for word in member.candidate.print.words if word in new.vector)
    own = sum(weights.belongs(new.print.language, word, count) for word, count in uses.items())
    if own >= _OWN:
        return PER_DAY_OWN
    began = story[0].candidate.story_first_seen_at
    before = (
        other.score
        for other in compared
        if other.candidate.story_id != story[0].candidate.story_id
        and other.candidate.seen_at < began - _APART
    )
    likest = max(member.score for member in story)
    silent = not own and now - max(member.candidate.seen_at for member in story) > _APART
    recurs = silent or new.print.again or max(before, default=0.0) >= likest - _HABIT
    return PER_DAY_RECURRING if recurs else PER_DAY


def _needed(member: _Compared, per_day: float, now: datetime) -> float:
    gap = max(0.0, (now - member.candidate.seen_at) / timedelta(days=1))
    open_for = max(0.0, (now - member.candidate.story_first_seen_at) / timedelta(days=1))
    needed = JOIN + PER_DAY_OPEN * open_for
    if member.own:
        return needed + min(PACE_SAME_FAMILY * per_day, PER_DAY_RECURRING) * gap + SAME_FAMILY
    return needed + per_day * gap


def _joined(new: Weighed, member: _Compared, score: float, needed: float) -> Placed:
    like = member.candidate
    return Placed(
        like.story_id,
        like.item_id,
        round(score, 4),
        round(needed, 4),
        _shared(new, like.print),
        like.item_id if member.copy else None,
    )


def _shared(new: Weighed, other: Print) -> tuple[str, ...]:
    """Words of both as the new item writes them; pairs of characters that overlap are one word again."""
    found: list[tuple[float, str]] = []
    before = ""
    for word, shown in zip(new.print.words, new.print.shown, strict=True):
        if word not in other.words:
            before = ""
            continue
        weight = new.vector[word]
        if before and is_character(before) and before[-1] == word[0]:
            found[-1] = (max(weight, found[-1][0]), found[-1][1] + shown[1:])
        else:
            found.append((weight, shown))
        before = word
    found.sort(key=lambda each: -each[0])
    return tuple(shown for _, shown in found[:_SHOWN])


def origin(family: str, credit: str | None, copied: Candidate | None) -> str:
    """Whose report an item is in the end: of the agency it credits, else of the item it repeats, else of
    its own publisher."""
    return credit or (copied.origin if copied else family)
