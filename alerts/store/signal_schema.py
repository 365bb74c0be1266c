"""The tables of noticing change: stories, the series that are watched, what they told, and who decided."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

import alerts.store.mail_schema  # noqa: F401  (the tables that these refer to)
from alerts.model import Assessment, Level, Surge, Trend, TrendCall
from alerts.store.columns import Document, Table, UtcTime, Word, Words, refers_to, row_id


class Story(Table):
    """Several items about one event, across sources."""

    __tablename__ = "stories"
    id: Mapped[int] = row_id()
    first_seen_at: Mapped[datetime]


class StoryItem(Table):
    """Why an item belongs to its story. ``like_item_id`` is the item it resembles most, with ``shared``
    words; ``origin`` the publisher whose words these are: its own, a wire's, or of whom it copies."""

    __tablename__ = "story_items"
    item_id: Mapped[int] = refers_to("items.id", primary_key=True)
    story_id: Mapped[int] = refers_to("stories.id", index=True)
    seen_at: Mapped[datetime]
    print: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    family: Mapped[str]
    origin: Mapped[str]
    like_item_id: Mapped[int | None] = mapped_column(BigInteger)
    score: Mapped[float | None]
    shared: Mapped[Words] = mapped_column(Document(Words))


class StoryKey(Table):
    """A telling word of an item, hashed: by these its relatives are found. Kept while stories are open."""

    __tablename__ = "story_keys"
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcTime, primary_key=True)
    item_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    __table_args__ = ({"sqlite_with_rowid": False},)


class MatchPlace(Table):
    """A country that a matched item is about."""

    __tablename__ = "match_places"
    match_id: Mapped[int] = refers_to("matches.id", primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)


class Sighting(Table):
    """The first time that news of a story matched a rule in a place ('' for anywhere): what series count."""

    __tablename__ = "sightings"
    rule_id: Mapped[int] = refers_to("rules.id", primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    story_id: Mapped[int] = refers_to("stories.id", primary_key=True)
    day: Mapped[date]
    match_id: Mapped[int] = refers_to("matches.id")
    __table_args__ = (
        Index("sightings_of_series", "rule_id", "place", "day"),
        Index("sightings_by_day", "day"),
    )


class Series(Table):
    """A rule in a place and what is usual there. ``closed_day`` is the last day that was learned from or
    remembered; ``version_id`` the text of the rule that was counted."""

    __tablename__ = "series"
    rule_id: Mapped[int] = refers_to("rules.id", primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    version_id: Mapped[int] = refers_to("rule_versions.id")
    begun_day: Mapped[date]
    closed_day: Mapped[date]
    state: Mapped[Any] = mapped_column(JSON)


class FeedWeight(Table):
    """What an item of a feed that joined later counts for a rule, once that is settled."""

    __tablename__ = "feed_weights"
    rule_id: Mapped[int] = refers_to("rules.id", primary_key=True)
    feed_id: Mapped[int] = refers_to("feeds.id", primary_key=True)
    weight: Mapped[float]


class Exposure(Table):
    """How much of what a rule draws on was collected on a day, in a unit of the rule's own; 0 an outage."""

    __tablename__ = "exposures"
    rule_id: Mapped[int] = refers_to("rules.id", primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    exposure: Mapped[float]


class SurgeRow(Table):
    """A surge that was noticed. The key makes noticing the same twice impossible."""

    __tablename__ = "surges"
    id: Mapped[int] = row_id()
    rule_id: Mapped[int] = refers_to("rules.id")
    place: Mapped[str]
    day: Mapped[date]
    level: Mapped[Level] = mapped_column(Word(Level))
    made_at: Mapped[datetime]
    surge: Mapped[Surge] = mapped_column(Document(Surge))
    __table_args__ = (
        Index("one_surge_per_day_and_level", "rule_id", "place", "day", "level", unique=True),
        Index("surges_by_day", "day"),
    )


class TrendCallRow(Table):
    """What the figures said of a situation, and what a person decided. A draft that nobody decided on is
    replaced by the next; ``replaced_at`` says when."""

    __tablename__ = "trend_calls"
    id: Mapped[int] = row_id()
    situation_id: Mapped[int] = refers_to("situations.id", index=True)
    made_at: Mapped[datetime]
    call: Mapped[TrendCall] = mapped_column(Document(TrendCall))
    replaced_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    trend: Mapped[Trend | None] = mapped_column(Word(Trend))
    risk_alert: Mapped[bool | None]
    resolution_opportunity: Mapped[bool | None]
    reason: Mapped[str | None]


class AssessmentRow(Table):
    """A trend that is worth telling: a likely change that the figures show, or a person's decision."""

    __tablename__ = "assessments"
    id: Mapped[int] = row_id()
    situation_id: Mapped[int] = refers_to("situations.id", index=True)
    call_id: Mapped[int] = refers_to("trend_calls.id")
    confirmed: Mapped[bool]
    made_at: Mapped[datetime]
    assessment: Mapped[Assessment] = mapped_column(Document(Assessment))
    __table_args__ = (Index("one_assessment_per_call", "call_id", "confirmed", unique=True),)


class SubscriptionSituation(Table):
    """The situations of a subscription: news of their rules in their places, surges and trends."""

    __tablename__ = "subscription_situations"
    subscription_id: Mapped[int] = refers_to("subscriptions.id", primary_key=True)
    situation_id: Mapped[int] = refers_to("situations.id", primary_key=True, index=True)
    added_at: Mapped[datetime]


class ToldSurge(Table):
    """The surge was told to the subscription, in that digest."""

    __tablename__ = "told_surges"
    subscription_id: Mapped[int] = refers_to("subscriptions.id", primary_key=True)
    surge_id: Mapped[int] = refers_to("surges.id", primary_key=True)
    digest_id: Mapped[int] = refers_to("digests.id", index=True)


class ToldAssessment(Table):
    """The assessment was told to the subscription, in that digest."""

    __tablename__ = "told_assessments"
    subscription_id: Mapped[int] = refers_to("subscriptions.id", primary_key=True)
    assessment_id: Mapped[int] = refers_to("assessments.id", primary_key=True)
    digest_id: Mapped[int] = refers_to("digests.id", index=True)
