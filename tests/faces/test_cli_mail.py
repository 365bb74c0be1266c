"""What a mail that came back means, at the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alerts.cli import cli
from alerts.errors import BadInput

AWAY = b"From: reader@north.example\nSubject: Out of office\nAuto-Submitted: auto-replied\n\nBack soon.\n"
GONE = b"From: MAILER-DAEMON@relay.example\nSubject: failure notice\n\n<%s>:\n550 5.1.1 no such user\n"


def test_each_recipient_of_each_mail_is_a_line_of_json(tmp_path: Path):
    """R25, R28."""
    bounce = tmp_path / "bounce.eml"
    bounce.write_bytes(GONE % b"one@north.example")
    said = CliRunner().invoke(cli, ["mail", "classify", str(bounce), "-", "--json"], input=AWAY)
    assert said.exit_code == 0
    assert [json.loads(line) for line in said.stdout.splitlines()] == [
        {"recipient": "one@north.example", "kind": "hard", "status": "5.1.1"},
        {"recipient": "reader@north.example", "kind": "auto-reply", "status": ""},
    ]


def test_people_get_a_table_and_nothing_in_it_reaches_their_terminal(tmp_path: Path):
    bounce = tmp_path / "bounce.eml"
    bounce.write_bytes(GONE % b"one@north.example\x1b[2J")
    said = CliRunner().invoke(cli, ["mail", "classify", str(bounce)])
    assert said.stdout.splitlines()[0].split() == ["recipient", "kind", "status"]
    assert "\x1b" not in said.stdout


def test_a_file_that_cannot_be_read_is_bad_input(tmp_path: Path):
    said = CliRunner().invoke(cli, ["mail", "classify", str(tmp_path / "none.eml")])
    assert isinstance(said.exception, BadInput)


@pytest.mark.parametrize("content", [b"", b"\x00" * 2_000_000])
def test_any_bytes_get_an_answer(content, tmp_path: Path):
    (tmp_path / "x.eml").write_bytes(content)
    said = CliRunner().invoke(cli, ["mail", "classify", str(tmp_path / "x.eml"), "--json"])
    assert json.loads(said.stdout) == {"recipient": "", "kind": "none", "status": ""}
