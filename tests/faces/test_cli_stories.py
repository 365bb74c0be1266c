"""``alerts stories``: acknowledge, mute, open again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from situation_world import Followed
from typer.testing import CliRunner
from web_world import make_app

from alerts.app import ready
from alerts.cli import cli
from alerts.errors import BadInput, NotFound
from alerts.model import StoryState
from alerts.store import acknowledgements
from alerts.store.unit import reading


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    for name in [name for name in os.environ if name.startswith("ALERTS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ALERTS_HOME", str(tmp_path))
    return Followed(make_app(tmp_path)).story("Shells hit the pier")


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (("mute", "--why", "confirmed"), StoryState.MUTED),
        (("acknowledge",), StoryState.ACKNOWLEDGED),
        (("reopen",), StoryState.OPEN),
    ],
)
def test_what_is_said_of_a_story_at_the_terminal_holds(
    story: int, words: tuple[str, ...], state: StoryState
) -> None:
    done = CliRunner().invoke(cli, ["stories", *words, str(story)])
    assert (done.exit_code, done.stdout) == (0, f"story {story}: {state}\n")
    with reading(ready().engine) as tx:
        assert acknowledgements.of_stories(tx, [story])[story].state is state


def test_muting_needs_a_reason_and_a_story_that_is_there(story: int) -> None:
    refused = CliRunner().invoke(cli, ["stories", "mute", str(story), "--why", " "])
    assert isinstance(refused.exception, BadInput)
    unknown = CliRunner().invoke(cli, ["stories", "reopen", "99"])
    assert isinstance(unknown.exception, NotFound)
