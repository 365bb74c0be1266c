"""Feeds keep their site and their tags, as lists of feeds name them.

Both may be absent: SQLite cannot add a column that must be there without making the table anew, and
that would take the rows of other tables with it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("feeds", sa.Column("site", sa.Text(), nullable=True))
    op.add_column("feeds", sa.Column("tags", sa.JSON(), nullable=True))
