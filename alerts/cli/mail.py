"""``alerts mail``: does mail leave?"""

from __future__ import annotations

from email.utils import parseaddr
from typing import Annotated

import typer

from alerts.app import configured, ready
from alerts.cli.output import Json, print_json, say
from alerts.cli.person import actor
from alerts.errors import Unavailable
from alerts.mail.envelope import Envelope, envelope
from alerts.model import Message, Outcome
from alerts.store import audit, deliveries
from alerts.store.unit import writing

cli = typer.Typer(help="Does mail leave?", no_args_is_help=True, rich_markup_mode=None)


@cli.callback()
def group() -> None:
    """Does mail leave?"""


@cli.command()
def retry(
    delivery: Annotated[int, typer.Argument(help="Id of one delivery; without it, all.")] = 0,
) -> None:
    """Queue mail again that failed, or that may be out in three copies, once the cause is mended.

    Example: alerts mail retry
    """
    app = ready()
    now = app.clock()
    with writing(app.engine) as tx:
        count = deliveries.retry(tx, now, delivery or None)
        audit.record(tx, at=now, actor=actor(), action="mail queued again", subject=str(delivery or "all"))
    say(f"{count} mails queued again")


@cli.command()
def test(address: Annotated[str, typer.Argument(help="Where to send it.")], as_json: Json = False) -> None:
    """Send one real mail and say what the mail server answered.

    Example: alerts mail test you@example.org
    """
    app = configured()
    now = app.clock()
    service = app.settings.service_name
    words = f"This is a test from {service} at {app.settings.pages}. Mail leaves as it should."
    message = Message("en", f"{service}: test mail", f"{words}\n", f'<p lang="en" dir="ltr">{words}</p>\n')
    sender = parseaddr(app.settings.sender)[1]
    content = envelope(
        message,
        Envelope(
            sender=sender,
            sender_name=service,
            recipient=address,
            message_id=app.message_id(f"test {address} {now.isoformat()}"),
            date=now,
            list_id=f"test.{app.mail_domain}",
            unsubscribe_url=None,
        ),
    )
    transport = app.transport()
    try:
        sending = transport.send(sender, address, content)
    finally:
        transport.close()
    if as_json:
        print_json(sending)
    else:
        say(f"{sending.outcome.value} at {sending.phase}: {sending.code or ''} {sending.reply}")
    if sending.outcome is not Outcome.SENT:
        raise Unavailable(f"the mail did not leave: {sending.phase} {sending.code or ''} {sending.reply}")
