"""A few hundred random steps of one service, with workers that die anywhere: nothing lost, nothing twice."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from random import Random

from small_world import Entry, Killed, World
from sqlalchemy import Engine, event, select

from alerts.errors import FetchError
from alerts.model import Cadence, Outcome, Sending
from alerts.store import ledger, mail_schema
from alerts.store import schema as table
from alerts.store.signal_schema import StoryItem
from alerts.store.unit import reading

STEPS = 250
ANSWERS = (
    Sending(Outcome.RETRY, "rcpt", 451, "later"),
    Sending(Outcome.UNREACHABLE, "connect", None, "refused"),
    Sending(Outcome.AMBIGUOUS, "dot", None, "connection lost"),
    Sending(Outcome.FAILED, "data", 554, "not wanted"),
    Killed(),
)
WORDS = ("missile", "sanctions", "truce", "grain", "opera")
PLACES = (
    "shakes the harbour district of Vostrograd before dawn",
    "debated by the mountain council in Kalidesh",
    "stuns fishermen on the northern shore of lake Imbari",
)


def headline(randomness: Random) -> str:
    """One of a few events, so that several feeds tell of the same."""
    return f"{' and '.join(randomness.sample(WORDS, 2))} {randomness.choice(PLACES)}"


class Deaths:
    """Kills the worker at a random moment: just before or just after any transaction ends."""

    def __init__(self, engine: Engine, randomness: Random) -> None:
        self._randomness = randomness
        self.left = -1
        self.count = 0
        event.listen(engine, "begin", self._moment)
        event.listen(engine, "commit", self._moment)

    def _moment(self, _: object) -> None:
        if self.left == 0:
            self.left = -1
            self.count += 1
            raise Killed
        self.left -= self.left > 0

    @contextlib.contextmanager
    def somewhere(self) -> Iterator[None]:
        if self._randomness.random() < 0.25:
            self.left = self._randomness.randrange(8)
        with contextlib.suppress(Killed):
            yield
        self.left = -1


def test_every_story_is_told_exactly_once_and_the_sums_balance_whoever_dies(engine: Engine) -> None:
    world, randomness = World(engine), Random(1)
    deaths = Deaths(engine, randomness)
    cadences = (Cadence.IMMEDIATE, Cadence.DAILY, Cadence.WEEKLY)
    for number, cadence in enumerate(cadences * 2):
        world.person(f"p{number}@desk.example.org", cadence, WORDS[: 1 + number % 3])
    shown: dict[str, list[Entry]] = {name: [] for name in ("post", "wire", "agency")}
    for name in shown:
        world.add_feed(name)

    def news() -> None:
        name = randomness.choice(list(shown))
        entries = shown[name]
        if entries and randomness.random() < 0.3:
            place = randomness.randrange(len(entries))
            entries[place] = Entry(entries[place].key, headline(randomness), hours=0)
        else:
            entries.append(Entry(str(len(entries)), headline(randomness), hours=0))
        world.show(name, entries)
        if randomness.random() < 0.1:
            world.web[f"https://{name}.example/feed"] = FetchError("timeout", "too slow")

    def deliver() -> None:
        if randomness.random() < 0.5:
            world.transport.script = [randomness.choice(ANSWERS)]
        world.deliver()
        world.transport.script = []

    steps = (news, news, world.poll, world.compose, deliver)
    for _ in range(STEPS):
        with deaths.somewhere():
            randomness.choice(steps)()
        world.wait(minutes=randomness.choice((1, 5, 60, 300)))
    assert deaths.count > 10

    for name in shown:  # the storm is over: everything goes its way
        world.show(name, shown[name])
    world.poll()
    for _ in range(9):
        world.wait(days=1)
        world.compose()
        world.deliver()

    with reading(engine) as tx:
        sums = ledger.read(tx)
        told = {(row.subscription_id, row.match_id) for row in tx.execute(select(mail_schema.Told))}
        wanted = {
            (row.subscription_id, row.id): (row.subscription_id, row.story_id, row.rule_id)
            for row in tx.execute(
                select(
                    mail_schema.SubscriptionRule.subscription_id,
                    table.Match.id,
                    table.Match.rule_id,
                    StoryItem.story_id,
                )
                .join(table.Match, table.Match.rule_id == mail_schema.SubscriptionRule.rule_id)
                .join(StoryItem, StoryItem.item_id == table.Match.item_id)
                .where(table.Match.news)
            )
        }
        alerts = set(
            tx.scalars(
                select(mail_schema.Subscription.id).where(
                    mail_schema.Subscription.cadence == Cadence.IMMEDIATE
                )
            )
        )
    assert sums.balanced
    assert sums.waiting == 0
    assert sums.items == sum(map(len, shown.values()))
    # A digest tells every match, alerts each story once for each rule that it met.
    assert told <= wanted.keys()
    assert {pair for pair in told if pair[0] not in alerts} == {
        pair for pair in wanted if pair[0] not in alerts
    }
    assert {wanted[pair] for pair in told} == set(wanted.values())
    assert sums.merged == len(wanted.keys() - told) > 0
    finished = {"sent", "failed", "ambiguous"}
    assert {delivery.state.value for delivery in world.outbox()} <= finished
    copies = Counter(content for _, content in world.transport.accepted)
    assert max(copies.values()) <= 3
    for delivery in world.outbox():
        if delivery.state == "sent":
            assert any(delivery.message_id.encode() in content for content in copies)
    assert world.now - timedelta(days=9) > world.outbox()[0].created_at
