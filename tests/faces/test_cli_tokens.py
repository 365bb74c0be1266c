"""``alerts tokens``: a token goes to stdout once, and what is listed tells nothing that lets one in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result
from web_client import ask

from alerts.app import ready
from alerts.cli import cli
from alerts.errors import BadInput, NotFound
from alerts.web.api.site import mounted


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_HOME", str(tmp_path))


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["tokens", *words])


def test_a_token_is_printed_once_alone_on_stdout_and_opens_the_api() -> None:
    from starlette.applications import Starlette

    token = run("add", "dash", "--scope", "read", "--scope", "people", "--expires", "7").stdout.strip()
    web = Starlette(routes=[mounted(ready(), "")])
    assert ask(web, "/api/v1/subscribers", headers={"authorization": f"Bearer {token}"}).status == 200
    listed = run("list", "--json").stdout
    (kept,) = json.loads(listed)
    assert (kept["name"], kept["scopes"]) == ("dash", ["read", "people"])
    assert token not in listed
    assert token not in run("list").stdout


def test_a_revoked_token_is_listed_as_such() -> None:
    run("add", "dash", "--scope", "read")
    assert run("revoke", "dash").exit_code == 0
    assert "revoked" in run("list").stdout


def test_what_will_not_do_is_one_sentence() -> None:
    assert isinstance(run("add", "a b", "--scope", "read").exception, BadInput)
    assert isinstance(run("revoke", "none").exception, NotFound)
    assert run("add", "dash").exit_code == 2
    assert run("add", "dash", "--scope", "all").exit_code == 2
    assert run("add", "dash", "--scope", "read", "--expires", "0").exit_code == 2
