"""Feeds keep their host and their habit; items keep their facets, files, translations and places.

A feed without a host counts as a host of its own until it moves.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("feeds", sa.Column("host", sa.Text(), nullable=True))
    op.add_column("feeds", sa.Column("last_new_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("feeds", sa.Column("habit_seconds", sa.Integer(), nullable=True))
    op.add_column("items", sa.Column("more", sa.JSON(), nullable=True))
    op.add_column("items", sa.Column("kind", sa.Text(), nullable=True))
    op.add_column("items", sa.Column("region", sa.Text(), nullable=True))
