"""kill -9 of any part at any time: nothing is lost, nothing comes late."""

from __future__ import annotations

from pathlib import Path

import pytest
from captures import write_captures
from soak import Plan, run


@pytest.mark.timeout(360)
def test_killed_workers_brokers_and_mail_servers_lose_no_alert(tmp_path: Path) -> None:
    captures = write_captures(tmp_path / "captures")
    (tmp_path / "home").mkdir()
    plan = Plan(captures, seconds=25, kill_every=(2, 4), seed=20261121)
    outcome = run(plan, tmp_path / "home")
    assert outcome.expected > 0
    assert sum(outcome.kills.values()) >= 4
    assert outcome.lost == []
    assert outcome.unexpected == []
    assert outcome.copies <= sum(outcome.kills.values())
    assert outcome.most_copies <= 3
    assert outcome.late <= 90
    assert outcome.balanced
