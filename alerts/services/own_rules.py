"""Rules that readers write for themselves: tried before they are asked for, followed by nobody else, and out
of force as soon as their writer follows them no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from time import monotonic

from sqlalchemy import Connection, Engine

from alerts.errors import BadInput, NotFound
from alerts.model import Grant, Rule, Scope
from alerts.rules.advice import Warning_, check_concepts, warnings
from alerts.rules.index import RuleIndex
from alerts.rules.query import parse
from alerts.services import texts
from alerts.services.archive import Found, after, explained
from alerts.services.concepts import concepts_in_force
from alerts.services.glancing import PATIENCE
from alerts.services.looking_back import LookingBack
from alerts.services.near_misses import Stretch
from alerts.services.texts import Edit
from alerts.services.volumes import SPAN, Volume, volume_of_times
from alerts.store import archive, own_rules, preferences, rules
from alerts.store.own_rules import Own
from alerts.store.unit import reading, writing

MOST = 3
"""How many one reader may have."""

LONGEST = 500
"""Characters of a query."""

BROAD = 0.2
"""What matches a larger part of the news is not a rule but all of it."""

_ENOUGH = 20
"""Matches from which on their share says anything."""

_SAMPLES = 3
_MOMENT = timedelta(hours=1)
_NAME = 80


@dataclass(frozen=True, slots=True)
class Tried:
    """What an own rule would have found in the time of ``SPAN``: how many items (``exact``, or reckoned from
    as many of the newest as could be read in time), what that comes to in mails, and the latest of them."""

    items: int
    exact: bool
    volume: Volume
    samples: tuple[Found, ...]
    warnings: tuple[Warning_, ...]


class TooBroad(BadInput):
    """The rule would match a large part of all news."""


class TooMany(BadInput):
    """The reader has as many own rules as one may have."""


def shortened(query: str) -> str:
    """What an own rule is called: its query in one line."""
    line = " ".join(query.split())
    return line if len(line) <= _NAME else f"{line[: _NAME - 1].rstrip()}…"


def try_own(engine: Engine, query: str, *, now: datetime, languages: Sequence[str] = ()) -> Tried:
    """Tries an own rule on what is kept; nothing is saved. Raises QueryError, BadInput or TooBroad."""
    with reading(engine) as tx:
        return _tried(tx, query, now, languages)


def _tried(tx: Connection, query: str, now: datetime, languages: Sequence[str]) -> Tried:
    if len(query) > LONGEST:
        raise BadInput(f"the query has {len(query)} characters; at most {LONGEST} are possible")
    known = concepts_in_force(tx, languages)
    node = parse(query)
    check_concepts(node, known.by_key, query)
    rule, began = Rule("own", "own", query), monotonic()
    looking = LookingBack(tx, known, Stretch(now - SPAN, after(now)), [rule])
    ids = looking.back(lambda: began + PATIENCE - monotonic())
    found = looking.of(rule.key)
    since = max(archive.seen_at(tx, ids.start) or now, now - SPAN)
    looked_at = archive.seen_since(tx, since)
    if len(found) > max(BROAD * looked_at, _ENOUGH):
        raise TooBroad(f"the query matches {len(found) / looked_at:.0%} of all items; ask for more words")
    seen = max(now - since, _MOMENT)
    return Tried(
        items=len(found) if looking.whole else round(len(found) * (SPAN / seen)),
        exact=looking.whole,
        volume=volume_of_times([each.news_at for each in found], now, seen),
        samples=explained(tx, found[:_SAMPLES], RuleIndex((rule,), known)),
        warnings=warnings(node, known.by_key, languages),
    )


# --- having them ---------------------------------------------------------------------------


def has_room(tx: Connection, subscriber_id: int) -> bool:
    """Whether a reader may have one more."""
    return len(own_rules.of(tx, subscriber_id)) < MOST


def give(tx: Connection, subscriber_id: int, subscription_id: int, query: str, now: datetime) -> None:
    """Makes a query that was tried an own rule, followed by that subscription of its writer.

    The caller holds the reader, so that nobody else gives them one meanwhile. Raises TooMany.
    """
    if not has_room(tx, subscriber_id):
        raise TooMany(f"a reader may have {MOST} own rules")
    numbers = count(own_rules.written(tx, subscriber_id) + 1)
    key = next(key for number in numbers if _is_free(tx, key := f"own-{subscriber_id}-{number}"))
    texts.write(tx, rules.kept, [Rule(key, shortened(query), query)], _by(subscriber_id, now))
    (rule_id,) = rules.ids(tx, [key]).values()
    own_rules.add(tx, subscriber_id, rule_id)
    preferences.follow_too(tx, subscription_id, rule_id, now)


def _is_free(tx: Connection, key: str) -> bool:
    """Whether nobody has ever written a rule with that key."""
    try:
        rules.history(tx, key)
    except NotFound:
        return True
    return False


def rewrite(
    engine: Engine,
    subscriber_id: int,
    key: str,
    query: str,
    *,
    now: datetime,
    languages: Sequence[str] = (),
) -> None:
    """Makes an own rule ask for something else. Raises QueryError, BadInput, TooBroad or NotFound."""
    with writing(engine) as tx:
        _theirs(tx, subscriber_id, key)
        _tried(tx, query, now, languages)
        texts.write(tx, rules.kept, [Rule(key, shortened(query), query)], _by(subscriber_id, now))


def remove(engine: Engine, subscriber_id: int, key: str, *, now: datetime) -> None:
    """Takes an own rule out of all mails of its writer, and out of force. Raises NotFound."""
    with writing(engine) as tx:
        own = _theirs(tx, subscriber_id, key)
        preferences.leave(tx, Grant(subscriber_id, Scope.RULE, own.rule_id), now)
        retire_unused(tx, subscriber_id, now)


def retire_unused(tx: Connection, subscriber_id: int, now: datetime) -> None:
    """Takes those out of force that their writer follows no more."""
    for key in own_rules.unused(tx, subscriber_id):
        texts.retire(tx, rules.kept, key, _by(subscriber_id, now))


def _theirs(tx: Connection, subscriber_id: int, key: str) -> Own:
    found = next((each for each in own_rules.of(tx, subscriber_id) if each.key == key), None)
    if found is None:
        raise NotFound(f"subscriber {subscriber_id} has no own rule {key!r}")
    return found


def _by(subscriber_id: int, now: datetime) -> Edit:
    return Edit(f"subscriber {subscriber_id}", now)
