"""Mails that come back, written for these tests: one of every shape that the reader must know."""

from __future__ import annotations

from alerts.mail.returns import read_return

OURS = "news+b7y5kq3zr2xw4@alerts.example"


def answers(content: bytes) -> list[tuple[str, str, str]]:
    return [(each.recipient, each.kind.value, each.status) for each in read_return(content)]


def report(
    *fields: str,
    words: str = "Your mail could not be delivered.",
    kind: str = "message/delivery-status",
    encoding: str = "",
    returned: str = "message/rfc822",
) -> bytes:
    """A delivery report (RFC 3464) with one group about a recipient."""
    transfer = f"Content-Transfer-Encoding: {encoding}\n" if encoding else ""
    lines = "\n".join(fields)
    return f"""Return-Path: <>
From: Mail Delivery System <mailer-daemon@relay.example>
To: {OURS}
Subject: Undelivered mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_cut"

--=_cut
Content-Type: text/plain; charset=utf-8

{words}

--=_cut
Content-Type: {kind}
{transfer}
Reporting-MTA: dns; relay.example
Arrival-Date: Sun, 1 Nov 2026 08:00:00 +0000

{lines}

--=_cut
Content-Type: {returned}

Return-Path: <{OURS}>
From: Alerts <news@alerts.example>
To: reader@north.example
Subject: The week in ten lines

A ceasefire holds.

--=_cut--
""".encode()


def letter(subject: str, words: str, sender: str = "MAILER-DAEMON@relay.example", more: str = "") -> bytes:
    """A bounce, or a person's mail, in words alone."""
    return f"Return-Path: <>\nFrom: {sender}\nTo: {OURS}\nSubject: {subject}\n{more}\n{words}\n".encode()


COPY = f"""
Return-Path: <{OURS}>
Received: from alerts.example by relay.example; Sun, 1 Nov 2026 08:00:00 +0000
From: Alerts <news@alerts.example>
To: reader@north.example
Subject: A strike near ghost@inside.example: user unknown
"""

COMPLAINT = f"""From: feedback@provider.example
To: abuse@alerts.example
Subject: FW: The week in ten lines
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=cut

--cut
Content-Type: text/plain

A reader marked this as spam.
--cut
Content-Type: message/feedback-report

Feedback-Type: KIND
User-Agent: Loop/1
Version: 1
Original-Rcpt-To: <reader@north.example>

--cut
Content-Type: message/rfc822

Return-Path: <{OURS}>
To: reader@north.example
Subject: The week in ten lines

A ceasefire holds.
--cut--
"""

# What the words of many makes of servers say of whom: subject, words, and the answers.
IN_WORDS: dict[str, tuple[bytes, list[tuple[str, str, str]]]] = {
    "a program that puts each address on a line of its own": (
        letter(
            "failure notice",
            "Hello, this is the program that sends mail at relay.example.\nI gave up on these addresses.\n\n"
            "<one@north.example>:\n192.0.2.4 does not like recipient.\nIt said: 550 5.1.1 no such user\n\n"
            "<two@north.example>:\nRemote host said: 552 5.2.2 mailbox is full\n\n"
            "--- Below this line is a copy of the message.\n" + COPY,
        ),
        [("one@north.example", "hard", "5.1.1"), ("two@north.example", "soft", "5.2.2")],
    ),
    "a field of the head names who failed": (
        letter(
            "Mail delivery failed: returning message to sender",
            "The following address failed:\n\n  reader@north.example\n"
            "    (generated from list@south.example)\n"
            "    host mx.north.example [192.0.2.7]: 550 Unrouteable address\n",
            more="X-Failed-Recipients: reader@north.example\nAuto-Submitted: auto-replied\n",
        ),
        [("reader@north.example", "hard", "")],
    ),
    "one sentence holds all": (
        letter(
            "Undeliverable",
            "There was an error delivering your mail to <reader@north.example>.\n550 Spam found",
        ),
        [("reader@north.example", "soft", "")],
    ),
    "a label stands before the address": (
        letter(
            "Undeliverable Mail", "Unknown user: reader@north.example\n\nOriginal message follows.\n" + COPY
        ),
        [("reader@north.example", "hard", "")],
    ),
    "a mailbox of the reporting server has no domain": (
        letter(
            "Message status - undeliverable",
            "The message that you sent was undeliverable to the following:\n\n    jdoe (user not found)\n",
            "Mailer-Daemon@school.example",
        ),
        [("jdoe@school.example", "hard", "")],
    ),
    "a warning that it will be tried again": (
        letter(
            "Warning: message delayed 24 hours",
            "The address to which the message has not yet been delivered is:\n\n  reader@north.example\n\n"
            "No action is required on your part.\n",
        ),
        [("reader@north.example", "soft", "")],
    ),
    "a transcript of the conversation": (
        letter(
            "Returned mail: see transcript for details",
            "   ----- Transcript of session follows -----\n... while talking to mx.north.example.:\n"
            ">>> RCPT To:<reader@north.example>\n<<< 550 5.1.1 <reader@north.example>... User unknown\n"
            ">>> DATA\n<<< 503 5.5.1 Need RCPT\n\n   ----- Message header follows -----\n" + COPY,
        ),
        [("reader@north.example", "hard", "5.1.1")],
    ),
    "a letter that guesses at every reason proves none": (
        letter(
            "Delivery Status Notification (Failure)",
            "Your mail to reader@north.example could not be delivered.\nThe account may not exist, it may be "
            "closed, or you may lack permission.\n",
        ),
        [("reader@north.example", "soft", "")],
    ),
    "the sender's own domain is what does not exist": (
        letter(
            "failure notice", "<reader@north.example>:\n553 sorry, domain of sender address does not exist\n"
        ),
        [("reader@north.example", "soft", "")],
    ),
    "German": (
        letter(
            "Unzustellbar: Lage",
            "Nicht zugestellt an:\n\nreader@north.example\nDer Empfänger ist unbekannt.\n",
        ),
        [("reader@north.example", "hard", "")],
    ),
    "French, and the mailbox is full": (
        letter("Échec de la remise", "<reader@north.example> : la boîte du destinataire est pleine\n"),
        [("reader@north.example", "soft", "")],
    ),
    "Spanish": (
        letter(
            "Mensaje no entregado", "No se pudo entregar a:\nreader@north.example\nEl usuario no existe.\n"
        ),
        [("reader@north.example", "hard", "")],
    ),
    "Russian": (
        letter("Недоставленное сообщение", "<reader@north.example>: такой пользователь не найден\n"),
        [("reader@north.example", "hard", "")],
    ),
    "Chinese": (
        letter("系统退信", "邮件无法投递到：\n<reader@north.example>\n收件人不存在\n"),
        [("reader@north.example", "hard", "")],
    ),
    "Japanese, in its old encoding without a label": (
        letter("Undeliverable", "").replace(
            b"\n\n", b"\n\n" + "<reader@north.example>\n宛先が存在しません".encode("iso2022_jp")
        ),
        [("reader@north.example", "hard", "")],
    ),
    "Chinese without a space between address and words": (
        letter(
            "系统退信",
            "原邮件信息：\n主题：要闻\n退信原因：\n收件人邮件地址（reader@north.example）不存在。\n",
        ),
        [("reader@north.example", "hard", "")],
    ),
    "Korean": (
        letter("반송된 메일", "reader@north.example\n수신자를 찾을 수 없습니다\n"),
        [("reader@north.example", "hard", "")],
    ),
    "Arabic": (
        letter("تعذر تسليم الرسالة", "reader@north.example\nالمستخدم غير موجود\n"),
        [("reader@north.example", "hard", "")],
    ),
}
