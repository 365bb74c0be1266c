"""The tables of the faces: machines' tokens, long work, and what people say about stories and matches."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

import alerts.store.signal_schema  # noqa: F401  (the tables that these refer to)
from alerts.model import JobKind, JobState, StoryState
from alerts.store.columns import NEVER_AGAIN, Document, Id, Table, Word, Words, refers_to, row_id


class Token(Table):
    """What a machine shows to be let in. Only it has the token; here is what the token is recognised by."""

    __tablename__ = "tokens"
    id: Mapped[int] = row_id()
    name: Mapped[str] = mapped_column(unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[Words]
    made_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Job(Table):
    """Long work that somebody asked for on a page. ``about`` says in a few words what, ``wish`` what exactly,
    ``result`` what came of it so far; ``done`` of ``whole`` is behind it. ``material`` is what it works on,
    and goes when it ends. A worker holds it under a lease, as it holds a feed."""

    __tablename__ = "jobs"
    id: Mapped[int] = row_id()
    kind: Mapped[JobKind] = mapped_column(Word(JobKind))
    state: Mapped[JobState] = mapped_column(Word(JobState))
    asked_by: Mapped[str]
    created_at: Mapped[datetime]
    about: Mapped[str]
    wish: Mapped[dict[str, Any]] = mapped_column(Document(dict[str, Any]))
    material: Mapped[str | None]
    done: Mapped[int] = mapped_column(default=0)
    whole: Mapped[int | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(Document(dict[str, Any]))
    reason: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    claim_token: Mapped[str | None]
    cancelled_by: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    __table_args__ = (Index("jobs_by_state", "state", "id"), NEVER_AGAIN)


class Acknowledgement(Table):
    """What somebody made of a story, when and why. While it is muted no alert tells what matches it, and what
    matched before ``unmuted_at`` is told by none later either; digests tell all of it."""

    __tablename__ = "acknowledgements"
    story_id: Mapped[int] = refers_to("stories.id", primary_key=True)
    state: Mapped[StoryState] = mapped_column(Word(StoryState))
    by: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]
    unmuted_at: Mapped[datetime | None]


class Judgement(Table):
    """A reader says that a match was not relevant to them."""

    __tablename__ = "judgements"
    subscriber_id: Mapped[int] = refers_to("subscribers.id", primary_key=True)
    match_id: Mapped[int] = refers_to("matches.id", primary_key=True, index=True)
    at: Mapped[datetime]


class OwnRule(Table):
    """A rule that a reader wrote for themselves. Nobody else is offered it, not even what is left of it when
    the reader is erased: ``subscriber_id`` is None then."""

    __tablename__ = "own_rules"
    rule_id: Mapped[int] = refers_to("rules.id", primary_key=True)
    subscriber_id: Mapped[int | None] = mapped_column(
        Id, ForeignKey("subscribers.id", ondelete="SET NULL"), index=True
    )
