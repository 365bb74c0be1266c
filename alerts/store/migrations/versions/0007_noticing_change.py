"""Stories, the series that are watched, surges, trends, and who asked for them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
WORD = sa.String(length=20)


def upgrade() -> None:
    op.create_table(
        "stories",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "story_keys",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "seen_at", "item_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "exposures",
        sa.Column("rule_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("exposure", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("rule_id", "day"),
    )
    op.create_table(
        "feed_weights",
        sa.Column("rule_id", ID, nullable=False),
        sa.Column("feed_id", ID, nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("rule_id", "feed_id"),
    )
    op.create_table(
        "surges",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("rule_id", ID, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("level", WORD, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("surge", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_surge_per_day_and_level", "surges", ["rule_id", "place", "day", "level"], unique=True
    )
    op.create_index("surges_by_day", "surges", ["day"], unique=False)
    op.create_table(
        "trend_calls",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("situation_id", ID, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("call", sa.JSON(), nullable=False),
        sa.Column("replaced_at", TIME, nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("trend", WORD, nullable=True),
        sa.Column("risk_alert", sa.Boolean(), nullable=True),
        sa.Column("resolution_opportunity", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["situation_id"], ["situations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_trend_calls_situation_id"), "trend_calls", ["situation_id"], unique=False)
    op.create_table(
        "assessments",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("situation_id", ID, nullable=False),
        sa.Column("call_id", ID, nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("assessment", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["trend_calls.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["situation_id"], ["situations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_assessments_situation_id"), "assessments", ["situation_id"], unique=False)
    op.create_index("one_assessment_per_call", "assessments", ["call_id", "confirmed"], unique=True)
    op.create_table(
        "series",
        sa.Column("rule_id", ID, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("version_id", ID, nullable=False),
        sa.Column("begun_day", sa.Date(), nullable=False),
        sa.Column("closed_day", sa.Date(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["version_id"], ["rule_versions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("rule_id", "place"),
    )
    op.create_table(
        "subscription_situations",
        sa.Column("subscription_id", ID, nullable=False),
        sa.Column("situation_id", ID, nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["situation_id"], ["situations.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("subscription_id", "situation_id"),
    )
    op.create_index(
        op.f("ix_subscription_situations_situation_id"),
        "subscription_situations",
        ["situation_id"],
        unique=False,
    )
    op.create_table(
        "story_items",
        sa.Column("item_id", ID, nullable=False),
        sa.Column("story_id", ID, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("print", sa.JSON(), nullable=True),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("like_item_id", sa.BigInteger(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("shared", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id"),
    )
    op.create_index(op.f("ix_story_items_story_id"), "story_items", ["story_id"], unique=False)
    op.create_table(
        "told_assessments",
        sa.Column("subscription_id", ID, nullable=False),
        sa.Column("assessment_id", ID, nullable=False),
        sa.Column("digest_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessments.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("subscription_id", "assessment_id"),
    )
    op.create_index(op.f("ix_told_assessments_digest_id"), "told_assessments", ["digest_id"], unique=False)
    op.create_table(
        "told_surges",
        sa.Column("subscription_id", ID, nullable=False),
        sa.Column("surge_id", ID, nullable=False),
        sa.Column("digest_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["surge_id"], ["surges.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("subscription_id", "surge_id"),
    )
    op.create_index(op.f("ix_told_surges_digest_id"), "told_surges", ["digest_id"], unique=False)
    op.create_table(
        "match_places",
        sa.Column("match_id", ID, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["match_id"], ["matches.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("match_id", "place"),
    )
    op.create_table(
        "sightings",
        sa.Column("rule_id", ID, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("story_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("match_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["match_id"], ["matches.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("rule_id", "place", "story_id"),
    )
    op.create_index("sightings_by_day", "sightings", ["day"], unique=False)
    op.create_index("sightings_of_series", "sightings", ["rule_id", "place", "day"], unique=False)
    op.add_column("subscriptions", sa.Column("surge_level", WORD, nullable=True))
