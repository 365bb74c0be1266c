"""What the staff does with one mail: queue it again, or hold it back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from alerts.errors import BadInput, NotFound
from alerts.model import DeliveryState
from alerts.store import audit, outbox
from alerts.store.unit import writing

_NEVER = {
    DeliveryState.SENT: "it was sent, and a mail is sent once",
    DeliveryState.SENDING: "it is being sent now",
    DeliveryState.QUEUED: "it waits for its turn already",
    DeliveryState.SUPPRESSED: "its reader is not to get it: they have left, or their address is on the "
    "suppression list; what they are due after that comes by itself",
}


def resend(engine: Engine, delivery_id: int, *, actor: str, now: datetime) -> None:
    """Puts a mail that failed, may be out or waits to be tried again at the head of the queue: the same bytes
    with the same Message-ID. Raises NotFound, or BadInput that says why not."""
    with writing(engine) as tx:
        mail = outbox.find(tx, delivery_id)
        if mail is None:
            raise NotFound(f"there is no delivery {delivery_id}")
        if mail.state in _NEVER or not outbox.send_again(tx, delivery_id, now):
            raise BadInput(
                f"this mail cannot be sent again: {_NEVER.get(mail.state, 'it is being sent now')}"
            )
        detail = f"was {mail.state}: {mail.reason or 'no reason was recorded'}"
        subject = f"delivery {delivery_id}"
        audit.record(tx, at=now, actor=actor, action="mail queued again", subject=subject, detail=detail)


def hold(engine: Engine, delivery_id: int, why: str, *, actor: str, now: datetime) -> None:
    """Keeps a mail from being sent until somebody queues it again. Raises NotFound, or BadInput when there is
    no reason for it or the mail has left."""
    why = why.strip()
    if not why:
        raise BadInput("say why this mail is held back")
    with writing(engine) as tx:
        if outbox.find(tx, delivery_id) is None:
            raise NotFound(f"there is no delivery {delivery_id}")
        if not outbox.hold_back(tx, delivery_id, f"held back by {actor}: {why}"):
            raise BadInput("this mail does not wait any more: it cannot be held back")
        subject = f"delivery {delivery_id}"
        audit.record(tx, at=now, actor=actor, action="mail held back", subject=subject, detail=why)
