"""Try while typing: as much of a trial as can be had in a blink, and honest about how much that is.

A rare rule sees all days; a common one the newest items, of which it has enough.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import Engine

from alerts.errors import QueryError
from alerts.model import Rule
from alerts.rules.lexicon import Concepts
from alerts.rules.query import check_concepts, parse, warnings
from alerts.services.archive import after
from alerts.services.concepts import concepts_in_force
from alerts.services.looking_back import LookingBack
from alerts.services.near_misses import Stretch, near_misses
from alerts.services.trying import Trial, Tried, compared_with, told, too_common
from alerts.store import archive
from alerts.store.unit import reading

PATIENCE = 0.15
"""Seconds in which a glance is to be over; whoever types goes on typing."""

_LOOKING, _NEAR = 0.5, 0.8
"""By these parts of the time the matches are read, and the near misses."""

_LEAST = timedelta(days=1)  # an archive that began this morning tells of no more mails than a day's

_BEFORE = ".before"  # the key of the text in force, which no rule has


def glance(
    engine: Engine,
    rule: Rule,
    *,
    now: datetime,
    languages: Sequence[str] = (),
    days: int = 30,
    seconds: Callable[[], float] = monotonic,
) -> Trial:
    """What ``try_rule`` says of the last days, of the newest items only when there are too many.

    Phrases are not compared with their words (W3). Raises QueryError.
    """
    with reading(engine) as tx:
        known = concepts_in_force(tx, languages)
        began = seconds()

        def left(part: float) -> float:
            return began + part * PATIENCE - seconds()

        node = parse(rule.query)
        check_concepts(node, known.by_key, rule.query)
        old = compared_with(tx, rule.key)
        old = old if old and _readable(old[1], known) else None
        stretch = Stretch(now - timedelta(days=days), after(now))
        looking = LookingBack(tx, known, stretch, [rule, *([replace(old[1], key=_BEFORE)] if old else [])])
        ids = looking.back(lambda: left(_LOOKING))
        since = max(archive.seen_at(tx, ids.start) or now, stretch.since)
        found = looking.of(rule.key)
        tried = Tried(
            since=since,
            whole=looking.whole,
            items=archive.seen_since(tx, since),
            time=max(now - since, _LEAST if looking.whole else timedelta(hours=1)),
            found=found,
            before=looking.of(_BEFORE) if old else found,
            against=old[0] if old else None,
        )
        stretch, matched = replace(stretch, ids=ids), {each.id for each in found}
        near = near_misses(tx, rule, node, known, stretch, matched, lambda: left(_NEAR) <= 0)
        advice = (*warnings(node, known.by_key, languages), *too_common(len(found), tried.items))
        return told(tx, rule, known, tried, near, advice, now)


def _readable(rule: Rule, known: Concepts) -> bool:
    """Whether it still can be; a concept of it may be gone."""
    try:
        check_concepts(parse(rule.query), known.by_key)
    except QueryError:
        return False
    return True
