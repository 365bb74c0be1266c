"""A service in which every page has something to show, some of it hostile."""

from __future__ import annotations

import json
from pathlib import Path

from hostile_words import KEEPABLE
from public_pages import FILLED, confirm_link, own_page
from situation_world import A_DAY, SHELLING, TODAY, TRUCE, WORSE, Followed, with_accounts
from web_client import post
from web_world import LAUNCH, NOW, World, add_delivery, add_feed, add_match, make_app

from alerts.embedded.inbox import ENVELOPES
from alerts.mail.envelope import name_of
from alerts.model import DeliveryState, Grant, Item, Level, Scope, Trend
from alerts.services.assessing import Verdict
from alerts.services.backtest import backtest
from alerts.store import jobs, matches, past
from alerts.store.unit import reading, writing
from alerts.web.site import make_web

MAIL = "1772720000000000000.1.host"

_MAIL = b"""From: Harbour Watch <alerts@harbour.example>\r
To: reader@desk.example.org\r
Subject: Two ballistic missiles\r
MIME-Version: 1.0\r
Content-Type: text/html; charset=utf-8\r
\r
<!doctype html><html lang="en"><title>Two</title><p style="color:#a30000">Two <b>missiles</b></p></html>\r
"""


class FullWorld:
    """What was put in: ids, and links that mails hold."""

    def __init__(self, home: Path, address: str, database_url: str = "") -> None:
        """In a database of its own, or in a new one that stands elsewhere."""
        self.app = make_app(home, maildir=home / "mail", public_url=address, database_url=database_url)
        self.readers, self.followed = World(self.app), Followed(self.app)
        with_accounts(self.app)
        self._situations()
        self.feed, self.item = self._news()
        with writing(self.app.engine) as tx:
            self.job = jobs.add(tx, backtest(tx, SHELLING, 30, 365), asked_by="anna", now=NOW)
        _put_mail(home / "mail")
        assert post(make_web(self.app), "/subscribe", FILLED).status == 200
        self.confirm, self.preferences = confirm_link(self.app), own_page(self.app, self.readers.english)
        with reading(self.app.engine) as tx:
            newest = past.listed(tx, self.readers.english, 1)[0]
        self.past = f"{self.preferences}/past/{name_of(newest.message_id)}"
        self.leave = f"/u/{self.app.signer.token(Grant(self.readers.english, Scope.EVERYTHING, 0))}"
        self.atom = f"/a/{self.app.signer.feed_token(self.readers.english)}.xml"

    def _situations(self) -> None:
        followed = self.followed
        followed.close(TODAY - 120 * A_DAY, TODAY - 3 * A_DAY)
        followed.close(TODAY - 2 * A_DAY, TODAY - 2 * A_DAY, exposure=0.0)
        for number, words in enumerate(KEEPABLE):
            followed.story(words, TODAY - (number % 25) * A_DAY, told_by=(followed.other,), kind="briefing")
        for number in range(40):
            followed.story(f"The pier was shelled {number} times", TODAY - 2 * number * A_DAY)
            followed.story(f"Truce talks, day {number}", TODAY - 2 * number * A_DAY, rule=TRUCE, place="fj")
        followed.surge(Level.URGENT)
        followed.surge(Level.WARNING, TODAY - 12 * A_DAY, "kr")
        followed.draft(at=NOW - 70 * A_DAY)
        followed.draft(at=NOW - 9 * A_DAY)
        self.app.decide(
            "strait", Verdict(Trend.UNCHANGED, True, True, "Old footage, seen from the pier"), "anna"
        )
        followed.draft(WORSE)
        followed.draft(WORSE, followed.atoll, at=NOW - 40 * A_DAY)

    def _news(self) -> tuple[int, int]:
        with writing(self.app.engine) as tx:
            feed = add_feed(tx, "Pier <News>", "fr", failures=4, note="timed out: <b>no</b> answer")
            for number, words in enumerate(KEEPABLE):
                item = Item(f"hostile {number}", "javascript:run()", f"ballistic missile {words}", words)
                match = add_match(tx, feed, item, LAUNCH, "ballistic missile")
                add_delivery(tx, self.readers, match, list(DeliveryState)[2 + number % 5], words[:100])
            item_id = next(iter(matches.load(tx, [match]))).item_id
        return feed, item_id


def _put_mail(maildir: Path) -> None:
    for folder in ("new", "cur", "tmp", ENVELOPES):
        (maildir / folder).mkdir(parents=True, exist_ok=True)
    (maildir / "new" / MAIL).write_bytes(_MAIL)
    envelope = {"sender": "alerts@harbour.example", "recipients": ["hidden@desk.example.org"]}
    (maildir / ENVELOPES / f"{MAIL}.json").write_text(json.dumps(envelope))
