"""Commands said together (RFC 2920): fewer turns, and the same verdicts as one by one."""

from __future__ import annotations

import pytest
from scripted_smtp import Action, ScriptedServer, drop, then_drop
from test_smtp_transport import FAULTS, MAIL, RECIPIENT, SENDER, send

from alerts.mail.transport import SmtpTransport
from alerts.model import Outcome

OFFERED = {"EHLO": b"250-test\r\n250-PIPELINING\r\n250 SIZE 1000000\r\n"}


def test_a_mail_arrives_whole_where_commands_may_be_said_together() -> None:
    with ScriptedServer(OFFERED) as server:
        assert send(server).outcome is Outcome.SENT
    assert server.kept == [MAIL]
    said = [command.split(" ")[0] for command in server.commands]
    assert said == ["ehlo", "MAIL", "RCPT", "DATA", "QUIT"]


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_has_the_verdict_that_it_has_command_by_command(name: str) -> None:
    script, outcome, phase, code = FAULTS[name]
    with ScriptedServer(OFFERED | script) as server:
        sending = send(server, deadline_seconds=10)
    assert (sending.outcome, sending.phase, sending.code) == (outcome, phase, code)


@pytest.mark.parametrize(
    "then",
    [
        pytest.param({}, id="the server waits for a mail all the same"),
        pytest.param({"DATA": [b"503 5.5.1 no recipients\r\n", b"354 go on\r\n"]}, id="the rest is refused"),
        pytest.param({"dot": [b"554 no recipients\r\n", b"250 kept\r\n"]}, id="the empty mail is refused"),
    ],
)
def test_after_a_refused_recipient_the_same_connection_takes_the_next_mail(
    then: dict[str, list[Action]],
) -> None:
    refusing = {"RCPT": [b"550 5.1.1 unknown\r\n", b"250 2.1.5 ok\r\n"]}
    with ScriptedServer({**OFFERED, **refusing, **then}) as server:
        transport = SmtpTransport(server.url, hello="alerts.example.org")
        first = transport.send(SENDER, RECIPIENT, MAIL)
        second = transport.send(SENDER, RECIPIENT, MAIL)
        transport.close()
    assert (first.outcome, first.phase, first.code) == (Outcome.SUPPRESS, "rcpt", 550)
    assert second.outcome is Outcome.SENT
    assert server.commands.count("DATA") == 2
    assert server.connections == 1
    assert server.kept[-1] == MAIL
    assert MAIL not in server.kept[:-1]


@pytest.mark.parametrize("rest", [then_drop(b"354 go on\r\n"), drop], ids=["at the dot", "at DATA"])
def test_a_refusal_stands_when_the_line_breaks_after_it(rest: Action) -> None:
    script = {"RCPT": b"550 5.1.1 unknown\r\n", "DATA": rest}
    with ScriptedServer(OFFERED | script) as server:
        sending = send(server)
    assert (sending.outcome, sending.phase, sending.code) == (Outcome.SUPPRESS, "rcpt", 550)
