"""The audit in the browser: filtered, page by page, as a file; for admins only."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from situation_world import entered, with_accounts
from web_client import Browser
from web_world import NOW, make_app, rows

from alerts.app import App
from alerts.store import audit
from alerts.store.unit import writing
from alerts.web.desk.audit import SHOWN
from alerts.web.desk.csv_cells import harmless
from alerts.web.site import make_web


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = make_app(tmp_path)
    with_accounts(app)
    return app


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


@pytest.fixture
def berta(web: FastAPI) -> Browser:
    return entered(web, "berta")


def record(app: App, several: list[tuple[str, str, str, str]]) -> None:
    with writing(app.engine) as tx:
        for number, (actor, action, subject, detail) in enumerate(several):
            at = NOW + timedelta(seconds=number)
            audit.record(tx, at=at, actor=actor, action=action, subject=subject, detail=detail)


def subjects(page: str) -> list[str]:
    return re.findall(r'<td role="cell">[^<]*</td>\n<td role="cell"><a [^>]*><bdi>([^<]*)</bdi>', page)


def test_it_is_for_admins_only(web: FastAPI, berta: Browser) -> None:
    for path in ("/audit", "/audit.csv"):
        assert berta.get(path).status == 200
        assert entered(web, "anna").get(path).status == 403
        assert Browser(web).get(path).status == 303


def test_it_says_when_who_what_and_to_what_the_last_first(app: App, berta: Browser) -> None:
    record(
        app, [("anna", "rule written", "rule <a>", "version 2"), ("cli root", "feed paused", "feed 7", "")]
    )
    page = berta.get("/audit").text
    assert subjects(page)[:2] == ["feed 7", "rule &lt;a&gt;"]
    assert "version 2" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("actor=anna", ["s3", "s1"]),
        ("action=feed+paused", ["s4", "s2"]),
        ("subject=s2", ["s2"]),
        ("actor=anna&subject=s1", ["s1"]),
        ("actor=nobody", []),
    ],
)
def test_it_is_filtered_by_each_and_by_several(
    app: App, berta: Browser, query: str, found: list[str]
) -> None:
    record(
        app,
        [
            ("anna" if n % 2 else "ben", "rule written" if n % 2 else "feed paused", f"s{n}", "")
            for n in (1, 2, 3, 4)
        ],
    )
    assert subjects(berta.get(f"/audit?{query}").text) == found


def test_older_pages_go_through_everything_once(app: App, berta: Browser) -> None:
    record(app, [("anna", "rule written", f"s{number}", "") for number in range(SHOWN + 5)])
    page = berta.get("/audit?actor=anna").text
    older = re.search(r'rel="next" href="([^"]*)"', page)
    assert older
    rest = berta.get(older[1].replace("&amp;", "&")).text
    assert subjects(page) + subjects(rest) == [f"s{number}" for number in reversed(range(SHOWN + 5))]
    assert 'rel="next"' not in rest


def test_the_file_has_all_that_was_asked_for_and_no_formula(app: App, berta: Browser) -> None:
    record(app, [("anna", "rule written", f"s{n}", '=HYPERLINK(1)\n, "x"') for n in range(1_200)])
    answer = berta.get("/audit.csv?actor=anna")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    lines = list(csv.reader(io.StringIO(answer.text)))
    assert lines[0] == ["at", "actor", "action", "subject", "detail"]
    assert lines[1] == ["2026-03-05T14:49:59Z", "anna", "rule written", "s1199", '\'=HYPERLINK(1)\n, "x"']
    assert len(lines) == 1_201


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\n=1", "＝1"])
def test_no_cell_is_taken_for_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless(f"a{cell}") == f"a{cell}"


def test_looking_changes_nothing(app: App, berta: Browser) -> None:
    before = rows(app)
    assert berta.get("/audit").status == berta.get("/audit", "HEAD").status == 200
    assert berta.get("/audit.csv").status == 200
    assert rows(app) == before
