"""Rules, concepts, situations and the archive on the command line."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from alerts.app import ready
from alerts.cli import cli
from alerts.errors import BadInput, NotFound, QueryError
from alerts.rules.concepts import read_concepts
from alerts.rules.files import read_rules
from alerts.rules.situations import read_situations
from alerts.services import own_rules
from alerts.store.unit import writing

NOW = datetime.now(UTC)

OWN = {
    "concepts": """\
[[concept]]
key = "grain"
name = "Grain"
polarity = "de-escalation"
terms.en = ["wheat", "=Barley"]
exclude.en = ["wheat beer"]

[[concept]]
key = "kp"
terms.en = ["Hermit Kingdom"]
""",
    "rules": """\
[[rule]]
key = "harvest"
name = "Harvest"
severity = "low"
query = "@grain NEAR/5 harvest"
match = [
    "The wheat harvest begins",
]
owner = "Desk"
review_at = 2030-01-31

[[rule]]
key = "north"
severity = "medium"
query = "place:@kp"
match = [
    "The Hermit Kingdom answers",
]
""",
    "situations": """\
[[situation]]
key = "peninsula"
name = "Peninsula"
places = ["kp", "kr"]
rules = ["harvest", "north"]
""",
}
READ: dict[str, Any] = {"rules": read_rules, "situations": read_situations}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder of the test's own; no setting of the surroundings counts."""
    for name in [name for name in os.environ if name.startswith("ALERTS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ALERTS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ALERTS_LANGUAGES", "en,ko")


def alerts(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


def done(*words: str) -> Result:
    result = alerts(*words)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    paths = {}
    for kind, text in OWN.items():
        paths[kind] = tmp_path / f"{kind}.toml"
        paths[kind].write_text(text, "utf-8")
    return paths


@pytest.fixture
def imported(files: dict[str, Path]) -> dict[str, Path]:
    for kind in OWN:
        done(kind, "import", str(files[kind]), "--why", "first")
    return files


def test_rules_and_situations_are_exported_as_they_were_imported(imported: dict[str, Path]) -> None:
    for kind in ("rules", "situations"):
        assert done(kind, "export").stdout == OWN[kind]
        assert f"0 {kind} written" in done(kind, "import", str(imported[kind])).stderr


def test_the_rules_that_readers_wrote_are_neither_listed_nor_exported(imported: dict[str, Path]) -> None:
    assert imported
    done("subscribers", "add", "r@example.org", "--cadence", "weekly", "--rule", "harvest", "--confirmed")
    app = ready()
    with writing(app.engine) as tx:
        own_rules.give(tx, 1, 1, "cholera AND goma", app.clock())
    for words in (("list",), ("list", "--json"), ("export",)):
        assert "goma" not in done("rules", *words).stdout
    assert "goma" in done("rules", "show", "own-1-1").stdout, "by its key: whoever runs the service may look"


def test_the_version_of_a_text_is_its_number(imported: dict[str, Path]) -> None:
    imported["rules"].write_text(OWN["rules"].replace('severity = "low"', 'severity = "high"'), "utf-8")
    done("rules", "import", str(imported["rules"]))
    listed = json.loads(done("rules", "list", "--json").stdout)
    assert {each["key"]: each["version"] for each in listed} == {"harvest": 2, "north": 1}
    history = json.loads(done("rules", "history", "harvest", "--json").stdout)
    assert [(each["version"], each["number"]) for each in history] == [(2, 2), (1, 1)]


def test_own_concepts_are_exported_with_those_that_are_shipped(
    imported: dict[str, Path], tmp_path: Path
) -> None:
    assert imported
    exported = done("concepts", "export").stdout
    for own in OWN["concepts"].split("\n\n"):
        assert own.strip() in exported
    assert 'key = "missile"' in exported
    assert 'key = "kr"' not in exported
    again = tmp_path / "again.toml"
    again.write_text(exported, "utf-8")
    assert "0 concepts written" in done("concepts", "import", str(again)).stderr
    assert "0 concepts written" in done("concepts", "import", "catalog").stderr


@pytest.mark.parametrize(
    ("kind", "key"), [("rules", "north"), ("concepts", "grain"), ("situations", "peninsula")]
)
def test_every_kind_has_a_history_and_goes_back(kind: str, key: str, imported: dict[str, Path]) -> None:
    shown = done(kind, "show", key).stdout
    done(kind, "import", str(imported[kind]))
    changed = OWN[kind].replace('key = "north"', 'key = "north"\nname = "X"')
    changed = changed.replace("Grain", "X").replace("Peninsula", "X")
    imported[kind].write_text(changed, "utf-8")
    done(kind, "import", str(imported[kind]), "--why", "second")
    done(kind, "restore", key, "1", "--why", "back")
    history = json.loads(done(kind, "history", key, "--json").stdout)
    assert [(each["number"], each["reason"]) for each in history] == [
        (3, "back"),
        (2, "second"),
        (1, "first"),
    ]
    assert history[0]["note"] == "version 1 again"
    assert [each["name"] for each in history][1] == "X"
    assert done(kind, "show", key).stdout == shown
    assert key in done(kind, "list").stdout
    assert key in [each["key"] for each in json.loads(done(kind, "list", "--json").stdout)]
    assert "second" in done(kind, "history", key).stdout
    assert isinstance(alerts(kind, "show", "unknown").exception, NotFound)


def test_what_is_retired_is_not_listed_and_keeps_its_history(imported: dict[str, Path]) -> None:
    assert imported
    for kind, key in (("situations", "peninsula"), ("rules", "harvest"), ("concepts", "grain")):
        done(kind, "retire", key, "--why", "over")
        assert key not in [each["key"] for each in json.loads(done(kind, "list", "--json").stdout)]
        assert len(json.loads(done(kind, "history", key, "--json").stdout)) == 1


def test_a_shipped_concept_has_no_history_and_says_so() -> None:
    assert "is the one that is shipped" in done("concepts", "history", "missile").stderr
    assert json.loads(done("concepts", "history", "missile", "--json").stdout) == []


def test_check_and_match_know_the_catalogue_and_a_file_of_concepts(
    files: dict[str, Path], tmp_path: Path
) -> None:
    checked = alerts("rules", "check", "launch @misile", "--json")
    assert checked.exit_code == 2
    (error,) = json.loads(checked.stdout)["errors"]
    assert (error["code"], error["column"], error["hint"]) == ("E11", 8, "Did you mean @missile ?")
    caret = alerts("rules", "check", "launch @misile").stderr.splitlines()[1]
    assert caret == " " * 7 + "^"
    warned = json.loads(done("rules", "check", "missile launch", "--json").stdout)["warnings"]
    assert {each["code"] for each in warned} == {"W7"}
    assert alerts("rules", "check", "@grain").exit_code == 2
    done("rules", "check", "@grain", "--concepts", str(files["concepts"]))
    done("rules", "check", "--file", str(files["rules"]), "--concepts", str(files["concepts"]))
    lines = tmp_path / "items.jsonl"
    lines.write_text(
        '{"id": "a", "title": "A missile"}\n{"id": "b", "title": "The Hermit Kingdom has wheat"}\n'
    )
    asked = ["--items", str(lines), "--json"]
    found = [
        json.loads(line) for line in done("rules", "match", "--query", "@missile", *asked).stdout.splitlines()
    ]
    assert [(each["rule"], each["item"]) for each in found] == [("query", "a")]
    own = ["--concepts", str(files["concepts"])]
    found = [
        json.loads(line)
        for line in done("rules", "match", "--query", "@grain @kp", *asked, *own).stdout.splitlines()
    ]
    assert [(e["text"], e["concept"]) for e in found[0]["evidence"]] == [
        ("Hermit Kingdom", "kp"),
        ("wheat", "grain"),
    ]
    assert isinstance(alerts("rules", "match", "--query", "@grain", *asked).exception, QueryError)


def write_items(path: Path, titles: dict[str, str]) -> str:
    lines = [
        json.dumps(
            {
                "id": key,
                "title": title,
                "source": "Wire",
                "published_at": (NOW - timedelta(days=n)).isoformat(),
            }
        )
        for n, (key, title) in enumerate(titles.items())
    ]
    path.write_text("\n".join(lines), "utf-8")
    return str(path)


def test_imported_items_are_searched_tried_and_explained(imported: dict[str, Path], tmp_path: Path) -> None:
    assert imported
    file = write_items(
        tmp_path / "items.jsonl",
        {
            "one": "The wheat harvest begins",
            "two": "Harvest of grapes",
            "three": "북한 미사일",
            "four": "Talks",
        },
    )
    report = json.loads(done("items", "import", file, "--json").stdout)
    assert report == {"new": 4, "changed": 0, "seen": 0, "matches": 2}
    assert json.loads(done("items", "import", file, "--json").stdout)["seen"] == 4
    found = [
        json.loads(line) for line in done("items", "search", "@grain OR 미사일", "--json").stdout.splitlines()
    ]
    assert [(each["item"], each["source"]) for each in found] == [("one", "Wire"), ("three", "Wire")]
    (evidence,) = found[0]["evidence"]
    assert found[0][evidence["field"]][evidence["start"] : evidence["end"]] == "wheat"
    assert "The wheat harvest begins  [wheat]" in done("items", "search", "@grain", "--days", "3").stdout
    assert len(done("items", "search", "harvest", "--limit", "1", "--json").stdout.splitlines()) == 1
    trial = json.loads(done("rules", "try", "harvest", "--days", "30", "--json").stdout)
    assert (trial["items"], trial["matches"], sum(trial["per_day"].values())) == (4, 1, 1)
    assert [each["item"] for each in trial["samples"]] == ["one"]
    assert [(each["item"], each["reason"]) for each in trial["near_misses"]] == [
        ("two", "“harvest” is there, @grain is nowhere in this passage")
    ]
    assert (trial["against"], trial["added"], trial["removed"]) == (1, [], [])
    assert set(trial["expected_mails_per_week"]) == {"total", "subscribers", "per_subscriber"}
    edit = json.loads(done("rules", "try", "grapes", "--key", "harvest", "--json").stdout)
    assert [e["item"] for e in edit["added"]] == ["two"]
    assert [e["item"] for e in edit["removed"]] == ["one"]
    assert "1 of 4 items of 30 days match" in done("rules", "try", "talks").stdout
    said = json.loads(done("why-not", "two", "--rule", "harvest", "--json").stdout)
    reason = "read as English: “harvest” is there, @grain is nowhere in this passage"
    assert said["answers"][0]["reason"] == reason
    assert json.loads(done("ledger", "--json").stdout)["balanced"]


def test_a_line_that_cannot_be_read_imports_nothing(tmp_path: Path) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text('{"id": "1", "title": "A"}\n{"title": "no id"}\n')
    assert isinstance(alerts("items", "import", str(file)).exception, BadInput)
    assert json.loads(done("ledger", "--json").stdout)["items"] == 0


def test_hygiene_is_printed_for_people_and_programs(imported: dict[str, Path], tmp_path: Path) -> None:
    assert imported
    done("items", "import", write_items(tmp_path / "items.jsonl", {"1": "Talks", "2": "More talks"}))
    found = json.loads(done("rules", "hygiene", "--json").stdout)
    assert [(each["rule"], each["kind"]) for each in found["findings"]] == [
        ("harvest", "never-fired"),
        ("north", "never-fired"),
    ]
    assert "it matches none of the 2 items of 90 days" in done("rules", "hygiene").stdout


def test_the_catalogues_are_imported_by_their_name() -> None:
    read = read_concepts(Path("alerts/catalog/concepts"))
    assert len(read) > 20
    done("rules", "import", "catalog")
    done("situations", "import", "catalog")
    assert "0 rules written" in done("rules", "import", "catalog").stderr
