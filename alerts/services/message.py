"""From a frozen digest to the bytes of a mail: rendered in the reader's language, put in an envelope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from sqlalchemy import Connection

from alerts.digests.render import Renderer
from alerts.errors import BadInput
from alerts.mail.envelope import Envelope, envelope
from alerts.mail.links import Signer
from alerts.model import Cadence, Digest, Grant, Links, Reader, Scope
from alerts.services.deliver import Rendered
from alerts.store import subscribers
from alerts.store.deliveries import Claimed


@dataclass(frozen=True, slots=True)
class Writing:
    """What writing a mail needs from outside. ``pages`` is the address of the web pages."""

    renderer: Renderer
    signer: Signer
    sender: str
    service: str
    pages: str


def write_claimed(tx: Connection, claimed: Claimed, now: datetime, writing: Writing) -> Rendered:
    """The mail of a delivery. Raises BadInput for a broken template."""
    if claimed.subscription_id is None:
        raise BadInput("letters are not written yet")
    return write(tx, claimed.subscription_id, claimed.digest, claimed.message_id, now, writing)


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
    """The mail that tells this digest to its subscriber, in their language unless another is named.

    Raises BadInput for a broken template.
    """
    order = subscribers.order(tx, subscription_id)
    rules = subscribers.rules_of(tx, subscription_id)

    def link(scope: Scope, target_id: int) -> str:
        return f"{writing.pages}/u/{writing.signer.token(Grant(order.subscriber_id, scope, target_id))}"

    links = Links(
        unsubscribe=link(Scope.DIGEST, order.id),
        unsubscribe_everything=link(Scope.EVERYTHING, 0),
        unsubscribe_rules=tuple((rule.name.key, link(Scope.RULE, rule.rule_id)) for rule in rules),
    )
    reader = Reader(language or order.language, order.timezone, order.cadence, order.hour, order.weekday)
    message = writing.renderer.render(digest, reader, links, writing.service)
    name, address = parseaddr(writing.sender)
    stream = "alerts" if order.cadence is Cadence.IMMEDIATE else f"{order.cadence}-digest"
    content = envelope(
        message,
        Envelope(
            sender=address,
            sender_name=name or writing.service,
            recipient=order.address,
            message_id=message_id,
            date=now,
            list_id=f"{stream}.{address.rpartition('@')[2]}",
            unsubscribe_url=links.unsubscribe,
        ),
    )
    return Rendered(message, content)
