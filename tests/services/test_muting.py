"""A muted story is told by no alert, held or not, and by every digest; unmuting mails nothing old."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from small_world import NOW, Entry, World
from sqlalchemy import Engine, select

from alerts.errors import BadInput, NotFound
from alerts.model import Cadence, Quiet, Rule, Severity, StoryState
from alerts.services import why as asking
from alerts.services.acknowledging import see_to
from alerts.store import acknowledgements, audit, ledger, mail_schema
from alerts.store import schema as table
from alerts.store.signal_schema import StoryItem
from alerts.store.unit import reading

RULES = (
    Rule("missile", "Missiles", "missile", Severity.CRITICAL),
    Rule("sanctions", "Sanctions", "sanctions", Severity.HIGH),
    Rule("truce", "Truces", "truce"),
)
HARBOUR = "Missile strikes the harbour of the capital"
FERRY = "Missile sinks a grain ferry off Odelia"


@pytest.fixture
def world(engine: Engine) -> World:
    world = World(engine, rules=RULES)
    world.add_feed("post", [Entry("old", "Weather", hours=99)])
    world.add_feed("wire", [Entry("old", "Weather", hours=99)])
    world.poll()
    return world


def _news(world: World, key: str, title: str, feed: str = "post") -> int:
    """The story of the item."""
    world.show(feed, [Entry(key, title, hours=0, site=feed)])
    world.poll()
    with reading(world.engine) as tx:
        of_item = select(StoryItem.story_id).join(table.Item, table.Item.id == StoryItem.item_id)
        return tx.scalars(of_item.where(table.Item.url == f"https://{feed}.example/{key}")).one()


def _say(world: World, story: int, state: StoryState, why: str = "seen") -> None:
    see_to(world.engine, story, state, by="anna", reason=why, now=world.now)


def _sums(world: World) -> ledger.Ledger:
    with reading(world.engine) as tx:
        return ledger.read(tx)


def _outcomes(world: World, key: str, feed: str = "post") -> list[tuple[str, str]]:
    with reading(world.engine) as tx:
        ((_, answers),) = asking.why(tx, f"https://{feed}.example/{key}")
    return [(each.rule, each.outcome) for each in answers if each.subscriber]


def test_no_alert_tells_more_of_a_muted_story_whatever_the_severity_and_a_digest_does(world: World) -> None:
    world.person(rules=("missile", "sanctions"))
    world.person("d@desk.example.org", Cadence.DAILY, ("missile", "sanctions"))
    story = _news(world, "a", HARBOUR)
    _say(world, story, StoryState.MUTED)
    _news(world, "b", f"{HARBOUR}, sanctions follow")
    assert [each.digest.total for each in world.outbox()] == [1]
    assert (_sums(world).muted, _sums(world).merged) == (1, 1)
    world.wait(days=1)
    world.compose()
    daily = world.outbox()[-1].digest
    assert (daily.cadence, daily.total, daily.items) == (Cadence.DAILY, 1, 2)


def test_a_new_story_alerts_as_ever_while_another_is_muted(world: World) -> None:
    world.person(rules=("missile",))
    story = _news(world, "a", HARBOUR)
    _say(world, story, StoryState.MUTED)
    _news(world, "b", FERRY)
    assert len(world.outbox()) == 2


def test_a_story_that_is_only_acknowledged_goes_on_alerting(world: World) -> None:
    world.person(rules=("missile", "sanctions"))
    story = _news(world, "a", HARBOUR)
    _say(world, story, StoryState.ACKNOWLEDGED)
    _news(world, "b", f"{HARBOUR}, sanctions follow")
    assert len(world.outbox()) == 2
    assert _sums(world).muted == 0


@pytest.mark.parametrize("after", [StoryState.OPEN, StoryState.ACKNOWLEDGED])
def test_after_unmuting_nothing_old_is_told_and_what_comes_then_is(world: World, after: StoryState) -> None:
    world.person(rules=("missile", "sanctions"))
    story = _news(world, "a", HARBOUR)
    _say(world, story, StoryState.MUTED)
    _news(world, "b", f"{HARBOUR}, sanctions follow")
    world.wait(minutes=5)
    _say(world, story, after)
    world.compose()
    _news(world, "b", f"{HARBOUR}, sanctions follow")
    assert len(world.outbox()) == 1
    assert _sums(world).muted == 1
    world.wait(minutes=5)
    _news(world, "c", f"{HARBOUR}, new sanctions follow", "wire")
    assert [each.digest.total for each in world.outbox()] == [1, 1]


def test_what_was_held_before_the_muting_or_while_it_lasted_is_not_released(world: World) -> None:
    world.person(rules=("missile", "sanctions"), quiet=Quiet(13, 17))
    story = _news(world, "a", HARBOUR)
    _news(world, "x", FERRY, "wire")
    assert _sums(world).waiting == 2
    _say(world, story, StoryState.MUTED)
    assert (_sums(world).waiting, _sums(world).muted) == (1, 1)
    world.wait(minutes=5)
    _news(world, "b", f"{HARBOUR}, sanctions follow")
    world.wait(minutes=5)
    _say(world, story, StoryState.OPEN)
    world.clock.now = NOW.replace(hour=17, minute=0)
    world.compose()
    (mail,) = world.outbox()
    assert [entry.title.text for entry in mail.digest.entries] == [FERRY]
    assert (_sums(world).waiting, _sums(world).muted) == (0, 3)


def test_who_asks_why_learns_who_muted_the_story_when_and_why(world: World) -> None:
    world.person(rules=("missile", "sanctions"))
    story = _news(world, "a", HARBOUR)
    _say(world, story, StoryState.MUTED, why="the navy has it")
    _news(world, "b", f"{HARBOUR}, sanctions follow")
    assert _outcomes(world, "b") == [("missile", "merged into a story"), ("sanctions", "muted")]
    with reading(world.engine) as tx:
        ((_, answers),) = asking.why(tx, "https://post.example/b", rule_key="sanctions")
    assert answers[0].reason == "its story was muted by anna at 2026-03-05 14:30 UTC: the navy has it"
    world.wait(minutes=5)
    _say(world, story, StoryState.OPEN)
    assert _outcomes(world, "b")[1] == ("sanctions", "muted")


def test_each_word_about_a_story_is_kept_in_the_audit_and_the_last_one_holds(world: World) -> None:
    story = _news(world, "a", HARBOUR)
    for state in (StoryState.ACKNOWLEDGED, StoryState.MUTED, StoryState.OPEN):
        _say(world, story, state, why=f"  because\n{state.value} ")
    with reading(world.engine) as tx:
        said = [(e.actor, e.action, e.detail) for e in audit.latest(tx, 3)]
        stand = acknowledgements.of_stories(tx, [story])[story]
    assert said == [
        ("anna", "story reopened", "because open"),
        ("anna", "story muted", "because muted"),
        ("anna", "story acknowledged", "because acknowledged"),
    ]
    assert (stand.state, stand.by, stand.unmuted_at) == (StoryState.OPEN, "anna", world.now)


def test_muting_asks_for_a_reason_and_for_a_story_that_exists(world: World) -> None:
    story = _news(world, "a", HARBOUR)
    with pytest.raises(BadInput, match="say why"):
        _say(world, story, StoryState.MUTED, why=" \n ")
    with pytest.raises(NotFound):
        _say(world, 999, StoryState.ACKNOWLEDGED)


PLACES = (
    "shakes the harbour of Vostrograd before dawn",
    "debated in the mountain council of Kalidesh",
    "stuns fishermen on lake Imbari",
    "feared by the farmers of the Tarvo plain",
    "closes the southern airport of Belmar",
)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_sums_balance_however_stories_are_muted_and_unmuted(engine: Engine, seed: int) -> None:
    """Of all that alerts could tell, each match is told, merged or muted when the day is over."""
    world, randomness = World(engine, rules=RULES), Random(seed)
    world.person("a@desk.example.org", rules=("missile",))
    world.person("b@desk.example.org", rules=("missile", "sanctions", "truce"), quiet=Quiet(15, 20))
    world.person("d@desk.example.org", Cadence.DAILY, ("missile", "sanctions"))
    world.add_feed("post")
    silenced: set[int] = set()
    met: list[int] = []
    for number in range(40):
        words = " and ".join(randomness.sample([rule.key for rule in RULES], randomness.choice((1, 2))))
        met.append(_news(world, str(number), f"{words} {randomness.choice(PLACES)}"))
        world.wait(minutes=randomness.choice((1, 20, 90)))
        if randomness.random() < 0.6:
            _say(world, randomness.choice(met), randomness.choice(list(StoryState)))
        with reading(engine) as tx:
            every = tx.scalars(select(table.Match.id)).all()
            now_silenced = set(acknowledgements.silenced(tx, every))
        assert silenced <= now_silenced, "what was silenced once stays so"
        silenced = now_silenced
        world.compose()
        world.deliver()
    world.wait(days=2)
    world.compose()
    sums = _sums(world)
    with reading(engine) as tx:
        told = {(row.subscription_id, row.match_id) for row in tx.execute(select(mail_schema.Told))}
        wanted = tx.execute(
            select(
                mail_schema.SubscriptionRule.subscription_id,
                mail_schema.Subscription.cadence,
                table.Match.id,
            )
            .join(table.Match, table.Match.rule_id == mail_schema.SubscriptionRule.rule_id)
            .join(
                mail_schema.Subscription,
                mail_schema.Subscription.id == mail_schema.SubscriptionRule.subscription_id,
            )
            .where(table.Match.news)
        ).all()
    untold = [row for row in wanted if (row[0], row[2]) not in told]
    assert sums.balanced
    assert sums.waiting == 0
    assert {row[1] for row in untold} == {Cadence.IMMEDIATE}, "digests tell all of it"
    assert sums.merged + sums.muted == len(untold)
    assert min(sums.merged, sums.muted, len(told)) > 0
    assert world.now - timedelta(days=2) > NOW
