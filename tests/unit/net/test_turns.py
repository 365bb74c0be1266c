from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
from loopback import response, serving

from alerts.errors import NotAsked
from alerts.net.address import Allow, allowed_by_name
from alerts.net.client import Client
from alerts.net.turns import APART_SECONDS, AT_ONCE, AT_ONCE_PER_HOST, Turns

LOOPBACK = Allow.of("127.0.0.0/8")


async def settle() -> None:
    """Everything goes on as far as it can without time passing."""
    for _ in range(500):
        await asyncio.sleep(0)


def test_a_host_has_four_turns_at_once_and_another_host_its_own() -> None:
    async def scene() -> list[int]:
        turns, begun = Turns(), {"a": 0, "b": 0}

        async def one(host: str) -> None:
            await turns.take(host, spaced=False)
            begun[host] += 1

        tasks = [asyncio.create_task(one(host)) for host in "a" * 9 + "b" * 2]
        await settle()
        counts = [begun["a"], begun["b"]]
        turns.give_back("a")
        await settle()
        for task in tasks:
            task.cancel()
        return [*counts, begun["a"]]

    assert asyncio.run(scene()) == [AT_ONCE_PER_HOST, 2, AT_ONCE_PER_HOST + 1]


def test_all_hosts_together_have_a_hundred_turns_and_who_was_cancelled_leaves_none_taken() -> None:
    async def scene() -> list[int]:
        turns, begun = Turns(), 0

        async def one(host: str) -> None:
            nonlocal begun
            await turns.take(host, spaced=False)
            begun += 1

        tasks = [asyncio.create_task(one(f"host-{n // 2}")) for n in range(AT_ONCE + 20)]
        await settle()
        counts = [begun]
        for task in tasks:
            task.cancel()
        await settle()
        for n in range(AT_ONCE):
            turns.give_back(f"host-{n // 2}")
        begun = 0
        again = [asyncio.create_task(one(f"host-{n // 2}")) for n in range(AT_ONCE)]
        await asyncio.wait_for(asyncio.gather(*again), 10)
        return [*counts, begun]

    assert asyncio.run(scene()) == [AT_ONCE, AT_ONCE]


def test_turns_of_a_spaced_host_begin_apart() -> None:
    async def scene() -> list[float]:
        turns, begun = Turns(), []

        async def one() -> None:
            await turns.take("a", spaced=True)
            begun.append(asyncio.get_running_loop().time())
            turns.give_back("a")

        await asyncio.gather(*(one() for _ in range(3)))
        return begun

    for earlier, later in pairwise(asyncio.run(scene())):
        assert later - earlier > 0.9 * APART_SECONDS  # clocks have grains


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.9", True),
        ("localhost", True),
        ("feeds.localhost", True),
        ("10.0.0.1", False),
        ("::1", False),
        ("feeds.example", False),
    ],
)
def test_only_what_is_surely_in_an_allowed_network_needs_no_spacing(host: str, allowed: bool) -> None:
    assert allowed_by_name(host, LOOPBACK) is allowed


def asking(
    count: int, answer: Callable[[str, asyncio.StreamWriter], Awaitable[None]], patience_seconds: float
) -> list[object]:
    """What became of so many requests to one host; the deadline of each is one second."""

    async def scene() -> list[object]:
        client = Client(LOOPBACK, "test", deadline_seconds=1, patience_seconds=patience_seconds)
        async with serving(answer) as port, client:
            url = f"http://127.0.0.1:{port}/feed"
            return list(
                await asyncio.gather(*(client.get(url, {}) for _ in range(count)), return_exceptions=True)
            )

    return asyncio.run(scene())


def test_waiting_for_a_turn_does_not_eat_the_deadline() -> None:
    async def slowly(_: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.4)
        writer.write(response(200, b"x"))

    # The last ones wait 1.2 s, longer than their own deadline, and are answered all the same.
    answers = asking(4 * AT_ONCE_PER_HOST, slowly, patience_seconds=30)
    assert [getattr(answer, "status", answer) for answer in answers] == [200] * 4 * AT_ONCE_PER_HOST


def test_whose_patience_ends_was_not_asked_and_nobody_is_blamed() -> None:
    async def never(_: str, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    answers = asking(AT_ONCE_PER_HOST + 2, never, patience_seconds=0.2)
    assert [type(answer) for answer in answers[AT_ONCE_PER_HOST:]] == [NotAsked] * 2
    assert all("not asked" in str(answer) for answer in answers[AT_ONCE_PER_HOST:])
