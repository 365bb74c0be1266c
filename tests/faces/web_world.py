"""A small service with news in it: two feeds, two rules, an English and an Arabic reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alerts.app import App
from alerts.config import Settings
from alerts.digests.build import build
from alerts.model import (
    Cadence,
    DeliveryState,
    Evidence,
    Field,
    Hit,
    Item,
    Rule,
    RuleName,
    Severity,
    Window,
)
from alerts.store import claims, deliveries, digests, feeds, items, matches, migrate, rules, subscribers
from alerts.store.columns import Table
from alerts.store.unit import open_engine, reading, writing

NOW = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
SECRET = "a secret of forty characters, for tests!"
ENGLISH, ARABIC = "duty.officer@crisis-room.example.org", "analyst@desk.example.org"
LAUNCH = Rule("launch", "Ballistic launch", '"ballistic missile"', Severity.CRITICAL)
TRADE = Rule("trade", "Trade & <sanctions>", "sanctions", Severity.HIGH)


def make_app(home: Path, *, maildir: Path | None = None, public_url: str = "", database_url: str = "") -> App:
    """An app whose database has the schema and nothing else. One that stands elsewhere is given it."""
    settings = Settings(
        home=home,
        maildir=maildir,
        secret_key=SECRET,
        service_name="Harbour Watch",
        public_url=public_url,
        database_url=database_url,
    )
    app = App(settings, clock=lambda: NOW)
    if database_url:
        migrate.upgrade(app.engine)
    else:
        (settings.ensure_home() / "alerts.db").write_bytes(_empty_database())
    return app


@cache
def _empty_database() -> bytes:
    """A SQLite file with the schema: copying it takes a fiftieth of the time of making it."""
    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/alerts.db")
        migrate.upgrade(engine)
        engine.dispose()
        return Path(folder, "alerts.db").read_bytes()


class World:
    """Ids of what ``fill`` put in."""

    def __init__(self, app: App) -> None:
        with writing(app.engine) as tx:
            for rule in (LAUNCH, TRADE):
                rules.save(tx, rule, author="test", now=NOW)
            ids = rules.ids(tx, ["launch", "trade"])
            self.launch, self.trade = ids["launch"], ids["trade"]
            self.english = self._reader(tx, ENGLISH, "en")
            self.arabic = self._reader(tx, ARABIC, "ar")
            both = [self.launch, self.trade]
            self.alerts = self._order(tx, self.english, Cadence.IMMEDIATE, [self.launch])
            self.weekly = self._order(tx, self.english, Cadence.WEEKLY, both)
            self.daily = self._order(tx, self.arabic, Cadence.DAILY, both)

    def _reader(self, tx: Any, address: str, language: str) -> int:
        return subscribers.put_person(
            tx,
            address=address,
            address_key=address,
            language=language,
            timezone="UTC",
            quiet=None,
            paused_until=None,
            confirmed=True,
            now=NOW,
        )

    def _order(self, tx: Any, person: int, cadence: Cadence, rule_ids: list[int]) -> int:
        return subscribers.put_order(
            tx,
            person,
            cadence=cadence,
            hour=8,
            minute=0,
            weekday=0,
            monthday=1,
            tell_nothing=False,
            rule_ids=rule_ids,
            surge_level=None,
            next_due_at=None if cadence is Cadence.IMMEDIATE else NOW + timedelta(hours=3),
            now=NOW,
        )


def add_feed(tx: Any, title: str, language: str, *, failures: int = 0, note: str = "") -> int:
    """A feed polled four minutes ago."""
    then = NOW - timedelta(minutes=4)
    url = f"https://{language}.example/feed?key=private"
    feed_id = feeds.add(tx, feeds.NewFeed(url, title, title, language), interval_seconds=300, now=then)
    claims.claim(tx, [feed_id], now=then, until=NOW, token="t")
    outcome = "timeout" if failures else "read"
    fetch = feeds.FetchNote(then, then, outcome, None if failures else 200, 2, 0, 5, note)
    polled = claims.Polled(NOW + timedelta(minutes=1), 300, failures, fetch, success=not failures)
    assert claims.finish(tx, feed_id, "t", polled)
    return feed_id


def add_match(tx: Any, feed_id: int, item: Item, rule: Rule, word: str) -> int:
    """The item, kept, and its match on one word of its title or summary. The match's id."""
    field = Field.TITLE if word in item.title else Field.SUMMARY
    start = item[field].index(word)
    evidence = (Evidence(field, start, start + len(word), word, word),)
    kept = items.insert_new(tx, feed_id, [items.Incoming(item, "f" * 64, None)], NOW)
    current = next(each for each in rules.current(tx) if each.key == rule.key)
    new = matches.NewMatch(kept[item.key], item, Hit(current, evidence), True)
    return matches.save(tx, [new], NOW)[0].id


def add_delivery(
    tx: Any, world: World, match_id: int, state: DeliveryState, reason: str | None = None
) -> int:
    """An alert about the match for the English reader, tried once. The delivery's id."""
    found = matches.load(tx, [match_id])
    name = RuleName(LAUNCH.key, LAUNCH.name, LAUNCH.severity)
    digest = build(Cadence.IMMEDIATE, Window(NOW, NOW), found, [name], None, NOW, None)
    new = digests.NewDigest(world.alerts, world.english, ENGLISH, digest, (match_id,), f"<{match_id}@x>")
    (delivery_id,) = digests.save(tx, [new], NOW)
    claimed = deliveries.claim(tx, delivery_id, now=NOW, until=NOW + timedelta(minutes=5), token="t")
    assert claimed is not None
    deliveries.keep_content(tx, delivery_id, "Alert: <b>two</b> missiles", b"mail")
    after = NOW + timedelta(minutes=9) if state is DeliveryState.DEFERRED else None
    assert deliveries.settle(tx, claimed, "t", deliveries.Settled(state, reason, after), NOW)
    return delivery_id


def rows(app: App) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with reading(app.engine) as tx:
        return {
            name: sorted((tuple(row) for row in tx.execute(table.select())), key=repr)
            for name, table in Table.metadata.tables.items()
        }
