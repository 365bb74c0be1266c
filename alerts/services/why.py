"""Why did or didn't she get this? Answered from rows, on demand; nothing is stored for a non-match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from alerts.digests.hold import quiet_until
from alerts.errors import NotFound, QueryError
from alerts.model import Cadence, Rule, StoryState, SubscriberState
from alerts.rules.explain import Fault, faults, language_name, told
from alerts.rules.lexicon import Concepts
from alerts.rules.query import check_concepts, parse
from alerts.rules.tree import Node, Or
from alerts.rules.writing import canonical
from alerts.services.concepts import concepts_in_force
from alerts.store import acknowledgements, following, items, matches, rules, stories, subscribers
from alerts.store.acknowledgements import Stand
from alerts.store.items import Kept
from alerts.store.subscribers import Order


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer for one rule and, where the item matched, one subscriber.

    ``outcome`` is one of: no match, archived, not subscribed, merged into a story, muted, held, skipped, or
    the state of the delivery. ``delivery_id`` is that of the mail that the reason names, with ``message_id``.
    """

    rule: str
    subscriber: str | None
    outcome: str
    reason: str
    at: datetime | None
    delivery_id: int | None = None
    message_id: str = ""


_BRANCHES_TOLD = 5
"""Alternatives of a rule that are each told why they do not hold."""


def why(
    tx: Connection,
    url_or_id: str,
    *,
    address_key: str | None = None,
    rule_key: str | None = None,
    languages: Sequence[str] = (),
) -> tuple[tuple[Kept, tuple[Answer, ...]], ...]:
    """Each kept item with that id or address, with its answers. Raises NotFound."""
    found = items.find(tx, url_or_id)
    if not found:
        raise NotFound(f"no feed has shown us {url_or_id!r}; see: alerts feeds list")
    wanted = rules.current(tx) if rule_key is None else rules.kept.load(tx, [rule_key])
    if rule_key is not None and not wanted:
        raise NotFound(f"there is no rule {rule_key!r}; see: alerts rules list")
    person = subscribers.find(tx, address_key).id if address_key else None
    if person is not None and rule_key is None:
        orders = subscribers.orders_of(tx, person)
        scopes = following.scopes(tx, [order.id for order in orders])
        asked = {rule_id for scope in scopes.values() for rule_id in scope.all_rule_ids}
        ids = rules.ids(tx, [rule.key for rule in wanted])
        wanted = tuple(rule for rule in wanted if ids[rule.key] in asked)
    known = concepts_in_force(tx, languages)
    return tuple(
        (kept, tuple(answer for rule in wanted for answer in _answers(tx, kept, rule, known, person)))
        for kept in found
    )


def about(
    tx: Connection,
    kept: Kept,
    rule_key: str,
    *,
    address_key: str | None = None,
    languages: Sequence[str] = (),
    limit: int | None = None,
) -> tuple[Answer, ...]:
    """The answers for one item and one rule, in force or not: for one subscriber, or for the first so many of
    those who follow it. Raises NotFound."""
    rule = rules.history(tx, rule_key)[0].text
    person = subscribers.find(tx, address_key).id if address_key else None
    known = concepts_in_force(tx, languages)
    return tuple(_answers(tx, kept, rule, known, person, limit))


def _answers(
    tx: Connection, kept: Kept, rule: Rule, known: Concepts, person: int | None, limit: int | None = None
) -> Iterator[Answer]:
    match = matches.of(tx, kept.id, rule.key)
    if match is None:
        yield _no_match(kept, rule, known)
        return
    if not match.news:
        reason = kept.archived or "the item was edited or the rule written after it was news"
        yield Answer(rule.key, None, "archived", f"kept without mail: {reason}", match.matched_at)
        return
    there = match if person is None else None  # of somebody who is asked about, it is said that they were not
    orders = following.orders_for(tx, match.rule_id, match.places, person=person, met=there, limit=limit)
    if not orders:
        who = "nobody asked for this rule" if person is None else "the subscriber did not ask for this rule"
        yield Answer(rule.key, None, "not subscribed", who, match.matched_at)
    known_of = _known_of(tx, match, [order.id for order in orders])
    for order in orders:
        yield _told(known_of, order, rule, match)


def _no_match(kept: Kept, rule: Rule, known: Concepts) -> Answer:
    if kept.emptied:
        return Answer(rule.key, None, "no match", "its words are no longer kept", kept.seen_at)
    try:
        node = parse(rule.query)
        check_concepts(node, known.by_key, rule.query)
    except QueryError as error:
        reason = f"the rule cannot be read: {error.message}"
        return Answer(rule.key, None, "no match", reason, kept.seen_at)
    failed = faults(rule, node, kept.item, known)
    if not failed:
        reason = "it matches today, but was read before the rule said so; old items are never mailed for that"
        return Answer(rule.key, None, "archived", reason, kept.seen_at)
    reason = f"read as {language_name(kept.item)}: {_failure(rule, node, failed, kept, known)}"
    return Answer(rule.key, None, "no match", reason, kept.seen_at)


def _failure(rule: Rule, node: Node, failed: Sequence[Fault], kept: Kept, known: Concepts) -> str:
    """Why it does not match; of a rule with alternatives, why each of them does not, if that differs."""
    whole = {"languages", "sources", canonical(node)}
    if not isinstance(node, Or) or any(fault.condition in whole for fault in failed):
        return told(failed)
    branches = [told(faults(rule, child, kept.item, known)) for child in node.children[:_BRANCHES_TOLD]]
    numbered = [f"({number}) {each}" for number, each in enumerate(branches, 1)]
    if len(node.children) > len(branches):
        numbered.append(f"and {len(node.children) - len(branches)} more")
    return f"none of {len(node.children)} alternatives holds: {' '.join(numbered)}"


@dataclass(frozen=True, slots=True)
class _KnownOf:
    """What became of a match, by subscription: the mail that told it, or told its story before; its place in
    that story, and why no alert tells it."""

    mails: Mapping[int, matches.Telling]
    earlier: Mapping[int, stories.Earlier]
    place: stories.Place | None
    stand: Stand | None


def _known_of(tx: Connection, match: matches.Found, subscription_ids: Sequence[int]) -> _KnownOf:
    mails = matches.told(tx, match.id, subscription_ids)
    untold = [each for each in subscription_ids if each not in mails]
    earlier = stories.told_earlier(tx, match.id, untold)
    place = stories.place_of(tx, match.item_id) if earlier else None
    return _KnownOf(mails, earlier, place, acknowledgements.silenced(tx, (match.id,)).get(match.id))


def _told(known_of: _KnownOf, order: Order, rule: Rule, match: matches.Found) -> Answer:
    delivery = known_of.mails.get(order.id)
    if delivery is not None:
        reason = delivery.reason or f"in mail {delivery.message_id}"
        mail = (delivery.sent_at or delivery.created_at, delivery.delivery_id, delivery.message_id)
        return Answer(rule.key, order.address, delivery.state, reason, *mail)
    since = _skipped_since(order, match)
    if since is not None and since.at <= match.matched_at:
        return Answer(rule.key, order.address, "skipped", since.reason, since.at)
    earlier = known_of.earlier.get(order.id)
    if earlier is not None:
        reason = _merged(known_of.place, earlier)
        mail = (earlier.at, earlier.delivery_id, earlier.message_id)
        return Answer(rule.key, order.address, "merged into a story", reason, *mail)
    stand = known_of.stand
    if order.cadence is Cadence.IMMEDIATE and stand is not None and (since is None or stand.at <= since.at):
        return Answer(rule.key, order.address, "muted", _muted(stand), stand.at)
    if since is not None:
        return Answer(rule.key, order.address, "skipped", since.reason, since.at)
    if order.cadence is Cadence.IMMEDIATE and order.next_due_at and match.matched_at >= order.covered_until:
        reason = f"{_held_for(order, match.matched_at)}: it waits for the next mail"
        return Answer(rule.key, order.address, "held", reason, order.next_due_at)
    if order.cadence is Cadence.IMMEDIATE:
        reason = "the rule was added to the subscription after it matched"
        return Answer(rule.key, order.address, "skipped", reason, match.matched_at)
    reason = f"waits for the {order.cadence} digest"
    at = order.next_due_at
    if order.paused_until is not None and at is not None and order.paused_until > at:
        reason, at = f"{reason}, and for the end of a pause", order.paused_until
    return Answer(rule.key, order.address, "held", reason, at)


@dataclass(frozen=True, slots=True)
class _Skipped:
    """Why nothing is told to a subscription, and since when that is so."""

    reason: str
    at: datetime


def _skipped_since(order: Order, match: matches.Found) -> _Skipped | None:
    """The first reason that held: what somebody did after the match must not hide what was so before it."""
    if match.matched_at < order.started_at:
        return _Skipped("it matched before the subscription began", match.matched_at)
    if order.state is SubscriberState.UNCONFIRMED:
        return _Skipped("the subscriber is unconfirmed", match.matched_at)
    if order.ended_at is None:
        return None
    if order.ended_at <= match.matched_at:
        return _Skipped("the subscription has ended", order.ended_at)
    return _Skipped("the subscription ended before a mail told it", order.ended_at)


def _held_for(order: Order, matched_at: datetime) -> str:
    """Why an alert that matched then did not go out at once."""
    if order.paused_until is not None and order.paused_until > matched_at:
        return "the reader takes a pause"
    if quiet_until(matched_at, order.timezone, order.quiet) is not None:
        return "it came within the reader's quiet hours"
    return "more alerts came than an hour may bring"


def _muted(stand: Stand) -> str:
    """Who said that no alert is to tell the story."""
    why = f": {stand.reason}" if stand.reason else ""
    if stand.state is StoryState.MUTED:
        return f"its story was muted by {stand.by} at {_time(stand.at)}{why}"
    ended = stand.unmuted_at or stand.at
    return f"its story was muted until {_time(ended)}; what had matched by then is not told by an alert"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _merged(place: stories.Place | None, earlier: stories.Earlier) -> str:
    """Which alert told the story before, and why the item belongs to it."""
    told = f"mail {earlier.message_id} told its story: “{earlier.title}”"
    if place is None or place.like_item_id is None:
        return told
    return f"{told}; like item {place.like_item_id} ({place.score:.0%} alike): {', '.join(place.shared)}"
