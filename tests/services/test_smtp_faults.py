"""Twenty ways in which a mail server fails, against the real transport: where each leaves the delivery."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from scripted_smtp import ScriptedServer, drop, hang, slow, then_drop
from small_world import Entry, World
from sqlalchemy import Engine

from alerts.mail.transport import SmtpTransport
from alerts.store import brakes, suppressions
from alerts.store.unit import reading

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "security" / "smtp_faults.jsonl"

STATES = {
    "retry": "deferred",
    "permanent": "failed",
    "config_error": "failed",
    "suppress": "suppressed",
    "ambiguous_retry": "ambiguous",
    "sent": "sent",
}


@contextlib.contextmanager
def nobody_takes_the_call() -> Iterator[str]:
    """A port whose queue of unanswered connections is full: connecting to it times out."""
    with contextlib.ExitStack() as open_sockets:
        busy = open_sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(8):
            waiting = open_sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(busy.getsockname())
        yield f"smtp://127.0.0.1:{busy.getsockname()[1]}"


@contextlib.contextmanager
def scripted(**script: object) -> Iterator[str]:
    with ScriptedServer(script) as server:  # type: ignore[arg-type]
        yield server.url


FAULTS: dict[str, tuple[str, Callable[[], contextlib.AbstractContextManager[str]]]] = {
    "connect_timeout": ("retry", nobody_takes_the_call),
    "banner_554": ("retry", partial(scripted, banner=b"554 5.3.2 no\r\n")),
    "ehlo_500_then_helo": ("sent", partial(scripted, EHLO=b"500 5.5.1 what?\r\n")),
    "mail_421_close": ("retry", partial(scripted, MAIL=then_drop(b"421 4.3.2 closing\r\n"))),
    "mail_451": ("retry", partial(scripted, MAIL=b"451 4.3.0 later\r\n")),
    "mail_550": ("config_error", partial(scripted, MAIL=b"550 5.1.8 sender rejected\r\n")),
    "rcpt_450": ("retry", partial(scripted, RCPT=b"450 4.2.0 busy\r\n")),
    "rcpt_451_greylist": ("retry", partial(scripted, RCPT=b"451 4.7.1 greylisted\r\n")),
    "rcpt_452_toomany": ("retry", partial(scripted, RCPT=b"452 4.5.3 too many\r\n")),
    "rcpt_550": ("suppress", partial(scripted, RCPT=b"550 5.1.1 no such user\r\n")),
    "rcpt_553": ("suppress", partial(scripted, RCPT=b"553 5.1.3 bad name\r\n")),
    "drop_at_rcpt": ("retry", partial(scripted, RCPT=drop)),
    "data_354_never": ("retry", partial(scripted, DATA=hang)),
    "dot_250_slow_30s": ("sent", partial(scripted, dot=slow(b"250 2.0.0 kept\r\n", 0.3))),
    "dot_451": ("retry", partial(scripted, dot=b"451 4.3.0 later\r\n")),
    "dot_550_spam": ("permanent", partial(scripted, dot=b"550 5.7.1 spam\r\n")),
    "drop_after_dot_not_accepted": ("ambiguous_retry", partial(scripted, dot=drop)),
    "reply_without_code": ("retry", partial(scripted, RCPT=b"fine by me\r\n")),
    "reply_9000_bytes": ("retry", partial(scripted, RCPT=b"250 " + b"x" * 9000 + b"\r\n")),
    "quit_dropped": ("sent", partial(scripted, QUIT=drop)),
}

MORE: dict[str, tuple[str, Callable[[], contextlib.AbstractContextManager[str]]]] = {
    "rcpt_421_close": ("retry", partial(scripted, RCPT=then_drop(b"421 4.7.0 too many\r\n"))),
    "rcpt_552_size": ("permanent", partial(scripted, RCPT=b"552 5.3.4 too big for this mailbox\r\n")),
    "dot_552_size": ("permanent", partial(scripted, dot=b"552 5.3.4 message too big\r\n")),
    "rcpt_552_full": ("permanent", partial(scripted, RCPT=b"552 5.2.2 mailbox full\r\n")),
    "rcpt_550_policy": ("permanent", partial(scripted, RCPT=b"550 5.7.515 access denied\r\n")),
    "dot_no_mailbox": ("suppress", partial(scripted, dot=b"550 5.1.1 no such user\r\n")),
    "dot_never": ("ambiguous_retry", partial(scripted, dot=hang)),
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("fault", [*FAULTS, *MORE])
def test_each_fault_of_a_server_leaves_the_delivery_in_the_named_state(engine: Engine, fault: str) -> None:
    """R27: a 4xx is tried again, a missing mailbox is the recipient's, size and policy are not. How each of
    the states is kept on either database is told in test_delivering.py."""
    expected, failing = (FAULTS | MORE)[fault]
    world = World(engine)
    world.person("reader@desk.example.org", rules=["missile"])
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    with failing() as url:
        smtp = SmtpTransport(url, hello="localhost", deadline_seconds=1.0)
        world.transport = smtp  # type: ignore[assignment]
        world.deliver()
        smtp.close()
    (left,) = world.outbox()
    assert left.state.value == STATES[expected], left.reason
    assert (left.send_after is not None) is (expected in ("retry", "ambiguous_retry"))
    with reading(engine) as tx:
        suppressed = suppressions.is_suppressed(tx, world.address_hashes("reader@desk.example.org"))
        assert suppressed is (expected == "suppress")
        assert brakes.in_force(tx) is None


def test_a_refusal_of_our_own_sender_counts_towards_stopping_everything(engine: Engine) -> None:
    """R27: `config_error` is nobody's but ours, and the next mail would fare no better."""
    world = World(engine)
    for number in range(25):
        world.person(f"reader@{number}.example.org", rules=["missile"])
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    with FAULTS["mail_550"][1]() as url:
        world.transport = smtp = SmtpTransport(url, hello="localhost")  # type: ignore[assignment]
        world.deliver()
        smtp.close()
    states = [each.state.value for each in world.outbox()]
    assert (states.count("failed"), states.count("queued")) == (20, 5 + 1)
    with reading(engine) as tx:
        stop = brakes.in_force(tx)
    assert stop is not None
    assert "sender rejected" in stop.reason


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of faults is not beside this checkout")
def test_the_corpus_names_these_twenty_faults_with_these_outcomes() -> None:
    corpus = [json.loads(line) for line in CORPUS.read_text().splitlines()]
    assert {each["fault"]: each["expect"] for each in corpus} == {
        name: expected for name, (expected, _) in FAULTS.items()
    }
