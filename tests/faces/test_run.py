"""The launcher: what it decides before it touches anything, and what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
NEW = {"interpreter": "3.13", "checkout": "here", "requirements.lock": "a", "pyproject.toml": "b"}
TESTED = NEW | {"requirements-test.lock": "c"}


@pytest.fixture(scope="module")
def run() -> SimpleNamespace:
    return SimpleNamespace(**run_path(str(ROOT / "run")))


def launch(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, ROOT / "run", *arguments], cwd=cwd, text=True, capture_output=True)


@pytest.mark.parametrize(
    ("installed", "wanted", "missing"),
    [
        pytest.param({}, NEW, None, id="nothing yet, or interrupted"),
        pytest.param(NEW, NEW, [], id="up to date"),
        pytest.param(TESTED, NEW, [], id="more than is wanted"),
        pytest.param(NEW, TESTED, ["requirements-test.lock"], id="tests for the first time"),
        pytest.param(NEW | {"pyproject.toml": "old"}, NEW, ["pyproject.toml"], id="the project changed"),
        pytest.param(NEW | {"requirements.lock": "old"}, NEW, None, id="the lock changed"),
        pytest.param({**TESTED, "requirements-test.lock": "old"}, TESTED, None, id="the test lock changed"),
        pytest.param(NEW | {"interpreter": "3.11"}, NEW, None, id="another Python"),
        pytest.param(NEW | {"checkout": "there"}, NEW, None, id="the checkout moved"),
    ],
)
def test_only_what_changed_is_installed_again(
    run: SimpleNamespace, installed: dict[str, str], wanted: dict[str, str], missing: list[str] | None
) -> None:
    assert run.missing(installed, wanted) == missing


def test_without_the_right_to_install_it_says_what_to_type(
    run: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: "apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(run.Stop, match=r"sudo apt-get update && sudo apt-get install .* python3-venv$"):
        run.apt_install("No virtual environments", "python3-venv")


def test_a_step_is_silent_unless_it_fails(run: SimpleNamespace, capfd: pytest.CaptureFixture[str]) -> None:
    run.quietly(sys.executable, "-c", "print('fine')")
    assert capfd.readouterr() == ("", "")
    with pytest.raises(run.Stop, match="exit code 3"):
        run.quietly(sys.executable, "-c", "print('what went wrong'); raise SystemExit(3)")
    assert "what went wrong" in capfd.readouterr().err


def test_it_explains_itself_from_any_folder(tmp_path: Path) -> None:
    answer = launch("help", cwd=tmp_path)
    assert answer.returncode == 0
    assert all(
        f"\n  {verb} " in answer.stdout for verb in ("demo", "test", "up", "check", "bench", "browser")
    )


def test_an_unknown_verb_is_bad_input(tmp_path: Path) -> None:
    answer = launch("fly", cwd=tmp_path)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert "'fly'" in answer.stderr


@pytest.mark.parametrize("script", ["run", ".ci/run"])
def test_the_scripts_can_be_executed(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111 == 0o111
