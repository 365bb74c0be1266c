"""Every address of the site, and what it answers to whom: one line each. A route without one fails a test."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import pytest
from full_world import MAIL, FullWorld
from situation_world import entered, with_accounts
from web_client import Answer, Browser

from alerts.services.accounts import remove_account
from alerts.web.headers import MAIL_POLICY, PAGE_POLICY
from alerts.web.site import make_web

CALLERS = ("nobody while there are no accounts", "nobody", "viewer", "editor", "admin")
NAMES = {"viewer": "victor", "editor": "anna", "admin": "berta"}

Statuses = tuple[int, int, int, int, int]
"""One for each of CALLERS."""

LOOKING = (200, 303, 200, 200, 200)
KNOWN = (403, 303, 200, 200, 200)
WRITING = (403, 303, 403, 200, 200)
MANAGING = (403, 303, 403, 403, 200)
MAIL_OF_OTHERS = (200, 303, 403, 403, 200)


def everybody(status: int = 200) -> Statuses:
    return (status,) * 5


def sent_by_all(status: int) -> Statuses:
    """A form about nothing but what is the sender's. The status is for one that holds its word alone."""
    return (403, 403, status, status, status)


def sent_by_editors(status: int) -> Statuses:
    return (403, 403, 403, status, status)


def sent_by_admins(status: int) -> Statuses:
    return (403, 403, 403, 403, status)


@dataclass(frozen=True, slots=True)
class Way:
    """``get`` is what HEAD is answered too, and None where there is only a form."""

    get: Statuses | None = None
    post: Statuses | None = None
    address: str = ""


WAYS = {
    # desk
    "/": Way(LOOKING),
    "/seen": Way(post=sent_by_all(303)),
    "/items": Way(LOOKING),
    "/items/{item_id}": Way(LOOKING, address="/items/{w.item}"),
    "/stories/{story_id}": Way(LOOKING, sent_by_editors(400), "/stories/1"),
    "/audit": Way(MANAGING),
    "/audit.csv": Way(MANAGING),
    "/feeds": Way(LOOKING),
    "/feeds/add": Way(WRITING, sent_by_editors(422)),
    "/feeds/add/look": Way(post=sent_by_editors(422)),
    "/feeds/several": Way(post=sent_by_editors(400)),
    "/feeds/opml": Way(WRITING, sent_by_editors(422)),
    "/feeds/list.opml": Way(WRITING),
    "/feeds/{id}": Way(LOOKING, address="/feeds/{w.feed}"),
    "/feeds/{id}/edit": Way(WRITING, sent_by_editors(422), "/feeds/{w.feed}/edit"),
    "/jobs": Way(KNOWN),
    "/jobs/backtest": Way(post=sent_by_editors(422)),
    "/jobs/items": Way(WRITING, sent_by_editors(422)),
    "/jobs/{id}": Way(KNOWN, address="/jobs/{w.job}"),
    "/jobs/{id}/outcomes.csv": Way(WRITING, address="/jobs/{w.job}/outcomes.csv"),
    "/jobs/{id}/cancel": Way(post=sent_by_editors(303), address="/jobs/{w.job}/cancel"),
    "/inbox": Way(MAIL_OF_OTHERS),
    "/inbox/{id}": Way(MAIL_OF_OTHERS, address=f"/inbox/{MAIL}"),
    "/inbox/{id}/raw": Way(MAIL_OF_OTHERS, address=f"/inbox/{MAIL}/raw"),
    "/concepts": Way(LOOKING),
    "/concepts/new": Way(WRITING, sent_by_editors(200)),
    "/concepts/{key}": Way(LOOKING, address="/concepts/missile"),
    "/concepts/{key}/edit": Way(WRITING, sent_by_editors(200), "/concepts/missile/edit"),
    "/concepts/{key}/restore": Way(post=sent_by_editors(400), address="/concepts/missile/restore"),
    "/concepts/{key}/reset": Way(post=sent_by_editors(404), address="/concepts/missile/reset"),
    "/rules": Way(LOOKING),
    "/rules/new": Way(WRITING, sent_by_editors(200)),
    "/rules/new/complete": Way(WRITING),
    "/rules/{key}": Way(LOOKING, address="/rules/shelling"),
    "/rules/{key}/edit": Way(WRITING, sent_by_editors(200), "/rules/shelling/edit"),
    "/rules/{key}/retire": Way((403, 303, 403, 404, 404), sent_by_editors(404), "/rules/none/retire"),
    "/rules/{key}/restore": Way(post=sent_by_editors(400), address="/rules/shelling/restore"),
    "/templates": Way(LOOKING),
    "/templates/{kind}": Way(LOOKING, address="/templates/weekly"),
    "/login": Way((403, 200, 200, 200, 200), (403, 403, 403, 403, 403)),
    "/logout": Way(post=(403, 403, 303, 303, 303)),
    # situations
    "/situations": Way(everybody()),
    "/methodology": Way(everybody()),
    "/situations/new": Way(WRITING, sent_by_editors(422)),
    "/situations/{key}": Way(everybody(), sent_by_editors(400), "/situations/strait"),
    "/situations/{key}/edit": Way(WRITING, sent_by_editors(422), "/situations/strait/edit"),
    "/situations/{key}/restore": Way(post=sent_by_editors(400), address="/situations/strait/restore"),
    "/situations/{key}/retire": Way(post=sent_by_editors(422), address="/situations/strait/retire"),
    # people
    "/subscribers": Way(MANAGING),
    "/subscribers/new": Way(MANAGING, sent_by_admins(400)),
    "/subscribers/import": Way(MANAGING, sent_by_admins(400)),
    "/subscribers/{id}": Way(MANAGING, sent_by_admins(400), "/subscribers/1"),
    "/subscribers/{id}/export": Way(MANAGING, address="/subscribers/1/export"),
    "/deliveries": Way(LOOKING),
    "/deliveries/resume": Way(post=sent_by_admins(303)),
    "/deliveries/returned": Way(LOOKING),
    "/deliveries/{id}": Way(LOOKING, sent_by_admins(400), "/deliveries/1"),
    "/deliveries/{id}/mail": Way(MANAGING, address="/deliveries/1/mail"),
    "/deliveries/{id}/raw": Way(MANAGING, address="/deliveries/1/raw"),
    "/suppressions": Way(MANAGING, sent_by_admins(400)),
    "/accounts": Way(MANAGING, sent_by_admins(400)),
    "/account": Way(KNOWN),
    "/account/browsers": Way(post=sent_by_all(400)),
    "/account/password": Way(post=sent_by_all(400)),
    "/tokens": Way(MANAGING, sent_by_admins(400)),
    "/tokens/revoke": Way(post=sent_by_admins(404)),
    # readers, whom a signed link lets in
    "/subscribe": Way(everybody(), everybody(400)),
    "/c/{token}": Way(everybody(), everybody(400), "{w.confirm}"),
    "/u/{token}": Way(everybody(), everybody(400), "{w.leave}"),
    "/p": Way(everybody(), everybody(400)),
    "/p/{token}": Way(everybody(), everybody(400), "{w.preferences}"),
    "/p/{token}/past": Way(everybody(), address="{w.preferences}/past"),
    "/p/{token}/past/{name}": Way(everybody(), everybody(400), "{w.past}"),
    "/p/{token}/my-data": Way(everybody(), everybody(400), "{w.preferences}/my-data"),
    "/p/{token}/my-data.json": Way(everybody(), address="{w.preferences}/my-data.json"),
    "/a/{token}.xml": Way(everybody(), address="{w.atom}"),
    # machines; no cookie lets anybody in here
    "/healthz": Way(everybody()),
    "/readyz": Way(everybody()),
    "/metrics": Way(everybody(401)),
    "/api": Way(everybody(401), everybody(401), "/api/v1/rules"),
    "/static": Way(everybody(), address="/static/alerts.css"),
}
GET_ONLY = {"/audit.csv", "/metrics"}
KEPT = ("/situations", "/situations/{key}", "/methodology")
"""What strangers and caches may keep for some minutes."""
CACHED = ("/static", "/a/{token}.xml")
"""What is kept and asked about each time."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> FullWorld:
    return FullWorld(tmp_path_factory.mktemp("roles"), "")


def test_every_route_is_in_the_table_with_every_method(world: FullWorld) -> None:
    site = {
        (route.path, method)
        for route in make_web(world.app).routes
        for method in getattr(route, "methods", None) or ("mounted",)
    }
    told = set()
    for path, way in WAYS.items():
        if path in ("/api", "/static"):
            told.add((path, "mounted"))
            continue
        told |= {(path, method) for method in ("GET", "HEAD") if way.get is not None}
        told |= {(path, "POST")} if way.post is not None else set()
    assert told - {(path, "HEAD") for path in GET_ONLY} == site


class Caller:
    """Somebody at a browser. ``word`` is that of their session, for their forms."""

    def __init__(self, web: Any, who: str) -> None:
        self._browser = entered(web, NAMES[who]) if who in NAMES else Browser(web)
        word = re.search(r'name="word" value="([^"]*)"', self._browser.get("/account").text)
        self._word = word[1] if word else "none"

    def get(self, address: str, method: str = "GET") -> Answer:
        return self._browser.get(address, method)

    def post(self, address: str, fields: Mapping[str, str]) -> Answer:
        return self._browser.post(address, {"word": self._word, **fields})


@pytest.mark.parametrize("who", CALLERS)
def test_every_address_answers_everybody_as_the_table_says(world: FullWorld, who: str) -> None:
    column = CALLERS.index(who)
    with no_accounts(world) if column == 0 else nullcontext():
        caller = Caller(make_web(world.app), who)
        different = {}
        for path, way in sorted(WAYS.items(), key=lambda each: each[0] == "/logout"):
            address = (way.address or path).format(w=world)
            for method, statuses in (("GET", way.get), ("HEAD", way.get), ("POST", way.post)):
                if statuses is None:
                    continue
                expected = 405 if method == "HEAD" and path in GET_ONLY else statuses[column]
                answer = caller.post(address, {}) if method == "POST" else caller.get(address, method)
                if answer.status != expected:
                    different[f"{method} {path}"] = (answer.status, expected)
                assert_guarded(answer, may_be_kept=path in CACHED or (column == 1 and path in KEPT))
    assert different == {}


def assert_guarded(answer: Answer, *, may_be_kept: bool) -> None:
    """What every answer says: nothing of others is loaded, and what is not for everybody is kept nowhere."""
    assert answer.headers["content-security-policy"] in (PAGE_POLICY, MAIL_POLICY)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert may_be_kept or answer.headers["cache-control"] == "no-store"
    if answer.headers["cache-control"].startswith("public"):
        assert "Cookie" in answer.headers["vary"]
        assert "set-cookie" not in answer.headers


@contextmanager
def no_accounts(world: FullWorld) -> Iterator[None]:
    for name in NAMES.values():
        remove_account(world.app.engine, name, actor="test", now=world.app.clock())
    yield
    with_accounts(world.app)
