"""What an admin fills in about a reader, and what that means. Raises BadInput in words for people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from starlette.datastructures import FormData

from alerts.app import App
from alerts.digests.window import zone
from alerts.errors import BadInput
from alerts.model import Quiet
from alerts.services.preferring import Choice, Habits
from alerts.services.subscribe import check_pause
from alerts.store.subscribers import Person
from alerts.web.choices import Filled, meant, offer, pause_of, quiet_of
from alerts.web.forms import text

_SHORT = 100

_WRONG = {
    "cadence": "choose how often mail comes",
    "time": "write a time such as 08:00",
    "weekday": "choose the day of a weekly digest",
    "surges": "choose from which level on surges are told",
    "choice": "choose at least one situation or rule",
}
"""What is wrong with a field, by the name that ``meant`` has for it."""


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


def choice(app: App, subscriber_id: int | None, sent: Filled) -> Choice:
    """One subscription that was filled in, of a reader or of somebody new. What is no longer offered is left
    out, and so is a rule of their own, which nobody writes for them."""
    meaning, wrong = meant(replace(sent, own=""), offer(app, "en", subscriber_id))
    if meaning is None:
        raise BadInput("; ".join(words for name, words in _WRONG.items() if name in wrong))
    return meaning


def quiet_words(quiet: Quiet | None) -> str:
    """``22:00 to 07:00``; '' for none."""
    return f"{quiet.since:02}:00 to {quiet.until:02}:00" if quiet else ""
