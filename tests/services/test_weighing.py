"""From the database to a digest: stories, their tellers and places, and the time before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from small_world import Entry, World
from sqlalchemy import Engine, insert, update

from alerts.model import Cadence, Concept, Digest, Label, Situation
from alerts.services import weighing
from alerts.services.concepts import import_concepts
from alerts.services.rules import Edit
from alerts.services.situations import import_situations
from alerts.store import schema as table
from alerts.store.signal_schema import Exposure
from alerts.store.unit import writing

FIRED = "North Korea fires ballistic missile over northern Japan, Tokyo says"


@pytest.fixture
def world(engine: Engine) -> World:
    """One reader of a daily digest at 8 UTC; a feed that has had its first poll. It is 14:30."""
    world = World(engine)
    world.person(cadence=Cadence.DAILY)
    world.add_feed("post", [Entry("0", "Quiet day", hours=99)])
    world.poll()
    return world


def news(world: World, *titles: str, feed: str = "post") -> None:
    world.show(feed, [Entry(title[:40], title, hours=0, site=feed) for title in titles])
    world.poll()


def composed(world: World) -> Digest:
    world.wait(days=1)
    world.compose()
    return world.outbox()[-1].digest


def counts(told: Digest) -> dict[str, tuple[int, int | None]]:
    return {count.rule.key: (count.stories, count.before) for count in told.counts}


def test_the_first_digest_claims_no_comparison(world: World) -> None:
    news(world, "Missile parade in the capital")
    assert counts(composed(world)) == {"missile": (1, None)}


def test_a_later_digest_compares_stories_with_the_time_before(world: World) -> None:
    for titles in (
        ("Missile parade in the capital", "Grain ships wait for sanctions talks"),
        ("Old missile found in a barn near the river", "Senate debates missile budget for next year"),
        ("Fishermen see a missile fall into the sea",),
    ):
        news(world, *titles)
        told = composed(world)
    assert counts(told) == {"missile": (1, 2)}
    news(world, "Ferry crews ask for sanctions relief")
    assert counts(composed(world)) == {"missile": (0, 1), "sanctions": (1, 0)}


def test_feeds_that_were_not_read_then_make_no_comparison(world: World) -> None:
    news(world, "Missile parade in the capital")
    composed(world)
    for name in ("wire", "agency"):
        world.add_feed(name, [Entry("0", "Nothing", hours=99)])
    world.poll()
    news(world, "Old missile found in a barn near the river")
    assert counts(composed(world)) == {"missile": (1, None)}


def test_a_story_under_two_rules_counts_for_both_and_stands_under_the_more_severe(world: World) -> None:
    news(world, "Missile test brings sanctions threat")
    told = composed(world)
    assert [(count.rule.key, count.stories, count.led) for count in told.counts] == [
        ("missile", 1, 1),
        ("sanctions", 1, 0),
    ]


def test_a_story_about_one_country_keeps_its_place(world: World) -> None:
    news(world, "North Korea fires ballistic missile", "Missile parts seized at the port")
    places = {entry.title.text: entry.places for entry in composed(world).entries}
    assert places == {"North Korea fires ballistic missile": ("kp",), "Missile parts seized at the port": ()}


def test_labels_follow_the_concepts_in_force(world: World) -> None:
    title = "Ministry denies missile launch"
    news(world, title)
    assert composed(world).entries[0].labels == (Label.DENIAL,)
    own = Concept("denial", "Denials", terms=(("en", ("poppycock",)),))
    import_concepts(world.engine, [own], Edit("test", world.now))
    news(world, "Envoy denies new missile deal")
    assert composed(world).entries[0].labels == ()


def test_when_there_are_too_many_the_most_widely_told_are_kept_and_all_are_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weighing, "MOST_ENTRIES", 1)
    news(world, FIRED)
    world.add_feed(
        "wire",
        [Entry("w", "North Korea fires ballistic missile over Japan, says Tokyo", hours=0, site="wire")],
    )
    world.poll()
    world.wait(hours=2)
    news(world, "Fishermen find old missile in their nets")
    told = composed(world)
    assert [entry.title.text for entry in told.entries] == [FIRED]
    assert (told.total, told.items) == (2, 3)
    assert [(count.stories, count.led) for count in told.counts] == [(2, 2)]


def test_of_a_long_story_few_items_are_read_and_every_rule_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weighing, "MOST_ITEMS", 1)
    for number in range(3):
        copy = Entry(str(number), FIRED, f"It was seen {number} times.", site=f"wire{number}")
        world.add_feed(f"wire{number}", [copy])
    threat = Entry("t", FIRED, "Tokyo threatens sanctions.", site="late")
    world.add_feed("late", [threat])
    world.poll()
    (entry,) = composed(world).entries
    assert [rule.key for rule in entry.rules] == ["missile", "sanctions"]
    assert entry.outlets == 4


def test_who_follows_a_situation_compares_within_its_places(world: World) -> None:
    korea = Situation("korea", "Korea", ("kp",), ("missile",))
    import_situations(world.engine, [korea], Edit("test", world.now))
    world.person("k@desk.example.org", Cadence.DAILY, (), situations=("korea",))
    for titles in (
        ("North Korea fires ballistic missile", "Iran parades new missile in Tehran"),
        ("North Korea shows missile engine at rally", "Iran tests missile radar near Tehran"),
        ("North Korea buries missile engineer with honours",),
    ):
        news(world, *titles)
        composed(world)
    mine = [each.digest for each in world.outbox() if each.address == "k@desk.example.org"]
    assert [counts(told)["missile"][0] for told in mine] == [1, 1, 1]
    assert counts(mine[-1]) == {"missile": (1, 1)}


def make_old(world: World) -> None:
    """Rules and feeds were there long before the first window."""
    with writing(world.engine) as tx:
        old = world.now - timedelta(days=60)
        tx.execute(update(table.RuleVersion).values(created_at=old))
        tx.execute(update(table.Feed).values(first_polled_at=old))


def test_no_story_then_is_a_comparison_when_we_looked(world: World) -> None:
    make_old(world)
    news(world, "Missile parade in the capital")
    assert counts(composed(world)) == {"missile": (1, 0)}


def test_days_on_which_nothing_at_all_came_make_no_comparison(world: World) -> None:
    make_old(world)
    with writing(world.engine) as tx:
        days = (world.now - timedelta(days=2), world.now - timedelta(days=1), world.now)
        dark = [{"rule_id": 1, "day": day.date(), "exposure": 0} for day in days]
        tx.execute(insert(Exposure), dark)
    news(world, "Missile parade in the capital")
    assert counts(composed(world)) == {"missile": (1, None)}
