"""What people and their programs send back: complaints, machines that answer, wishes to leave (R26, R28)."""

from __future__ import annotations

import json

import pytest
from returned_mails import COMPLAINT, OURS, answers, letter, report

from alerts.mail.returns import Tag, tags


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("abuse", "complaint"), ("fraud", "complaint"), ("not-spam", "none"), ("auth-failure", "none")],
)
def test_a_spam_report_is_a_complaint_of_the_reader_it_names(kind, expected):
    """R26, RFC 5965."""
    assert answers(COMPLAINT.replace("KIND", kind).encode()) == [("reader@north.example", expected, "")]


def test_a_complaint_that_hides_its_reader_is_told_by_our_own_mail_in_it():
    content = (
        COMPLAINT.replace("KIND", "abuse")
        .replace("Original-Rcpt-To: <reader@north.example>", "Version: 2")
        .encode()
    )
    assert answers(content) == [("reader@north.example", "complaint", "")]
    assert tags(content) == (Tag("b", "7y5kq3zr2xw4"),)


@pytest.mark.parametrize(
    "more",
    [
        "Auto-Submitted: auto-replied\n",
        "Auto-Submitted: auto-generated; x=1\n",
        "X-Autoreply: yes\n",
        "Precedence: auto_reply\n",
    ],
)
def test_a_machine_that_answers_is_an_auto_reply(more):
    """R28: never a bounce."""
    content = letter(
        "Re: The week",
        "I cannot be reached. Mail to 550 5.1.1 users is unknown.",
        "Reader <reader@north.example>",
        more,
    )
    assert answers(content) == [("reader@north.example", "auto-reply", "")]


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: The week",
        "Out of Office Re: The week",
        "Réponse automatique : La semaine",
        "Respuesta automática: La semana",
        "رد تلقائي: الأسبوع",
        "Автоответ: Неделя",
        "自动回复：一周",
        "자동 회신: 한 주",
        "Abwesenheitsnotiz",
    ],
)
def test_a_vacation_notice_without_a_mark_is_known_by_its_subject(subject):
    """R28, in the seven languages and one more."""
    content = letter(subject, "Back on Monday.", "reader@north.example")
    assert answers(content) == [("reader@north.example", "auto-reply", "")]


@pytest.mark.parametrize(
    "content",
    [
        letter("Re: The week", "Thank you, well written.", "reader@north.example"),
        letter("Re: The week", "Thanks.", "reader@north.example", "X-Auto-Response-Suppress: All\n"),
        letter("Re: The week", "Thanks.", "reader@north.example", "Auto-Submitted: no\n"),
        b"",
        b"\x00\xff" * 50,
    ],
)
def test_nothing_follows_from_what_a_person_writes(content):
    """R28."""
    assert answers(content) == [("", "none", "")]


@pytest.mark.parametrize(
    ("subject", "words"),
    [("unsubscribe", ""), ("Re: The week", "Unsubscribe\n"), ("Désabonner", "merci"), ("退订", "")],
)
def test_who_writes_to_leave_leaves(subject, words):
    content = letter(subject, words, "Reader <reader@north.example>").replace(b"+b7y5", b"+u7y5")
    assert answers(content) == [("reader@north.example", "unsubscribe", "")]
    assert tags(content) == (Tag("u", "7y5kq3zr2xw4"),)


def test_a_mail_program_that_leaves_for_its_owner_is_no_auto_reply():
    content = letter(
        "unsubscribe", "Sent by your mail program.", "reader@north.example", "Auto-Submitted: auto-replied\n"
    )
    assert answers(content) == [("reader@north.example", "unsubscribe", "")]


@pytest.mark.parametrize("words", ["Quota exceeded", "the mailbox is full"])
def test_a_filter_that_rejects_after_delivery_is_a_soft_failure(words):
    content = report(
        "Disposition: automatic-action/MDN-sent-automatically; deleted",
        kind="message/disposition-notification",
        words=f"Your message to <reader@north.example> was automatically rejected:\n{words}",
    )
    assert answers(content) == [("reader@north.example", "soft", "")]


def test_nothing_follows_from_a_receipt():
    content = report(
        "Disposition: manual-action; displayed",
        kind="message/disposition-notification",
        words="Your message was read.",
    )
    assert answers(content) == [("", "none", "")]


def test_a_providers_notice_in_json_is_read_like_a_report():
    person = {"emailAddress": "reader@north.example", "action": "failed", "status": "5.1.1"}
    bounce = {
        "notificationType": "Bounce",
        "bounce": {"bounceType": "Permanent", "bouncedRecipients": [person]},
    }
    complaint = {"complaint": {"complainedRecipients": [{"emailAddress": "reader@north.example"}]}}
    assert answers(letter("Notification", json.dumps(bounce), "no-reply@cloud.example")) == [
        ("reader@north.example", "hard", "5.1.1")
    ]
    wrapped = json.dumps({"Type": "Notification", "Message": json.dumps(complaint)})
    assert answers(letter("Notification", wrapped, "no-reply@cloud.example")) == [
        ("reader@north.example", "complaint", "")
    ]


@pytest.mark.parametrize("field", ["Delivered-To", "X-Original-To", "Envelope-To", "To", "Return-Path"])
def test_the_token_is_found_in_every_field_that_names_where_the_mail_arrived(field):
    """R25: the recipient is taken from our own tagged address where there is one."""
    content = f"{field}: <{OURS.upper()}>\nFrom: a@b.example\n\nx".encode()
    assert tags(content) == (Tag("b", "7y5kq3zr2xw4"),)


def test_the_server_that_delivered_is_believed_before_the_sender():
    content = f"To: x+baaaaaaaaaa@alerts.example\nDelivered-To: {OURS}\n\n".encode()
    assert [tag.token for tag in tags(content)] == ["7y5kq3zr2xw4", "aaaaaaaaaa"]
