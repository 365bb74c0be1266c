"""Concepts and situations of a deployment's own, owners and reasons of rules, and keys to search items by.

The keys of items that are there already are made by and by: see ``alerts.store.archive``.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def _versioned(heads: str, head: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        heads,
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("retired_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        f"{head}_versions",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column(f"{head}_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *columns,
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint([f"{head}_id"], [f"{heads}.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(f"{head}_id", "number", name=f"one_{head}_text_per_number"),
    )


def upgrade() -> None:
    op.add_column("rule_versions", sa.Column("review_at", sa.Date(), nullable=True))
    for name in ("owner", "reason", "note"):
        op.add_column("rule_versions", sa.Column(name, sa.Text(), nullable=True))
    _versioned(
        "concepts",
        "concept",
        sa.Column("polarity", sa.String(length=20), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("exclude", sa.JSON(), nullable=False),
    )
    _versioned(
        "situations",
        "situation",
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
    )
    op.add_column("items", sa.Column("keys_made", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("items_by_keys_made", "items", ["keys_made"])
    op.create_index("items_by_language", "items", ["language"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE item_keys (item_id bigint PRIMARY KEY, keys tsvector NOT NULL)")
        op.execute("CREATE INDEX item_keys_by_key ON item_keys USING gin (keys)")
    else:
        op.execute(
            "CREATE VIRTUAL TABLE item_keys USING fts5(keys, detail=none, columnsize=0, tokenize='ascii')"
        )
