"""What a poll makes of what a feed shows: news, edits, silence, failures."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from small_world import NOW, RULES, Entry, World
from sqlalchemy import Engine

from alerts.errors import FetchError
from alerts.model import Cadence, Feed, FeedState, Fetched, Item, ParsedFeed, Rule, Validators
from alerts.services.holding import Telling
from alerts.services.poll import poll
from alerts.services.rules import import_rules
from alerts.store import audit, claims, feeds, ledger, mail_schema
from alerts.store import schema as table
from alerts.store.unit import reading, writing

ADDRESS = "https://post.example/feed"


@pytest.fixture
def world(engine: Engine) -> World:
    """One reader who wants alerts on every rule."""
    world = World(engine)
    world.person()
    return world


def _feed(world: World, feed_id: int = 1) -> feeds.FeedStatus:
    with reading(world.engine) as tx:
        return feeds.overview(tx, feed_id)[0]


def _audit(world: World) -> list[tuple[str, str]]:
    with reading(world.engine) as tx:
        events = audit.latest(tx)
    return [(e.action, e.detail) for e in reversed(events) if e.actor in ("poll", "digest")]


# --- what is news -------------------------------------------------------------------------


def test_in_a_first_poll_young_items_are_news_and_old_or_undated_ones_are_archived(world: World) -> None:
    world.add_feed(
        "post",
        [
            Entry("young", "Missile A", hours=23),
            Entry("old", "Missile B", hours=25),
            Entry("undated", "Missile C", hours=None),
        ],
    )
    (report,) = world.poll()
    assert (report.new, report.matches, len(report.deliveries)) == (3, 3, 1)
    world.deliver()
    assert world.titles == ["Missile A"]
    archived = zip(world.column(table.Item.key), world.column(table.Item.archived), strict=True)
    assert dict(archived) == {"young": None, "old": "first poll", "undated": "first poll"}


def test_a_feed_added_with_mail_existing_tells_everything_it_shows_at_first(world: World) -> None:
    world.add_feed("post", [Entry("o", "Missile B", hours=999), Entry("u", "Missile C", hours=None)])
    world.add_feed("wire", [Entry("o", "Missile D", hours=999)], mail_existing=True)
    world.poll()
    world.deliver()
    assert world.titles == ["Missile D"]


def test_in_a_later_poll_what_is_new_is_news_unless_it_is_dated_a_week_before_the_last(world: World) -> None:
    shown = [Entry("1", "Missile one", hours=48)]
    world.add_feed("post", shown)
    world.poll()
    world.wait(hours=1)
    late = [
        Entry("2", "Missile two", hours=100),
        Entry("3", "Missile three", hours=None),
        Entry("4", "Missile of years ago, under a new guid", hours=20_000),
    ]
    world.show("post", [*shown, *late])
    (report,) = world.poll()
    assert (report.new, report.changed, report.seen) == (3, 0, 1)
    world.deliver()
    assert world.titles == ["Missile two", "Missile three"]


def test_after_three_weeks_away_all_of_them_is_news(world: World) -> None:
    world.add_feed("post", [Entry("1", "Missile one", hours=1)])
    world.poll()
    world.wait(weeks=3)
    world.show("post", [Entry("2", "Missile two", hours=20 * 24), Entry("3", "Missile three", hours=1)])
    world.poll()
    world.deliver()
    assert world.titles == ["Missile one", "Missile two", "Missile three"]


def test_a_feed_that_was_empty_at_first_has_its_first_poll_when_it_shows_something(world: World) -> None:
    world.add_feed("post", [])
    assert world.poll()[0].outcome == "read"
    assert world.poll()[0].outcome == "unchanged"
    world.show("post", [Entry("old", "Missile B", hours=99), Entry("young", "Missile A")])
    world.poll()
    world.deliver()
    assert world.titles == ["Missile A"]


def test_an_edit_never_alerts_again(world: World) -> None:
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    world.deliver()
    for words in ("Missile fired at sea", "Two missiles fired at sea", "Missile fired"):
        world.wait(hours=1)
        world.show("post", [Entry("1", words)])
        (report,) = world.poll()
        assert (report.new, report.changed, report.deliveries) == (0, 1, ())
    world.deliver()
    assert world.titles == ["Missile fired"]
    assert world.column(table.Item.title) == ["Missile fired"]


def test_a_rule_that_matches_only_since_the_edit_alerts(world: World) -> None:
    world.add_feed("post", [Entry("1", "Missile fired"), Entry("2", "Talks go on")])
    world.poll()
    world.show("post", [Entry("1", "Missile fired, sanctions follow"), Entry("2", "Talks bring a truce")])
    (report,) = world.poll()
    assert (report.changed, len(report.deliveries)) == (2, 2)
    world.deliver()
    assert world.titles == ["Missile fired", "Missile fired, sanctions follow", "Talks bring a truce"]


def test_an_edit_of_an_archived_item_is_not_news(world: World) -> None:
    world.add_feed("post", [Entry("1", "Talks go on", hours=99)])
    world.poll()
    world.show("post", [Entry("1", "Talks bring a truce", hours=99)])
    (report,) = world.poll()
    assert (report.matches, report.deliveries) == (1, ())
    assert world.column(table.Match.news) == [False]


def test_a_trivial_edit_does_not_bring_an_item_to_a_rule_written_after_it(world: World) -> None:
    world.add_feed("post", [Entry("1", "Grain exports resume")])
    world.poll()
    import_rules(world.engine, [Rule("grain", "Grain", "grain")], author="test", now=world.now)
    world.person(rules=["grain"])
    world.show("post", [Entry("1", "Grain exports resume.")])
    (report,) = world.poll()
    assert (report.changed, report.matches, report.deliveries) == (1, 1, ())


def test_a_rule_edited_later_does_not_tell_old_items_again(world: World) -> None:
    world.add_feed("post", [Entry("1", "Missile fired"), Entry("2", "Rocket fired")])
    world.poll()
    import_rules(world.engine, [replace(RULES[0], query="missile OR rocket")], author="test", now=NOW)
    world.show("post", [Entry("1", "Missile fired!"), Entry("2", "Rocket fired!")])
    (report,) = world.poll()
    assert (report.changed, report.deliveries) == (2, ())


# --- who is told --------------------------------------------------------------------------


def test_one_alert_for_an_item_and_a_subscription_with_all_its_rules(world: World) -> None:
    world.person("other@desk.example.org", rules=["truce"])
    world.add_feed("post", [Entry("1", "Sanctions follow missile launch"), Entry("2", "A truce")])
    world.poll()
    world.deliver()
    told = [(to, content.decode().partition("* ")[2].strip()) for to, content in world.transport.accepted]
    assert told == [
        ("duty@desk.example.org", "Sanctions follow missile launch [missile, sanctions]"),
        ("duty@desk.example.org", "A truce [truce]"),
        ("other@desk.example.org", "A truce [truce]"),
    ]


def test_who_has_not_confirmed_or_asked_for_another_cadence_gets_no_alert(engine: Engine) -> None:
    world = World(engine)
    world.person("new@desk.example.org", confirmed=False)
    world.person("daily@desk.example.org", Cadence.DAILY)
    world.add_feed("post", [Entry("1", "Missile fired")])
    assert world.poll()[0].deliveries == ()
    assert world.count(table.Match) == 1


def test_two_feeds_that_show_the_same_key_are_both_taken_in_and_told(world: World) -> None:
    world.add_feed("post", [Entry("same", "Missile fired")])
    world.add_feed("wire", [Entry("same", "Truce holds")])
    assert [report.outcome for report in world.poll()] == ["read", "read"]
    world.deliver()
    assert world.titles == ["Missile fired", "Truce holds"]
    assert len({delivery.message_id for delivery in world.outbox()}) == 2


# --- silence and failure ------------------------------------------------------------------


def test_the_same_bytes_are_not_parsed_again(world: World) -> None:
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()

    def parse(*_: object) -> ParsedFeed:
        raise AssertionError("parsed again")

    (report,) = world.poll(polling=replace(world.polling(), parse=parse))
    assert (report.outcome, report.note) == ("unchanged", "same bytes as last time")


def test_not_modified_is_a_success_that_keeps_the_validators(world: World) -> None:
    feed_id = world.add_feed("post", [Entry("1", "Missile fired")])
    body = world.web[ADDRESS]
    assert isinstance(body, bytes)
    kept = Validators('"abc"', "Thu, 05 Mar 2026 14:00:00 GMT")
    world.web[ADDRESS] = Fetched(ADDRESS, 200, body, "", kept)
    world.poll()
    world.wait(hours=1)
    world.web[ADDRESS] = Fetched(ADDRESS, 304, b"", "", kept)
    asked: list[Validators] = []

    async def fetch(feed: Feed) -> Fetched:
        asked.append(feed.validators)
        return await world.polling().fetch(feed)

    (report,) = world.poll(feed_id, polling=replace(world.polling(), fetch=fetch))
    assert (report.outcome, report.note) == ("unchanged", "304, not modified")
    assert asked == [kept]
    assert _feed(world).last_success_at == world.now


def test_failures_are_noted_and_retried_ever_more_slowly_until_the_feed_recovers(world: World) -> None:
    feed_id = world.add_feed("post", [Entry("1", "Missile fired")])
    body = world.web[ADDRESS]
    world.web[ADDRESS] = FetchError("dns", "no such host")
    waits = []
    for failures in range(1, 5):
        (report,) = world.poll()
        assert (report.outcome, report.note) == ("dns", "no such host")
        feed = _feed(world, feed_id)
        assert feed.failures == failures
        waits.append(feed.next_poll_at - world.now)
        world.clock.now = feed.next_poll_at
    assert all(later > 1.5 * earlier for earlier, later in pairwise(waits))
    assert not feed.healthy
    world.web[ADDRESS] = body
    world.poll()
    feed = _feed(world)
    assert (feed.failures, feed.healthy, feed.last_success_at) == (0, True, world.now)
    with reading(world.engine) as tx:
        assert [note.outcome for note in feeds.history(tx, feed_id)] == ["read", *["dns"] * 4]


def test_a_server_that_asks_for_patience_gets_it(world: World) -> None:
    world.add_feed()
    world.web[ADDRESS] = FetchError("http", "status 503", status=503, retry_after_seconds=7200)
    world.poll()
    assert _feed(world).next_poll_at >= world.now + timedelta(hours=2)


def test_a_feed_that_is_gone_is_retired_with_notice_and_never_polled_again(world: World) -> None:
    world.add_feed()
    world.web[ADDRESS] = FetchError("http", "status 410", status=410, transient=False)
    world.poll()
    assert _feed(world).state is FeedState.RETIRED
    assert _audit(world) == [("feed retired", "status 410")]
    world.wait(days=2)
    assert world.poll(1) == ()


def _moved(world: World, status: int = 200, to: str = "https://new.example/feed") -> None:
    body = world.web[ADDRESS]
    assert isinstance(body, bytes)
    world.web[to] = Fetched(to, status, body if status == 200 else b"", "", Validators(), moved_to=to)
    world.web[ADDRESS] = world.web[to]


@pytest.mark.parametrize("status", [200, 304])
def test_a_feed_that_moved_for_good_is_rewritten_once_with_notice(world: World, status: int) -> None:
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    world.show("post", [Entry("1", "Missile fired"), Entry("2", "Talks")])
    _moved(world, status)
    for _ in range(2):
        world.poll()
    assert _feed(world).url == "https://new.example/feed"
    assert _audit(world) == [("feed moved", "https://new.example/feed")]


@pytest.mark.parametrize("to", ["https://wire.example/feed", "https://x.example/" + "é" * 1500])
def test_a_feed_that_moves_where_it_cannot_be_kept_stays_without_ado(world: World, to: str) -> None:
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.add_feed("wire")
    _moved(world, to=to)
    world.poll()
    world.poll()
    assert _feed(world).url == ADDRESS
    assert _audit(world) == []


def test_a_feed_emptied_of_all_entries_is_a_failure_and_forgets_nothing(world: World) -> None:
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    world.show("post", [])
    (report,) = world.poll()
    assert report.outcome == "not-a-feed"
    assert _feed(world).failures == 1
    world.show("post", [Entry("1", "Missile fired")])
    assert world.poll()[0].outcome == "unchanged"
    assert world.count(table.Item) == 1


# --- many at once -------------------------------------------------------------------------


TELLING = {"slow": "lost at sea", "post": "museum opens in Paris", "wire": "strikes grain port of Odesa"}
"""Three events, so that each is told."""


def test_a_feed_that_hangs_delays_no_other(world: World) -> None:
    for name in ("slow", "post", "wire"):
        world.add_feed(name, [Entry("1", f"Missile {TELLING[name]}")])
    saved = asyncio.Event()

    async def polled() -> list[str]:
        loop = asyncio.get_running_loop()

        async def fetch(feed: Feed) -> Fetched:
            if "slow" in feed.url:
                await saved.wait()  # for ever, if it were polled before the others are saved
            return await world.polling().fetch(feed)

        def message_id(about: str) -> str:
            titles = world.column(table.Item.key)
            if len(titles) >= 1:  # one feed is saved, this is the second; the third still hangs
                loop.call_soon_threadsafe(saved.set)
            return world.message_id(about)

        polling = replace(world.polling(), fetch=fetch, telling=Telling(message_id, 1000))
        return [report.outcome for report in await asyncio.wait_for(poll([1, 2, 3], polling), 30)]

    assert asyncio.run(polled()) == ["read", "read", "read"]


@pytest.mark.parametrize("where", ["fetch", "parse", "match", "save"])
def test_a_feed_that_brings_a_fault_of_ours_to_light_stops_no_other(world: World, where: str) -> None:
    for name in ("bad", "post"):
        world.add_feed(name, [Entry("1", f"Missile seen by {name}")])
    polling = world.polling()

    async def fetch(feed: Feed) -> Fetched:
        if where == "fetch" and "bad" in feed.url:
            raise ValueError("an unforeseen\x00 answer")
        return await polling.fetch(feed)

    def parse(body: bytes, url: str, content_type: str) -> ParsedFeed:
        if "bad" not in url:
            return polling.parse(body, url, content_type)
        if where == "parse":
            raise RecursionError("too deep")
        strange = {"match": Item("1", "", None), "save": Item("1", "", "Missile", text="half \ud800")}  # type: ignore[arg-type]
        return ParsedFeed("rss20", "", "en", (strange[where],))

    bad, post = world.poll(polling=replace(polling, fetch=fetch, parse=parse))
    assert (bad.outcome, post.outcome) == ("internal", "read")
    assert _feed(world, bad.feed_id).failures == 1
    assert world.count(table.Item) == 1


def test_who_lost_the_claim_while_fetching_saves_nothing(world: World) -> None:
    feed_id = world.add_feed("post", [Entry("1", "Missile fired")])

    async def fetch(feed: Feed) -> Fetched:
        world.wait(minutes=2)
        with writing(world.engine) as tx:
            later = world.now + timedelta(minutes=2)
            assert claims.claim(tx, [feed_id], now=world.now, until=later, token="another")
        return await world.polling().fetch(feed)

    (report,) = world.poll(polling=replace(world.polling(), fetch=fetch))
    assert (report.outcome, report.deliveries) == ("claim lost", ())
    assert [world.count(each) for each in (table.Item, table.Match, mail_schema.Delivery, table.Fetch)] == [
        0
    ] * 4


def test_the_ledger_balances_after_polls_of_every_kind(world: World) -> None:
    world.add_feed("post", [Entry("1", "Missile fired"), Entry("2", "Old truce", hours=99)])
    world.poll()
    world.show("post", [Entry("1", "Missile and sanctions"), Entry("3", "Truce")])
    world.poll()
    world.web[ADDRESS] = FetchError("timeout", "too slow")
    world.poll()
    with reading(world.engine) as tx:
        sums = ledger.read(tx)
    assert sums.balanced
    assert (sums.collected, sums.items, sums.archived, sums.matches, sums.told) == (3, 3, 1, 4, 3)
