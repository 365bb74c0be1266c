"""What a form offers about a subscription, what somebody filled in, and what that means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from alerts.app import App
from alerts.digests.signal_words import SignalWords
from alerts.digests.times import Times
from alerts.errors import BadInput
from alerts.language.fold import fold
from alerts.mail.address import check_address
from alerts.model import Cadence, Level, Quiet, Wish
from alerts.services.own_rules import LONGEST
from alerts.services.own_rules import MOST as MOST_OWN
from alerts.services.preferring import Choice
from alerts.services.volumes import Catalogue, Volume
from alerts.store import own_rules, situations
from alerts.store.subscribers import Order
from alerts.store.unit import reading
from alerts.web.forms import text, texts
from alerts.web.situations.regions import region

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::[0-5][0-9])?")
_LONGEST_ADDRESS = 254

MOST_SHOWN = 120
"""Rules in one form, besides those that are chosen; the others are found by name."""

FEW = 20
"""So much is looked through at a glance; among more there is a field to find by name, and situations stand
by region."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that can be chosen. ``volume`` is None when nothing is known of it yet; ``region`` is where a
    situation is."""

    key: str
    name: str
    volume: Volume | None = None
    region: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """One subscription as a form shows it. ``time`` is *HH:MM*; ``surges`` is a level, or *none*; ``own`` is
    the query of a rule they write, ``find`` a part of the name of what is looked for."""

    cadence: str = Cadence.WEEKLY.value
    time: str = "08:00"
    weekday: str = "0"
    situations: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    surges: str = Level.WARNING.value
    tell_nothing: bool = False
    own: str = ""
    find: str = ""


@dataclass(frozen=True, slots=True)
class Region:
    """Situations that stand together, folded until ``open``; without a name when there are but few."""

    name: str
    lines: tuple[Line, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class Boxes:
    """What one form shows: situations by region, and of the rules all that is chosen first, then some of the
    rest; ``more`` are left out. ``found`` is False when something was looked for that nothing is called."""

    regions: tuple[Region, ...]
    rules: tuple[Line, ...]
    more: int
    found: bool = True

    @property
    def situations(self) -> tuple[Line, ...]:
        """Those of all regions."""
        return tuple(line for region in self.regions for line in region.lines)


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be chosen. ``own`` are rules that the reader wrote, who may write ``free`` more; ``days`` and
    ``levels``, values with their names, are in the page's language."""

    situations: tuple[Line, ...]
    rules: tuple[Line, ...]
    own: tuple[Line, ...]
    free: int
    days: tuple[tuple[str, str], ...]
    levels: tuple[tuple[str, str], ...]

    @property
    def is_long(self) -> bool:
        """Whether there is so much to choose from that one would rather look for it by name."""
        return len(self.situations) + len(self.rules) > FEW

    def boxes(self, filled: Filled) -> Boxes:
        """What a form shows that is filled in so. What is chosen is shown whatever is looked for."""
        named = _named(filled.find)
        chosen = tuple(line for line in self.rules if line.key in filled.rules)
        rest = tuple(line for line in self.rules if line.key not in filled.rules and named(line))
        here = tuple(line for line in self.situations if line.key in filled.situations or named(line))
        shown = (*chosen, *rest[:MOST_SHOWN])
        found = bool(rest) or any(map(named, (*chosen, *here)))
        return Boxes(self._by_region(here, filled), shown, max(len(rest) - MOST_SHOWN, 0), found)

    def _by_region(self, lines: Sequence[Line], filled: Filled) -> tuple[Region, ...]:
        grouped: dict[str, list[Line]] = {}
        for line in lines:
            grouped.setdefault(line.region if len(self.situations) > FEW else "", []).append(line)
        chosen = {line.region for line in lines if line.key in filled.situations}
        return tuple(
            Region(name, tuple(grouped[name]), open=bool(filled.find) or name in chosen)
            for name in sorted(grouped, key=fold)
        )


def _named(find: str) -> Callable[[Line], bool]:
    """Whether a line is called that, or a part of its name is; for nothing that is looked for, all are."""
    looked_for = fold(find.strip())
    return lambda line: not looked_for or looked_for in fold(f"{line.name}\n{line.key}")


def offer(app: App, language: str, subscriber_id: int | None = None) -> Offer:
    """All situations and rules in force that anybody may choose, and the reader's own rules, for a page in
    that language."""
    times = Times(language.replace("-", "_"), "UTC")
    words = SignalWords(app.renderer.translations(language), times)
    known = app.volumes.catalogue()
    with reading(app.engine) as tx:
        mine = own_rules.of(tx, subscriber_id) if subscriber_id is not None else ()
        return Offer(
            situations=_lines(
                (
                    (each.key, words.situation(each.name), region(each.places, times.locale))
                    for each in situations.kept.current(tx)
                ),
                known.situations,
                known,
            ),
            rules=_lines(
                ((key, words.rule(name), "") for key, name in own_rules.offered(tx)), known.rules, known
            ),
            own=_lines(((each.key, each.name, "") for each in mine), known.rules, known),
            free=MOST_OWN - len(mine),
            days=tuple((str(day), times.weekday(day)) for day in range(7)),
            levels=tuple((level.value, words.level(level)) for level in Level),
        )


def _lines(
    named: Iterable[tuple[str, str, str]], volumes: Mapping[str, Volume], known: Catalogue
) -> tuple[Line, ...]:
    """The lines of keys, names and regions, in the order of the names."""
    lines = (Line(key, name or key, volumes.get(key, known.nothing), region) for key, name, region in named)
    return tuple(sorted(lines, key=lambda line: fold(line.name)))


def filled(form: FormData) -> Filled:
    """What was sent, whatever it is."""
    return Filled(
        cadence=text(form, "cadence")[:20],
        time=text(form, "time")[:20],
        weekday=text(form, "weekday")[:20],
        situations=frozenset(filter(None, texts(form, "situation"))),
        rules=frozenset(filter(None, texts(form, "rule"))),
        surges=text(form, "surges")[:20],
        tell_nothing=text(form, "tell_nothing") == "yes",
        own=text(form, "own")[: 2 * LONGEST].strip(),
        find=text(form, "find")[:100],
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
    known_rules = tuple(line.key for line in (*offered.rules, *offered.own) if line.key in sent.rules)
    known_situations = tuple(line.key for line in offered.situations if line.key in sent.situations)
    if not known_rules and not known_situations and not sent.own:
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
        own_query=sent.own,
    )
    return choice, frozenset()


def wish_of(
    choice: Choice,
    address: str,
    language: str,
    timezone: str,
    quiet: Quiet | Literal["none"] | None = None,
) -> Wish:
    """What somebody asks for who is no reader yet."""
    return Wish(
        address=address,
        language=language,
        timezone=timezone,
        cadence=choice.cadence,
        rules=choice.rules,
        hour=choice.hour,
        minute=choice.minute,
        weekday=choice.weekday,
        situations=choice.situations,
        surges=choice.surge_level or "none",
        tell_nothing=choice.tell_nothing,
        quiet=quiet,
        own_query=choice.own_query or None,
    )


def address_of(form: FormData) -> tuple[str, bool]:
    """The address that was typed, as it goes on the wire where it can; and whether it can."""
    typed = text(form, "address").strip()[:_LONGEST_ADDRESS]
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
