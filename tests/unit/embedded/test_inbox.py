"""What the catcher kept can be read back, however odd it is."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.embedded.catcher import answers
from alerts.embedded.inbox import find, inbox, open_mail

MAIL = (
    b"From: a@b.example\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="x"\r\n\r\n'
    b"--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"plain =C3=A9\r\n--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>html</p>\r\n--x--\r\n"
)


@contextmanager
def catcher(maildir: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "alerts.embedded.catcher", "--port", "0", "--maildir", str(maildir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            yield process, int(line.split(",")[0].rpartition(":")[2])
        finally:
            process.kill()


def test_a_mail_for_several_recipients_is_kept_once_with_its_envelope(tmp_path: Path):
    with catcher(tmp_path) as (process, port):
        assert answers(port)
        with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost", timeout=10) as smtp:
            smtp.sendmail("s@b.example", ["one@c.example", "two@c.example"], MAIL)
        process.terminate()
        assert process.wait(10) == 0
    (mail,) = inbox(tmp_path)
    assert (mail.sender, mail.recipients) == ("s@b.example", ("one@c.example", "two@c.example"))
    assert mail.recipient == "one@c.example, two@c.example"
    assert mail.subject == "café"
    assert mail.raw == MAIL
    assert abs((datetime.now(UTC) - mail.received_at).total_seconds()) < 60
    assert find(tmp_path, mail.id) == mail
    opened = open_mail(mail.raw)
    assert (opened.text, opened.html) == ("plain é", "<p>html</p>")
    assert opened.headers[:2] == (("From", "a@b.example"), ("Subject", "café"))


def test_sigterm_ends_the_catcher_while_a_sender_is_connected(tmp_path: Path):
    with (
        catcher(tmp_path) as (process, port),
        socket.create_connection(("127.0.0.1", port), timeout=10) as open_,
    ):
        assert open_.recv(100).startswith(b"220 ")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stdout is not None
        assert process.stdout.read() == ""


def test_a_mail_that_was_answered_with_250_survives_kill_9(tmp_path: Path):
    with catcher(tmp_path) as (process, port):
        smtp = smtplib.SMTP("127.0.0.1", port, local_hostname="localhost", timeout=10)
        smtp.sendmail("s@b.example", ["one@c.example"], MAIL)
        process.kill()
        smtp.close()
    assert [mail.raw for mail in inbox(tmp_path)] == [MAIL]


def test_a_taken_port_is_one_line_and_exit_code_4(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [
            sys.executable,
            "-m",
            "alerts.embedded.catcher",
            "--port",
            port,
            "--maildir",
            str(tmp_path),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert len(done.stderr.splitlines()) == 1


def test_mails_are_listed_latest_first_wherever_a_mail_program_moved_them(tmp_path: Path):
    for folder in ("new", "cur", "tmp", "envelopes"):
        (tmp_path / folder).mkdir()
    names = [
        "new/1700000000000000001.P1Q1.h",
        "cur/1700000000000000003.P1Q3.h:2,S",
        "new/1700000000000000002.P1Q2.h",
    ]
    for name in names:
        (tmp_path / name).write_bytes(b"Subject: " + name.encode() + b"\r\n\r\n")
    record = json.dumps({"sender": "s@b.example", "recipients": ["r@b.example"]})
    (tmp_path / "envelopes" / "1700000000000000003.P1Q3.h.json").write_text(record)
    (tmp_path / "tmp" / "unfinished").write_bytes(b"half")
    mails = inbox(tmp_path)
    assert [mail.subject for mail in mails] == [names[1], names[2], names[0]]
    assert mails[0].recipient == "r@b.example"
    assert mails[1].recipients == ()


def test_a_mail_that_came_another_way_has_the_time_of_its_file(tmp_path: Path):
    (tmp_path / "new").mkdir()
    path = tmp_path / "new" / "copied-by-hand.eml"
    path.write_bytes(b"Subject: x\r\n\r\n")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert inbox(tmp_path)[0].received_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_no_maildir_is_an_empty_inbox(tmp_path: Path):
    assert inbox(tmp_path / "nothing") == ()
    assert find(tmp_path / "nothing", "x") is None


@pytest.mark.parametrize("id", ["../secret", "secret", "", "/etc/passwd", "new/../../secret", "\0"])
def test_only_ids_of_kept_mails_are_found(tmp_path: Path, id):
    (tmp_path / "mail" / "new").mkdir(parents=True)
    (tmp_path / "secret").write_text("not a mail")
    assert find(tmp_path / "mail", id) is None


ODD = [
    b"",
    b"\0\xff\r\n\r\n",
    b"Subject: =?utf-8?q?broken",
    b"Subject: =?no-such-charset?b?!!!?=\r\n\r\nx",
    b"From: <<<>>>,;:@\r\nDate: yesterday\r\nMessage-ID: <\r\nContent-Disposition: ;;;=\r\n\r\nx",
    b"Content-Type: text/plain; charset=no-such\r\n\r\n\xe9",
    b"Content-Type: text/plain; charset=\x00\r\n\r\n\xe9",
    b"Content-Type: multipart/alternative\r\n\r\nno boundary",
    b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * 200,
    b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx",
    b"Content-Transfer-Encoding: base64\r\n\r\n!!!",
    b"Subject: \xff\xfe bytes\r\n\r\nx",
    b"Content-Type: text/html; charset*=utf-8''%FF%ZZ\r\n\r\n<p>",
]


@pytest.mark.parametrize("raw", ODD)
def test_odd_mail_is_shown_somehow(tmp_path: Path, raw):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1").write_bytes(raw)
    (tmp_path / "envelopes").mkdir()
    (tmp_path / "envelopes" / "1.json").write_bytes(raw)
    (mail,) = inbox(tmp_path)
    opened = open_mail(mail.raw)
    for shown in (mail.subject, opened.text, opened.html, *(value for _, value in opened.headers)):
        shown.encode("utf-8")


fields = st.sampled_from(
    [b"Subject: ", b"From: ", b"To: ", b"Date: ", b"Content-Type: ", b"MIME-Version: ", b"X: "]
)
pieces = st.sampled_from(
    [
        b"=?utf-8?q?",
        b"?=",
        b"<",
        b">",
        b"@",
        b",",
        b";",
        b'"',
        b"\r\n ",
        b"multipart/alternative",
        b"boundary=x",
    ]
)


@given(
    st.lists(st.tuples(fields, st.lists(st.one_of(pieces, st.binary(max_size=5)), max_size=5)), max_size=4)
)
def test_no_header_whatever_makes_a_mail_unreadable(lines):
    raw = b"".join(field + b"".join(value) + b"\r\n" for field, value in lines) + b"\r\n--x\r\n\r\nbody"
    opened = open_mail(raw)
    assert all(isinstance(value, str) for _, value in opened.headers)
