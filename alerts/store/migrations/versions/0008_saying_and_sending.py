"""Letters about the service, held alerts, threads, requests for mail, what comes back, and the brake."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
WORD = sa.String(length=20)
HASH = sa.String(length=64)


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("quiet", sa.JSON(), nullable=True))
    op.add_column("subscribers", sa.Column("paused_until", TIME, nullable=True))
    op.add_column("subscriptions", sa.Column("minute", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "subscriptions", sa.Column("tell_nothing", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index("attempts_by_time", "attempts", ["started_at"])
    _widen_deliveries()
    _explain_suppressions()
    op.create_table(
        "threads",
        sa.Column("subscription_id", ID, nullable=False),
        sa.Column("story_id", ID, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("subscription_id", "story_id"),
    )
    op.create_index(op.f("ix_threads_story_id"), "threads", ["story_id"])
    op.create_table(
        "requests",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("address_hash", HASH, nullable=False),
        sa.Column("from_hash", HASH, nullable=False),
        sa.Column("wish", sa.JSON(), nullable=True),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("subscriber_id", ID, nullable=True),
        sa.Column("confirmed_at", TIME, nullable=True),
        sa.Column("confirmed_from_hash", HASH, nullable=True),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscribers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_requests_created_at"), "requests", ["created_at"])
    op.create_index(op.f("ix_requests_subscriber_id"), "requests", ["subscriber_id"])
    op.create_index("requests_for_address", "requests", ["address_hash", "created_at"])
    op.create_index("requests_from", "requests", ["from_hash", "created_at"])
    op.create_table(
        "returns",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("key", HASH, nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("delivery_id", ID, nullable=True),
        sa.Column("subscriber_id", ID, nullable=True),
        sa.Column("returned", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscribers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(op.f("ix_returns_delivery_id"), "returns", ["delivery_id"])
    op.create_index(op.f("ix_returns_subscriber_id"), "returns", ["subscriber_id"])
    op.create_table(
        "brakes",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("pulled_at", TIME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("released_at", TIME, nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _widen_deliveries() -> None:
    """Letters belong to no digest, and some go to people who are no subscribers."""
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.add_column(sa.Column("letter", sa.JSON(), nullable=True))
        deliveries.add_column(sa.Column("domain", sa.Text(), nullable=True))
        deliveries.alter_column("digest_id", existing_type=ID, nullable=True)
        deliveries.alter_column("subscriber_id", existing_type=ID, nullable=True)
        deliveries.create_check_constraint("a_digest_or_a_letter", "(digest_id IS NULL) <> (letter IS NULL)")
        deliveries.create_index("deliveries_of_domain", ["domain", "state"])
        deliveries.create_index("deliveries_by_creation", ["subscriber_id", "created_at"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute("UPDATE deliveries SET domain = substr(address, instr(address, '@') + 1)")
    else:
        op.execute("UPDATE deliveries SET domain = split_part(address, '@', 2)")


def _explain_suppressions() -> None:
    """Until now an address was suppressed because its owner left, or because a server refused it."""
    op.add_column("suppressions", sa.Column("kind", WORD, nullable=False, server_default="bounced"))
    op.execute("UPDATE suppressions SET kind = 'unsubscribed' WHERE reason = 'unsubscribed'")
