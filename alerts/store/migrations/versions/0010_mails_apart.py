"""The bytes of a mail in a row of their own, which claiming and settling its delivery leave alone."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("delivery_id", ID, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("delivery_id"),
    )
    op.execute(
        "INSERT INTO mails (delivery_id, content)"
        " SELECT id, content FROM deliveries WHERE content IS NOT NULL"
    )
    op.drop_column("deliveries", "content")


def downgrade() -> None:
    op.add_column("deliveries", sa.Column("content", sa.LargeBinary(), nullable=True))
    op.execute(
        "UPDATE deliveries SET content = (SELECT content FROM mails WHERE mails.delivery_id = deliveries.id)"
    )
    op.drop_table("mails")
