"""A command that we print reaches the service that printed it, from any folder."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from alerts.config import Settings
from alerts.typed import program, typed

ADD = "users add NAME --role admin"


def around(command: str) -> dict[str, str]:
    """The settings before the program."""
    words = shlex.split(command)
    return dict(word.split("=", 1) for word in words if word.startswith("ALERTS_"))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, {}),
        ({"http_port": 18732}, {"ALERTS_HTTP_PORT": "18732"}),
        ({"public_url": "https://news.example.org"}, {"ALERTS_PUBLIC_URL": "https://news.example.org"}),
        ({"http_host": "10.0.0.2"}, {"ALERTS_HTTP_HOST": "10.0.0.2"}),
    ],
)
def test_it_names_home_and_whatever_makes_the_address_another_than_usual(
    tmp_path: Path, settings: dict[str, str], named: dict[str, str]
) -> None:
    home = tmp_path / "two words"
    found = Settings(home=home, **settings)  # type: ignore[arg-type]
    assert around(typed(found, ADD)) == {"ALERTS_HOME": str(home), **named}
    assert Settings(home=home, **settings).pages == found.pages  # type: ignore[arg-type]


def test_home_is_named_from_the_root_of_the_disk() -> None:
    assert Path(around(typed(Settings(), ADD))["ALERTS_HOME"]).is_absolute()


def test_where_the_database_is_configured_no_setting_is_named() -> None:
    configured = Settings(database_url="postgresql://alerts:word@db.example.org/alerts", http_port=80)
    assert around(typed(configured, ADD)) == {}


def test_each_of_several_commands_reaches_it() -> None:
    one, other = typed(Settings(), "rules import catalog", "situations import catalog").split(" && ")
    assert around(one) == around(other) != {}


def test_the_program_is_the_one_beside_our_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "a venv" / "python"))
    assert shlex.split(" ".join(program())) == [sys.executable, "-m", "alerts"]
    script = tmp_path / "a venv" / "alerts"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho it is me: $@\n")
    script.chmod(0o755)
    said = subprocess.run(
        ["/bin/sh", "-c", typed(Settings(home=tmp_path), "users list")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout == "it is me: users list\n"
