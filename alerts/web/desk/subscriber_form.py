"""What an admin fills in about a reader, and what that means. Raises BadInput in words for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData

from alerts.digests.window import zone
from alerts.errors import BadInput
from alerts.mail.address import check_address
from alerts.model import Cadence, Level, Quiet, Wish
from alerts.services.csv_import import clock_of, weekday_of
from alerts.services.preferring import Choice, Habits
from alerts.services.subscribe import check_pause
from alerts.store.subscribers import Order, Person
from alerts.web.forms import text
from alerts.web.readers.choices import pause_of, quiet_of

_SHORT, _LONG = 100, 20_000


@dataclass(frozen=True, slots=True)
class HabitsForm:
    """What holds for all mails, as the form shows it. ``paused_until`` is a day, hours are numbers or ''."""

    language: str
    timezone: str
    quiet_since: str = ""
    quiet_until: str = ""
    paused_until: str = ""

    @classmethod
    def of(cls, person: Person, now: datetime) -> HabitsForm:
        paused, quiet = person.paused_until, person.quiet
        still = paused is not None and paused > now
        return cls(
            person.language,
            person.timezone,
            str(quiet.since) if quiet else "",
            str(quiet.until) if quiet else "",
            paused.astimezone(zone(person.timezone)).date().isoformat() if paused and still else "",
        )

    @classmethod
    def sent(cls, form: FormData) -> HabitsForm:
        names = ("language", "timezone", "quiet_since", "quiet_until", "paused_until")
        return cls(*(text(form, name)[:_SHORT] for name in names))


def habits(form: FormData, now: datetime) -> Habits:
    timezone = text(form, "timezone")[:_SHORT]
    zone(timezone)
    quiet, right = quiet_of(form)
    if not right:
        raise BadInput("quiet hours: choose two different hours, or none")
    paused_until, right = pause_of(form, timezone)
    if not right:
        raise BadInput("the end of the pause is no day")
    check_pause(paused_until, now)
    return Habits(text(form, "language")[:_SHORT], timezone, quiet, paused_until)


@dataclass(frozen=True, slots=True)
class OrderForm:
    """One subscription, as the form shows it: keys one a line, the weekday by its number."""

    cadence: str = Cadence.WEEKLY.value
    time: str = "08:00"
    weekday: str = "0"
    rules: str = ""
    situations: str = ""
    surges: str = Level.WARNING.value
    tell_nothing: bool = False

    @classmethod
    def of(cls, order: Order, rules: tuple[str, ...], situations: tuple[str, ...]) -> OrderForm:
        return cls(
            order.cadence.value,
            f"{order.hour:02}:{order.minute:02}",
            str(order.weekday),
            "\n".join(rules),
            "\n".join(situations),
            order.surge_level.value if order.surge_level else "none",
            order.tell_nothing,
        )

    @classmethod
    def sent(cls, form: FormData) -> OrderForm:
        return cls(
            text(form, "cadence")[:_SHORT],
            text(form, "time")[:_SHORT],
            text(form, "weekday")[:_SHORT],
            text(form, "rules")[:_LONG],
            text(form, "situations")[:_LONG],
            text(form, "surges")[:_SHORT],
            text(form, "tell_nothing") == "yes",
        )

    def _read(self) -> dict[str, Any]:
        if self.cadence not in set(Cadence):
            raise BadInput("choose how often mail comes")
        if self.surges not in {"none", *Level}:
            raise BadInput("choose from which level on surges are told")
        hour, minute = clock_of(self.time.removesuffix(":00") if self.time.count(":") > 1 else self.time)
        return {
            "cadence": Cadence(self.cadence),
            "rules": tuple(dict.fromkeys(self.rules.split())),
            "situations": tuple(dict.fromkeys(self.situations.split())),
            "hour": hour,
            "minute": minute,
            "weekday": weekday_of(self.weekday),
            "tell_nothing": self.tell_nothing,
        }

    def choice(self) -> Choice:
        level = None if self.surges == "none" else self.surges
        return Choice(**self._read(), surge_level=None if level is None else Level(level))

    def wish(self, address: str, language: str, timezone: str) -> Wish:
        read = self._read()
        zone(timezone)
        return Wish(
            check_address(address),
            language,
            timezone,
            surges="none" if self.surges == "none" else Level(self.surges),
            **read,
        )


def quiet_words(quiet: Quiet | None) -> str:
    """``22:00 to 07:00``; '' for none."""
    return f"{quiet.since:02}:00 to {quiet.until:02}:00" if quiet else ""
