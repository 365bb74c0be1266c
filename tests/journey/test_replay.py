"""Captured feeds through every stage, with the clock of their captures."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from captures import write_captures
from commands import ROOT, alerts, command, environment


@dataclass(frozen=True)
class Replayed:
    said: Any
    database: Path
    mails: dict[str, bytes]


def replay(home: Path) -> Replayed:
    captures, database, mails = write_captures(home / "captures"), home / "replay.db", home / "mails"
    kept = ("--database", database, "--mail", mails)
    ran = alerts("replay", captures, "--step", "3h", *kept, "--json", home=home)
    assert ran.code == 0, ran.err
    return Replayed(ran.json, database, {path.name: path.read_bytes() for path in mails.iterdir()})


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """One run, for the tests that only look at what came of it."""
    return replay(tmp_path_factory.mktemp("replayed"))


def test_a_replay_stores_every_guid_once_and_tells_every_story_once_per_subscription(
    replayed: Replayed,
) -> None:
    assert replayed.said["feeds"] == 2
    with closing(sqlite3.connect(replayed.database)) as kept:
        (items, keys) = kept.execute("SELECT count(*), count(DISTINCT feed_id || key) FROM items").fetchone()
        assert items == keys == 18
        # A digest tells every match; alerts tell a story once for each rule.
        by_cadence = """
            SELECT s.cadence, count(*), count(DISTINCT r.rule_id || ' ' || i.story_id), count(t.match_id)
            FROM matches m
            JOIN story_items i ON i.item_id = m.item_id
            JOIN subscription_rules r ON r.rule_id = m.rule_id
            JOIN subscriptions s ON s.id = r.subscription_id
            LEFT JOIN told t ON t.match_id = m.id AND t.subscription_id = s.id
            WHERE m.news GROUP BY s.cadence ORDER BY s.cadence
        """
        rows = {row[0]: row[1:] for row in kept.execute(by_cadence)}
        assert rows["daily"][0] == rows["daily"][2] > 0
        assert rows["weekly"][0] == rows["weekly"][2] > 0
        matches, stories, told = rows["immediate"]
        assert 0 < stories <= told < matches


def test_the_same_captures_make_the_same_bytes(replayed: Replayed, tmp_path: Path) -> None:
    again = replay(tmp_path)
    assert again.mails == replayed.mails
    assert len(again.mails) > 3


def test_a_replay_says_what_is_wrong_with_its_folder(tmp_path: Path) -> None:
    (tmp_path / "feed").mkdir()
    (tmp_path / "feed" / "yesterday.xml").write_text("<rss/>")
    ran = alerts("replay", tmp_path, home=tmp_path / "home")
    assert ran.code == 2
    assert "yesterday.xml" in ran.err


def test_ctrl_c_ends_a_replay_at_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    captures = write_captures(tmp_path / "captures", steps=80)
    with subprocess.Popen(
        command("replay", captures, "--step", "6h"),
        env={**environment(tmp_path / "home"), "TMPDIR": str(scratch)},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as replaying:
        assert replaying.stderr is not None
        assert [replaying.stderr.readline() for _ in range(2)] == ["2024-05-06 …\n", "2024-05-07 …\n"]
        os.killpg(replaying.pid, signal.SIGINT)  # a terminal sends it to all of them
        out, told = replaying.communicate(timeout=60)
    assert (replaying.returncode, out) == (130, "")
    assert all(line.endswith("…") for line in told.splitlines()), "no trace"
    assert list(scratch.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.killpg(replaying.pid, 0)
