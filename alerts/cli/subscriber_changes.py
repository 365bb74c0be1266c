"""``alerts subscribers``: changing what one reader gets, ending it, and all that is kept about them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from sqlalchemy import Connection

from alerts.app import App, ready
from alerts.cli.output import Json, print_lines, print_table, say
from alerts.cli.person import actor
from alerts.errors import BadInput
from alerts.mail.address import normalise_address
from alerts.model import Cadence, Grant, Quiet, Scope
from alerts.services.csv_import import AT_ONCE, import_rows, read_people
from alerts.services.personal_data import export as everything
from alerts.services.preferring import Habits, change_habits
from alerts.services.subscribe import check_pause
from alerts.store import rules, situations, subscribers
from alerts.store.subscribers import Person
from alerts.store.unit import reading, writing

cli = typer.Typer()

Address = Annotated[str, typer.Argument(help="The mail address.")]


def quiet_of(words: str) -> Quiet | Literal["none"]:
    """Quiet hours, from ``22-7`` or *none*. Raises BadInput."""
    found = re.fullmatch(r"(\d{1,2})-(\d{1,2})", words)
    if found is None and words != "none":
        raise BadInput(f"quiet hours {words!r} cannot be read; write 22-7, or none")
    return Quiet(int(found[1]), int(found[2])) if found else "none"


def _person(app: App, address: str) -> Person:
    """Raises NotFound."""
    with reading(app.engine) as tx:
        return subscribers.find(tx, normalise_address(address))


@cli.command()
def change(
    address: Address,
    language: Annotated[str | None, typer.Option(help="Language of the mails.")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA time zone, such as Asia/Amman.")] = None,
    quiet: Annotated[
        str | None, typer.Option(help="Hours of every day in which alerts are held: 22-7, or none.")
    ] = None,
    pause_until: Annotated[
        str | None, typer.Option(help="Hold all mail until the beginning of that day (UTC), or none.")
    ] = None,
) -> None:
    """Change what holds for all mails of a subscriber; what is not named stays.

    Example: alerts subscribers change desk@example.org --quiet 22-7
    """
    app = ready()
    person, now = _person(app, address), app.clock()
    hours = person.quiet if quiet is None else quiet_of(quiet)
    until = person.paused_until if pause_until is None else _day(pause_until, now)
    habits = Habits(
        language or person.language,
        timezone or person.timezone,
        None if hours == "none" else hours,
        until,
    )
    languages = app.renderer.languages
    change_habits(app.engine, person.id, habits, languages=languages, now=now, actor=actor())
    shown = "none" if habits.quiet is None else f"{habits.quiet.since}-{habits.quiet.until}"
    paused = f"until {until:%Y-%m-%d}" if until is not None and until > now else "none"
    say(f"{person.address}: {habits.language}, zone {habits.timezone}, quiet hours: {shown}, pause: {paused}")


def _day(said: str, now: datetime) -> datetime | None:
    """The begin of a day to come, in UTC; None for *none*. Raises BadInput."""
    if said == "none":
        return None
    try:
        day = datetime.strptime(said, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadInput(f"day {said!r} cannot be read; write 2026-12-01, or none") from error
    check_pause(day, now)
    return day


@cli.command()
def unsubscribe(
    address: Address,
    scope: Annotated[
        str, typer.Option(help="everything, a cadence such as weekly, rule:KEY or situation:KEY.")
    ] = "everything",
) -> None:
    """End what a subscriber gets, at once, as their own link does.

    Example: alerts subscribers unsubscribe desk@example.org --scope rule:sanctions
    """
    app = ready()
    person = _person(app, address)
    with reading(app.engine) as tx:
        grant = _grant(tx, person.id, scope)
    ended = app.unsubscribe(grant, actor=actor())
    say(f"ended: {scope}" if ended else "there was nothing left to end")


def _grant(tx: Connection, subscriber_id: int, scope: str) -> Grant:
    """Raises BadInput or NotFound."""
    kind, _, key = scope.partition(":")
    if scope == Scope.EVERYTHING:
        return Grant(subscriber_id, Scope.EVERYTHING, 0)
    if kind == Scope.RULE and key:
        return Grant(subscriber_id, Scope.RULE, rules.ids(tx, [key])[key])
    if kind == Scope.SITUATION and key:
        return Grant(subscriber_id, Scope.SITUATION, situations.kept.ids(tx, [key])[key])
    for order in subscribers.orders_of(tx, subscriber_id):
        if order.cadence == scope:
            return Grant(subscriber_id, Scope.DIGEST, order.id)
    if scope in set(Cadence):
        raise BadInput(f"there is no {scope} subscription")
    raise BadInput(
        f"scope {scope!r} is not one of: everything, {', '.join(Cadence)}, rule:KEY, situation:KEY"
    )


@cli.command()
def export(address: Address) -> None:
    """Print everything that is kept about a subscriber, as JSON.

    Example: alerts subscribers export desk@example.org
    """
    app = ready()
    kept = everything(app.engine, _person(app, address).id)
    print(json.dumps(kept.document(), ensure_ascii=False, indent=1))


@cli.command()
def erase(
    address: Address,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete everything that is kept about a subscriber, for good; only a keyed hash stays.

    Example: alerts subscribers erase desk@example.org
    """
    app = ready()
    person = _person(app, address)
    if not yes and not typer.confirm(f"Delete all that is kept about {person.address}?"):
        say("nothing was deleted")
        return
    app.erase(person.id, actor=actor())
    say("erased; no import can bring this address back")


@cli.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV: address,language,timezone,cadence,hour,weekday,…")],
    as_json: Json = False,
) -> None:
    """Bring in the people of a list: by a letter that asks them, or at once where consent is recorded.

    Example: alerts subscribers import people.csv
    """
    app = ready()
    read = read_people(_content(file))
    who, told, count = actor(), [(fault.line, "refused", fault.why) for fault in read.faults], Counter[str]()
    count["refused"] = len(read.faults)
    for start in range(0, len(read.rows), AT_ONCE):
        some = read.rows[start : start + AT_ONCE]
        with writing(app.engine) as tx:
            came = import_rows(tx, app.reception, some, actor=who, now=app.clock())
        count.update(each.became.value for each in came)
        told += [
            (row.line, each.became.value, each.why) for row, each in zip(some, came, strict=True) if each.why
        ]
    _tell(sorted(told), as_json=as_json)
    say(", ".join(f"{count[word]} {word}" for word in ("added", "asked", "known", "refused")))
    if not count["added"] + count["asked"] + count["known"]:
        raise BadInput("no line of the list could be used")


def _tell(told: Sequence[tuple[int, str, str]], *, as_json: bool) -> None:
    if as_json:
        print_lines({"line": line, "became": became, "why": why} for line, became, why in told)
    elif told:
        print_table(("line", "became", "why"), told)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from error
