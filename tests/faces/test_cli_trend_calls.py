"""Surges, trends and decisions at the terminal of a running service."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from alerts.app import configured
from alerts.cli import cli
from alerts.errors import BadInput, NotFound
from alerts.model import Level, Reason, Surge, Trend, TrendCall
from alerts.store import schema as table
from alerts.store import signals, trends
from alerts.store.unit import writing

TODAY = datetime.now(UTC).date()
CALL = TrendCall(
    TODAY,
    Trend.DETERIORATED,
    0.97,
    False,
    True,
    False,
    (Reason("more", True, (("recent", 30.0), ("usual", 8.0), ("ratio", 3.75), ("probability", 0.97))),),
    "TEST-1",
)


def alerts(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def lines(*arguments: str) -> list[dict[str, Any]]:
    result = alerts(*arguments, "--json")
    assert result.exit_code == 0, result.exception
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def service(migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that follows Sudan, with a surge of today and a draft."""
    for name in [name for name in os.environ if name.startswith("ALERTS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ALERTS_HOME", str(tmp_path))
    (tmp_path / "alerts.db").write_bytes(migrated_file.read_bytes())
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nkey = "coup"\nname = "Coup"\nquery = "coup"\n', "utf-8")
    places = tmp_path / "situations.toml"
    places.write_text(
        '[[situation]]\nkey = "sudan"\nname = "Sudan"\nplaces = ["sd"]\nrules = ["coup"]\n', "utf-8"
    )
    for arguments in (("rules", "import", str(rules)), ("situations", "import", str(places))):
        assert alerts(*arguments).exit_code == 0
    app = configured()
    now = app.clock()
    with writing(app.engine) as tx:
        rule_id = tx.scalars(select(table.Rule.id)).one()
        found = Surge("coup", "sd", TODAY, Level.WARNING, 0.0071, 9, 1.2, 0.4, 3, 4)
        signals.save_surge(tx, rule_id, found, now)
        trends.draft(tx, tx.scalars(select(table.Situation.id)).one(), CALL, now - timedelta(hours=1))
    app.engine.dispose()


@pytest.mark.usefixtures("service")
def test_the_surges_that_were_noticed_are_listed_with_their_reasons() -> None:
    (line,) = lines("surge", "--days", "2")
    assert (line["series"], line["level"], line["sources"]) == ("coup sd", "warning", 4)
    assert "once in 140" in line["explanation"]
    shown = alerts("surge").stdout
    assert "Sudan" in shown
    assert "warning" in shown


@pytest.mark.usefixtures("service")
def test_a_draft_is_listed_as_the_machines_with_its_reasons() -> None:
    (line,) = lines("situations", "trends")
    assert (line["situation"], line["trend"], line["confirmed"]) == ("sudan", "deteriorated", False)
    assert line["risk_alert"]
    assert "30 reports of escalation" in line["reasons"][0]
    assert "machine draft" in alerts("situations", "trends").stdout


@pytest.mark.usefixtures("service")
def test_a_decision_is_kept_beside_what_the_machine_said() -> None:
    (done,) = lines(
        "situations", "decide", "sudan", "--trend", "unchanged", "--no-risk", "--why", "A parade."
    )
    assert (done["trend"], done["risk_alert"], done["reason"]) == ("unchanged", False, "A parade.")
    (line,) = lines("situations", "calls", "sudan")
    assert (line["machine"], line["trend"], line["reason"]) == ("deteriorated", "unchanged", "A parade.")
    assert line["confirmed"]
    assert "A parade." in alerts("situations", "calls", "sudan").stdout


@pytest.mark.usefixtures("service")
def test_confirming_needs_no_words_and_happens_once() -> None:
    assert alerts("situations", "decide", "sudan").exit_code == 0
    again = alerts("situations", "decide", "sudan")
    assert isinstance(again.exception, BadInput)
    assert "no draft to decide on" in str(again.exception)


@pytest.mark.usefixtures("service")
def test_saying_otherwise_without_a_reason_changes_nothing() -> None:
    refused = alerts("situations", "decide", "sudan", "--trend", "improved")
    assert isinstance(refused.exception, BadInput)
    assert "give a reason" in str(refused.exception)
    assert not lines("situations", "calls", "sudan")[0]["confirmed"]


@pytest.mark.usefixtures("service")
def test_a_situation_that_is_not_there_is_named() -> None:
    for arguments in (("calls", "atlantis"), ("decide", "atlantis")):
        missing = alerts("situations", *arguments)
        assert isinstance(missing.exception, NotFound)
        assert "atlantis" in str(missing.exception)
