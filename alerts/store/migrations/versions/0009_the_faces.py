"""Tokens of machines, long work, stories seen to, matches judged, rules and addresses of readers' own."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
WORD = sa.String(length=20)
HASH = sa.String(length=64)


def upgrade() -> None:
    op.add_column("users", sa.Column("looked_at", TIME, nullable=True))
    op.add_column("sessions", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("requests", sa.Column("new_address", sa.Text(), nullable=True))
    op.create_index("items_by_kind", "items", ["kind"])
    op.create_index("items_by_region", "items", ["region"])
    op.create_index("matches_by_time", "matches", ["matched_at"])
    op.create_index("audit_events_by_time", "audit_events", ["at"])
    op.create_index("audit_events_by_actor", "audit_events", ["actor"])
    op.create_index("audit_events_by_action", "audit_events", ["action"])
    op.create_index("audit_events_by_subject", "audit_events", ["subject"])
    op.create_table(
        "tokens",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", HASH, nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("used_at", TIME, nullable=True),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("wish", sa.JSON(), nullable=False),
        sa.Column("material", sa.Text(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Integer(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claimed_until", TIME, nullable=True),
        sa.Column("claim_token", sa.Text(), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.Column("finished_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("jobs_by_state", "jobs", ["state", "id"])
    op.create_table(
        "acknowledgements",
        sa.Column("story_id", ID, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("unmuted_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("story_id"),
    )
    op.create_table(
        "judgements",
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("match_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscribers.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["match_id"], ["matches.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("subscriber_id", "match_id"),
    )
    op.create_index(op.f("ix_judgements_match_id"), "judgements", ["match_id"])
    op.create_table(
        "own_rules",
        sa.Column("rule_id", ID, nullable=False),
        sa.Column("subscriber_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscribers.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("rule_id"),
    )
    op.create_index(op.f("ix_own_rules_subscriber_id"), "own_rules", ["subscriber_id"])


def downgrade() -> None:
    for table in ("own_rules", "judgements", "acknowledgements", "jobs", "tokens"):
        op.drop_table(table)
    op.drop_index("audit_events_by_subject", "audit_events")
    op.drop_index("audit_events_by_action", "audit_events")
    op.drop_index("audit_events_by_actor", "audit_events")
    op.drop_index("audit_events_by_time", "audit_events")
    op.drop_index("matches_by_time", "matches")
    op.drop_index("items_by_region", "items")
    op.drop_index("items_by_kind", "items")
    op.drop_column("requests", "new_address")
    op.drop_column("sessions", "address")
    op.drop_column("users", "looked_at")
