"""The pages of long work: asked for, watched without and with JavaScript, called off; who sees what."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from staff_world import audited, logged_in, make_staffed
from web_client import Answer, Browser, ask
from web_world import LAUNCH, NOW

from alerts.app import App
from alerts.model import Item, JobKind, JobState
from alerts.services.jobs import ask_for
from alerts.store import feeds, items, jobs, rules
from alerts.store.feeds import NewFeed
from alerts.store.jobs import Job, NewJob
from alerts.store.unit import reading, writing
from alerts.web.desk.job_words import as_csv
from alerts.web.desk.jobs import JOBS_ON_A_PAGE
from alerts.web.site import make_web


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = make_staffed(tmp_path)
    with writing(app.engine) as tx:
        rules.save(tx, LAUNCH, author="test", now=NOW)
    return app


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


@pytest.fixture
def bert(web: FastAPI) -> Browser:
    return logged_in(web, "bert")


def keep(app: App, *titles: str) -> None:
    with writing(app.engine) as tx:
        feed_id = feeds.add(tx, NewFeed("https://a.example/", "A", "A"), interval_seconds=300, now=NOW)
        shown = [items.Incoming(Item(title, "", title, language="en"), "f" * 64, None) for title in titles]
        items.insert_new(tx, feed_id, shown, NOW - timedelta(days=40))


def asked(app: App, kind: JobKind = JobKind.FEEDS_IMPORT, about: str = "3 feeds") -> int:
    with writing(app.engine) as tx:
        return ask_for(tx, NewJob(kind, about, {}, material="x", whole=10), "bert", NOW)


def job(app: App, job_id: int) -> Job:
    with reading(app.engine) as tx:
        return jobs.find(tx, job_id, material=True)


def part(browser: Browser, path: str) -> Answer:
    """What htmx asks for."""
    return ask(browser.web, path, "GET", b"", {**browser._headers(), "hx-request": "true"})


def backtest(browser: Browser, fields: Mapping[str, str]) -> Answer:
    return browser.fill(browser.get("/jobs"), "/jobs/backtest", fields)


# --- a backtest ---------------------------------------------------------------------------


def test_a_rule_is_tried_on_a_year_and_the_page_shows_what_trying_it_shows(app: App, bert: Browser) -> None:
    keep(app, "A ballistic missile", "Harvest is in", "Second ballistic missile")
    begun = backtest(bert, {"query": "launch", "days": "300"})
    assert (begun.status, begun.headers["location"]) == (303, "/jobs/1")
    waiting = bert.get("/jobs/1")
    assert "Backtest: <bdi>launch, 300 days</bdi>" in waiting.text
    assert "waits for a worker" in waiting.text
    assert app.tick().jobs == (1,)
    assert app.work_on(1) is JobState.DONE
    done = bert.get("/jobs/1")
    assert "It matches 2 of 3 items of the last 300 days." in done.text
    assert "Tried on the last 300 days" in done.text
    assert "ballistic missile</mark>" in done.text
    assert "hx-get" not in done.text.split('id="job"')[1]
    assert 'name="act"' not in done.text
    assert audited(app, "bert")[-1] == ("backtest asked for", "job 1")


def test_another_text_of_a_rule_is_compared_with_the_one_in_force(app: App, bert: Browser) -> None:
    keep(app, "A ballistic missile", "Harvest is in")
    backtest(bert, {"key": "launch", "query": "harvest", "days": "99"})
    assert app.work_on(1) is JobState.DONE
    page = bert.get("/jobs/1").text
    assert "Compared with version 1" in page
    assert "+ 1 item more" in page
    assert "− 1 item fewer" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"query": "(missile"}, "E04"),
        ({"query": ""}, "Write a query, or the key of a rule."),
        ({"query": "missile", "days": "366"}, "The archive keeps 365 days"),
        ({"query": "missile", "days": "0"}, "The archive keeps 365 days"),
        ({"query": "missile", "days": "x"}, "The archive keeps 365 days"),
        ({"key": "no-such", "query": ""}, "There is no rule no-such in force"),
        ({"query": "@no-such-concept"}, "E11"),
    ],
)
def test_a_backtest_that_cannot_be_done_is_refused_with_what_was_typed(
    app: App, bert: Browser, fields: dict[str, str], said: str
) -> None:
    answer = backtest(bert, fields)
    assert (answer.status, said in answer.text) == (422, True)
    assert 'role="alert"' in answer.text
    assert app.tick().jobs == ()


# --- items --------------------------------------------------------------------------------


def test_items_are_brought_in_from_what_is_pasted_or_a_file(app: App, bert: Browser) -> None:
    lines = "\n".join(json.dumps({"id": str(n), "title": f"A ballistic missile {n}"}) for n in range(3))
    begun = bert.fill(bert.get("/jobs/items"), "/jobs/items", {"items-text": lines})
    assert begun.headers["location"] == "/jobs/1"
    assert app.work_on(1) is JobState.DONE
    page = bert.get("/jobs/1").text
    assert "<dt>new</dt><dd>3</dd>" in page
    assert "<dt>matches</dt><dd>3</dd>" in page
    assert app.tick().deliveries == ()
    wrong = bert.fill(bert.get("/jobs/items"), "/jobs/items", {"items-text": '{"id": 1}\n{}'})
    assert (wrong.status, "line 2: the item has no id" in wrong.text) == (422, True)


# --- watching, calling off ----------------------------------------------------------------


def test_progress_is_asked_for_every_two_seconds_until_the_work_has_ended(app: App, bert: Browser) -> None:
    job_id = asked(app)
    with writing(app.engine) as tx:
        jobs.claim(tx, job_id, now=NOW, until=NOW + timedelta(minutes=1), token="t")
        jobs.advance(tx, job_id, done=4, whole=10, result={}, until=NOW + timedelta(minutes=1))
    fragment = part(bert, f"/jobs/{job_id}")
    assert "HX-Request" in fragment.headers["vary"]
    assert "<html" not in fragment.text
    assert 'hx-get="/jobs/1" hx-trigger="every 2s"' in fragment.text
    assert '<progress max="100" value="40" aria-label="How far it has come">40 %</progress>' in fragment.text
    assert "4 of 10 feeds tried" in fragment.text
    assert '<a href="/jobs/1">Renew</a>' in fragment.text
    assert 'hx-trigger="every 2s"' in bert.get("/jobs").text
    with writing(app.engine) as tx:
        jobs.end(tx, job_id, JobState.DONE, NOW)
    assert "hx-get" not in part(bert, f"/jobs/{job_id}").text
    assert "hx-trigger" not in bert.get("/jobs").text


def test_work_is_called_off_by_whoever_may_write(app: App, web: FastAPI, bert: Browser) -> None:
    job_id = asked(app)
    carl = logged_in(web, "carl")
    page = carl.get(f"/jobs/{job_id}")
    assert (page.status, "/cancel" in page.text) == (200, False)
    assert carl.post(f"/jobs/{job_id}/cancel", {"word": "x"}).status == 403
    assert bert.post(f"/jobs/{job_id}/cancel", {"word": "x"}).status == 403
    assert job(app, job_id).state is JobState.WAITING
    assert bert.fill(bert.get(f"/jobs/{job_id}"), f"/jobs/{job_id}/cancel").status == 303
    ended = job(app, job_id)
    assert (ended.state, ended.cancelled_by, ended.material) == (JobState.CANCELLED, "bert", None)
    assert "cancelled by bert" in bert.get(f"/jobs/{job_id}").text
    assert audited(app, "bert")[-1] == ("job cancelled", "job 1")


def test_what_failed_says_why(app: App, bert: Browser) -> None:
    job_id = asked(app)
    with writing(app.engine) as tx:
        jobs.end(tx, job_id, JobState.FAILED, NOW, "a fault of ours: <KeyError>; given up after 5 tries")
    for path in ("/jobs", f"/jobs/{job_id}"):
        assert "a fault of ours: &lt;KeyError&gt;; given up after 5 tries" in bert.get(path).text


def test_only_admins_see_work_that_is_about_people(app: App, web: FastAPI, bert: Browser) -> None:
    job_id = asked(app, JobKind.SUBSCRIBERS_IMPORT, "2 lines of people.csv")
    with writing(app.engine) as tx:
        result = {"added": 1, "refused": 1, "done": 2, "lines": [[3, "they have left"]]}
        jobs.advance(tx, job_id, done=2, whole=2, result=result, until=NOW)
        jobs.end(tx, job_id, JobState.DONE, NOW)
    for path in (f"/jobs/{job_id}", f"/jobs/{job_id}/outcomes.csv"):
        assert bert.get(path).status == 404
    assert "people.csv" not in bert.get("/jobs").text
    anna = logged_in(web, "anna")
    assert "people.csv" in anna.get("/jobs").text
    page = anna.get(f"/jobs/{job_id}").text
    assert "<dt>refused</dt><dd>1</dd>" in page
    assert "they have left" in page
    assert anna.get(f"/jobs/{job_id}/outcomes.csv").text.splitlines()[1] == "line 3,,,they have left"


def test_a_long_list_is_cut_into_pages(app: App, bert: Browser) -> None:
    for number in range(JOBS_ON_A_PAGE + 2):
        asked(app, about=f"work {number}")
    path, seen = "/jobs", 0
    while path:
        page = bert.get(path).text
        seen += len(re.findall(r'<p class="soft" dir="auto">work', page))
        following = re.search(r'rel="next" href="([^"]*)"', page)
        path = following[1] if following else ""
    assert seen == JOBS_ON_A_PAGE + 2


@pytest.mark.parametrize("id", ["2", "0", "-1", "x", "²", "9" * 18, "9" * 19, "1/", "%00"])
def test_unknown_work_is_not_found(app: App, bert: Browser, id: str) -> None:
    asked(app)
    assert bert.get(f"/jobs/{id}").status == 404


def test_outcomes_are_downloaded_as_a_table_in_which_nothing_is_a_formula(app: App, bert: Browser) -> None:
    job_id = asked(app)
    lines = [["=cmd()", "https://a.example/", "added", ""], ["B, C", "https://b.example/", "refused", "+1"]]
    with writing(app.engine) as tx:
        jobs.advance(tx, job_id, done=2, whole=2, result={"lines": lines}, until=NOW)
    table = bert.get(f"/jobs/{job_id}/outcomes.csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.text.splitlines()[1:] == [
        "'=cmd(),https://a.example/,added,",
        '"B, C",https://b.example/,refused,\'+1',
    ]
    assert as_csv(job(app, job_id)) == table.text
    page = bert.get(f"/jobs/{job_id}").text
    assert page.index("B, C") < page.index("=cmd()"), "what went wrong comes first"


@pytest.mark.parametrize("path", ["/jobs", "/jobs/1", "/jobs/items"])
def test_without_accounts_or_a_login_nobody_sees_long_work(app: App, web: FastAPI, path: str) -> None:
    asked(app)
    answer = ask(web, path)
    assert (answer.status, answer.headers["location"].split("?")[0]) == (303, "/login")
