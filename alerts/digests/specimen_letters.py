"""Letters of every kind, each with little and with more than it names, for specimens of every mail."""

from __future__ import annotations

from datetime import timedelta

from alerts.digests.specimen_news import NOON
from alerts.model import Cadence, Letter, LetterKind, LetterLinks, Level, Plan, Trouble

CONFIRM = LetterLinks("https://alerts.example.org/confirm/token")
LEAVE = LetterLinks(
    "https://alerts.example.org/preferences/token",
    "https://alerts.example.org/u/digest",
    "https://alerts.example.org/u/everything",
)
OPERATORS = (
    LetterKind.DEAD_FEEDS,
    LetterKind.FAILED_DELIVERIES,
    LetterKind.COVERAGE,
    LetterKind.SENDING_STOPPED,
)
"""The kinds that tell whoever runs the service of troubles."""

NAMING_NOTHING = (LetterKind.PREFERENCES, LetterKind.MOVE, LetterKind.MOVED, LetterKind.TEST)
"""The kinds that always say the same."""


def names(number: int) -> tuple[str, ...]:
    """So many names in two directions; none is the beginning of another."""
    return tuple(f"{('Harbour', 'ميناء', '港湾')[n % 3]} {n:04}" for n in range(number))


def links(kind: LetterKind) -> LetterLinks:
    """What can be done from a letter of that kind."""
    ours = (LetterKind.WELCOME, LetterKind.PREFERENCES, LetterKind.MOVED)
    return LEAVE if kind in ours else CONFIRM


def letter(kind: LetterKind, zone: str, number: int) -> Letter:
    """A letter about so many things; a letter to a reader who ended everything is about none."""
    if kind in OPERATORS:
        troubles = tuple(
            Trouble(name, NOON - timedelta(hours=n + 1) if n % 2 else None, "503 <Service> & more", n + 1)
            for n, name in enumerate(names(number))
        )
        return Letter(kind, timezone=zone, at=NOON, count=max(number, 1), of=5_000, troubles=troubles)
    named = names(number)
    plan = Plan(
        Cadence.WEEKLY,
        situations=named[::2],
        rules=named[1::2],
        surge_level=Level.WARNING if number > 1 else None,
        own_query="cholera AND goma" if number > 1 and kind is LetterKind.CONFIRM else "",
    )
    expires = kind in (LetterKind.CONFIRM, LetterKind.PREFERENCES, LetterKind.MOVE)
    until = NOON + timedelta(days=2) if expires else None
    return Letter(
        kind,
        timezone=zone,
        target_id=1,
        subscription_id=1,
        at=NOON,
        until=until,
        plan=plan if number else None,
    )
