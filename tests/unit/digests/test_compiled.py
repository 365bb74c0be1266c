from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from alerts.digests.compiled import Compiled


def speaking(word: str, folder: Path, kept: Compiled) -> Environment:
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, bytecode_cache=kept)
    environment.globals["word"] = word
    return environment


def test_a_template_is_compiled_once_for_all_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Compiled()
    (tmp_path / "page.html").write_text("<p>{{ word }}</p>")
    assert speaking("alert", tmp_path, kept).get_template("page.html").render() == "<p>alert</p>"
    monkeypatch.setattr(Environment, "compile", lambda *_: pytest.fail("compiled again"))
    assert speaking("تنبيه", tmp_path, kept).get_template("page.html").render() == "<p>تنبيه</p>"


def test_an_edited_template_is_compiled_anew(tmp_path: Path) -> None:
    kept, page = Compiled(), tmp_path / "page.html"
    for text in ("<p>{{ word }}</p>", "<b>{{ word }}</b>", "<p>{{ word }}</p>"):
        page.write_text(text)
        printed = speaking("alert", tmp_path, kept).get_template("page.html").render()
        assert printed == text.replace("{{ word }}", "alert")
