"""Changing what comes: what a subscriber does on their own page, without account or password."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from alerts.digests.window import next_due
from alerts.errors import BadInput, NotFound
from alerts.model import Cadence, Grant, Level, Quiet, Scope, SubscriberState
from alerts.services import own_rules
from alerts.services.subscribe import Terms, check_quiet, check_zone, reschedule
from alerts.store import audit, preferences, rules, situations, subscribers
from alerts.store.subscribers import Order, Person
from alerts.store.unit import writing

THEIR_PAGE = "subscriber, preferences page"
"""Who changed it, for the audit, when nobody else did."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What holds for all mails of a person."""

    language: str
    timezone: str
    quiet: Quiet | None = None
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What one subscription should be from now on: keys of rules and situations, all of them. ``own_query``
    is that of one more rule, which they wrote themselves."""

    cadence: Cadence
    rules: tuple[str, ...]
    situations: tuple[str, ...]
    hour: int = 8
    minute: int = 0
    weekday: int = 0
    surge_level: Level | None = None
    tell_nothing: bool = False
    own_query: str = ""


def change_habits(
    engine: Engine,
    subscriber_id: int,
    habits: Habits,
    *,
    languages: Sequence[str],
    now: datetime,
    actor: str = THEIR_PAGE,
) -> None:
    """Sets them; what is due comes at its hour in the new zone. Raises BadInput or NotFound."""
    if habits.language not in languages:
        raise BadInput(f"language {habits.language!r} is not one of: {', '.join(languages)}")
    check_zone(habits.timezone)
    if habits.quiet is not None:
        check_quiet(habits.quiet)
    with writing(engine) as tx:
        reader(tx, subscriber_id)
        orders = subscribers.orders_of(tx, subscriber_id)
        preferences.change_person(
            tx,
            subscriber_id,
            language=habits.language,
            timezone=habits.timezone,
            quiet=habits.quiet,
            paused_until=habits.paused_until,
        )
        for order in orders:
            if order.next_due_at is not None:
                terms = replace(_terms(order), timezone=habits.timezone)
                preferences.set_due(tx, order.id, reschedule(order, terms, now))
        _note(tx, subscriber_id, "preferences changed", f"{habits.language}, {habits.timezone}", actor, now)


def change_order(
    engine: Engine,
    subscriber_id: int,
    subscription_id: int | None,
    choice: Choice,
    now: datetime,
    *,
    actor: str = THEIR_PAGE,
) -> None:
    """Makes a subscription what was chosen, or adds one. Raises BadInput (TooMany own rules) or NotFound.

    When its cadence changes, the new one tells what the old one had not told yet.
    """
    if not choice.rules and not choice.situations and not choice.own_query:
        raise BadInput("no rule or situation was chosen")
    with writing(engine) as tx:
        person = reader(tx, subscriber_id)
        subscribers.hold(tx, subscriber_id)
        open_orders = {o.id: o for o in subscribers.orders_of(tx, subscriber_id) if o.ended_at is None}
        order = open_orders.get(subscription_id) if subscription_id is not None else None
        if subscription_id is not None and order is None:
            raise NotFound(f"subscriber {subscriber_id} has no subscription {subscription_id}")
        if any(o.cadence is choice.cadence and o is not order for o in open_orders.values()):
            raise BadInput(f"there is a {choice.cadence} subscription already")
        if order is not None and order.cadence is choice.cadence:
            changed_id, due_at = order.id, reschedule(order, _chosen(order, choice), now)
        else:
            changed_id, due_at = _begin(tx, person, order, choice, now)
        rule_ids = rules.ids(tx, choice.rules)
        situation_ids = situations.kept.ids(tx, choice.situations)
        preferences.follow_only(tx, changed_id, list(rule_ids.values()), list(situation_ids.values()), now)
        own_rules.retire_unused(tx, subscriber_id, now)
        if choice.own_query:
            own_rules.give(tx, subscriber_id, changed_id, choice.own_query, now)
        preferences.change_order(
            tx,
            changed_id,
            hour=choice.hour,
            minute=choice.minute,
            weekday=choice.weekday,
            surge_level=choice.surge_level,
            tell_nothing=choice.tell_nothing,
            next_due_at=due_at,
        )
        detail = f"{choice.cadence}: {', '.join((*choice.rules, *choice.situations))}"
        _note(tx, subscriber_id, "subscription changed", detail, actor, now)


def _begin(
    tx: Connection, person: Person, old: Order | None, choice: Choice, now: datetime
) -> tuple[int, datetime | None]:
    """A subscription of another cadence, in place of the old one if there is one; and when it is due."""
    since = old.covered_until if old is not None and old.next_due_at is not None else now
    if choice.cadence is not Cadence.IMMEDIATE:
        slot = (person.timezone, choice.hour, choice.weekday, 1, choice.minute)
        due_at: datetime | None = next_due(choice.cadence, now, *slot)
    else:
        due_at = now if since < now else None
    new_id = subscribers.put_order(
        tx,
        person.id,
        cadence=choice.cadence,
        hour=choice.hour,
        minute=choice.minute,
        weekday=choice.weekday,
        monthday=1,
        tell_nothing=choice.tell_nothing,
        rule_ids=(),
        surge_level=choice.surge_level,
        next_due_at=due_at,
        now=now,
    )
    preferences.begin_at(tx, new_id, since)
    if old is not None:
        preferences.leave(tx, Grant(person.id, Scope.DIGEST, old.id), now)
        preferences.hand_over_mail(tx, old.id, new_id)
    return new_id, due_at


def reader(tx: Connection, subscriber_id: int) -> Person:
    """The subscriber behind a page. Raises NotFound: who has left comes back by asking again, never by an old
    page."""
    person = subscribers.person(tx, subscriber_id)
    if person is None or person.state is SubscriberState.UNSUBSCRIBED:
        raise NotFound(f"there is no subscriber {subscriber_id}")
    return person


def _terms(order: Order) -> Terms:
    return Terms(
        timezone=order.timezone,
        hour=order.hour,
        minute=order.minute,
        weekday=order.weekday,
        monthday=order.monthday,
    )


def _chosen(order: Order, choice: Choice) -> Terms:
    return replace(_terms(order), hour=choice.hour, minute=choice.minute, weekday=choice.weekday)


def _note(tx: Connection, subscriber_id: int, action: str, detail: str, actor: str, now: datetime) -> None:
    subject = f"subscriber {subscriber_id}"
    audit.record(tx, at=now, actor=actor, action=action, subject=subject, detail=detail)
