"""What a reply means: whose fault it is and whether to try again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.mail.verdict import REPLY_LIMIT, about_us, readable, silence, verdict
from alerts.model import Outcome

PHASES = ("connect", "hello", "login", "mail", "rcpt", "data", "body", "dot")

NO_MAILBOX = [
    (550, "5.1.1 user unknown"),
    (550, "5.1.0 address rejected"),
    (550, "5.1.10 recipient not found"),
    (553, "5.1.3 bad syntax"),
    (550, "5.2.1 mailbox closed"),
    (550, "no such user here"),
    (551, "user not local"),
    (553, "mailbox name not allowed"),
]
SOMETHING_ELSE = [
    (552, "5.2.2 mailbox full"),
    (550, "5.2.2 over quota"),
    (552, "mailbox full"),
    (552, "5.3.4 message too big"),
    (550, "5.3.4 message size exceeds limit"),
    (550, "5.7.1 relaying denied"),
    (550, "5.7.515 access denied"),
    (550, "5.7.26 unauthenticated mail"),
    (550, "5.1.8 bad sender domain"),
    (550, "5.4.4 unable to route"),
    (554, "transaction failed"),
    (554, "5.7.1 spam"),
    (550, "Relay access denied"),
    (550, "blocked by our policy"),
    (550, "listed as SPAM source"),
    (550, "SPF check failed"),
]


@pytest.mark.parametrize(("code", "reply"), NO_MAILBOX)
def test_a_missing_mailbox_suppresses_the_recipient(code, reply):
    assert verdict("rcpt", code, reply) is Outcome.SUPPRESS


@pytest.mark.parametrize(("code", "reply"), SOMETHING_ELSE)
def test_any_other_refusal_costs_the_recipient_only_this_mail(code, reply):
    assert verdict("rcpt", code, reply) is Outcome.FAILED


def test_a_refusal_of_the_sender_or_of_the_content_never_suppresses_by_its_code_alone():
    assert verdict("mail", 550, "5.1.1 user unknown") is Outcome.FAILED
    assert verdict("data", 550, "5.1.1 user unknown") is Outcome.FAILED
    assert verdict("dot", 550, "user unknown") is Outcome.FAILED
    assert verdict("dot", 550, "5.1.1 user unknown") is Outcome.SUPPRESS


@pytest.mark.parametrize("phase", PHASES)
def test_only_a_silence_after_the_dot_is_ambiguous(phase):
    expected = dict.fromkeys(("connect", "hello", "login", "mail"), Outcome.UNREACHABLE)
    assert silence(phase) is expected.get(phase, Outcome.AMBIGUOUS if phase == "dot" else Outcome.RETRY)


@pytest.mark.parametrize("phase", PHASES)
def test_a_server_that_is_closing_has_trouble_of_its_own_until_it_knows_the_recipient(phase):
    named = phase in ("rcpt", "data", "body", "dot")
    assert verdict(phase, 421, "4.3.2 closing") is (Outcome.RETRY if named else Outcome.UNREACHABLE)


@pytest.mark.parametrize(
    ("phase", "reply", "ours"),
    [
        ("mail", "sender rejected", True),
        ("dot", "5.7.515 access denied", True),
        ("rcpt", "5.7.26 unauthenticated mail", True),
        ("dot", "5.7.1 looks like spam", True),
        ("rcpt", "Service unavailable; client host blocked", True),
        ("dot", "DMARC check failed", True),
        ("rcpt", "5.1.1 no such user", False),
        ("rcpt", "5.2.2 mailbox full", False),
        ("dot", "5.3.4 message too big", False),
    ],
)
def test_a_refusal_for_policy_reputation_or_authentication_is_about_us(phase, reply, ours):
    """R27."""
    assert about_us(phase, reply) is ours


@given(st.sampled_from(PHASES), st.integers(0, 999), st.text())
def test_no_refusal_is_ever_taken_for_a_sent_mail(phase, code, reply):
    outcome = verdict(phase, code, reply)
    assert outcome is not Outcome.SENT
    if phase in ("connect", "hello", "login"):
        assert outcome is Outcome.UNREACHABLE
    elif 400 <= code <= 499:
        assert outcome in (Outcome.RETRY, Outcome.UNREACHABLE)


@given(st.one_of(st.binary(max_size=3000), st.text(max_size=3000)))
def test_a_reply_becomes_one_short_printable_line(reply):
    line = readable(reply)
    assert len(line) <= REPLY_LIMIT
    assert line.isprintable()
    line.encode("utf-8")
