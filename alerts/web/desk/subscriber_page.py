"""Everything the page of one reader shows: read once, in one transaction, put into words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from alerts.app import App
from alerts.digests.times import Times
from alerts.digests.window import zone
from alerts.model import Cadence, SubscriberState, SuppressionKind
from alerts.store import audit, digests, following, outbox, people, subscribers, suppressions
from alerts.store.audit import Event
from alerts.store.people import CameBack, Consent, Since
from alerts.store.subscribers import Order, Person
from alerts.store.suppressions import Suppressed
from alerts.web.choices import Filled, of_order
from alerts.web.desk.delivery_lines import DeliveryLine, delivery_line
from alerts.web.desk.subscriber_form import HabitsForm

MAILS_SHOWN, RETURNS_SHOWN, EVENTS_SHOWN, CONSENTS_SHOWN = 12, 12, 20, 10

STATE_WORDS = {
    SubscriberState.CONFIRMED: ("confirmed", "ok"),
    SubscriberState.UNCONFIRMED: ("not confirmed", "warn"),
    SubscriberState.UNSUBSCRIBED: ("has left", "off"),
}
CADENCE_WORDS = {
    Cadence.IMMEDIATE: "Alerts, at once",
    Cadence.DAILY: "Daily digest",
    Cadence.WEEKLY: "Weekly digest",
    Cadence.MONTHLY: "Monthly digest",
}
SUPPRESSED_WORDS = {
    SuppressionKind.BOUNCED: "mail came back",
    SuppressionKind.OPERATOR: "put on the list by the staff",
    SuppressionKind.COMPLAINED: "its owner complained about our mail",
    SuppressionKind.UNSUBSCRIBED: "its owner has left everything",
}


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One subscription. ``when`` is its time in the reader's zone; ``held`` counts what waits of alerts that
    are held back, None when they are not."""

    id: int
    cadence: Cadence
    name: str
    when: str
    ended_at: datetime | None
    next_due_at: datetime | None
    covered_until: datetime
    held: int | None
    rules: tuple[tuple[str, str], ...]
    situations: tuple[tuple[str, str], ...]
    form: Filled


@dataclass(frozen=True, slots=True)
class SubscriberPage:
    person: Person
    state: tuple[str, str]
    since: Since
    local: str
    paused: bool
    habits: HabitsForm
    orders: tuple[OrderLine, ...]
    consents: tuple[Consent, ...]
    mails: tuple[DeliveryLine, ...]
    returns: tuple[CameBack, ...]
    suppressed: tuple[tuple[Suppressed, str], ...]
    events: tuple[Event, ...]


def read_subscriber(tx: Connection, app: App, subscriber_id: int) -> SubscriberPage | None:
    """None when there is no such reader."""
    person, now = subscribers.person(tx, subscriber_id), app.clock()
    if person is None:
        return None
    times = Times("en", person.timezone)
    sought = outbox.Sought(address=person.address.lower())
    held = suppressions.of_address(tx, app.address_hashes(person.address))
    return SubscriberPage(
        person=person,
        state=STATE_WORDS[person.state],
        since=people.since(tx, subscriber_id),
        local=f"{now.astimezone(zone(person.timezone)):%H:%M}",
        paused=person.paused_until is not None and person.paused_until > now,
        habits=HabitsForm.of(person, now),
        orders=tuple(_order_line(tx, order, times, now) for order in subscribers.orders_of(tx, person.id)),
        consents=people.consents(tx, subscriber_id, CONSENTS_SHOWN),
        mails=tuple(
            delivery_line(mail, whole=True) for mail in outbox.leaf(tx, sought, None, MAILS_SHOWN).mails
        ),
        returns=people.came_back(tx, RETURNS_SHOWN, subscriber_id=subscriber_id),
        suppressed=tuple((each, SUPPRESSED_WORDS[each.kind]) for each in held),
        events=audit.latest(tx, EVENTS_SHOWN, audit.Which(subject=f"subscriber {subscriber_id}")),
    )


def _order_line(tx: Connection, order: Order, times: Times, now: datetime) -> OrderLine:
    scope = following.scope_of(tx, order.id)
    rules = tuple((each.name.key, each.name.name) for each in subscribers.rules_of(tx, order.id))
    situations = tuple((each.situation.key, each.situation.name) for each in scope.situations)
    holds = order.cadence is Cadence.IMMEDIATE and order.next_due_at is not None and order.ended_at is None
    return OrderLine(
        id=order.id,
        cadence=order.cadence,
        name=CADENCE_WORDS[order.cadence],
        when=_when(order, times),
        ended_at=order.ended_at,
        next_due_at=order.next_due_at,
        covered_until=order.covered_until,
        held=len(digests.untold(tx, order.id, scope, order.covered_until, now)) if holds else None,
        rules=rules,
        situations=situations,
        form=of_order(order, frozenset(key for key, _ in rules), frozenset(key for key, _ in situations)),
    )


def _when(order: Order, times: Times) -> str:
    at = f"{order.hour:02}:{order.minute:02} ({order.timezone})"
    return {
        Cadence.IMMEDIATE: "",
        Cadence.DAILY: at,
        Cadence.WEEKLY: f"{times.weekday(order.weekday)}, {at}",
        Cadence.MONTHLY: f"day {order.monthday} of the month, {at}",
    }[order.cadence]
