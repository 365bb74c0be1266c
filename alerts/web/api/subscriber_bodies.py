"""The names of subscribers and subscriptions on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from alerts.model import Cadence, Level, Quiet, SubscriberState, Wish
from alerts.services.preferring import Choice, Habits
from alerts.store import following, subscribers
from alerts.store.subscribers import Order, Person
from alerts.web.api.fields import NO_NUL, Key, LanguageTag, Line, Moment, Sent, Whole, Yes

Address = Annotated[str, Field(min_length=3, max_length=320, pattern=NO_NUL, examples=["desk@example.org"])]
Zone = Annotated[str, Field(pattern=r"^[A-Za-z0-9_+/-]+$", max_length=60, examples=["Asia/Amman"])]
Hour = Annotated[Whole, Field(ge=0, le=23)]
Minute = Annotated[Whole, Field(ge=0, le=59)]
Weekday = Annotated[Whole, Field(ge=0, le=6)]
Monthday = Annotated[Whole, Field(ge=1, le=28)]
Keys = Annotated[list[Key], Field(max_length=2_000)]
Surges = Literal["none", "watch", "warning", "urgent"]


class QuietHours(Sent):
    """Hours of every day in which alerts are held, in the subscriber's zone; over midnight when `until` is
    the smaller one."""

    since: Hour
    until: Hour = Field(description="Another than `since`.")

    def quiet(self) -> Quiet:
        return Quiet(self.since, self.until)


class SubscriptionIn(Sent):
    """What one subscription is to be. It follows these rules and situations and no others."""

    rules: Keys = Field([], description="Keys of rules.")
    situations: Keys = Field([], description="Keys of situations.")
    hour: Hour = Field(8, description="Of digests, in the subscriber's zone.")
    minute: Minute = 0
    weekday: Weekday = Field(0, description="Of weekly digests; 0 is Monday.")
    surges: Surges = Field("none", description="The lowest level of surges to be told of.")
    tell_nothing: Yes = Field(False, description="Send digests also when there is nothing new.")

    def choice(self, cadence: Cadence) -> Choice:
        return Choice(
            cadence,
            tuple(dict.fromkeys(self.rules)),
            tuple(dict.fromkeys(self.situations)),
            hour=self.hour,
            minute=self.minute,
            weekday=self.weekday,
            surge_level=None if self.surges == "none" else Level(self.surges),
            tell_nothing=self.tell_nothing,
        )


class SubscriberIn(Sent):
    """Somebody who is to get mail, and is no subscriber yet."""

    address: Address
    consent: Line = Field(
        "",
        description="Where this person's consent is recorded. Empty: they are asked by mail, and nothing "
        "comes before they have pressed the button in it.",
        examples=["Form of 2026-03-05, folder 12"],
    )
    cadence: Cadence = Field(Cadence.WEEKLY, description="How often mail comes.")
    rules: Keys = Field([], description="Keys of rules; there must be a rule or a situation.")
    situations: Keys = Field([], description="Keys of situations.")
    language: LanguageTag | None = Field(None, description="Of the mails (BCP 47); for somebody new: en.")
    timezone: Zone | None = Field(None, description="IANA; for somebody new: UTC.")
    hour: Hour | None = Field(None, description="Of digests, in their zone; for somebody new: 8.")
    minute: Minute | None = None
    weekday: Weekday | None = Field(None, description="Of weekly digests; 0 is Monday.")
    monthday: Monthday | None = Field(None, description="Of monthly digests.")
    surges: Surges | None = Field(
        None, description="The lowest level of surges to be told of; left out: *warning* with a situation."
    )
    tell_nothing: Yes | None = None
    quiet: QuietHours | None = None
    paused_until: Moment | None = Field(None, description="Until then nothing is sent; it is held.")

    def wish(self) -> Wish:
        return Wish(
            address=self.address,
            language=self.language,
            timezone=self.timezone,
            cadence=self.cadence,
            rules=tuple(dict.fromkeys(self.rules)),
            hour=self.hour,
            minute=self.minute,
            weekday=self.weekday,
            monthday=self.monthday,
            situations=tuple(dict.fromkeys(self.situations)),
            surges=self.surges if self.surges in (None, "none") else Level(self.surges),
            tell_nothing=self.tell_nothing,
            quiet=self.quiet.quiet() if self.quiet else None,
            paused_until=self.paused_until,
        )


class SubscriberChange(Sent):
    """What holds for all mails of a person; what is left out stays, null takes it away."""

    language: LanguageTag | None = None
    timezone: Zone | None = None
    quiet: QuietHours | None = Field(None, description="null: none.")
    paused_until: Moment | None = Field(None, description="null: no pause.")

    def habits(self, person: Person) -> Habits:
        said = self.model_fields_set
        quiet = self.quiet.quiet() if self.quiet else None
        return Habits(
            language=self.language or person.language,
            timezone=self.timezone or person.timezone,
            quiet=quiet if "quiet" in said else person.quiet,
            paused_until=self.paused_until if "paused_until" in said else person.paused_until,
        )


class QuietOut(BaseModel):
    since: int
    until: int


class SubscriptionOut(BaseModel):
    """One subscription: what comes at one cadence."""

    cadence: Cadence
    rules: list[str]
    situations: list[str]
    hour: int
    minute: int
    weekday: int = Field(description="0 is Monday.")
    monthday: int
    surges: Surges
    tell_nothing: bool
    next_due_at: datetime | None = Field(description="When the next digest comes; null for alerts.")
    started_at: datetime
    ended_at: datetime | None


class SubscriberOut(BaseModel):
    """A subscriber."""

    id: int
    address: str
    language: str
    timezone: str
    state: SubscriberState
    quiet: QuietOut | None
    paused_until: datetime | None


class SubscriberShown(SubscriberOut):
    """The same with what they asked for."""

    subscriptions: list[SubscriptionOut]


class AskedByMail(BaseModel):
    """They were asked, and are no subscriber before they agree."""

    asked: Literal[True] = True


def subscriber_out(person: Person) -> SubscriberOut:
    return SubscriberOut(
        id=person.id,
        address=person.address,
        language=person.language,
        timezone=person.timezone,
        state=person.state,
        quiet=QuietOut(since=person.quiet.since, until=person.quiet.until) if person.quiet else None,
        paused_until=person.paused_until,
    )


def subscriptions_out(tx: Connection, orders: Sequence[Order]) -> list[SubscriptionOut]:
    scopes = following.scopes(tx, [order.id for order in orders])
    return [
        SubscriptionOut(
            cadence=order.cadence,
            rules=[each.name.key for each in subscribers.rules_of(tx, order.id)],
            situations=[each.situation.key for each in scopes[order.id].situations],
            hour=order.hour,
            minute=order.minute,
            weekday=order.weekday,
            monthday=order.monthday,
            surges=order.surge_level.value if order.surge_level else "none",
            tell_nothing=order.tell_nothing,
            next_due_at=order.next_due_at,
            started_at=order.started_at,
            ended_at=order.ended_at,
        )
        for order in orders
    ]
