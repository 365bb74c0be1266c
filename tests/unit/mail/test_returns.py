"""What comes back: who it is about, and what follows (R25, R26, R28)."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returned_mails import COMPLAINT, IN_WORDS, answers, letter, report

from alerts.mail.returns import message_ids, read_return, tags
from alerts.model import ReturnKind

WHO = "Final-Recipient: rfc822; reader@north.example"


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"])
def test_a_mailbox_that_does_not_exist_is_a_hard_failure(status):
    """R25."""
    content = report(WHO, "Action: failed", f"Status: {status}", f"Diagnostic-Code: smtp; 550 {status} gone")
    assert answers(content) == [("reader@north.example", "hard", status)]


@pytest.mark.parametrize(
    "status",
    ["5.2.2", "5.7.1", "5.7.26", "5.7.515", "5.4.4", "5.4.1", "5.1.8", "5.3.4", "4.4.7", "4.2.2", "4.1.1"],
)
def test_any_other_failure_is_soft(status):
    """R25, and trap 13: a full mailbox or a policy is no reason to give up a reader."""
    assert answers(report(WHO, "Action: failed", f"Status: {status}")) == [
        ("reader@north.example", "soft", status)
    ]


def test_a_delay_is_soft_whatever_its_code():
    """R25."""
    assert answers(report(WHO, "Action: delayed", "Status: 5.1.1")) == [
        ("reader@north.example", "soft", "5.1.1")
    ]


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_nothing_follows_from_a_mail_that_arrived(action):
    """R25."""
    assert answers(report(WHO, f"Action: {action}", "Status: 2.1.5")) == [
        ("reader@north.example", "none", "2.1.5")
    ]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("550 user unknown", "hard"),
        ("550 Requested action not taken: mailbox unavailable", "soft"),
        ("550 5.7.1 listed in a block list", "soft"),
        ("550 this account is over quota", "soft"),
        ("554 looks like spam; user unknown to us as a friend", "soft"),
        ("450 user unknown", "soft"),
        ("x-unix; 77", "soft"),
    ],
)
def test_where_the_code_says_nothing_the_words_of_the_server_decide(said, kind):
    """R25: 5.0.0 means "other"; hard needs words that leave no doubt."""
    content = report(WHO, "Action: failed", "Status: 5.0.0", f"Diagnostic-Code: smtp; {said}")
    assert [each.kind for each in read_return(content)] == [kind]


def test_a_refusal_for_policy_outweighs_the_relays_own_translation_of_it():
    """R25: relays write 5.1.1 for what the server had called 5.7.1."""
    said = "Diagnostic-Code: smtp; 550 5.7.1 address blacklisted by recipient"
    content = report(WHO, "Action: failed", "Status: 5.1.1", said)
    assert answers(content) == [("reader@north.example", "soft", "5.7.1")]


def test_each_recipient_gets_an_answer_of_its_own():
    content = report(
        "Final-Recipient: rfc822; one@north.example\nAction: failed\nStatus: 5.1.1\n",
        "Final-Recipient: rfc822; two@north.example\nAction: failed\nStatus: 5.2.2\n",
        "Final-Recipient: rfc822; three@north.example\nAction: relayed\nStatus: 2.0.0",
    )
    assert [kind for _, kind, _ in answers(content)] == ["hard", "soft", "none"]


def test_the_address_we_had_written_to_is_named_not_the_one_it_was_forwarded_to():
    content = report(
        "Original-Recipient: rfc822;reader@north.example",
        "Final-Recipient: rfc822;x@far.example",
        "Action: failed",
        "Status: 5.1.1",
    )
    assert answers(content) == [("reader@north.example", "hard", "5.1.1")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a byte-order mark", b"\xef\xbb\xbf" + report(WHO, "Action: failed", "Status: 5.1.1")),
        ("CRLF", report(WHO, "Action: failed", "Status: 5.1.1").replace(b"\n", b"\r\n")),
        (
            "a mark in the part",
            report(WHO, "Action: failed", "Status: 5.1.1").replace(
                b"Reporting-MTA", b"\xef\xbb\xbfReporting-MTA"
            ),
        ),
        (
            "the international kind",
            report(
                WHO,
                "Action: failed",
                "Status: 5.1.1",
                kind="message/global-delivery-status",
                returned="message/global",
            ),
        ),
        (
            "no report type",
            report(WHO, "Action: failed", "Status: 5.1.1").replace(b"report-type=delivery-status;", b""),
        ),
        (
            "multipart/mixed",
            report(WHO, "Action: failed", "Status: 5.1.1").replace(b"multipart/report", b"multipart/mixed"),
        ),
        (
            "an unknown boundary",
            report(WHO, "Action: failed", "Status: 5.1.1").replace(
                b'boundary="=_cut"', b'boundary="=_other"'
            ),
        ),
        ("no end", report(WHO, "Action: failed", "Status: 5.1.1").replace(b"--=_cut--", b"")),
        (
            "a folded field",
            report(
                "Final-Recipient: rfc822;\n reader@north.example",
                "Action: failed (no mailbox)",
                "Status: 5.1.1 (x)",
            ),
        ),
        (
            "an address in brackets",
            report("Final-Recipient: <reader@north.example>", "Action: FAILED", "Status: 5.1.1"),
        ),
        (
            "a mailbox file's line",
            b"From MAILER-DAEMON Sun Nov  1 08:00:00 2026\n" + report(WHO, "Action: failed", "Status: 5.1.1"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_report_is_read_however_it_is_wrapped(name, content):
    """R25: BOM, message/global variants, malformed parts."""
    assert answers(content) == [("reader@north.example", "hard", "5.1.1")], name


def test_a_report_in_base64_names_an_address_in_any_script():
    """R25, RFC 6533."""
    group = "Final-Recipient: utf-8; читатель@north.example\nAction: failed\nStatus: 5.1.1\n"
    content = report("X: y", kind="message/global-delivery-status", encoding="base64")
    before, _, after = content.partition(b"Reporting-MTA")
    content = before + base64.encodebytes(group.encode()) + after[after.index(b"\n--=_cut") :]
    assert answers(content) == [("читатель@north.example", "hard", "5.1.1")]


def test_a_report_that_was_forwarded_inside_another_mail_is_found():
    inner = report(WHO, "Action: failed", "Status: 5.1.1").decode()
    head = "From: it@north.example\nSubject: Fwd\nContent-Type: multipart/mixed; boundary=outer\n"
    outer = f"{head}\n--outer\nContent-Type: message/rfc822\n\n{inner}\n--outer--\n"
    assert answers(outer.encode()) == [("reader@north.example", "hard", "5.1.1")]


@pytest.mark.parametrize("case", IN_WORDS)
def test_bounces_without_a_report_are_read_by_their_words(case):
    """R25: from the body where there is nothing better."""
    content, expected = IN_WORDS[case]
    assert answers(content) == expected


def test_the_news_in_a_returned_mail_is_never_taken_for_the_reason():
    content = report(WHO, "Action: failed", "Status: 5.0.0").replace(
        b"A ceasefire holds.", b"ghost@inside.example: 550 5.1.1 user unknown"
    )
    assert answers(content) == [("reader@north.example", "soft", "5.0.0")]


@pytest.mark.parametrize(
    "content",
    [
        report(WHO, "Action: failed", "Status: 5.1.1").replace(
            b"To: reader", b"Message-ID: <d7@alerts.example>\nTo: reader"
        ),
        letter(
            "failure notice",
            "<reader@north.example>: gone\n\n--- Below this line\nMessage-ID: <d7@alerts.example>",
        ),
        letter("Re: The week", "Away.", "reader@north.example", "In-Reply-To: <d7@alerts.example>\n"),
    ],
)
def test_the_mail_of_ours_that_is_meant_is_told_by_its_id(content):
    """R25: where the tagged address was lost on the way."""
    assert message_ids(content) == ("<d7@alerts.example>",)


def test_the_servers_own_words_are_kept_for_the_operator():
    content = report(
        WHO, "Action: failed", "Status: 5.1.1", "Diagnostic-Code: smtp; 550 5.1.1\n no such\x07 user"
    )
    assert read_return(content)[0].detail == "smtp; 550 5.1.1 no such\ufffd user"


@given(st.binary(max_size=2000))
def test_no_bytes_whatever_make_the_reader_fail(content):
    """R25."""
    assert read_return(content)
    tags(content)
    message_ids(content)


SEEDS = [
    report(WHO, "Action: failed", "Status: 5.1.1"),
    COMPLAINT.encode(),
    *(content for content, _ in IN_WORDS.values()),
]


@given(st.sampled_from(SEEDS), st.data())
def test_no_damage_to_a_report_makes_the_reader_fail(content, data):
    """R25: cut, doubled, with foreign bytes in any place."""
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(len(content), start + 200)))
        content = (
            content[:start]
            + data.draw(st.sampled_from([b"", b"\n", b"=?", b"\xff\x00", content[start:end] * 3]))
            + content[end:]
        )
    for each in read_return(content):
        assert isinstance(each.kind, ReturnKind)
        assert each.recipient == "" or ("@" in each.recipient and each.recipient.isprintable())
        each.recipient.encode("utf-8")


@pytest.mark.parametrize(
    "piece", [b"<", b"a", b"a@b ", b"Received: a\n", b"user ", b"--a\n", b'{"a":', b"550 ", b"5.1."]
)
def test_a_mail_made_to_be_slow_is_read_like_any_other(piece):
    """The words that are searched are bounded; a search that were not would take minutes here."""
    for head in (
        b"From: MAILER-DAEMON@x\nSubject: failure notice\n\n",
        b"Content-Type: text/html\nFrom: <>\n\n",
        b"",
    ):
        assert read_return(head + piece * (200_000 // len(piece)))


def test_mails_nested_in_mails_come_to_an_end():
    """R25: nested message/rfc822."""
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(2000)
    )
    assert read_return(deep)
    assert read_return(b"Content-Type: message/rfc822\n\n" * 5000)


@pytest.mark.parametrize(
    "head",
    [
        b"From: " + b"(" * 2000,
        b"From: " + b":" * 2000,
        b"To: " + b"(" * 4000,
        b"Content-Type: text/plain; charset*=undefined''%41",
        b"Content-Type: text/plain; charset*=\0''%41",
    ],
)
def test_fields_that_break_the_standard_librarys_readers_are_read_as_nothing(head: bytes) -> None:
    assert read_return(head + b"\nSubject: Undelivered\n\nSorry.\n")


def test_no_codec_of_pythons_own_takes_longer_than_a_charset() -> None:
    began = time.perf_counter()
    read_return(b"Content-Type: text/plain; charset=punycode\n\n" + b"a" * 130_000 + b"-" + b"ba" * 60_000)
    assert time.perf_counter() - began < 1


def test_no_database_is_asked_for_a_message_id_that_it_cannot_hold() -> None:
    content = b"In-Reply-To: <a\0b@x> <c@x>\n\nMessage-ID: <d\0@x>\n"
    assert message_ids(content) == ("<c@x>",)
