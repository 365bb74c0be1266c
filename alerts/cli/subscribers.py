"""``alerts subscribers``: who gets mail, and what they asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import typer

from alerts.app import ready
from alerts.cli import subscriber_changes
from alerts.cli.output import Json, plain, print_json, print_table, rfc3339, say
from alerts.cli.person import actor
from alerts.cli.subscriber_changes import quiet_of
from alerts.mail.address import normalise_address
from alerts.model import Cadence, Level, SubscriberState, Wish
from alerts.services.csv_import import DAYS, clock_of, weekday_of
from alerts.services.subscribe import check_pause
from alerts.store import following, outbox
from alerts.store import subscribers as kept
from alerts.store.unit import reading

cli = typer.Typer(help="Who gets mail, and what they asked for.", no_args_is_help=True, rich_markup_mode=None)


class SurgeWish(StrEnum):
    """Of which surges somebody wants to be told."""

    NONE = "none"
    WATCH = "watch"
    WARNING = "warning"
    URGENT = "urgent"

    @property
    def wish(self) -> Level | Literal["none"]:
        return "none" if self is SurgeWish.NONE else Level(self.value)


@cli.command()
def add(
    address: Annotated[str, typer.Argument(help="The mail address.")],
    rule: Annotated[list[str] | None, typer.Option(help="Key of a rule; may be given again.")] = None,
    situation: Annotated[
        list[str] | None, typer.Option(help="Key of a situation; may be given again.")
    ] = None,
    surges: Annotated[
        SurgeWish | None, typer.Option(help="Lowest level of surges to be told of (situations: warning).")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Language of the mails (new: en).")] = None,
    timezone: Annotated[
        str | None, typer.Option(help="IANA time zone, such as Asia/Amman (new: UTC).")
    ] = None,
    cadence: Annotated[Cadence, typer.Option(help="How often.")] = Cadence.WEEKLY,
    hour: Annotated[
        str | None, typer.Option(help="Time of digests in the subscriber's zone: 7 or 7:30 (new: 8).")
    ] = None,
    weekday: Annotated[str | None, typer.Option(help="Day of weekly digests (new: monday).")] = None,
    monthday: Annotated[int | None, typer.Option(help="Day of monthly digests, 1–28 (new: 1).")] = None,
    quiet: Annotated[
        str | None, typer.Option(help="Hours of every day in which alerts are held: 22-7, or none.")
    ] = None,
    pause_until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Hold all mail until the beginning of that day (UTC)."),
    ] = None,
    tell_nothing: Annotated[
        bool | None,
        typer.Option("--tell-nothing/--tell-only-news", help="Send digests also when there is nothing new."),
    ] = None,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="You hold this person's recorded consent.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add a subscriber, or add to what one asks for.

    Example: alerts subscribers add desk@example.org --situation sudan --rule sanctions --confirmed
    """
    app = ready()
    until = None if pause_until is None else pause_until.replace(tzinfo=UTC)
    check_pause(until, app.clock())
    clock = (None, None) if hour is None else clock_of(hour)
    wish = Wish(
        address,
        language,
        timezone,
        cadence,
        tuple(rule or ()),
        hour=clock[0],
        minute=clock[1],
        weekday=None if weekday is None else weekday_of(weekday),
        monthday=monthday,
        confirmed=confirmed,
        situations=tuple(situation or ()),
        surges=None if surges is None else surges.wish,
        tell_nothing=tell_nothing,
        quiet=None if quiet is None else quiet_of(quiet),
        paused_until=until,
    )
    (subscriber_id,) = app.subscribe([wish], actor=actor())
    with reading(app.engine) as tx:
        orders = kept.orders_of(tx, subscriber_id)
        order = next(each for each in orders if each.cadence is cadence)
        keys = [each.name.key for each in kept.rules_of(tx, order.id)]
        places = [each.situation.key for each in following.scope_of(tx, order.id).situations]
    if as_json:
        print_json({"id": subscriber_id, "address": address})
        return
    when = "at once" if order.next_due_at is None else f"next at {rfc3339(order.next_due_at)}"
    say(
        f"{order.address}: {cadence.value} mail in {order.language}, zone {order.timezone}, {when}; "
        f"rules: {', '.join(keys) or 'none'}; situations: {', '.join(places) or 'none'}; "
        f"surges: {order.surge_level or 'none'}"
    )
    if order.state is SubscriberState.UNCONFIRMED:
        say("unconfirmed: nothing is sent until you record consent with --confirmed")


@cli.command("list")
def list_(as_json: Json = False) -> None:
    """List the subscribers.

    Example: alerts subscribers list
    """
    app = ready()
    with reading(app.engine) as tx:
        found = kept.everyone(tx)
    if as_json:
        print_json(found)
    else:
        print_table(
            ("id", "state", "address", "language", "zone"),
            ((p.id, p.state, p.address, p.language, p.timezone) for p in found),
        )


@cli.command()
def show(address: Annotated[str, typer.Argument(help="The mail address.")], as_json: Json = False) -> None:
    """Show one subscriber: what they asked for, and their latest mails.

    Example: alerts subscribers show desk@example.org --json
    """
    app = ready()
    key = normalise_address(address)
    with reading(app.engine) as tx:
        person = kept.find(tx, key)
        orders = [
            {
                "cadence": order.cadence,
                "hour": order.hour,
                "minute": order.minute,
                "weekday": order.weekday,
                "monthday": order.monthday,
                "next_due_at": order.next_due_at,
                "held_since": _held_since(order),
                "ended_at": order.ended_at,
                "rules": [rule.name.key for rule in kept.rules_of(tx, order.id)],
                "situations": [each.situation.key for each in following.scope_of(tx, order.id).situations],
                "surges": order.surge_level,
            }
            for order in kept.orders_of(tx, person.id)
        ]
        mails = outbox.latest(tx, 20, address_key=key)
    if as_json:
        sent = [
            {name: getattr(mail, name) for name in ("message_id", "state", "subject", "reason", "sent_at")}
            for mail in mails
        ]
        print_json({**plain(person), "subscriptions": orders, "mails": sent})
        return
    print_table(("what", "value"), _told(person, app.clock()))
    print()
    print_table(
        ("cadence", "when", "next", "rules and situations", "surges"),
        (
            (
                o["cadence"],
                _slot(o),
                _next(o),
                " ".join(plain(o["rules"]) + plain(o["situations"])),
                o["surges"] or "none",
            )
            for o in orders
        ),
    )
    print()
    print_table(("when", "state", "subject"), ((m.sent_at, m.state, m.subject) for m in mails))


def _held_since(order: kept.Order) -> datetime | None:
    """Since when alerts are held back; None when none are."""
    holds = order.cadence is Cadence.IMMEDIATE and order.next_due_at is not None
    return order.covered_until if holds else None


def _told(person: kept.Person, now: datetime) -> list[tuple[str, object]]:
    """What holds for all mails of a person, in words."""
    quiet, until = person.quiet, person.paused_until
    return [
        ("id", person.id),
        ("address", person.address),
        ("state", person.state),
        ("language", person.language),
        ("zone", person.timezone),
        ("quiet hours", f"{quiet.since:02}:00 to {quiet.until:02}:00, in their zone" if quiet else "none"),
        ("pause", f"until {rfc3339(until)}" if until is not None and until > now else "none"),
    ]


def _next(order: dict[str, Any]) -> str:
    """When a subscription speaks next, in words."""
    if order["ended_at"] is not None:
        return f"ended {rfc3339(order['ended_at'])}"
    if order["held_since"] is not None:
        return f"{rfc3339(order['next_due_at'])}, held since {rfc3339(order['held_since'])}"
    return "as it comes" if order["next_due_at"] is None else rfc3339(order["next_due_at"])


def _slot(order: dict[str, Any]) -> str:
    """When a subscription speaks, in words."""
    if order["ended_at"] is not None:
        return "ended"
    hour = f"{order['hour']:02}:{order['minute']:02}"
    return {
        Cadence.IMMEDIATE: "at once",
        Cadence.DAILY: hour,
        Cadence.WEEKLY: f"{DAYS[order['weekday']]} {hour}",
        Cadence.MONTHLY: f"day {order['monthday']} {hour}",
    }[order["cadence"]]


cli.add_typer(subscriber_changes.cli)  # without a name: its commands are commands of this group
