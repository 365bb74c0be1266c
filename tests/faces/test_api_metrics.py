"""The metrics: what Prometheus reads, from the database at that moment, and nothing about anybody."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from api_world import fill, program
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from web_client import Answer, ask
from web_world import ARABIC, ENGLISH, NOW, make_app

from alerts.app import App
from alerts.services.brake import resume
from alerts.services.tokens import Opens
from alerts.store import brakes, claims
from alerts.store.unit import writing
from alerts.web import metrics


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_app(tmp_path)


def asked(app: App, token: str = "", **headers: str) -> Answer:
    web = FastAPI()
    web.include_router(metrics.routes(app))
    told = {"authorization": f"Bearer {token}"} if token else {}
    return ask(web, "/metrics", headers={**told, **headers})


def figures(answer: Answer) -> dict[str, float]:
    """``name{label}`` → value."""
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            label = "".join(f"{{{word}}}" for word in sample.labels.values())
            found[sample.name + label] = sample.value
    return found


def test_only_a_token_that_opens_reading_opens_the_metrics_wherever_one_asks_from(app: App) -> None:
    assert asked(app).status == 401
    assert asked(app, "alerts_" + "x" * 43).status == 401
    assert asked(app, program(app, [Opens.WRITE, Opens.PEOPLE]).token).status == 403
    assert asked(app, program(app, [Opens.READ], "prometheus").token).status == 200


def test_they_tell_what_is_in_the_database(app: App) -> None:
    fill(app)
    token = program(app).token
    found = figures(asked(app, token))
    assert found["alerts_feeds{read}"] == 1
    assert found["alerts_feeds{failing}"] == 0
    assert found["alerts_feeds_due_lag_seconds"] == 0
    assert (found["alerts_items_last_day"], found["alerts_matches_last_day"]) == (1, 1)
    assert found["alerts_deliveries{failed}"] == 1
    assert found["alerts_subscribers{confirmed}"] == 2
    assert found["alerts_jobs{waiting}"] == 0
    assert found["alerts_sending_stopped"] == 0
    assert found["alerts_last_poll_timestamp_seconds"] == (NOW - timedelta(minutes=4)).timestamp()
    assert found["alerts_last_digest_timestamp_seconds"] == NOW.timestamp()


def test_what_waits_is_told_in_seconds_and_a_stop_as_1(app: App) -> None:
    fill(app)
    token = program(app).token
    with writing(app.engine) as tx:
        claims.bring_forward(tx, [1], NOW - timedelta(seconds=90))
        brakes.pull(tx, "too much was refused", NOW)
    found = figures(asked(app, token))
    assert (found["alerts_feeds_due_lag_seconds"], found["alerts_sending_stopped"]) == (90, 1)
    resume(app.engine, actor="test", now=NOW)
    assert figures(asked(app, token))["alerts_sending_stopped"] == 0


def test_before_anything_happened_there_are_no_times(app: App) -> None:
    found = figures(asked(app, program(app).token))
    assert not [name for name in found if "timestamp" in name]
    assert found["alerts_mail_waiting_seconds"] == 0


def test_nothing_in_them_is_about_anybody(app: App) -> None:
    fill(app)
    told = asked(app, program(app).token).text
    for word in (ENGLISH, ARABIC, "example", "Harbour", "launch"):
        assert word not in told


def test_the_format_is_the_one_that_is_asked_for(app: App) -> None:
    token = program(app).token
    assert asked(app, token).headers["content-type"].startswith("text/plain; version=0.0.4")
    openmetrics = asked(app, token, accept="application/openmetrics-text; version=1.0.0")
    assert openmetrics.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert openmetrics.text.endswith("# EOF\n")
