"""One row, one worker: claims are conditional updates, on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random

import pytest
from small_world import NOW, fill_outbox
from sqlalchemy import Engine, insert

from alerts.model import DeliveryState, Outcome, Sending, Window
from alerts.store import claims, deliveries, digests, feeds, outbox
from alerts.store.deliveries import Settled
from alerts.store.schema import Feed, Fetch, Source
from alerts.store.unit import reading, writing

ROWS = 200
SOON = NOW + timedelta(minutes=1)

Open = Callable[[str], Engine]
Take = Callable[[Engine, Sequence[int], str], Sequence[int]]
WINDOW = Window(NOW - timedelta(days=1), NOW)


def _take_feeds(engine: Engine, ids: Sequence[int], token: str) -> Sequence[int]:
    with writing(engine) as tx:  # a claim promises no order
        return sorted(feed.id for feed in claims.claim(tx, ids, now=NOW, until=SOON, token=token))


def _take_deliveries(engine: Engine, ids: Sequence[int], token: str) -> Sequence[int]:
    taken = []
    for delivery_id in ids:
        with writing(engine) as tx:
            if deliveries.claim(tx, delivery_id, now=NOW, until=SOON, token=token):
                taken.append(delivery_id)
    return taken


def _take_windows(engine: Engine, ids: Sequence[int], token: str) -> Sequence[int]:  # noqa: ARG001
    taken = []
    for subscription_id in ids:
        with writing(engine) as tx:
            if digests.close_window(tx, subscription_id, WINDOW, due_at=NOW, next_due_at=SOON):
                taken.append(subscription_id)
    return taken


def _add_feeds(engine: Engine) -> list[int]:
    now = {"created_at": NOW, "next_poll_at": NOW}
    same = {"source_id": 1, "title": "", "state": "active", "mail_existing": False, "interval_seconds": 300}
    ids = list(range(1, ROWS + 1))
    with writing(engine) as tx:
        tx.execute(insert(Source).values(id=1, name="s"))
        rows = [{"id": i, "url": f"https://{i}.example/", "failures": 0, "collected": 0} for i in ids]
        tx.execute(insert(Feed), [row | same | now for row in rows])
    return ids


def _add_outbox(engine: Engine) -> list[int]:
    with writing(engine) as tx:
        return fill_outbox(tx, ROWS)


@pytest.mark.parametrize(
    ("fill", "take", "at_once"),
    [
        pytest.param(_add_feeds, _take_feeds, 25, id="feeds"),
        pytest.param(_add_outbox, _take_deliveries, 1, id="deliveries"),
        pytest.param(_add_outbox, _take_windows, 1, id="windows"),
    ],
)
def test_two_workers_with_the_same_ids_get_each_row_exactly_once(
    database_url: str, opened: Open, fill: Callable[[Engine], list[int]], take: Take, at_once: int
) -> None:
    ids = fill(opened(database_url))
    gate, got, errors = threading.Barrier(2), Counter[int](), []

    def work(engine: Engine, seed: int) -> None:
        mine = Random(seed).sample(ids, len(ids))
        gate.wait(20)
        try:
            for start in range(0, len(mine), at_once):
                got.update(take(engine, mine[start : start + at_once], f"worker {seed}"))
        except Exception as error:  # noqa: BLE001 - shown below
            errors.append(error)

    workers = [threading.Thread(target=work, args=(opened(database_url), seed)) for seed in (1, 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    assert got == Counter(ids)


def test_a_feed_is_free_again_when_its_lease_ends(engine: Engine) -> None:
    ids = _add_feeds(engine)[:2]
    assert _take_feeds(engine, ids, "dies") == ids
    assert _take_feeds(engine, ids, "next") == []
    with writing(engine) as tx:
        assert claims.due(tx, NOW, 1000) == tuple(range(3, ROWS + 1))
        again = claims.claim(tx, ids, now=SOON, until=SOON + timedelta(minutes=1), token="next")
    assert sorted(feed.id for feed in again) == ids


def _polled() -> claims.Polled:
    note = feeds.FetchNote(NOW, NOW, "read", 200, 1, 0, 0, "")
    return claims.Polled(SOON, 300, 0, note, success=True)


def test_a_lost_claim_saves_nothing(engine: Engine) -> None:
    (feed_id,) = _add_feeds(engine)[:1]
    _take_feeds(engine, [feed_id], "slow")
    with writing(engine) as tx:
        claims.claim(tx, [feed_id], now=SOON, until=SOON + timedelta(minutes=1), token="quick")
    with writing(engine) as tx:
        assert not claims.finish(tx, feed_id, "slow", _polled())
        assert tx.execute(Fetch.__table__.select()).all() == []
        assert claims.finish(tx, feed_id, "quick", _polled())
        assert not claims.finish(tx, feed_id, "quick", _polled())
    with reading(engine) as tx:
        assert len(feeds.history(tx, feed_id)) == 1


def test_many_feeds_are_finished_together_except_those_whose_claim_was_lost(engine: Engine) -> None:
    ids = _add_feeds(engine)[:4]
    _take_feeds(engine, ids, "slow")
    with writing(engine) as tx:
        claims.claim(tx, ids[:1], now=SOON, until=SOON + timedelta(minutes=1), token="quick")
        note = feeds.FetchNote(NOW, SOON, "unchanged", 304, 0, 0, 0, "304, not modified")
        polled = claims.Polled(SOON + timedelta(hours=1), 450, 0, note, success=True)
        assert claims.finish_unchanged(tx, "slow", dict.fromkeys(ids[:3], polled)) == frozenset(ids[1:3])
        assert claims.finish_unchanged(tx, "slow", dict.fromkeys(ids[:3], polled)) == frozenset()
    with reading(engine) as tx:
        lost, done, _, held = (feeds.overview(tx, feed_id)[0] for feed_id in ids)
        free = claims.due(tx, SOON + timedelta(hours=2), 1000)
    assert (done.last, done.last_success_at, done.failures) == (note, SOON, 0)
    assert (done.next_poll_at, done.interval_seconds) == (SOON + timedelta(hours=1), 450)
    assert (lost.last, held.last) == (None, None)
    assert set(ids) <= set(free)  # the other leases have ended by then


def test_feeds_given_back_unpolled_are_due_at_once_except_those_whose_claim_was_lost(engine: Engine) -> None:
    ids = _add_feeds(engine)[:3]
    _take_feeds(engine, ids, "slow")
    with writing(engine) as tx:
        later = SOON + timedelta(minutes=1)
        claims.claim(tx, ids[:1], now=SOON, until=later, token="quick")
        assert claims.release(tx, "slow", ids) == frozenset(ids[1:])
        assert claims.release(tx, "slow", []) == frozenset()
        again = claims.claim(tx, ids, now=SOON, until=later, token="next")
        assert sorted(feed.id for feed in again) == ids[1:]
        assert tx.execute(Fetch.__table__.select()).all() == []


def test_a_feed_that_was_paused_while_it_was_polled_stays_paused(engine: Engine) -> None:
    (feed_id,) = _add_feeds(engine)[:1]
    _take_feeds(engine, [feed_id], "t")
    with writing(engine) as tx:
        feeds.set_state(tx, feed_id, feeds.FeedState.PAUSED)
        assert claims.finish(tx, feed_id, "t", _polled())
        (feed,) = feeds.overview(tx, feed_id)
    assert feed.state is feeds.FeedState.PAUSED


SAID = Sending(Outcome.SENT, "dot", 250, "ok")


def test_a_sender_that_comes_back_late_still_says_that_the_mail_is_sent(engine: Engine) -> None:
    with writing(engine) as tx:
        fill_outbox(tx, 1)
        claimed = deliveries.claim(tx, 1, now=NOW, until=SOON, token="slow")
        assert claimed is not None
        assert deliveries.release_stale(tx, SOON) == 1
        assert deliveries.due(tx, SOON, 9) == (1,)
        assert deliveries.settle(tx, claimed, "slow", Settled(DeliveryState.SENT), SOON)
        deliveries.end_attempt(tx, claimed, SAID, SOON)
        assert deliveries.due(tx, SOON, 9) == ()
        assert outbox.latest(tx)[0].state is DeliveryState.SENT


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.FAILED])
def test_a_sender_that_lost_its_delivery_to_another_changes_nothing(
    engine: Engine, state: DeliveryState
) -> None:
    with writing(engine) as tx:
        fill_outbox(tx, 1)
        first = deliveries.claim(tx, 1, now=NOW, until=SOON, token="slow")
        assert first is not None
        deliveries.release_stale(tx, SOON)
        later = SOON + timedelta(minutes=1)
        second = deliveries.claim(tx, 1, now=SOON, until=later, token="quick")
        assert second is not None
        assert not deliveries.settle(tx, first, "slow", Settled(state), SOON)
        assert outbox.latest(tx)[0].state is DeliveryState.SENDING
        assert deliveries.settle(tx, second, "quick", Settled(DeliveryState.SENT), later)


def test_a_dead_senders_delivery_is_tried_at_most_three_times(engine: Engine) -> None:
    with writing(engine) as tx:
        fill_outbox(tx, 1)
        now = NOW
        for copies in (1, 2, 3):
            assert deliveries.claim(tx, 1, now=now, until=now + timedelta(minutes=1), token="t")
            assert deliveries.release_stale(tx, now) == 0
            now += timedelta(minutes=1)
            assert deliveries.release_stale(tx, now) == 1
            assert deliveries.due(tx, now, 9) == ((1,) if copies < 3 else ())
        (left,) = outbox.latest(tx)
    assert (left.state, left.send_after) == (DeliveryState.AMBIGUOUS, None)
    assert left.reason == "its sender stopped in the middle three times"
