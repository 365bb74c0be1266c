"""What became of a mail, told from the outside: a server that fails at every step."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_smtp import CERTIFICATE, ScriptedServer, deaf, drop, endless, hang, reset, slow, then_drop

from alerts.embedded.inbox import inbox
from alerts.errors import BadInput
from alerts.mail.server import read_server
from alerts.mail.transport import SmtpTransport
from alerts.model import Outcome, Sending

SENDER, RECIPIENT = "alerts@example.org", "reader@example.net"
MAIL = b"Subject: a test\r\n\r\nFirst line.\r\n.a line that starts with a dot\r\n..\r\n.\r\nLast line.\r\n"


def send(server: ScriptedServer, deadline_seconds: float = 10.0, content: bytes = MAIL) -> Sending:
    transport = SmtpTransport(server.url, hello="alerts.example.org", deadline_seconds=deadline_seconds)
    try:
        return transport.send(SENDER, RECIPIENT, content)
    finally:
        transport.close()


FAULTS = {
    "banner 554": ({"banner": b"554 no\r\n"}, Outcome.UNREACHABLE, "connect", 554),
    "banner 421": ({"banner": b"421 busy\r\n"}, Outcome.UNREACHABLE, "connect", 421),
    "dropped at once": ({"banner": drop}, Outcome.UNREACHABLE, "connect", None),
    "not a mail server": (
        {"banner": b"HTTP/1.1 400 Bad Request\r\n\r\n"},
        Outcome.UNREACHABLE,
        "connect",
        None,
    ),
    "EHLO and HELO refused": (
        {"EHLO": b"500 what?\r\n", "HELO": b"500 what?\r\n"},
        Outcome.UNREACHABLE,
        "hello",
        500,
    ),
    "EHLO 421": ({"EHLO": b"421 4.3.2 closing\r\n"}, Outcome.UNREACHABLE, "hello", 421),
    "dropped at EHLO": ({"EHLO": drop}, Outcome.UNREACHABLE, "hello", None),
    "MAIL 421 and closed": ({"MAIL": then_drop(b"421 bye\r\n")}, Outcome.UNREACHABLE, "mail", 421),
    "MAIL 451": ({"MAIL": b"451 later\r\n"}, Outcome.RETRY, "mail", 451),
    "MAIL 550": ({"MAIL": b"550 5.7.1 not you\r\n"}, Outcome.FAILED, "mail", 550),
    "MAIL 552 too big": ({"MAIL": b"552 5.3.4 too big\r\n"}, Outcome.FAILED, "mail", 552),
    "dropped at MAIL": ({"MAIL": drop}, Outcome.UNREACHABLE, "mail", None),
    "RCPT 450": ({"RCPT": b"450 4.2.0 later\r\n"}, Outcome.RETRY, "rcpt", 450),
    "RCPT 451 greylisted": ({"RCPT": b"451 4.7.1 greylisted\r\n"}, Outcome.RETRY, "rcpt", 451),
    "RCPT 452 too many": ({"RCPT": b"452 4.5.3 too many\r\n"}, Outcome.RETRY, "rcpt", 452),
    "RCPT 421 and closed": ({"RCPT": then_drop(b"421 4.7.0 too many\r\n")}, Outcome.RETRY, "rcpt", 421),
    "RCPT 550": ({"RCPT": b"550 5.1.1 unknown\r\n"}, Outcome.SUPPRESS, "rcpt", 550),
    "RCPT 553": ({"RCPT": b"553 no such name\r\n"}, Outcome.SUPPRESS, "rcpt", 553),
    "RCPT 552 full": ({"RCPT": b"552 5.2.2 mailbox full\r\n"}, Outcome.FAILED, "rcpt", 552),
    "dropped at RCPT": ({"RCPT": drop}, Outcome.RETRY, "rcpt", None),
    "reset at RCPT": ({"RCPT": reset}, Outcome.RETRY, "rcpt", None),
    "DATA 554": ({"DATA": b"554 no valid recipients\r\n"}, Outcome.FAILED, "data", 554),
    "DATA 250": ({"DATA": b"250 what?\r\n"}, Outcome.RETRY, "data", 250),
    "dot 421": ({"dot": b"421 4.3.2 closing\r\n"}, Outcome.RETRY, "dot", 421),
    "dot 451": ({"dot": b"451 4.3.0 later\r\n"}, Outcome.RETRY, "dot", 451),
    "dot 550 spam": ({"dot": b"550 5.7.1 spam\r\n"}, Outcome.FAILED, "dot", 550),
    "dropped after the dot": ({"dot": drop}, Outcome.AMBIGUOUS, "dot", None),
    "reset after the dot": ({"dot": reset}, Outcome.AMBIGUOUS, "dot", None),
    "dot 354": ({"dot": b"354 more\r\n"}, Outcome.AMBIGUOUS, "dot", 354),
    "no code at the dot": ({"dot": b"kept it\r\n"}, Outcome.AMBIGUOUS, "dot", None),
    "no code at RCPT": ({"RCPT": b"fine by me\r\n"}, Outcome.RETRY, "rcpt", None),
    "a code of no kind": ({"RCPT": b"999 fine by me\r\n"}, Outcome.RETRY, "rcpt", None),
    "9,000 bytes at RCPT": ({"RCPT": b"250 " + b"x" * 9000 + b"\r\n"}, Outcome.RETRY, "rcpt", None),
    "endless lines at EHLO": ({"EHLO": endless(b"250-more\r\n")}, Outcome.UNREACHABLE, "hello", None),
    "endless lines at RCPT": ({"RCPT": endless(b"250-more\r\n")}, Outcome.RETRY, "rcpt", None),
    "a line without an end": ({"RCPT": endless(b"250 x")}, Outcome.RETRY, "rcpt", None),
}


@pytest.mark.parametrize(("script", "outcome", "phase", "code"), FAULTS.values(), ids=FAULTS.keys())
def test_each_fault_ends_in_its_outcome(script, outcome, phase, code):
    with ScriptedServer(script) as server:
        sending = send(server)
        assert (sending.outcome, sending.phase, sending.code) == (outcome, phase, code)
        assert server.kept == []
        assert sending.reply


HANGS = {
    "banner": (Outcome.UNREACHABLE, "connect"),
    "EHLO": (Outcome.UNREACHABLE, "hello"),
    "MAIL": (Outcome.UNREACHABLE, "mail"),
    "RCPT": (Outcome.RETRY, "rcpt"),
    "DATA": (Outcome.RETRY, "data"),
    "dot": (Outcome.AMBIGUOUS, "dot"),
}


@pytest.mark.parametrize("step", HANGS)
@pytest.mark.parametrize(
    "way", [hang, endless(b"2", 0.02), endless(b"250-\r\n", 0.02)], ids=["mute", "drip", "lines"]
)
def test_a_server_that_stalls_is_left_when_the_time_for_one_mail_is_over(step, way):
    with ScriptedServer({step: way}) as server:
        sending = send(server, deadline_seconds=0.3)
        assert (sending.outcome, sending.phase) == HANGS[step]


def test_a_server_that_stops_reading_the_body_is_left_too():
    with ScriptedServer({"DATA": deaf(b"354 go on\r\n")}) as server:
        sending = send(server, deadline_seconds=0.5, content=b"Subject: x\r\n\r\n" + b"y\r\n" * 4_000_000)
        assert (sending.outcome, sending.phase) == (Outcome.RETRY, "body")


@pytest.mark.parametrize(
    "script",
    [
        {},
        {"EHLO": b"500 5.5.1 what?\r\n"},
        {"dot": slow(b"250 kept\r\n", 0.4)},
        {"QUIT": drop},
        {"QUIT": hang},
        {"QUIT": b"500 never heard of it\r\n"},
        {"banner": b"220-a\r\n220-b\r\n220 c\r\n"},
        {"RCPT": b"251 will forward\r\n"},
    ],
    ids=[
        "good",
        "helo-only",
        "slow-dot",
        "quit-dropped",
        "quit-mute",
        "quit-500",
        "long-banner",
        "forwarded",
    ],
)
def test_what_does_not_matter_does_not_stop_the_mail(script):
    with ScriptedServer(script) as server:
        sending = send(server)
        assert (sending.outcome, sending.phase, sending.code) == (Outcome.SENT, "dot", 250)
        assert server.mails == [MAIL]


def test_nobody_listening_is_unreachable():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: refused
        transport = SmtpTransport(f"smtp://127.0.0.1:{taken.getsockname()[1]}", hello="localhost")
        sending = transport.send(SENDER, RECIPIENT, MAIL)
    assert (sending.outcome, sending.phase, sending.code) == (Outcome.UNREACHABLE, "connect", None)


def test_the_server_receives_the_bytes_and_the_envelope_unchanged():
    with ScriptedServer() as server:
        assert send(server).reply == "2.0.0 kept"
        assert server.kept == [MAIL]
        assert server.commands[1:4] == [
            f"MAIL FROM:<{SENDER}> SIZE={len(MAIL)}",
            f"RCPT TO:<{RECIPIENT}>",
            "DATA",
        ]


def test_a_mail_without_a_final_line_end_is_not_swallowed_by_the_dot():
    with ScriptedServer() as server:
        send(server, content=b"Subject: x\r\n\r\nno end")
        assert server.kept == [b"Subject: x\r\n\r\nno end\r\n"]


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\nMAIL FROM:<x@y>\r\n"])
def test_a_bare_line_end_never_reaches_a_server(content):
    with ScriptedServer() as server:
        assert send(server, content=content).outcome is Outcome.FAILED
        assert server.connections == 0


@pytest.mark.parametrize(
    "recipient", ["a@b.example\r\nRCPT TO:<x@y.example>", "-oQ@example.org", "x y@b.example"]
)
def test_an_address_that_is_none_never_reaches_a_server(recipient):
    with ScriptedServer() as server:
        sending = SmtpTransport(server.url, hello="localhost").send(SENDER, recipient, MAIL)
        assert sending.outcome is Outcome.FAILED
        assert server.connections == 0


def test_each_reply_is_told_as_it_comes_and_no_password_with_it(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    told = []
    with ScriptedServer(OFFERED, tls=True) as server:
        url = server.url.replace("//", "//user:secret@")
        transport = SmtpTransport(url, hello="localhost", heard=lambda *heard: told.append(heard))
        transport.send(SENDER, RECIPIENT, MAIL)
        transport.close()
    phases = ["connect", "hello", "login", "mail", "rcpt", "data", "dot", "quit"]
    assert list(dict.fromkeys(phase for phase, _, _ in told)) == phases
    assert told[-2] == ("dot", 250, "2.0.0 kept")
    assert "secret" not in repr(told)


# --- one connection for many mails -----------------------------------------------------------


@pytest.fixture
def kept_transport(request) -> Iterator[tuple[ScriptedServer, SmtpTransport]]:
    with ScriptedServer(request.param) as server:
        transport = SmtpTransport(server.url, hello="localhost", deadline_seconds=10)
        yield server, transport
        transport.close()


@pytest.mark.parametrize("kept_transport", [{}], indirect=True)
def test_mails_share_a_connection(kept_transport):
    server, transport = kept_transport
    assert [transport.send(SENDER, RECIPIENT, MAIL).outcome for _ in range(3)] == [Outcome.SENT] * 3
    assert server.connections == 1
    assert "RSET" not in server.commands


@pytest.mark.parametrize("kept_transport", [{"RCPT": [b"550 5.1.1 no\r\n", b"250 ok\r\n"]}], indirect=True)
def test_after_a_refusal_the_next_mail_starts_anew_on_the_same_connection(kept_transport):
    server, transport = kept_transport
    outcomes = [transport.send(SENDER, RECIPIENT, MAIL).outcome for _ in range(2)]
    assert outcomes == [Outcome.SUPPRESS, Outcome.SENT]
    assert server.connections == 1
    assert server.commands.count("RSET") == 1


CLOSED_MEANWHILE = {
    "dropped at MAIL": {"MAIL": [b"250 ok\r\n", drop, b"250 ok\r\n"]},
    "reset at MAIL": {"MAIL": [b"250 ok\r\n", reset, b"250 ok\r\n"]},
    "421 at MAIL": {"MAIL": [b"250 ok\r\n", then_drop(b"421 idle\r\n"), b"250 ok\r\n"]},
    "closed after the dot": {"dot": [then_drop(b"250 kept\r\n"), b"250 kept\r\n"]},
}


@pytest.mark.parametrize("kept_transport", CLOSED_MEANWHILE.values(), ids=CLOSED_MEANWHILE, indirect=True)
def test_a_connection_closed_between_mails_is_replaced_without_a_failure(kept_transport):
    server, transport = kept_transport
    assert [transport.send(SENDER, RECIPIENT, MAIL).outcome for _ in range(2)] == [Outcome.SENT] * 2
    assert server.connections == 2
    assert len(server.mails) == 2


@pytest.mark.parametrize(
    "kept_transport", [{"RCPT": [b"450 no\r\n", b"250 ok\r\n"], "RSET": b"502 what?\r\n"}], indirect=True
)
def test_a_server_without_rset_gets_a_new_connection(kept_transport):
    server, transport = kept_transport
    outcomes = [transport.send(SENDER, RECIPIENT, MAIL).outcome for _ in range(2)]
    assert outcomes == [Outcome.RETRY, Outcome.SENT]
    assert server.connections == 2


@pytest.mark.parametrize("kept_transport", [{"dot": [drop, b"250 kept\r\n"]}], indirect=True)
def test_an_ambiguous_mail_is_never_sent_again_by_itself(kept_transport):
    server, transport = kept_transport
    assert transport.send(SENDER, RECIPIENT, MAIL).outcome is Outcome.AMBIGUOUS
    assert len(server.mails) == 1
    assert transport.send(SENDER, RECIPIENT, MAIL).outcome is Outcome.SENT


# --- encryption and passwords ----------------------------------------------------------------

OFFERED = {"EHLO": b"250-test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"}


def test_starttls_is_taken_where_it_is_offered():
    with ScriptedServer(OFFERED) as server:
        assert send(server).outcome is Outcome.SENT
        assert server.commands[1] == "STARTTLS"
        assert server.commands[2].lower().startswith("ehlo ")


def test_a_password_is_not_said_to_a_server_that_cannot_prove_who_it_is():
    with ScriptedServer(OFFERED) as server:
        url = server.url.replace("//", "//user:secret@")
        sending = SmtpTransport(url, hello="localhost").send(SENDER, RECIPIENT, MAIL)
        assert (sending.outcome, sending.phase) == (Outcome.UNREACHABLE, "hello")
        assert not any(command.startswith("AUTH") for command in server.commands)


def test_a_password_is_not_said_in_the_clear():
    with ScriptedServer({"EHLO": b"250-test\r\n250 AUTH PLAIN\r\n"}) as server:
        url = server.url.replace("//", "//user:secret@")
        assert SmtpTransport(url, hello="localhost").send(SENDER, RECIPIENT, MAIL).phase == "hello"
        assert not any(command.startswith("AUTH") for command in server.commands)


@pytest.mark.parametrize("tls", [False, True])
def test_a_password_goes_to_a_server_with_a_valid_certificate(tls, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with ScriptedServer(OFFERED, tls=tls) as server:
        transport = SmtpTransport(server.url.replace("//", "//user:s%40cret@"), hello="localhost")
        assert transport.send(SENDER, RECIPIENT, MAIL).outcome is Outcome.SENT
        transport.close()
        assert "AUTH PLAIN AHVzZXIAc0BjcmV0" in server.commands


def test_a_refused_password_is_the_servers_trouble_and_not_the_mails():
    script = {**OFFERED, "AUTH": b"535 5.7.8 wrong password\r\n"}
    with ScriptedServer(script) as server:
        url = server.url.replace("//", "//user:secret@") + "?starttls=never"
        sending = SmtpTransport(url, hello="localhost").send(SENDER, RECIPIENT, MAIL)
        assert (sending.outcome, sending.phase, sending.code) == (Outcome.UNREACHABLE, "login", 535)


def test_text_sent_ahead_of_the_encryption_is_not_believed():
    with ScriptedServer({**OFFERED, "STARTTLS": b"220 go on\r\n250 injected\r\n"}) as server:
        assert send(server).outcome is Outcome.UNREACHABLE


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://mail.example.org:notaport",
        "smtp://mail.example.org:0",
        "smtp://user@mail.example.org",
        "smtp://:secret@mail.example.org",
        "smtp://user:s\u00e9cret@mail.example.org",
        "smtp://mail.example.org?starttls=perhaps",
        "smtp://mail.example.org?timeout=5",
        "smtp://mail.example.org/inbox",
    ],
)
def test_a_wrong_server_address_is_one_sentence_without_the_password(url):
    with pytest.raises(BadInput) as raised:
        read_server(url)
    assert "cret" not in str(raised.value)


def test_ports_and_encryption_have_defaults():
    plain, login, tls = map(
        read_server, ["smtp://mail.example.org", "smtp://u:p@mail.example.org:587", "smtps://[::1]"]
    )
    assert (plain.host, plain.port, plain.tls, plain.starttls) == ("mail.example.org", 25, False, "offered")
    assert (login.port, login.starttls, login.user, login.password) == (587, "required", "u", "p")
    assert (tls.host, tls.port, tls.tls) == ("::1", 465, True)
    assert "p" not in repr(login).partition("password")[2]


# --- against a real mail server in another process --------------------------------------------


def test_the_catcher_keeps_every_byte(tmp_path: Path):
    command = [sys.executable, "-m", "alerts.embedded.catcher", "--port", "0", "--maildir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as catcher:
        assert catcher.stdout is not None
        port = catcher.stdout.readline().split(",")[0].rpartition(":")[2]
        transport = SmtpTransport(f"smtp://127.0.0.1:{port}", hello="localhost")
        outcomes = [transport.send(SENDER, f"reader{n}@example.net", MAIL).outcome for n in range(3)]
        transport.close()
        catcher.terminate()
        assert catcher.wait(10) == 0
    assert outcomes == [Outcome.SENT] * 3
    kept = inbox(tmp_path)
    assert [mail.raw for mail in kept] == [MAIL] * 3
    assert [mail.recipient for mail in reversed(kept)] == [f"reader{n}@example.net" for n in range(3)]
    assert {mail.sender for mail in kept} == {SENDER}
