"""Records about a sender's domain: which can be right, and which make receivers refuse its mail."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.mail.sender_domain import aligned, dmarc_names, judge_dkim, judge_dmarc, judge_spf

D = "example.org"
NAME = "s1._domainkey.example.org"


def key(size: int) -> str:
    return base64.b64encode(b"k" * size).decode()


@pytest.mark.parametrize(
    ("records", "ok", "words"),
    [
        (["v=spf1 include:relay.example -all"], True, "include:relay.example"),
        (["site-check=1", "v=spf1 -all"], True, "v=spf1 -all"),
        ([], False, "no SPF record"),
        (["v=spf10 -all"], False, "no SPF record"),
        (["v=spf1 -all", "V=SPF1 a -all"], False, "2 SPF records"),
        (["v=spf1 +all"], False, "everybody"),
        (["v=spf1 mx ALL"], False, "everybody"),
    ],
)
def test_one_spf_record_that_does_not_let_everybody_in_is_well(
    records: list[str], ok: bool, words: str
) -> None:
    judged = judge_spf(D, records)
    assert judged.ok is ok
    assert words in judged.words


@pytest.mark.parametrize(
    ("records", "ok", "words"),
    [
        ([f"v=DKIM1; k=rsa; p={key(294)}"], True, "an rsa key"),
        ([f"p={key(294)[:100]} {key(294)[100:]}"], True, "an rsa key"),
        ([f"k=ed25519; p={key(32)}"], True, "ed25519"),
        ([f"v=DKIM1; p={key(162)}"], True, "less than 2048"),
        ([f"v=DKIM1; p={key(94)}"], False, "shorter than 1024"),
        (["v=DKIM1; p="], False, "revoked"),
        (["v=DKIM1; p=MIIB*"], False, "not base64"),
        ([], False, "no DKIM key"),
        (["something else"], False, "no DKIM key"),
        ([f"p={key(294)}", f"p={key(294)}"], False, "2 DKIM keys"),
    ],
)
def test_one_dkim_key_that_is_long_enough_is_well(records: list[str], ok: bool, words: str) -> None:
    """R12."""
    judged = judge_dkim(NAME, records)
    assert judged.ok is ok
    assert words in judged.words


@pytest.mark.parametrize(
    ("records", "ok", "words"),
    [
        (["v=DMARC1; p=none"], True, "p=none"),
        (["v=DMARC1;p=reject; rua=mailto:d@example.org"], True, "p=reject"),
        (["v=DMARC1; sp=none"], False, "no policy"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], False, "2 DMARC records"),
    ],
)
def test_one_dmarc_record_with_a_policy_is_well(records: list[str], ok: bool, words: str) -> None:
    judged = judge_dmarc(D, f"_dmarc.{D}", records, f"mail.{D}")
    assert judged is not None
    assert judged.ok is ok
    assert words in judged.words


def test_records_about_something_else_send_the_question_one_domain_up() -> None:
    assert judge_dmarc(D, "_dmarc.x.example.org", ["v=spf1 -all", "v=DMARC10; p=none"], D) is None
    assert dmarc_names("a.b.example.org") == (
        "_dmarc.a.b.example.org",
        "_dmarc.b.example.org",
        "_dmarc.example.org",
    )
    assert dmarc_names("localhost") == ("_dmarc.localhost",)


def test_mail_that_is_returned_to_a_strangers_domain_needs_dkim_and_is_told_so() -> None:
    """R13."""
    judged = judge_dmarc(D, f"_dmarc.{D}", ["v=DMARC1; p=none"], "relay.example")
    assert judged is not None
    assert "only a DKIM signature of example.org can pass" in judged.words
    assert aligned("example.org", "mail.example.org")
    assert not aligned("badexample.org", "example.org")


@given(st.lists(st.text(max_size=80), max_size=3))
def test_whatever_a_record_says_it_is_judged(records: list[str]) -> None:
    for judged in (judge_spf(D, records), judge_dkim(NAME, records), judge_dmarc(D, NAME, records, D)):
        assert judged is None or judged.words
