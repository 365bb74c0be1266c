"""The wheel is the whole product: what the checkout reads at run time is in it, and nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("alerts-*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what an installation of the wheel would put into site-packages."""
    folder = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def shipped(folder: Path, place: str) -> set[str]:
    """Where the files below `folder` are to be found in the wheel."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {f"{place}/{path.relative_to(folder).as_posix()}" for path in files}


def outside(installed: Path, *command: str, cwd: Path) -> str:
    """What a command prints that finds the installed package, and not the checkout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALERTS_")}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env={**environment, "PYTHONPATH": str(installed)},
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_file_of_the_package_travels(names: set[str]) -> None:
    assert shipped(ROOT / "alerts", "alerts") <= names


def test_the_mail_templates_travel(names: set[str]) -> None:
    templates = shipped(ROOT / "templates" / "email", "alerts/templates/email")
    assert templates
    assert templates <= names


@pytest.mark.parametrize("room", ["locale", "catalog", "store/migrations", "web/templates"])
def test_what_is_not_python_travels_too(names: set[str], room: str) -> None:
    assert [name for name in names if name.startswith(f"alerts/{room}/") and not name.endswith(".py")]


def test_nothing_else_travels(names: set[str]) -> None:
    package = shipped(ROOT / "alerts", "alerts") | shipped(
        ROOT / "templates" / "email", "alerts/templates/email"
    )
    metadata = f"alerts-{PROJECT['version']}.dist-info/"
    assert [name for name in names - package if not name.startswith(metadata)] == []


def test_the_metadata_names_the_version_the_licence_and_the_command(installed: Path) -> None:
    (folder,) = installed.glob("alerts-*.dist-info")
    metadata = Parser().parsestr((folder / "METADATA").read_text("utf-8"))
    assert metadata["Version"] == PROJECT["version"]
    assert metadata["License-Expression"] == "Apache-2.0"
    assert (folder / "licenses" / "LICENSE").is_file()
    assert f"alerts = {PROJECT['scripts']['alerts']}" in (folder / "entry_points.txt").read_text("utf-8")


def test_an_installed_program_uses_the_files_it_was_installed_with(installed: Path, tmp_path: Path) -> None:
    line = "from alerts.config import Settings; print(Settings().template_folder)"
    folder = Path(outside(installed, "-c", line, cwd=tmp_path).strip())
    assert folder == installed / "alerts" / "templates" / "email"
    assert list(folder.glob("*/subject.txt"))


def test_an_installed_program_answers_on_the_command_line(installed: Path, tmp_path: Path) -> None:
    assert "demo" in outside(installed, "-m", "alerts", "--help", cwd=tmp_path)
