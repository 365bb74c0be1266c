"""One event told by many feeds is one alert; the same words on another occasion are another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from small_world import Entry, World
from sqlalchemy import Engine, select

from alerts.model import Cadence, Situation
from alerts.services.poll import poll
from alerts.services.rules import Edit
from alerts.services.situations import import_situations
from alerts.services.stories import Stories
from alerts.services.why import why
from alerts.store import ledger, mail_schema
from alerts.store import schema as table
from alerts.store import signal_schema as signal
from alerts.store.unit import reading

FIRED = "North Korea fires ballistic missile over northern Japan, Tokyo says"
COPIES = {
    "post": FIRED,
    "wire": "North Korea fires ballistic missile over Japan, says Tokyo",
    "agency": "North Korean ballistic missile fired over northern Japan",
}

SEEN = {
    "post": "The launch was seen from Aomori before dawn.",
    "wire": "Residents of Hokkaido were told to shelter for twenty minutes.",
    "agency": "It flew farther than any before, the ministry said.",
}


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def _told_by(world: World, *names: str) -> None:
    for name in names:
        world.add_feed(name, [Entry(name, COPIES[name], SEEN[name], site=name)])


def test_an_event_that_three_feeds_tell_is_one_alert(world: World) -> None:
    world.person()
    _told_by(world, *COPIES)
    world.poll()
    world.deliver()
    assert world.titles == [FIRED]
    assert world.count(signal.Story) == 1
    assert world.count(table.Match) == 3


def test_an_event_that_one_feed_tells_today_and_another_tomorrow_is_one_alert(world: World) -> None:
    world.person()
    _told_by(world, "post")
    world.poll()
    world.wait(hours=9)
    _told_by(world, "wire")
    world.poll()
    world.deliver()
    assert world.titles == [FIRED]


def test_two_events_are_two_alerts_however_near_in_time(world: World) -> None:
    world.person()
    world.add_feed("post", [Entry("1", FIRED), Entry("2", "Iran shows new missile at Tehran parade")])
    world.poll()
    world.deliver()
    assert len(world.titles) == 2


def test_the_same_words_four_days_later_are_another_event(world: World) -> None:
    world.person()
    world.add_feed("post", [Entry("1", "North Korea fires ballistic missile")])
    world.poll()
    world.wait(days=4)
    world.show("post", [Entry("2", "North Korea fires ballistic missile")])
    world.poll()
    world.deliver()
    assert len(world.titles) == 2


def test_a_story_that_meets_another_rule_is_told_for_that_rule(world: World) -> None:
    world.person()
    _told_by(world, "post")
    world.poll()
    world.wait(hours=2)
    told = COPIES["wire"]
    world.add_feed("wire", [Entry("w", told, "Tokyo threatens sanctions after the launch.")])
    world.poll()
    world.deliver()
    assert world.count(signal.Story) == 1
    assert world.titles == [FIRED, told]


def test_somebody_who_was_never_told_of_a_story_is_told_by_its_next_item(world: World) -> None:
    world.add_feed("old", [Entry("1", FIRED, hours=90)])  # archived by the first poll: nobody was told
    world.poll()
    world.person()
    _told_by(world, "wire")
    world.poll()
    world.deliver()
    assert world.titles == [COPIES["wire"]]


def test_a_digest_tells_a_story_once_and_names_the_others_who_report_it(world: World) -> None:
    world.person(cadence=Cadence.DAILY)
    _told_by(world, *COPIES)
    world.poll()
    world.wait(days=1)
    world.compose()
    world.deliver()
    assert world.titles == [FIRED]
    (digest,) = (each.digest for each in world.outbox())
    assert (digest.total, digest.items) == (1, 3)
    (entry,) = digest.entries
    assert [(each.source, each.url) for each in entry.others] == [
        ("Wire", "https://wire.example/wire"),
        ("Agency", "https://agency.example/agency"),
    ]
    assert (entry.outlets, entry.origins) == (3, 3)


def test_an_alert_says_how_many_publishers_tell_its_story(world: World) -> None:
    world.person(rules=["missile"])
    _told_by(world, "post")
    world.poll()
    world.person("late@desk.example.org", rules=["missile"])
    world.wait(hours=1)
    _told_by(world, "wire")
    world.poll()
    alerts = [delivery.digest.entries[0] for delivery in world.outbox()]
    assert [(entry.outlets, entry.origins) for entry in alerts] == [(1, 1), (2, 2)]


def test_what_a_wire_wrote_is_one_voice_however_many_print_it(world: World) -> None:
    words = "SEOUL (Reuters) - North Korea launched a missile on Tuesday, the South's military said."
    for name in COPIES:
        world.add_feed(name, [Entry(name, FIRED, words, site=name)])
    world.poll()
    with reading(world.engine) as tx:
        members = tx.execute(select(signal.StoryItem.family, signal.StoryItem.origin)).all()
    assert len({row.family for row in members}) == len(COPIES)
    assert len({row.origin for row in members}) == 1


def test_why_not_names_the_mail_that_told_the_story_and_the_words_that_joined_them(world: World) -> None:
    world.person(rules=["missile"])
    _told_by(world, "post", "wire")
    world.poll()
    (first,) = world.outbox()
    with reading(world.engine) as tx:
        ((_, answers),) = why(tx, "https://wire.example/wire", rule_key="missile")
    (answer,) = answers
    assert answer.outcome == "merged into a story"
    assert first.message_id in answer.reason
    assert FIRED in answer.reason
    assert "Japan" in answer.reason


def test_the_ledger_counts_what_was_merged(world: World) -> None:
    world.person(rules=["missile"])
    world.person("daily@desk.example.org", Cadence.DAILY, ["missile"])
    _told_by(world, *COPIES)
    world.poll()
    with reading(world.engine) as tx:
        sums = ledger.read(tx)
    assert (sums.matches, sums.told, sums.merged, sums.waiting) == (3, 1, 2, 3)
    assert sums.balanced


def test_a_new_process_knows_the_stories_of_the_old_one(world: World) -> None:
    world.person()
    _told_by(world, "post")
    world.poll()
    world.stories = Stories(world.engine)
    _told_by(world, "wire")
    world.poll()
    world.deliver()
    assert world.titles == [FIRED]


def test_an_item_that_is_no_longer_in_memory_is_found_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.services.stories.AT_HAND", 1)
    world.person()
    _told_by(world, "post")
    world.add_feed("bank", [Entry("1", "Sanctions on Peru extended"), Entry("2", "Sanctions on Peru lifted")])
    world.poll()
    _told_by(world, "wire")
    world.add_feed("mint", [Entry("1", "Sanctions on Peru extended"), Entry("2", "Sanctions on Peru lifted")])
    world.poll()
    stories = world.count(signal.Story)
    _told_by(world, "agency")
    world.poll()
    assert world.count(signal.Story) == stories == 3


def test_two_workers_that_bring_an_event_at_once_make_one_story(
    database_url: str, opened: Callable[[str], Engine]
) -> None:
    world = World(opened(database_url))
    world.person()
    _told_by(world, *COPIES)
    other = replace(world.polling(), stories=Stories(opened(database_url)))

    async def both() -> None:
        await asyncio.gather(
            asyncio.to_thread(lambda: asyncio.run(poll([1], world.polling()))),
            asyncio.to_thread(lambda: asyncio.run(poll([2, 3], other))),
        )

    asyncio.run(both())
    assert world.count(signal.Story) == 1
    assert world.count(mail_schema.Delivery) == 1


# --- following a situation ----------------------------------------------------------------


def test_who_follows_a_situation_is_told_of_its_rules_in_its_places_only(world: World) -> None:
    korea = Situation("korea", "Korea", ("kp", "kr"), ("missile",))
    import_situations(world.engine, [korea], Edit("test", world.now), ("en",))
    world.person(rules=[], situations=("korea",))
    world.add_feed(
        "post",
        [
            Entry("1", "Missile launched from North Korea towards the sea"),
            Entry("2", "Iran shows new missile at Tehran parade"),
            Entry("3", "New sanctions on North Korea take effect in Brussels"),
        ],
    )
    world.poll()
    world.deliver()
    assert world.titles == ["Missile launched from North Korea towards the sea"]
    assert [mail.digest.situations for mail in world.outbox()] == [("Korea",)]


def test_a_digest_of_a_situation_tells_of_its_places_only(world: World) -> None:
    korea = Situation("korea", "Korea", ("kp",), ("missile", "sanctions"))
    import_situations(world.engine, [korea], Edit("test", world.now), ("en",))
    world.person(cadence=Cadence.DAILY, rules=[], situations=("korea",))
    world.add_feed(
        "post", [Entry("1", "Sanctions on North Korea extended"), Entry("2", "Sanctions on Peru extended")]
    )
    world.poll()
    with reading(world.engine) as tx:
        assert ledger.read(tx).waiting == 1
    world.wait(days=1)
    world.compose()
    world.deliver()
    assert world.titles == ["Sanctions on North Korea extended"]
    assert [mail.digest.situations for mail in world.outbox()] == [("Korea",)]


# --- what must never be taken for the same ------------------------------------------------


@pytest.mark.parametrize(
    ("told", "other"),
    [
        ("Iran fires missile at US base in Iraq", "Iran fires missile at US base in Qatar"),
        ("Russian missile strike kills 9 in Kharkiv", "Russian missile strike kills 12 in Dnipro"),
        ("Houthi missile strikes Greek tanker", "Houthi missile strikes British cargo ship"),
    ],
)
def test_a_strike_elsewhere_is_told_however_alike_the_words(world: World, told: str, other: str) -> None:
    world.person(rules=["missile"])
    world.add_feed("post", [Entry("1", told, site="post")])
    world.poll()
    world.wait(hours=2)
    world.add_feed("wire", [Entry("2", other, site="wire")])
    world.poll()
    world.deliver()
    assert len(world.titles) == 2


def test_a_publishers_own_sentence_with_another_town_is_another_event(world: World) -> None:
    world.person(rules=["missile"])
    towns = ("Kharkiv", "Odesa", "Dnipro")
    world.add_feed("post", [Entry(town, f"Russian missile strike kills three in {town}") for town in towns])
    world.poll()
    world.deliver()
    assert len(world.titles) == 3


def test_a_feed_that_repeats_itself_a_thousand_times_takes_no_time_at_all(world: World) -> None:
    entries = [Entry(str(n), f"Missile warning for district {n} of Kharkiv region") for n in range(1000)]
    world.add_feed("post", entries)
    assert world.poll()[0].new == 1000
