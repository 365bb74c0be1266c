"""What a form offers about a subscription, what somebody filled in, and what that means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from alerts.app import App
from alerts.digests.signal_words import SignalWords
from alerts.digests.times import Times
from alerts.errors import BadInput
from alerts.mail.address import check_address
from alerts.model import Cadence, Level, Quiet
from alerts.services.preferring import Choice
from alerts.store import rules, situations
from alerts.store.subscribers import Order
from alerts.store.unit import reading
from alerts.web.forms import text, texts

Named = tuple[tuple[str, str], ...]

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::[0-5][0-9])?")
_LONGEST = 254


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be chosen: each value with its name. ``days`` and ``levels`` are in the page's language."""

    situations: Named
    rules: Named
    days: Named
    levels: Named


@dataclass(frozen=True, slots=True)
class Filled:
    """One subscription as a form shows it. ``time`` is *HH:MM*; ``surges`` is a level, or *none*."""

    cadence: str = Cadence.WEEKLY.value
    time: str = "08:00"
    weekday: str = "0"
    situations: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    surges: str = Level.WARNING.value
    tell_nothing: bool = False


def offer(app: App, language: str) -> Offer:
    """All situations and rules in force, for a page in that language."""
    times = Times(language.replace("-", "_"), "UTC")
    words = SignalWords(app.renderer.translations(language), times)
    with reading(app.engine) as tx:
        return Offer(
            situations=_by_name((each.key, each.name) for each in situations.kept.current(tx)),
            rules=_by_name((each.key, each.name) for each in rules.current(tx)),
            days=tuple((str(day), times.weekday(day)) for day in range(7)),
            levels=tuple((level.value, words.level(level)) for level in Level),
        )


def _by_name(pairs: Iterable[tuple[str, str]]) -> Named:
    named = ((key, name or key) for key, name in pairs)
    return tuple(sorted(named, key=lambda pair: pair[1].casefold()))


def filled(form: FormData) -> Filled:
    """What was sent, whatever it is."""
    return Filled(
        cadence=text(form, "cadence")[:20],
        time=text(form, "time")[:20],
        weekday=text(form, "weekday")[:20],
        situations=frozenset(texts(form, "situation")),
        rules=frozenset(texts(form, "rule")),
        surges=text(form, "surges")[:20],
        tell_nothing=text(form, "tell_nothing") == "yes",
    )


def of_order(order: Order, rule_keys: frozenset[str], situation_keys: frozenset[str]) -> Filled:
    """A subscription as it is."""
    return Filled(
        cadence=order.cadence.value,
        time=f"{order.hour:02}:{order.minute:02}",
        weekday=str(order.weekday),
        situations=situation_keys,
        rules=rule_keys,
        surges=order.surge_level.value if order.surge_level else "none",
        tell_nothing=order.tell_nothing,
    )


def meant(sent: Filled, offered: Offer) -> tuple[Choice | None, frozenset[str]]:
    """What was chosen, or the names of the fields that are wrong. What is no longer offered is left out."""
    wrong = set()
    known_rules = tuple(key for key, _ in offered.rules if key in sent.rules)
    known_situations = tuple(key for key, _ in offered.situations if key in sent.situations)
    if not known_rules and not known_situations:
        wrong.add("choice")
    at = _TIME.fullmatch(sent.time)
    if at is None:
        wrong.add("time")
    if sent.cadence not in set(Cadence):
        wrong.add("cadence")
    if sent.weekday not in {day for day, _ in offered.days}:
        wrong.add("weekday")
    if sent.surges not in {"none", *Level}:
        wrong.add("surges")
    if wrong or at is None:
        return None, frozenset(wrong)
    choice = Choice(
        cadence=Cadence(sent.cadence),
        rules=known_rules,
        situations=known_situations,
        hour=int(at[1]),
        minute=int(at[2]),
        weekday=int(sent.weekday),
        surge_level=None if sent.surges == "none" else Level(sent.surges),
        tell_nothing=sent.tell_nothing,
    )
    return choice, frozenset()


def address_of(form: FormData) -> tuple[str, bool]:
    """The address that was typed, as it goes on the wire where it can; and whether it can."""
    typed = text(form, "address").strip()[:_LONGEST]
    try:
        return check_address(typed), True
    except BadInput:
        return typed, False


def quiet_of(form: FormData) -> tuple[Quiet | None, bool]:
    """The quiet hours that were chosen; and whether they can be."""
    since, until = text(form, "quiet_since"), text(form, "quiet_until")
    if not since and not until:
        return None, True
    hours = {str(hour) for hour in range(24)}
    if since not in hours or until not in hours or since == until:
        return None, False
    return Quiet(int(since), int(until)), True


def pause_of(form: FormData, timezone: str) -> tuple[datetime | None, bool]:
    """When the pause ends: at the begin of the day that was chosen, in that zone; and whether it can."""
    typed = text(form, "paused_until")
    if not typed:
        return None, True
    try:
        day = date.fromisoformat(typed)
        if day.year == MAXYEAR:  # some zone or other could no longer say when that ends
            return None, False
        return datetime.combine(day, time(), tzinfo=ZoneInfo(timezone)).astimezone(UTC), True
    except (ValueError, OverflowError):
        return None, False
