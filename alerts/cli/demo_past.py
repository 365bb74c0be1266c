"""The past of ``alerts demo``: four months of invented news through the service itself, day by day.

What polls, matches, counts, watches and decides are the functions that do it live; only the clock is turned.
All of it happens before anybody subscribes, so that nothing of it is ever mailed.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

from alerts.app import App
from alerts.cli.rules import rules_at
from alerts.cli.situations import situations_at
from alerts.config import Settings
from alerts.embedded.past import Past, read_past
from alerts.embedded.samples import SAMPLE
from alerts.feeds.parse import parse
from alerts.model import Feed, FeedState, Fetched, Validators
from alerts.services.assessing import Verdict
from alerts.services.poll import poll
from alerts.services.replay import Clock
from alerts.services.rules import Edit, import_rules
from alerts.services.situations import import_situations
from alerts.store import claims, feeds
from alerts.store.unit import writing

WATCHED_DAILY = 12
"""The last days, of which a surge is still news. Before, once a week will do: a watch closes every day that
is over."""

CONFIRMED, DAYS_AGO, BY = "demo-antarctica", 4, "demo editor"
"""The situation on whose draft a person decided, when, and who."""

_A_DAY = timedelta(days=1)


def live_through(settings: Settings, now: datetime) -> None:
    """Fills an empty database with what the months up to ``now`` would have left. Its feeds end paused."""
    past = read_past()
    clock = Clock(now - len(past.days) * _A_DAY)
    app = App(settings, clock=clock)
    ids = _prepare(app, past)
    for day in range(len(past.days)):
        age = len(past.days) - day
        clock.now = now - age * _A_DAY
        _poll(app, ids, past, day)
        if age <= WATCHED_DAILY or age % 7 == 0:
            app.watch()
        if age == DAYS_AGO:
            app.decide(CONFIRMED, Verdict(), BY)
    clock.now = now
    app.watch()
    with writing(app.engine) as tx:
        for feed_id in ids:
            feeds.set_state(tx, feed_id, FeedState.PAUSED)
    app.engine.dispose()


def _prepare(app: App, past: Past) -> tuple[int, ...]:
    """Its situations, the rules of the starter pack that these need, and its feeds: their ids."""
    now, languages = app.clock(), app.settings.languages
    situations = situations_at(str(SAMPLE / "situations.toml"))
    needed = {key for each in situations for key in each.rules}
    rules = [rule for rule in rules_at("catalog") if rule.key in needed]
    import_rules(app.engine, rules, author="demo", now=now, languages=languages)
    import_situations(app.engine, situations, Edit("demo", now), languages)
    with writing(app.engine) as tx:
        return tuple(
            feeds.add(tx, feeds.NewFeed(_url(name), name, name, "en"), interval_seconds=3600, now=now)
            for name in past.publishers
        )


def _poll(app: App, ids: tuple[int, ...], past: Past, day: int) -> None:
    async def fetch(feed: Feed) -> Fetched:
        return Fetched(feed.url, 200, past.feed(feed.title, day, app.clock()), "", Validators())

    with writing(app.engine) as tx:
        claims.bring_forward(tx, ids, app.clock())
    # Its own words need no process that may be killed for what they hold.
    asyncio.run(poll(ids, replace(app.polling(fetch), parse=parse)))


def _url(publisher: str) -> str:
    """An address that leads nowhere (RFC 2606)."""
    return f"https://{quote(publisher.replace(' ', '-').lower())}.example/feed.xml"
