"""``alerts db``, ``doctor`` and ``ledger``: is everything where it should be?"""

from __future__ import annotations

import typer

from alerts.app import configured, ready
from alerts.cli.output import Json, plain, print_json, print_table, say
from alerts.errors import AlertsError, Unavailable
from alerts.services.doctor import examine
from alerts.store.ledger import read
from alerts.store.migrate import pending
from alerts.store.migrate import upgrade as upgrade_schema
from alerts.store.unit import reading

db = typer.Typer(help="The database.", no_args_is_help=True, rich_markup_mode=None)


@db.command()
def upgrade() -> None:
    """Bring the database to this program's schema.

    Example: alerts db upgrade
    """
    app = configured()
    upgrade_schema(app.engine)
    say("the database is at this program's schema")


@db.command()
def check() -> None:
    """Say whether the database is at this program's schema. Exit code 4 when it is not.

    Example: alerts db check
    """
    app = configured()
    if pending(app.engine):
        raise Unavailable("the database is not at this program's schema; run: alerts db upgrade")
    say("the database is at this program's schema")


def doctor(as_json: Json = False) -> None:
    """Check every part: settings, database, broker, mail server, templates. Exit code 4 when one fails.

    Example: alerts doctor --json
    """
    findings = examine(configured().checks())
    if as_json:
        print_json(findings)
    else:
        print_table(
            ("check", "", "message"), ((f.check, "ok" if f.ok else "FAILS", f.message) for f in findings)
        )
    if not all(finding.ok for finding in findings):
        raise typer.Exit(4)


def ledger(as_json: Json = False) -> None:
    """Count what became of everything, and say whether the sums balance. Exit code 1 when not.

    Example: alerts ledger --json
    """
    app = ready()
    with reading(app.engine) as tx:
        found = read(tx)
    if as_json:
        print_json({**plain(found), "balanced": found.balanced})
    else:
        shown = {**plain(found), "balanced": found.balanced}
        states = shown.pop("deliveries")
        print_table(("what", "count"), {**shown, **{f"mails {s}": n for s, n in states.items()}}.items())
    if not found.balanced:
        raise AlertsError("the sums do not balance; please report this with the table above")
