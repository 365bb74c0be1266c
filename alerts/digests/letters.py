"""A letter as a page shows it: what is said about the service itself, to a reader or to who runs it.

Everything a template prints is decided here; templates only arrange it and supply the sentences. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from alerts.digests.fragment import Direction, Fragment, fragment, language_direction, proper_name
from alerts.digests.signal_words import SignalWords
from alerts.digests.times import Times
from alerts.model import Letter, LetterLinks, Trouble

MOST_NAMES = 200
"""How many situations, rules or troubles one letter names; beyond that it counts."""

_DETAIL_LIMIT = 300


@dataclass(frozen=True, slots=True)
class TroubleLine:
    """``since`` is None when it is not known."""

    name: Fragment
    since: str | None
    detail: Fragment
    count: int


@dataclass(frozen=True, slots=True)
class LetterPage:
    """``site`` is the host of our pages. ``at``, ``until`` and ``surges`` (the level from which on surges are
    told) are '' when there is nothing to say. ``cadence`` is '' when the letter is about no subscription;
    ``hour``, ``weekday``, ``monthday`` and ``zone`` say when it speaks. Each ``more_`` counts the ones left
    out; ``own``: there is a rule that they wrote, too."""

    kind: str
    language: str
    language_name: str
    direction: Direction
    service: Fragment
    site: Fragment
    at: str
    until: str
    zone: str
    cadence: str
    hour: str
    weekday: str
    monthday: int
    surges: str
    situations: tuple[Fragment, ...]
    more_situations: int
    rules: tuple[Fragment, ...]
    more_rules: int
    own: bool
    count: int
    of: int
    troubles: tuple[TroubleLine, ...]
    more_troubles: int
    act: str
    unsubscribe: str
    unsubscribe_everything: str

    signals = 0
    """A letter tells of no changes; what it shares with a digest asks for it."""


def compose_letter(
    letter: Letter, links: LetterLinks, service: str, language: str, times: Times, words: SignalWords
) -> LetterPage:
    """The page of one letter in one language."""
    plan = letter.plan
    situations = plan.situations if plan else ()
    rules = plan.rules if plan else ()
    return LetterPage(
        kind=letter.kind.value,
        language=language,
        language_name=times.locale.language_name or "",
        direction=language_direction(language),
        service=proper_name(service, language, language),
        site=proper_name(urlsplit(links.act).netloc, language, language),
        at=times.moment(letter.at) if letter.at else "",
        until=times.moment(letter.until) if letter.until else "",
        zone=times.zone_name,
        cadence=plan.cadence.value if plan else "",
        hour=f"{plan.hour:02}:{plan.minute:02}" if plan else "",
        weekday=times.weekday(plan.weekday) if plan else "",
        monthday=plan.monthday if plan else 0,
        surges=words.level(plan.surge_level) if plan and plan.surge_level else "",
        situations=tuple(
            proper_name(words.situation(name), language, language) for name in situations[:MOST_NAMES]
        ),
        more_situations=len(situations[MOST_NAMES:]),
        rules=tuple(proper_name(words.rule(name), language, language) for name in rules[:MOST_NAMES]),
        more_rules=len(rules[MOST_NAMES:]),
        own=bool(plan and plan.own_query),
        count=letter.count,
        of=letter.of,
        troubles=tuple(_trouble(each, language, times) for each in letter.troubles[:MOST_NAMES]),
        more_troubles=len(letter.troubles[MOST_NAMES:]),
        act=links.act,
        unsubscribe=links.unsubscribe,
        unsubscribe_everything=links.unsubscribe_everything,
    )


def _trouble(trouble: Trouble, language: str, times: Times) -> TroubleLine:
    return TroubleLine(
        proper_name(trouble.name, language, language),
        times.moment(trouble.since) if trouble.since else None,
        fragment(trouble.detail, "en", _DETAIL_LIMIT),  # a server's words, or our own for operators
        trouble.count,
    )
