"""The weekly run: many readers, digests of about thirty entries, every language the service speaks.

    ./run bench digest [--readers N] [--database URL] [--json]

One week of invented news is polled through the use case; then, each step measured by itself: every digest
that is due is composed, every mail rendered and stored, and every mail handed to a mail server in another
process and recorded. The peer is ``smtplib`` in a bare loop that sends the same bytes to the same server
and records nothing. Rendering is a step of its own here so that sending can be compared; the service
renders a mail when it sends it first, and stores the bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from alerts.app import App
from alerts.model import Cadence
from alerts.services.message import write
from alerts.store import deliveries
from alerts.store.mail_schema import Delivery, DigestRow, Mail
from alerts.store.unit import reading, writing
from bench import peers
from bench.main_path import WEEK, Clock, MainPath, batches, on_scratch, say
from bench.report import Report

READERS = 10_000
RULES_EACH = range(7, 12)
ROUNDS = 4
NEW_A_POLL = 8
RENDERED_AT_ONCE = 50


class WeeklyRun(MainPath):
    """The same main path, with readers of one cadence and every language."""

    def __init__(self, app: App, clock: Clock, readers: int) -> None:
        super().__init__(app, clock)
        self.readers = readers

    def subscribe(self) -> None:
        wishes = self.world.wishes(
            self.readers,
            Cadence.WEEKLY,
            self.rules,
            languages=self.app.renderer.languages,
            follow=RULES_EACH,
        )
        with self.meter.stage("subscribe", "readers") as stage, self.meter.timed(stage):
            stage.done = len(self.app.subscribe(wishes, actor="bench"))

    def render(self) -> None:
        """Every mail of the outbox, stored as the service stores it."""
        with reading(self.app.engine) as tx:
            written = select(Mail.delivery_id)
            unwritten = select(Delivery.id).where(Delivery.id.not_in(written)).order_by(Delivery.id)
            ids = list(tx.scalars(unwritten))
        query = select(Delivery.id, Delivery.message_id, DigestRow.subscription_id, DigestRow.content)
        query = query.join(DigestRow, DigestRow.id == Delivery.digest_id)
        with self.meter.stage("render", "mails") as stage, self.meter.timed(stage):
            for chunk in batches(ids, RENDERED_AT_ONCE):
                with writing(self.app.engine) as tx:
                    for row in tx.execute(query.where(Delivery.id.in_(chunk))).all():
                        rendered = write(
                            tx,
                            row.subscription_id,
                            row.content,
                            row.message_id,
                            self.clock.now,
                            self.app.writing,
                        )
                        deliveries.keep_content(tx, row.id, rendered.message.subject, rendered.content)
                        stage.done += 1


def run(app: App, clock: Clock, readers: int) -> Report:
    path = WeeklyRun(app, clock, readers)
    path.prepare()
    path.subscribe()
    path.poll("poll, one week", ROUNDS, NEW_A_POLL, WEEK)
    clock.now += timedelta(hours=1)
    path.compose()
    path.render()
    path.deliver()
    composed, rendered, sent = path.meter.stages[-3:]
    say("the peer …")
    return Report(
        database=app.engine.dialect.name,
        stages=tuple(path.meter.stages),
        figures={
            "readers": readers,
            "languages": len(app.renderer.languages),
            "entries a digest": round(path.entries / max(1, composed.done), 1),
            "composed/s": round(composed.rate, 1),
            "rendered/s": round(rendered.rate, 1),
            "composed and rendered/s": round(1 / (1 / composed.rate + 1 / rendered.rate), 1),
            "mails/s": round(sent.rate, 1),
        },
        peers=(peers.sending(app, sent.rate),),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("./run bench digest", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--readers", type=int, default=READERS, help=f"weekly readers (default: {READERS})")
    parser.add_argument("--database", default="", help="an empty postgresql://… database; default: SQLite")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    chosen = parser.parse_args(arguments)
    if chosen.readers < 1:
        parser.error("--readers is 1 or more")
    return on_scratch(
        parser, chosen.database, lambda app, clock: run(app, clock, chosen.readers), chosen.json
    )


if __name__ == "__main__":
    sys.exit(main())
