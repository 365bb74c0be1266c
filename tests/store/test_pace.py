"""No domain gets more at once, or in a minute, than it may; none waits for another. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from small_world import NOW, fill_outbox
from sqlalchemy import Connection, Engine, update

from alerts.model import DeliveryState, Outcome, Sending
from alerts.store import deliveries
from alerts.store.deliveries import Settled
from alerts.store.mail_schema import Delivery
from alerts.store.pace import Pace
from alerts.store.unit import reading, writing

SOON = NOW + timedelta(minutes=1)
TWO = Pace(connections=2)
THREE_A_MINUTE = Pace(per_minute=3)
SENT = Sending(Outcome.SENT, "dot", 250, "ok")


def _fill(tx: Connection, **numbers: int) -> dict[str, list[int]]:
    """That many queued mails for each domain, one domain after the other: domain → ids."""
    ids = iter(fill_outbox(tx, sum(numbers.values())))
    found = {domain: [next(ids) for _ in range(number)] for domain, number in numbers.items()}
    for domain, these in found.items():
        tx.execute(update(Delivery).where(Delivery.id.in_(these)).values(domain=domain))
    return found


def _claim(tx: Connection, delivery_id: int, pace: Pace, now=NOW) -> deliveries.Claimed | None:
    until = now + timedelta(minutes=1)
    return deliveries.claim(tx, delivery_id, now=now, until=until, token=f"t{delivery_id}", pace=pace)


def test_two_workers_together_hold_no_more_of_a_domain_than_may_go_at_once(
    engine: Engine, opened: Callable[[str], Engine]
) -> None:
    with writing(engine) as tx:
        ids = _fill(tx, slow=20, quick=20)
    start = threading.Barrier(2)
    taken: list[str] = []

    def work(own: Engine) -> None:
        start.wait()
        for pair in zip(ids["slow"], ids["quick"], strict=True):
            for domain, delivery_id in zip(("slow", "quick"), pair, strict=True):
                with writing(own) as tx:
                    if _claim(tx, delivery_id, TWO):
                        taken.append(domain)

    url = engine.url.render_as_string(hide_password=False)
    threads = [threading.Thread(target=work, args=(opened(url),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == ["quick"] * 2 + ["slow"] * 2


def test_a_place_is_free_again_when_its_mail_is_settled_or_its_sender_has_died(engine: Engine) -> None:
    with writing(engine) as tx:
        first, second, third, fourth = _fill(tx, one=4)["one"]
        held = _claim(tx, first, TWO)
        assert held is not None
        assert _claim(tx, second, TWO)
        assert _claim(tx, third, TWO) is None
        deliveries.settle(tx, held, f"t{first}", Settled(DeliveryState.SENT), NOW)
        assert _claim(tx, third, TWO)
        assert _claim(tx, fourth, TWO) is None
        assert _claim(tx, fourth, TWO, now=SOON)


def test_no_more_is_begun_within_a_minute_than_a_domain_may_get(engine: Engine) -> None:
    with writing(engine) as tx:
        ids = _fill(tx, one=8, other=2)
        assert deliveries.due(tx, NOW, 99, THREE_A_MINUTE) == tuple(
            sorted([*ids["one"][:3], *ids["other"]], key=lambda each: (each - 1) % 8)
        )
        begun = [each for each in ids["one"] if _claim(tx, each, THREE_A_MINUTE)]
        assert begun == ids["one"][:3]
        assert deliveries.due(tx, NOW, 99, THREE_A_MINUTE) == tuple(ids["other"])
        assert set(deliveries.due(tx, SOON, 99, THREE_A_MINUTE)) == {*ids["one"][3:6], *ids["other"]}
        assert _claim(tx, ids["one"][3], THREE_A_MINUTE, now=SOON)


def test_of_many_domains_each_comes_first_before_any_comes_a_second_time(engine: Engine) -> None:
    with writing(engine) as tx:
        ids = _fill(tx, crowd=50, few=2, single=1)
    with reading(engine) as tx:
        found = deliveries.due(tx, NOW, 6)
    assert found == (ids["crowd"][0], ids["few"][0], ids["single"][0], *ids["crowd"][1:2], ids["few"][1], 3)
