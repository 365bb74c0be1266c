"""``alerts mail``: does mail leave, and what comes back?"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from alerts.app import configured, ready
from alerts.cli.output import Json, counted, plain, print_json, print_lines, print_table, rfc3339, say
from alerts.cli.person import actor
from alerts.errors import BadInput, SettingsError, Unavailable
from alerts.mail.address import check_address, normalise_address
from alerts.mail.returns import read_return
from alerts.mail.returns_parts import READ_LIMIT
from alerts.model import DeliveryState, Letter, LetterKind, Outcome
from alerts.services import brake
from alerts.services.caring import lift_of
from alerts.services.message import write_letter
from alerts.store import audit, deliveries, outbox, subscribers
from alerts.store.unit import reading, writing

cli = typer.Typer(help="Does mail leave, and what comes back?", no_args_is_help=True, rich_markup_mode=None)


@cli.callback()
def group() -> None:
    """Does mail leave, and what comes back?"""


@cli.command()
def classify(
    files: Annotated[list[str], typer.Argument(help="Mails as files (.eml); - is standard input.")],
    as_json: Json = False,
) -> None:
    """Say what mails that came back mean, recipient by recipient.

    The kind is hard, soft, complaint, auto-reply, unsubscribe or none.

    Example: alerts mail classify bounce.eml --json
    """
    answers = [answer for name in files for answer in read_return(_content(name))]
    if as_json:
        print_lines(
            {"recipient": each.recipient, "kind": each.kind, "status": each.status} for each in answers
        )
    else:
        print_table(
            ("recipient", "kind", "status"), [(each.recipient, each.kind, each.status) for each in answers]
        )


def _content(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(READ_LIMIT)
    try:
        with Path(name).open("rb") as mail:
            return mail.read(READ_LIMIT)
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror}") from None


@cli.command()
def collect() -> None:
    """Read the mailbox to which mail is returned, and do what follows, as the service does by itself.

    Example: alerts mail collect
    """
    app = ready()
    if not app.settings.return_mailbox:
        raise SettingsError(
            "ALERTS_RETURN_MAILBOX is not set; write imaps://user:password@host/FOLDER or maildir:///folder"
        )
    done = app.collect()
    kinds = Counter(each.kind.value for worked in done for each in worked.returned)
    print_table(("kind", "answers"), sorted(kinds.items()))
    suppressed, left = sum(each.suppressed for each in done), sum(each.left for each in done)
    lost = counted(suppressed, "address gets", "addresses get")
    gone = counted(left, "reader has", "readers have")
    say(f"{counted(len(done), 'mail')} read: {lost} no more mail, {gone} left something")


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
        subject = f"delivery {delivery}" if delivery else "all deliveries"
        audit.record(tx, at=now, actor=actor(), action="mail queued again", subject=subject)
    say(f"{counted(count, 'mail')} queued again")


@cli.command()
def resume() -> None:
    """Let sending go on after it was stopped because too much mail was refused, once the cause is mended.

    Example: alerts mail resume
    """
    app = ready()
    stop = brake.resume(app.engine, actor=actor(), now=app.clock())
    if stop is None:
        say("sending was not stopped")
        return
    with reading(app.engine) as tx:
        failed = outbox.counts(tx)[DeliveryState.FAILED]
    say(f"sending goes on; it was stopped since {rfc3339(stop.pulled_at)} because {stop.reason}")
    if failed:
        again = counted(failed, "mail has failed; to queue it", "mails have failed; to queue them")
        say(f"{again} again: alerts mail retry")


@cli.command()
def lift(
    address: Annotated[str, typer.Argument(help="The mail address.")],
    reason: Annotated[str, typer.Option(help="Why it may be written to again; kept in the audit.")],
) -> None:
    """Let mail go to an address again that bounced or that you put on the list.

    Whose owner left or complained only they can take back.

    Example: alerts mail lift desk@example.org --reason "mailbox mended"
    """
    app = ready()
    with reading(app.engine) as tx:
        person = subscribers.find_if_any(tx, normalise_address(address))
    subject = f"subscriber {person.id}" if person else "an address"
    hashes = app.address_hashes(address)
    lift_of(app.engine, hashes, reason, subject=subject, actor=actor(), now=app.clock())
    say("mail may go to this address again")


@cli.command()
def test(
    address: Annotated[str, typer.Argument(help="Where to send it.")],
    language: Annotated[
        str, typer.Option(help="Language of the mail; without it, that of the operators.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Send one real mail, and say at each step what the mail server answered.

    Example: alerts mail test you@example.org
    """
    app = configured()
    now = app.clock()
    letter = Letter(LetterKind.TEST, language or app.settings.operators_language, at=now)
    message_id = app.message_id(f"test {address} {now.isoformat()}")
    mail = write_letter(letter, check_address(address), message_id, now, app.writing)
    steps: list[Step] = []

    def heard(phase: str, code: int, words: str) -> None:
        steps.append(Step(phase, code, words))
        if not as_json:
            print(f"{phase:<8}{code} {words}", flush=True)

    transport = app.transport(heard)
    try:
        sending = transport.send(app.return_path.failures(app.signer.return_tag(0)), address, mail.content)
    finally:
        transport.close()
    if as_json:
        print_json({**plain(sending), "message_id": message_id, "steps": steps})
    if sending.outcome is not Outcome.SENT:
        raise Unavailable(f"the mail did not leave: {sending.phase} {sending.code or ''} {sending.reply}")
    say(f"the mail server has taken {message_id}; now see whether it arrives")


@dataclass(frozen=True, slots=True)
class Step:
    """One reply of the mail server."""

    phase: str
    code: int
    words: str
