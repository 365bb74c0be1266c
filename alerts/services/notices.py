"""What the people who run the service are told without having asked: each trouble once, a kind once a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from alerts.model import Coverage, Letter, LetterKind, Trouble
from alerts.store import audit, deliveries, feeds, troubles
from alerts.store.troubles import DeadFeed
from alerts.store.unit import writing

DEAD_AFTER = timedelta(hours=24)
"""A feed that has not been readable for so long is told of."""

WELL_COVERED = 0.8
"""The share of feeds that should be read within a day."""

_DAY = timedelta(days=1)


def notices(
    engine: Engine,
    operators: Sequence[str],
    language: str,
    now: datetime,
    message_id: Callable[[str], str],
) -> tuple[int, ...]:
    """Queues a letter to each operator about what is new and wrong. The delivery ids.

    However often this is called: of one outage of a feed they are told once, and of each kind of trouble at
    most once a day (UTC).
    """
    if not operators:
        return ()
    with writing(engine) as tx:
        told = troubles.told_at(tx, [_notice(kind) for kind in LetterKind])
        dead = troubles.dead_feeds(tx, now - DEAD_AFTER)
        fresh = not_told(dead, troubles.told_at(tx, [_feed(each) for each in dead]))
        last_failed = told.get(_notice(LetterKind.FAILED_DELIVERIES), now - _DAY)
        given_up = troubles.given_up(tx, max(last_failed, now - _DAY), now, operators)
        covered = feeds.coverage(tx, now - _DAY, added_before=now - _DAY)
        letters: tuple[tuple[Letter | None, list[str]], ...] = (
            (about_dead_feeds(fresh), [_feed(each) for each in fresh]),
            (about_given_up(given_up), []),
            (about_coverage(covered), []),
        )
        ids: list[int] = []
        for letter, subjects in letters:
            if letter is not None and _may_be_told(letter.kind, told, now):
                ids += _tell(tx, letter, subjects, operators, language, now, message_id)
        return tuple(ids)


def not_told(dead: Sequence[DeadFeed], told: Mapping[str, datetime]) -> tuple[DeadFeed, ...]:
    """The feeds of whose outage nobody was told: not since they could last be read. Pure."""
    return tuple(each for each in dead if told.get(_feed(each), each.since) <= each.since)


def about_dead_feeds(dead: Sequence[DeadFeed]) -> Letter | None:
    """Pure, as are the next two."""
    if not dead:
        return None
    named = tuple(Trouble(each.title, each.since, each.note) for each in dead)
    return Letter(LetterKind.DEAD_FEEDS, count=len(named), troubles=named)


def about_given_up(reasons: Sequence[tuple[str, int]]) -> Letter | None:
    if not reasons:
        return None
    named = tuple(Trouble("", None, reason or "no reason was recorded", count) for reason, count in reasons)
    return Letter(LetterKind.FAILED_DELIVERIES, count=sum(each.count for each in named), troubles=named)


def about_coverage(covered: Coverage) -> Letter | None:
    if covered.read >= WELL_COVERED * covered.feeds:
        return None
    named = tuple(Trouble(feed.title, feed.since) for feed in covered.silent)
    return Letter(LetterKind.COVERAGE, count=covered.read, of=covered.feeds, troubles=named)


def _may_be_told(kind: LetterKind, told: Mapping[str, datetime], now: datetime) -> bool:
    last = told.get(_notice(kind))
    return last is None or last.date() < now.date()


def _tell(
    tx: Connection,
    letter: Letter,
    subjects: Sequence[str],
    operators: Sequence[str],
    language: str,
    now: datetime,
    message_id: Callable[[str], str],
) -> list[int]:
    said = replace(letter, language=language, at=now)
    ids = []
    for address in operators:
        about = message_id(f"{letter.kind} {now.date()} {address}")
        delivery_id = deliveries.post(tx, address, said, about, now)
        if delivery_id is not None:
            ids.append(delivery_id)
    for subject in (_notice(letter.kind), *subjects):
        audit.record(tx, at=now, actor="notices", action=troubles.TOLD, subject=subject)
    return ids


def _notice(kind: LetterKind) -> str:
    return f"notice {kind}"


def _feed(dead: DeadFeed) -> str:
    return f"feed {dead.id}"
