"""A number that is known outside is given once, on SQLite as well, which gave that of the last row again when
the row was gone."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

TABLES = {
    "subscribers": ("subscriber", "target_id"),
    "subscriptions": ("subscription", "subscription_id"),
    "requests": ("request", "target_id"),
    "deliveries": ("delivery", None),
    "feeds": ("feed", None),
    "jobs": ("job", None),
}
"""What the audit calls a row of each, and in which field a letter names one. A target is a request or a
subscriber; a number that is left out by mistaking one for the other does no harm."""

IMPOSSIBLE = 10**12
"""What the audit is about may be words that somebody chose, and that only look like a number we gave."""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            _make_anew(table, never_again=True)
        for table in TABLES:
            _go_on_after_all_that_are_known(table)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            _make_anew(table, never_again=False)


def _make_anew(table: str, *, never_again: bool) -> None:
    options = {"sqlite_autoincrement": never_again}
    with op.batch_alter_table(table, recreate="always", table_kwargs=options):
        pass


def _go_on_after_all_that_are_known(table: str) -> None:
    known, (noun, field) = sa.table(table, sa.column("id")), TABLES[table]
    ways = [sa.select(known.c.id.label("number"))]
    audit = sa.table("audit_events", sa.column("subject"), sa.column("detail"))
    for told in audit.c:
        rest = sa.func.substr(told, len(noun) + 2)
        # A cast takes the digits that words begin with.
        ways.append(sa.select(rest.cast(sa.Integer)).where(told.startswith(f"{noun} ")))
    if field is not None:
        letter = sa.table("deliveries", sa.column("letter", sa.JSON())).c.letter
        ways.append(sa.select(letter[field].as_integer()))
    given = sa.union_all(*ways).subquery()
    highest = sa.select(sa.func.max(given.c.number)).where(given.c.number < IMPOSSIBLE).scalar_subquery()
    sequences = sa.table("sqlite_sequence", sa.column("name"), sa.column("seq"))
    op.execute(sequences.delete().where(sequences.c.name == table))
    seed = sa.select(sa.literal(table), sa.func.coalesce(highest, 0))
    op.execute(sequences.insert().from_select(["name", "seq"], seed))
