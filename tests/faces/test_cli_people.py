"""Readers at the terminal: changing, ending, lists, and everything that is kept."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result
from web_world import ARABIC, ENGLISH, NOW, SECRET, World, make_app

from alerts.app import App
from alerts.cli import cli
from alerts.errors import BadInput, NotFound
from alerts.model import Quiet, SubscriberState, SuppressionKind
from alerts.store import audit, digests, subscribers, suppressions
from alerts.store.subscribers import Person
from alerts.store.unit import reading, writing


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    made = make_app(tmp_path)
    monkeypatch.setenv("ALERTS_HOME", str(tmp_path))
    monkeypatch.setenv("ALERTS_SECRET_KEY", SECRET)
    World(made)
    return made


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(cli, words, input=typed)


def english(app: App) -> Person:
    with reading(app.engine) as tx:
        return subscribers.find(tx, ENGLISH)


def test_what_is_named_is_changed_and_the_rest_stays(app: App) -> None:
    assert run("subscribers", "change", ENGLISH, "--quiet", "22-7", "--language", "fr").exit_code == 0
    assert run("subscribers", "change", ENGLISH, "--pause-until", "2999-12-01").exit_code == 0
    person = english(app)
    assert (person.language, person.timezone, person.quiet) == ("fr", "UTC", Quiet(22, 7))
    assert person.paused_until is not None
    shown = run("subscribers", "show", ENGLISH).stdout
    assert "22:00 to 07:00" in shown
    assert "until 2999-12-01T00:00:00Z" in shown
    run("subscribers", "change", ENGLISH, "--pause-until", "none", "--quiet", "none")
    assert (english(app).quiet, english(app).paused_until) == (None, None)


@pytest.mark.parametrize(
    "words",
    [("--pause-until", "2020-01-01"), ("--pause-until", "soon"), ("--quiet", "7-7"), ("--timezone", "Mars")],
)
def test_what_cannot_be_is_refused(app: App, words: tuple[str, str]) -> None:
    before = english(app)
    assert isinstance(run("subscribers", "change", ENGLISH, *words).exception, BadInput)
    assert english(app) == before


def test_nobody_is_added_with_a_pause_that_is_over(app: App) -> None:
    words = ("add", "new@example.org", "--rule", "launch", "--pause-until", "2020-01-01")
    assert isinstance(run("subscribers", *words).exception, BadInput)
    with reading(app.engine) as tx:
        assert subscribers.find_if_any(tx, "new@example.org") is None


def test_alerts_that_are_held_are_told_apart_from_what_is_due(app: App) -> None:
    assert "as it comes" in run("subscribers", "show", ENGLISH).stdout
    with writing(app.engine) as tx:
        digests.hold(tx, 1, since=NOW, until=NOW + timedelta(hours=2))
    shown = run("subscribers", "show", ENGLISH).stdout
    assert "2026-03-05T16:30:00Z, held since 2026-03-05T14:30:00Z" in shown
    told = json.loads(run("subscribers", "show", ENGLISH, "--json").stdout)
    assert [each["held_since"] for each in told["subscriptions"]] == ["2026-03-05T14:30:00Z", None]


@pytest.mark.parametrize(
    ("scope", "left"),
    [("rule:launch", {"trade"}), ("weekly", {"launch"}), ("everything", set())],
)
def test_one_thing_or_everything_is_ended(app: App, scope: str, left: set[str]) -> None:
    assert run("subscribers", "unsubscribe", ENGLISH, "--scope", scope).exit_code == 0
    with reading(app.engine) as tx:
        orders = [o for o in subscribers.orders_of(tx, 1) if o.ended_at is None]
        assert {rule.name.key for o in orders for rule in subscribers.rules_of(tx, o.id)} == left
        assert audit.latest(tx, 1)[0].actor.startswith("cli")
    assert "nothing left" in run("subscribers", "unsubscribe", ENGLISH, "--scope", scope).stderr


@pytest.mark.parametrize(
    ("scope", "error"),
    [("daily", BadInput), ("hourly", BadInput), ("rule:nothing", NotFound), ("rule:", BadInput)],
)
def test_a_scope_that_is_not_there_is_refused(app: App, scope: str, error: type[Exception]) -> None:
    assert isinstance(run("subscribers", "unsubscribe", ENGLISH, "--scope", scope).exception, error)
    assert english(app).state is SubscriberState.CONFIRMED


def test_everything_kept_is_printed_and_then_erased(app: App) -> None:
    assert json.loads(run("subscribers", "export", ENGLISH).stdout)["address"] == ENGLISH
    assert "nothing was deleted" in run("subscribers", "erase", ENGLISH, typed="n\n").stderr
    assert english(app)
    assert run("subscribers", "erase", ENGLISH, typed="y\n").exit_code == 0
    assert run("subscribers", "erase", ARABIC, "--yes").exit_code == 0
    with reading(app.engine) as tx:
        assert subscribers.everyone(tx) == ()


def test_a_list_is_brought_in(app: App, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text(f"address,rules,consent\nb@example.org,launch,paper\nx,launch,\n{ENGLISH},launch,\n")
    said = run("subscribers", "import", str(people), "--json")
    assert said.exit_code == 0
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    assert [(each["line"], each["became"]) for each in lines] == [(3, "refused"), (4, "known")]
    assert "1 added, 0 asked, 1 known, 1 refused" in said.stderr
    with reading(app.engine) as tx:
        assert subscribers.find(tx, "b@example.org").state is SubscriberState.CONFIRMED
    for wrong in ("address,rules\nx,y\n", ""):
        people.write_text(wrong)
        assert isinstance(run("subscribers", "import", str(people)).exception, BadInput)
    assert isinstance(run("subscribers", "import", str(tmp_path / "none")).exception, BadInput)


def test_a_suppression_is_lifted_with_a_reason(app: App) -> None:
    assert isinstance(run("mail", "lift", ENGLISH, "--reason", "x").exception, NotFound)
    for address, kind in ((ENGLISH, SuppressionKind.BOUNCED), (ARABIC, SuppressionKind.COMPLAINED)):
        with writing(app.engine) as tx:
            suppressions.suppress(tx, app.address_hashes(address), kind, "x", NOW)
    assert isinstance(run("mail", "lift", ENGLISH, "--reason", " ").exception, BadInput)
    assert run("mail", "lift", ENGLISH, "--reason", "mended").exit_code == 0
    assert isinstance(run("mail", "lift", ARABIC, "--reason", "they ask").exception, BadInput)
    with reading(app.engine) as tx:
        assert not suppressions.is_suppressed(tx, app.address_hashes(ENGLISH))
        assert suppressions.is_suppressed(tx, app.address_hashes(ARABIC))
