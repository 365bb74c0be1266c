"""``alerts subscribers``: who gets mail, and what they asked for."""

from __future__ import annotations

from typing import Annotated

import typer

from alerts.app import ready
from alerts.cli.output import Json, plain, print_json, print_table, say
from alerts.cli.person import actor
from alerts.errors import BadInput
from alerts.mail.address import normalise_address
from alerts.model import Cadence
from alerts.services.subscribe import Wish
from alerts.store import deliveries
from alerts.store import subscribers as kept
from alerts.store.unit import reading

cli = typer.Typer(help="Who gets mail, and what they asked for.", no_args_is_help=True, rich_markup_mode=None)

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def weekday_of(word: str) -> int:
    """0 for Monday, from a day's English name or number. Raises BadInput."""
    if word.isdigit():
        return int(word)
    if word.lower() not in _DAYS:
        raise BadInput(f"weekday {word!r} is unknown; write monday … sunday, or 0 (Monday) … 6")
    return _DAYS.index(word.lower())


@cli.command()
def add(
    address: Annotated[str, typer.Argument(help="The mail address.")],
    rule: Annotated[list[str], typer.Option(help="Key of a rule; may be given again.")],
    language: Annotated[str, typer.Option(help="Language of the mails.")] = "en",
    timezone: Annotated[str, typer.Option(help="IANA time zone, such as Asia/Amman.")] = "UTC",
    cadence: Annotated[Cadence, typer.Option(help="How often.")] = Cadence.WEEKLY,
    hour: Annotated[int, typer.Option(help="Hour of digests in the subscriber's zone, 0–23.")] = 8,
    weekday: Annotated[str, typer.Option(help="Day of weekly digests.")] = "monday",
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="You hold this person's recorded consent.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add a subscriber, or add to what one asks for.

    Example: alerts subscribers add desk@example.org --rule sanctions --cadence daily --confirmed
    """
    app = ready()
    wish = Wish(
        address, language, timezone, cadence, tuple(rule), hour, weekday_of(weekday), confirmed=confirmed
    )
    (subscriber_id,) = app.subscribe([wish], actor=actor())
    if as_json:
        print_json({"id": subscriber_id, "address": address})
        return
    say(f"subscriber {subscriber_id}: {cadence.value} mail about {', '.join(rule)}")
    if not confirmed:
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
                "weekday": order.weekday,
                "next_due_at": order.next_due_at,
                "ended_at": order.ended_at,
                "rules": [rule.name.key for rule in kept.rules_of(tx, order.id)],
            }
            for order in kept.orders_of(tx, person.id)
        ]
        mails = deliveries.latest(tx, 20, address_key=key)
    if as_json:
        sent = [
            {name: getattr(mail, name) for name in ("message_id", "state", "subject", "reason", "sent_at")}
            for mail in mails
        ]
        print_json({**plain(person), "subscriptions": orders, "mails": sent})
        return
    print_table(("what", "value"), plain(person).items())
    print()
    print_table(
        ("cadence", "hour", "weekday", "next", "rules"),
        (
            (o["cadence"], o["hour"], o["weekday"], o["next_due_at"], " ".join(plain(o["rules"])))
            for o in orders
        ),
    )
    print()
    print_table(("when", "state", "subject"), ((m.sent_at, m.state, m.subject) for m in mails))
