"""From a frozen digest or letter to the bytes of a mail: rendered in the reader's language, put in an
envelope."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parseaddr

from sqlalchemy import Connection

from alerts.digests.render import Renderer
from alerts.errors import AlertsError
from alerts.mail.envelope import Envelope, envelope, name_of
from alerts.mail.links import Signer
from alerts.mail.return_path import ReturnPath
from alerts.model import (
    TO_CONFIRM,
    Cadence,
    Digest,
    Grant,
    Letter,
    LetterKind,
    LetterLinks,
    Links,
    Message,
    Reader,
    Scope,
)
from alerts.services.deliver import Rendered
from alerts.store import deliveries, following, subscribers
from alerts.store.deliveries import Claimed


@dataclass(frozen=True, slots=True)
class Writing:
    """What writing a mail needs from outside. ``pages`` is the address of the web pages, ``return_path`` the
    mailbox where one may also unsubscribe by mail; None when nobody reads it. ``contact`` is whom to ask."""

    renderer: Renderer
    signer: Signer
    sender: str
    service: str
    pages: str
    return_path: ReturnPath | None = None
    contact: str = ""

    def unsubscribe(self, grant: Grant) -> str:
        """The page where this may be ended."""
        return f"{self.pages}/u/{self.signer.token(grant)}"

    def preferences(self, subscriber_id: int) -> str:
        """The page where a subscriber changes what comes."""
        return f"{self.pages}/p/{self.signer.preferences_token(subscriber_id)}"

    def put_in_envelope(
        self,
        message: Message,
        recipient: str,
        message_id: str,
        stream: str,
        now: datetime,
        leave: Grant | None,
        root: str | None = None,
    ) -> Rendered:
        """The mail of a message. ``stream`` begins its List-Id; ``leave`` is what a mail program's own button
        ends, None where there is nothing to end. ``root`` is the id of the mail that this answers."""
        name, address = parseaddr(self.sender)
        by_mail = None
        if leave is not None and self.return_path is not None:
            by_mail = self.return_path.leaving(self.signer.unsubscribe_tag(leave))
        content = envelope(
            message,
            Envelope(
                sender=address,
                sender_name=name or self.service,
                recipient=recipient,
                message_id=message_id,
                date=now,
                list_id=f"{stream}.{address.rpartition('@')[2]}",
                unsubscribe_url=self.unsubscribe(leave) if leave else None,
                unsubscribe_mailto=by_mail,
                help_url=f"{self.pages}/p",
                root=root,
            ),
        )
        return Rendered(message, content)


def write_claimed(tx: Connection, claimed: Claimed, now: datetime, writing: Writing) -> Rendered:
    """The mail of a delivery. Raises BadInput for a broken template."""
    if claimed.subscription_id is not None:
        number, told = claimed.subscription_id, claimed.digest
        return write(tx, number, told, claimed.message_id, now, writing)
    if claimed.letter is not None:
        return write_letter(claimed.letter, claimed.address, claimed.message_id, now, writing)
    raise AlertsError(f"delivery {claimed.id} holds neither a digest nor a letter")


def write(
    tx: Connection,
    subscription_id: int,
    digest: Digest,
    message_id: str,
    now: datetime,
    writing: Writing,
    *,
    language: str | None = None,
) -> Rendered:
    """The mail that tells this digest to its subscriber, in their language unless another is named. It says
    where on the web it will be kept.

    Raises BadInput for a broken template.
    """
    order = subscribers.order(tx, subscription_id)
    rules = subscribers.rules_of(tx, subscription_id)
    followed = following.scope_of(tx, subscription_id).situations

    def link(scope: Scope, target_id: int) -> str:
        return writing.unsubscribe(Grant(order.subscriber_id, scope, target_id))

    own_page = writing.preferences(order.subscriber_id)
    links = Links(
        unsubscribe=link(Scope.DIGEST, order.id),
        unsubscribe_everything=link(Scope.EVERYTHING, 0),
        unsubscribe_rules=tuple((rule.name.key, link(Scope.RULE, rule.rule_id)) for rule in rules),
        unsubscribe_situations=tuple(
            (each.situation.name, link(Scope.SITUATION, each.id)) for each in followed
        ),
        preferences=own_page,
        web=f"{own_page}/past/{name_of(message_id)}",
    )
    reader = Reader(
        language or order.language, order.timezone, order.cadence, order.hour, order.weekday, order.minute
    )
    # Mail programs put what answers another mail beside it only when both have one subject.
    subject = deliveries.subject_of(tx, digest.root) if digest.root else ""
    message = writing.renderer.render(
        digest, reader, links, writing.service, contact=writing.contact, subject=subject
    )
    stream = "alerts" if order.cadence is Cadence.IMMEDIATE else f"{order.cadence}-digest"
    leave = Grant(order.subscriber_id, Scope.DIGEST, order.id)
    return writing.put_in_envelope(
        message, order.address, message_id, stream, now, leave, digest.root or None
    )


_ABOUT_THEIRS = (LetterKind.WELCOME, LetterKind.GOODBYE, LetterKind.PREFERENCES, LetterKind.MOVED)


def write_letter(
    letter: Letter, recipient: str, message_id: str, now: datetime, writing: Writing
) -> Rendered:
    """The mail of a letter. Raises BadInput for a broken template."""
    if letter.kind in TO_CONFIRM:
        token = writing.signer.confirm_token(letter.target_id, letter.until or now)
        links = LetterLinks(f"{writing.pages}/c/{token}")
    elif letter.kind in _ABOUT_THEIRS:
        links = LetterLinks(writing.preferences(letter.target_id))
    else:
        links = LetterLinks(f"{writing.pages}/")
    leave = None
    if letter.kind is LetterKind.WELCOME:
        leave = Grant(letter.target_id, Scope.DIGEST, letter.subscription_id)
        everything = writing.unsubscribe(Grant(letter.target_id, Scope.EVERYTHING, 0))
        links = replace(links, unsubscribe=writing.unsubscribe(leave), unsubscribe_everything=everything)
    message = writing.renderer.render_letter(letter, links, writing.service)
    stream = "account" if letter.kind in (*TO_CONFIRM, *_ABOUT_THEIRS) else "operators"
    return writing.put_in_envelope(message, recipient, message_id, stream, now, leave)
