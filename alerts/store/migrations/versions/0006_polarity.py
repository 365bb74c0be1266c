"""Which way the world moves when a rule matches; of the texts there are, nobody has said it yet."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    polarity = sa.Column("polarity", sa.String(length=20), nullable=False, server_default="neutral")
    op.add_column("rule_versions", polarity)
