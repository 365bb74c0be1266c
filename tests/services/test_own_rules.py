"""Rules that readers write for themselves: tried first, theirs alone, gone with the last mail of theirs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from asking_world import READER, asked, leave, letters, link, people, pressed, reception
from small_world import Entry, World
from sqlalchemy import Engine

from alerts.errors import BadInput, NotFound, QueryError
from alerts.model import Cadence, LetterKind, Rule, Scope
from alerts.services import own_rules
from alerts.services.hygiene import look_over
from alerts.services.own_rules import LONGEST, MOST, TooBroad, TooMany, try_own
from alerts.services.preferring import Choice, change_order
from alerts.services.reception import Stage
from alerts.services.requesting import confirm
from alerts.services.volumes import Volume
from alerts.store import own_rules as kept
from alerts.store import rules, slices, subscribers
from alerts.store.own_rules import Own
from alerts.store.unit import reading, writing


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def mine(world: World, person: int) -> tuple[Own, ...]:
    with reading(world.engine) as tx:
        return kept.of(tx, person)


def order_of(world: World, person: int) -> int:
    with reading(world.engine) as tx:
        return next(each.id for each in subscribers.orders_of(tx, person) if each.ended_at is None)


def wrote(world: World, person: int, *queries: str, rules: tuple[str, ...] = ("missile",)) -> None:
    """Each saved with the subscription as it then is."""
    for query in queries:
        held = tuple(each.key for each in mine(world, person))
        chosen = Choice(Cadence.WEEKLY, (*rules, *held), (), own_query=query)
        change_order(world.engine, person, order_of(world, person), chosen, world.now)


def read_news(world: World, *titles: str) -> None:
    feed = world.add_feed()
    world.poll(feed)
    world.wait(minutes=10)
    world.show("post", [Entry(f"k{n}", title) for n, title in enumerate(titles)])
    world.poll(feed)


def test_a_trial_says_how_much_was_found_shows_some_and_saves_nothing(world: World) -> None:
    read_news(world, "Cholera in Goma", "Cholera in Bukavu", "Football in Goma")
    found = try_own(world.engine, "cholera AND (goma OR bukavu)", now=world.now)
    assert (found.items, found.exact) == (2, True)
    assert {each.item.title for each in found.samples} == {"Cholera in Goma", "Cholera in Bukavu"}
    assert found.volume.alerts >= 2 and found.volume.monthly == 1
    assert try_own(world.engine, "volcano", now=world.now).volume == Volume()


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("cholera AND", QueryError),
        ("@no-such-concept", QueryError),
        ("", QueryError),
        ("word " * LONGEST, BadInput),
    ],
)
def test_a_query_that_cannot_be_is_refused(world: World, query: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        try_own(world.engine, query, now=world.now)


def test_a_query_that_matches_a_fifth_of_all_news_is_no_rule(world: World) -> None:
    read_news(world, *(f"Harbour news {n}" for n in range(30)), *(f"Other {n}" for n in range(60)))
    with pytest.raises(TooBroad):
        try_own(world.engine, "harbour", now=world.now)


def test_an_own_rule_is_confirmed_with_the_request_and_then_matches_like_any_other(world: World) -> None:
    """R21: nothing of it exists before."""
    asked(world, rules=(), own_query="cholera AND goma")
    with reading(world.engine) as tx:
        before = kept.offered(tx)
    assert pressed(world) is Stage.CONFIRMED
    (person,) = people(world)
    (own,) = mine(world, person.id)
    assert (own.key, own.name, own.query) == (f"own-{person.id}-1", "cholera AND goma", "cholera AND goma")
    with reading(world.engine) as tx:
        assert kept.offered(tx) == before, "nobody else is offered it"
    feed = world.add_feed()
    world.poll(feed)
    world.wait(minutes=10)
    world.show("post", [Entry("k1", "Cholera spreads in Goma")])
    world.poll(feed)
    world.wait(days=8)
    world.compose()
    assert [each.digest.total for each in world.outbox() if each.frozen] == [1]


def test_it_is_in_no_list_and_no_advice_for_editors_who_cannot_mend_it(world: World) -> None:
    person = world.person(READER, Cadence.WEEKLY)
    wrote(world, person, "cholera AND goma")
    (own,) = mine(world, person)
    read_news(world, "Football in Goma")
    with reading(world.engine) as tx:
        assert own.key in {rule.key for rule in rules.current(tx)}
        assert own.key not in {rule.key for rule in slices.rules_after(tx)}
    found = look_over(world.engine, now=world.now, languages=("en",))
    assert found.findings and own.key not in {each.rule for each in found.findings}


def test_the_letter_to_an_address_that_nobody_confirmed_holds_no_word_that_was_typed(world: World) -> None:
    asked(world, rules=(), own_query="cheap AND pills AND example")
    ((_, letter),) = letters(world)
    assert letter.kind is LetterKind.CONFIRM and letter.plan is not None
    assert letter.plan.rules == () and letter.plan.own_query


def test_a_reader_has_at_most_so_many(world: World) -> None:
    person = world.person(READER, Cadence.WEEKLY)
    wrote(world, person, *(f"town{n}" for n in range(MOST)))
    with pytest.raises(TooMany):
        wrote(world, person, "one more")
    assert len(mine(world, person)) == MOST


def test_a_key_that_an_editor_took_first_stays_the_editors(world: World) -> None:
    person = world.person(READER, Cadence.WEEKLY)
    with writing(world.engine) as tx:
        rules.kept.save(tx, Rule(f"own-{person}-1", "An editor's", "harbour"), author="anna", now=world.now)
    wrote(world, person, "cholera")
    (own,) = mine(world, person)
    assert own.key == f"own-{person}-2"


def test_one_can_be_rewritten_and_removed_by_its_writer_alone(world: World) -> None:
    person, other = world.person(READER, Cadence.WEEKLY), world.person()
    wrote(world, person, "cholera")
    (own,) = mine(world, person)
    own_rules.rewrite(world.engine, person, own.key, "cholera OR measles", now=world.now)
    assert [each.query for each in mine(world, person)] == ["cholera OR measles"]
    with pytest.raises(QueryError):
        own_rules.rewrite(world.engine, person, own.key, "cholera OR", now=world.now)
    for act in (
        lambda: own_rules.rewrite(world.engine, other, own.key, "all", now=world.now),
        lambda: own_rules.remove(world.engine, other, own.key, now=world.now),
        lambda: own_rules.remove(world.engine, person, "missile", now=world.now),
    ):
        with pytest.raises(NotFound):
            act()
    own_rules.remove(world.engine, person, own.key, now=world.now)
    assert mine(world, person) == ()
    wrote(world, person, "floods")
    assert [each.key for each in mine(world, person)] == [f"own-{person}-2"], "no key comes twice"


@pytest.mark.parametrize("way", ["unticked", "rule", "digest", "everything"])
def test_one_that_its_writer_follows_no_more_goes_out_of_force(world: World, way: str) -> None:
    person = world.person(READER, Cadence.WEEKLY)
    wrote(world, person, "cholera")
    (own,) = mine(world, person)
    order = order_of(world, person)
    if way == "unticked":
        change_order(world.engine, person, order, Choice(Cadence.WEEKLY, ("missile",), ()), world.now)
    else:
        targets = {Scope.RULE: own.rule_id, Scope.DIGEST: order, Scope.EVERYTHING: 0}
        leave(world, person, Scope(way), targets[Scope(way)])
    assert mine(world, person) == ()


def test_one_stays_when_its_digest_becomes_another(world: World) -> None:
    person = world.person(READER, Cadence.WEEKLY)
    wrote(world, person, "cholera")
    (own,) = mine(world, person)
    chosen = Choice(Cadence.DAILY, (own.key,), ())
    change_order(world.engine, person, order_of(world, person), chosen, world.now)
    assert mine(world, person) == (own,)


def test_who_has_all_they_may_have_gets_the_rest_of_what_they_asked_for(world: World) -> None:
    """Several requests can be open, and what was possible when one was made no longer is."""
    requests = []
    for number in range(MOST + 2):
        asked(world, rules=("missile",) if number != MOST else (), own_query=f"town{number}")
        requests.append(link(world))
        world.wait(minutes=541)  # three letters a day
    stages = [confirm(reception(world), each, "192.0.2.7", world.now).stage for each in requests]
    assert stages == [*[Stage.CONFIRMED] * MOST, Stage.GONE, Stage.CONFIRMED]
    (person,) = people(world)
    assert len(mine(world, person.id)) == MOST


def test_two_windows_at_once_give_nobody_more(world: World) -> None:
    person = world.person(READER, Cadence.WEEKLY)
    wrote(world, person, *(f"town{n}" for n in range(MOST - 1)))
    held = tuple(each.key for each in mine(world, person))
    order, start = order_of(world, person), Barrier(4)

    def press(number: int) -> None:
        chosen = Choice(Cadence.WEEKLY, ("missile", *held), (), own_query=f"village{number}")
        start.wait()
        change_order(world.engine, person, order, chosen, world.now)

    with ThreadPoolExecutor(4) as windows:
        list(windows.map(press, range(4)))
    assert len(mine(world, person)) == MOST  # who comes later follows what their window shows


def test_two_windows_at_once_add_a_subscription_once(world: World) -> None:
    person, start = world.person(READER, Cadence.WEEKLY), Barrier(4)

    def press(_number: int) -> str:
        start.wait()
        try:
            change_order(world.engine, person, None, Choice(Cadence.DAILY, ("missile",), ()), world.now)
        except BadInput:
            return "there is one"
        return "saved"

    with ThreadPoolExecutor(4) as windows:
        assert sorted(windows.map(press, range(4))) == ["saved", *["there is one"] * 3]
