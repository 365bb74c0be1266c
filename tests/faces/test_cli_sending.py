"""``alerts mail test`` and ``resume``, and what the doctor and the ledger say of sending."""

from __future__ import annotations

import email
import email.policy
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_smtp import ScriptedServer
from typer.testing import CliRunner, Result

from alerts.app import App, ready
from alerts.cli import cli
from alerts.errors import BadInput, Unavailable
from alerts.mail.transport import SmtpTransport
from alerts.services.doctor import examine
from alerts.store import audit, brakes
from alerts.store.unit import reading, writing


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder of the test's own; no setting of the surroundings counts."""
    for name in [name for name in os.environ if name.startswith("ALERTS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ALERTS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ALERTS_FROM", "Harbour Watch <alerts@harbour.example>")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    with ScriptedServer({"RCPT": [b"250 2.1.5 ok\r\n", b"550 5.1.1 no such user\r\n"]}) as server:
        monkeypatch.setenv("ALERTS_SMTP_URL", server.url)
        yield server


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


def stop(reason: str = "20 of the last 20 mails were refused") -> App:
    app = ready()
    with writing(app.engine) as tx:
        brakes.pull(tx, reason, app.clock())
    return app


def test_a_test_mail_is_a_real_one_and_every_answer_of_the_server_is_shown(server: ScriptedServer) -> None:
    """R13: it goes under the same kind of sender as all mail."""
    result = run("mail", "test", "you@desk.example.org")
    assert result.exit_code == 0, result.output
    shown = [line.split(maxsplit=1) for line in result.stdout.splitlines()]
    assert [step for step, _ in shown] == ["connect", "hello", "mail", "rcpt", "data", "dot", "quit"]
    assert ["rcpt", "250 2.1.5 ok"] in shown
    (sent,) = server.kept
    mail = email.message_from_bytes(sent, policy=email.policy.default)
    assert mail["From"] == "Harbour Watch <alerts@harbour.example>"
    assert {part.get_content_type() for part in mail.iter_parts()} == {"text/plain", "text/html"}
    (sender,) = [command for command in server.commands if command.startswith("MAIL")]
    assert sender.startswith("MAIL FROM:<bounces+b")


@pytest.mark.usefixtures("server")
def test_a_refused_test_mail_is_an_error_with_the_servers_words() -> None:
    run("mail", "test", "you@desk.example.org")
    result = run("mail", "test", "nobody@desk.example.org", "--json")
    assert isinstance(result.exception, Unavailable)
    assert "no such user" in str(result.exception)
    told = json.loads(result.stdout)
    assert (told["outcome"], told["phase"], told["code"]) == ("suppress", "rcpt", 550)
    assert told["steps"][-2] == {"phase": "rcpt", "code": 550, "words": "5.1.1 no such user"}


def test_a_test_mail_to_what_is_no_address_reaches_no_server(server: ScriptedServer) -> None:
    assert isinstance(run("mail", "test", "you at desk").exception, BadInput)
    assert server.connections == 0


def test_resuming_says_what_had_stopped_it_and_is_in_the_audit() -> None:
    """R27."""
    app = stop()
    result = run("mail", "resume")
    assert "20 of the last 20 mails were refused" in result.stderr
    with reading(app.engine) as tx:
        assert brakes.in_force(tx) is None
        assert audit.latest(tx, 1)[0].action == "sending resumed"
    assert "sending was not stopped" in run("mail", "resume").stderr


def test_doctor_and_ledger_say_that_sending_is_stopped() -> None:
    """R27."""
    app = ready()
    assert app.checks()["sending"]() == "goes on"
    assert json.loads(run("ledger", "--json").stdout)["sending_stopped_at"] is None
    stop("550 5.7.26 unauthenticated")
    (finding,) = [each for each in examine({"sending": app.checks()["sending"]}) if not each.ok]
    assert "550 5.7.26 unauthenticated; when that is mended, run: alerts mail resume" in finding.message
    assert json.loads(run("ledger", "--json").stdout)["sending_stopped_at"]


def test_the_doctor_asks_the_dns_only_when_mail_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "SPF" not in ready().checks()
    monkeypatch.setenv("ALERTS_SMTP_URL", "smtp://127.0.0.1:9")
    checks = ready().checks()
    told = [checks[name]() for name in ("SPF", "DKIM", "DMARC")]
    assert told == ["not asked: harbour.example is no domain of the internet"] * 3


def test_what_is_sent_can_be_returned_to_the_delivery_it_was(server: ScriptedServer) -> None:
    """R13: signed VERP, in another address than From."""
    app = ready()
    sender = app.return_path.failures(app.signer.return_tag(77))
    smtp = SmtpTransport(server.url, hello="localhost")
    try:
        assert smtp.send(sender, "you@desk.example.org", b"Subject: x\r\n\r\nx\r\n").code == 250
    finally:
        smtp.close()
    tag = sender.partition("+b")[2].partition("@")[0]
    assert app.signer.read_return_tag(tag) == 77
    assert app.signer.read_return_tag(tag[:-1] + ("a" if tag[-1] != "a" else "b")) is None
