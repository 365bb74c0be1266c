"""One recipient domain that defers, closes or stalls holds up nobody else, and is not pressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from small_world import SENT, Entry, World
from sqlalchemy import Engine

from alerts.model import Outcome, Sending
from alerts.services.deliver import REST

LATER = Sending(Outcome.RETRY, "rcpt", 451, "4.7.1 greylisted")
CLOSING = Sending(Outcome.RETRY, "rcpt", 421, "4.7.0 too many from you")
STALLING = Sending(Outcome.RETRY, "rcpt", None, "no answer", silent=True)
STALLING_AT_THE_END = Sending(Outcome.AMBIGUOUS, "dot", None, "no answer", silent=True)
DROPPING = Sending(Outcome.AMBIGUOUS, "dot", None, "connection lost")
STALL = timedelta(seconds=45)


@dataclass
class Servers:
    """What each recipient domain answers; all others accept. A stall takes its time."""

    wait: Callable[..., object]
    answers: dict[str, Sending] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)

    def send(self, sender: str, recipient: str, content: bytes) -> Sending:  # noqa: ARG002
        domain = recipient.rpartition("@")[2]
        self.tried.append(domain)
        answer = self.answers.get(domain, SENT)
        if answer.silent:
            self.wait(seconds=STALL.total_seconds())
        return answer

    def close(self) -> None:
        """There is no connection."""


def _world(engine: Engine, domains: Mapping[str, int]) -> tuple[World, Servers]:
    """An alert in the outbox for each of the readers."""
    world = World(engine)
    world.transport = servers = Servers(world.wait)
    for domain, readers in domains.items():
        for number in range(readers):
            world.person(f"reader{number}@{domain}", rules=["missile"])
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    return world, servers


def _states(world: World, domain: str) -> list[str]:
    return [each.state.value for each in world.outbox() if each.address.endswith(f"@{domain}")]


@pytest.mark.parametrize("answer", [LATER, CLOSING, STALLING, STALLING_AT_THE_END, DROPPING])
def test_a_domain_that_defers_closes_or_stalls_holds_up_no_other(engine: Engine, answer: Sending) -> None:
    world, servers = _world(engine, {"slow.example.org": 4, "quick.example.org": 4})
    servers.answers["slow.example.org"] = answer
    began = world.now
    world.deliver()
    assert _states(world, "quick.example.org") == ["sent"] * 4
    assert world.now - began <= STALL


@pytest.mark.parametrize("answer", [CLOSING, STALLING, STALLING_AT_THE_END, DROPPING])
def test_a_domain_that_closes_or_stalls_is_asked_by_one_mail_while_the_others_wait(
    engine: Engine, answer: Sending
) -> None:
    world, servers = _world(engine, {"slow.example.org": 4})
    servers.answers["slow.example.org"] = answer
    world.deliver()
    assert servers.tried == ["slow.example.org"]
    servers.answers.clear()
    world.wait(minutes=10)
    world.deliver()
    assert _states(world, "slow.example.org") == ["sent"] * 4


def test_a_mail_that_breaks_every_connection_does_not_keep_its_neighbours_waiting(engine: Engine) -> None:
    world, servers = _world(engine, {"one.example.org": 3})
    servers.answers["one.example.org"] = DROPPING
    world.deliver()
    servers.answers.clear()
    world.wait(seconds=REST.total_seconds())
    poisonous = world.outbox()[0].id
    sent = dict(world.deliver())
    assert set(sent) - {poisonous} == {2, 3}


def test_a_second_domain_that_stalls_ends_the_batch_for_it_may_be_the_server(engine: Engine) -> None:
    domains = [f"{name}.example.org" for name in "abcdef"]
    world, servers = _world(engine, dict.fromkeys(domains, 2))
    servers.answers = dict.fromkeys(domains, STALLING)
    began = world.now
    world.deliver()
    assert len(servers.tried) == 2
    assert world.now - began == 2 * STALL
