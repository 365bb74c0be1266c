"""docker-compose.yml and Dockerfile say nothing that the program does not know."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import alerts.__main__  # noqa: F401  adds web, worker and beat to the commands
from alerts.app import App
from alerts.cli import cli
from alerts.config import Settings
from alerts.environment import read_settings
from alerts.web.site import make_web

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)

VARIABLES = {field.alias or f"ALERTS_{name.upper()}" for name, field in Settings.model_fields.items()}
# The image decides these: they are about the inside of the container.
OF_THE_IMAGE = {"ALERTS_HOME", "ALERTS_HTTP_HOST", "ALERTS_HTTP_PORT", "ALERTS_TEMPLATES", "ALERTS_MAILDIR"}

INTERPOLATION = re.compile(r"\$\{(?P<name>\w+)(?:(?P<kind>:[-?])(?P<text>[^}]*))?\}")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, rest) with continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", DOCKERFILE)
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def image_environment() -> dict[str, str]:
    pairs = (pair for name, rest in instructions() if name == "ENV" for pair in rest.split())
    return dict(pair.split("=", 1) for pair in pairs)


def resolved(environment: Mapping[str, str | None], shell: Mapping[str, str]) -> dict[str, str]:
    """What a container sees: defaults filled in, a bare name passed on only when the shell has it."""

    def value(match: re.Match[str]) -> str:
        name = match["name"]
        if match["kind"] == ":?" and not shell.get(name):
            raise KeyError(name)
        return shell.get(name) or match["text"] or ""

    given = {name: shell.get(name) if text is None else text for name, text in environment.items()}
    return {name: INTERPOLATION.sub(value, text) for name, text in given.items() if text is not None}


def is_one_shot(name: str) -> bool:
    conditions = [
        wait["condition"]
        for service in SERVICES.values()
        for waited, wait in service.get("depends_on", {}).items()
        if waited == name
    ]
    return "service_completed_successfully" in conditions


def test_the_services_are_those_of_the_design() -> None:
    assert set(SERVICES) == {"postgres", "redis", "migrate", "web", "worker", "mailer", "beat", "mailpit"}
    assert OURS == ["beat", "mailer", "migrate", "web", "worker"]


@pytest.mark.parametrize("text", ["docker-compose.yml", "Dockerfile"])
def test_every_variable_named_is_a_setting(text: str) -> None:
    named = set(re.findall(r"\bALERTS_[A-Z_]+", (ROOT / text).read_text("utf-8")))
    assert named <= VARIABLES


@pytest.mark.parametrize("service", OURS)
def test_every_setting_reaches_the_containers(service: str) -> None:
    assert set(SERVICES[service]["environment"]) == VARIABLES - OF_THE_IMAGE


def test_the_containers_start_with_settings_that_the_program_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = {"POSTGRES_PASSWORD": "letters2and9digits", "ALERTS_SECRET_KEY": "k" * 40}
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        **image_environment(),
        **resolved(SERVICES["web"]["environment"], shell),
    }.items():
        if name.startswith("ALERTS_"):
            monkeypatch.setenv(name, value)
    settings = read_settings()
    assert settings.secret() == b"k" * 40
    assert settings.database_url == "postgresql://alerts:letters2and9digits@postgres:5432/alerts"
    assert settings.http_host == "0.0.0.0"  # noqa: S104  inside a container, which publishes the port on loopback
    assert f"127.0.0.1:{settings.http_port}:{settings.http_port}" in SERVICES["web"]["ports"]


@pytest.mark.parametrize("secret", ["POSTGRES_PASSWORD", "ALERTS_SECRET_KEY"])
def test_a_secret_is_demanded_and_has_no_default(secret: str) -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    kinds = {match["kind"] for match in INTERPOLATION.finditer(text) if match["name"] == secret}
    assert kinds == {":?"}


@pytest.mark.parametrize("service", OURS)
def test_every_command_is_one_of_ours(service: str) -> None:
    program, *words = SERVICES[service]["command"]
    assert program == "alerts"
    answer = CliRunner().invoke(cli, [*words, "--help"])
    assert answer.exit_code == 0, answer.output


def test_the_image_starts_one_of_our_commands() -> None:
    program, *words = json.loads(next(rest for name, rest in instructions() if name == "CMD"))
    assert program == "alerts"
    assert CliRunner().invoke(cli, [*words, "--help"]).exit_code == 0


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_runs_on_is_checked_and_what_runs_once_is_not(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    if is_one_shot(name):
        assert check == {"disable": True}
        assert SERVICES[name]["restart"] == "no"
        return
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_waits_for_others_to_be_ready(name: str) -> None:
    for waited, wait in SERVICES[name].get("depends_on", {}).items():
        expected = "service_completed_successfully" if is_one_shot(waited) else "service_healthy"
        assert wait["condition"] == expected


def test_every_image_is_pinned_by_a_tag() -> None:
    bases = [rest.split()[0] for name, rest in instructions() if name == "FROM"]
    images = [service["image"] for service in SERVICES.values()]
    for image in [*bases, *images]:
        tag = image.rpartition(":")[2]
        assert ":" in image, image
        assert tag != "latest", image


def test_only_loopback_is_published() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_the_image_runs_as_an_ordinary_user() -> None:
    users = [rest for name, rest in instructions() if name == "USER"]
    assert users[-1:] == ["alerts"]


def test_the_image_installs_by_hash_only() -> None:
    installs = [rest for name, rest in instructions() if name == "RUN" and "pip install" in rest]
    assert len(installs) == 2
    assert "--require-hashes -r requirements.lock" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]


def test_the_image_copies_only_what_is_there_and_not_ignored() -> None:
    ignore = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    admitted = [line[1:] for line in ignore if line.startswith("!")]
    copies = [rest.split()[:-1] for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    sources = [source for copied in copies for source in copied]
    assert "*" in ignore
    assert sorted(sources) == sorted(admitted)
    for source in sources:
        assert (ROOT / source).exists(), source
    assert any(fnmatch("alerts/__pycache__", pattern) for pattern in ignore if "__pycache__" in pattern)


def test_the_image_says_how_to_check_its_health() -> None:
    check = next(rest for name, rest in instructions() if name == "HEALTHCHECK")
    command = json.loads(check[check.index("CMD") + 3 :])
    assert ["CMD", *command] == SERVICES["web"]["healthcheck"]["test"]


def test_the_page_that_is_checked_exists(tmp_path: Path) -> None:
    called = re.findall(r"http://127\.0\.0\.1:8000(/\w*)", " ".join(SERVICES["web"]["healthcheck"]["test"]))
    served = {getattr(route, "path", None) for route in make_web(App(Settings(home=tmp_path))).routes}
    assert called == ["/readyz"]
    assert set(called) <= served
