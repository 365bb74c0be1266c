"""The pages for people name what exists: every setting, every command, and files that are there."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import alerts.__main__  # noqa: F401  adds web, worker and beat to the commands
from alerts.cli import cli
from alerts.cli.rules import rules_at
from alerts.cli.situations import situations_at
from alerts.config import Settings

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_TICKED = re.compile(r"`([^`\n]+)`")


def read(path: Path) -> str:
    return path.read_text("utf-8")


def outside_fences(text: str) -> str:
    return _FENCE.sub("", text)


# Settings


def shown(default: object) -> str:
    """A default as the table of settings writes it."""
    if default is None or default in ("", ()):
        return "*(empty)*"
    return f"`{','.join(map(str, default)) if isinstance(default, tuple) else default}`"


def test_the_table_of_settings_is_exactly_the_settings_with_their_defaults() -> None:
    rows = re.findall(
        r"^\| `(ALERTS_\w+)` \| (.+?) \| (.+) \|$", read(ROOT / "docs/settings.md"), re.MULTILINE
    )
    told = {name: default for name, default, _ in rows}
    real = {
        field.alias or f"ALERTS_{name.upper()}": shown(field.default)
        for name, field in Settings.model_fields.items()
    }
    assert told == real
    assert len(rows) == len(told), "a setting stands there twice"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_variable_that_a_page_names_is_a_setting(page: Path) -> None:
    real = {field.alias or f"ALERTS_{name.upper()}" for name, field in Settings.model_fields.items()}
    assert set(re.findall(r"\bALERTS_[A-Z_]+", read(page))) <= real


# Commands


def commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command below a command of Click that can be called, with its words."""
    below = getattr(command, "commands", None)
    if below is None:
        yield words, command
        return
    for name, child in below.items():
        yield from commands(child, (*words, name))


COMMANDS = dict(commands(typer.main.get_command(cli)))


def test_the_list_of_commands_is_exactly_the_commands() -> None:
    headings = re.findall(r"^### alerts (.+)$", read(ROOT / "docs/commands.md"), re.MULTILINE)
    assert sorted(headings) == sorted(" ".join(words) for words in COMMANDS)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_is_shown_by_an_example_of_itself(words: tuple[str, ...]) -> None:
    page = read(ROOT / "docs/commands.md")
    section = page.split(f"### alerts {' '.join(words)}\n", 1)[1].split("\n#", 1)[0]
    assert f"alerts {' '.join(words)}" in section


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_help_of_every_command_has_an_example_that_names_it(words: tuple[str, ...]) -> None:
    helped = CliRunner().invoke(cli, [*words, "--help"])
    assert helped.exit_code == 0
    assert f"Example: alerts {' '.join(words)}" in " ".join(helped.stdout.split())


def called(page: Path) -> Iterator[list[str]]:
    """The words after ``alerts`` of each command that a page shows, in a console block or in ticks."""
    text = read(page)
    lines = [
        line.removeprefix("$ ")
        for language, block in _FENCE.findall(text)
        if language == "console"
        for line in block.splitlines()
        if line.startswith("$ ")
    ]
    for line in [*lines, *_TICKED.findall(outside_fences(text))]:
        found = re.match(r"(?:docker compose exec \w+ )?(?:\.venv/bin/)?alerts (.+)", line)
        if found:
            yield shlex.split(found[1].partition(" > ")[0])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_shows_exists_with_its_options(page: Path) -> None:
    for words in called(page):
        if words[0].startswith("-"):
            continue
        at = next((end for end in (1, 2) if tuple(words[:end]) in COMMANDS), None)
        assert at, f"there is no command: alerts {' '.join(words)}"
        known = {
            option
            for each in COMMANDS[tuple(words[:at])].params
            for option in (*each.opts, *each.secondary_opts)
        }
        arguments = words[at:]
        if "--" in arguments:
            arguments = arguments[: arguments.index("--")]
        assert {word for word in arguments if word.startswith("--")} <= {*known, "--help"}, words


# The launcher, files and links


def test_every_verb_of_the_launcher_that_a_page_names_exists() -> None:
    verbs = {*run_path(str(ROOT / "run"))["VERBS"], "help"}
    for page in PAGES:
        named = set(re.findall(r"\./run ([a-z]+)", read(page)))
        assert named <= verbs, page.name


def is_in_the_repository(ticked: str) -> bool:
    """Whether ticked words claim to be a file of ours."""
    if not re.fullmatch(r"[\w.][\w./-]*", ticked):
        return False
    ours = ("alerts/", "docs/", "tests/", "templates/", "bench/")
    return ticked.startswith(ours) or ticked in ("Dockerfile", "docker-compose.yml", "pyproject.toml")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_of_ours_that_a_page_names_exists(page: Path) -> None:
    named = {ticked for ticked in _TICKED.findall(outside_fences(read(page))) if is_in_the_repository(ticked)}
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_the_readme_names_a_test_file_for_every_promise() -> None:
    promises = read(README).split("\n## Promises\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in promises.splitlines() if line.startswith("| ")][1:]
    assert rows
    assert [row for row in rows if not re.search(r"`tests/[\w/]+\.py` \|$", row)] == []


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("README.md", "{concepts} concepts, every country, {rules} rules and {situations} situations"),
        ("README.md", "a catalogue of {feeds} feeds in {languages} languages"),
        ("README.md", "downloads {packages} packages"),
        ("CHANGELOG.md", "{concepts} concepts, every country of the world, {rules} rules"),
        ("CHANGELOG.md", "{situations} situations, and {guards} published headlines"),
    ],
)
def test_the_pages_count_what_is_shipped_as_it_is(page: str, words: str) -> None:
    catalogue = ROOT / "alerts/catalog"
    feeds = read(catalogue / "feeds.opml")
    shipped = {
        "concepts": sum(read(each).count("[[concept]]") for each in (catalogue / "concepts").glob("*.toml")),
        "rules": len(rules_at("catalog")),
        "situations": len(situations_at("catalog")),
        "feeds": feeds.count("xmlUrl="),
        "languages": len(set(re.findall(r'language="(\w+)', feeds))),
        "guards": len(tomllib.loads(read(catalogue / "guards.toml"))["guard"]),
        "packages": len(re.findall(r"^[\w.\[\]-]+==", read(ROOT / "requirements.lock"), re.MULTILINE)),
    }
    assert words.format(**shipped) in " ".join(read(ROOT / page).split())


def anchors(page: Path) -> set[str]:
    """The names by which headings can be linked to, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", outside_fences(read(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_inside_the_pages_leads_somewhere(page: Path) -> None:
    for target in _LINK.findall(outside_fences(read(page))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.is_file(), f"{page.name} links to {target}"
        assert place.is_relative_to(ROOT), f"{page.name} links out of the repository: {target}"
        assert not anchor or anchor in anchors(place), f"{page.name} links to {target}"


def test_decisions_are_numbered_without_gaps_and_fit_on_a_page() -> None:
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [page.name[:4] for page in decisions] == [
        f"{number:04}" for number in range(1, len(decisions) + 1)
    ]
    for page in decisions:
        text = read(page)
        assert text.startswith(f"# {page.name[:4]} "), page.name
        assert len(text.splitlines()) <= 40, page.name
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequences")), page.name


def test_pictures_are_small() -> None:
    assert {
        picture.name for picture in (ROOT / "docs/images").iterdir() if picture.stat().st_size > 300_000
    } == set()
