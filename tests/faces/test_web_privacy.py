"""What is somebody's own stands on no page of those who are not to see it, wherever they go from page to
page: addresses of readers, what readers look for, keys of feeds, and what opens readers' pages."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from full_world import FullWorld
from page_forms import links
from test_web_roles import CALLERS, WAYS, Caller, no_accounts
from web_world import ARABIC, ENGLISH, NOW

from alerts.model import Cadence
from alerts.services.preferring import Choice, change_order
from alerts.web.site import make_web

MOST_PAGES = 150
OWN = "zanzibar cloves"
BY_LINK = ("/p/", "/u/", "/c/", "/a/")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> FullWorld:
    made = FullWorld(tmp_path_factory.mktemp("privacy"), "")
    chosen = Choice(Cadence.WEEKLY, ("launch",), (), own_query=f'"{OWN}"')
    change_order(made.app.engine, made.readers.english, made.readers.weekly, chosen, NOW)
    return made


@pytest.mark.parametrize("who", CALLERS)
def test_nothing_is_shown_to_whom_it_does_not_concern(world: FullWorld, who: str) -> None:
    opening = {path.strip("/").partition("/")[2] for path in (world.preferences, world.leave, world.atom)}
    hidden = {*opening}
    hidden |= {ENGLISH, ARABIC, OWN} if who != "admin" else set()
    hidden |= {"key=private"} if who not in ("editor", "admin") else set()
    with no_accounts(world) if who == CALLERS[0] else nullcontext():
        caller = Caller(make_web(world.app), who)
        found = {path: hidden & seen for path, seen in walk(caller, world, hidden) if hidden & seen}
    assert found == {}


def walk(caller: Caller, world: FullWorld, words: set[str]) -> list[tuple[str, set[str]]]:
    """Which of these words each page has: all in the table, and those that links of theirs lead to."""
    waiting = [
        (way.address or path).format(w=world)
        for path, way in WAYS.items()
        if way.get is not None and not path.startswith((*BY_LINK, "/static"))
    ]
    waiting += ["/rules?show=own", "/rules/own-1-1", "/rules/own-1-1/edit", "/rules/own-1-1/retire"]
    waiting += ["/rules/new?from=own-1-1"]
    known, found = set(waiting), []
    while waiting:
        path = waiting.pop(0)
        answer = caller.get(path)
        found.append((path, {word for word in words if word.encode() in answer.body}))
        if answer.body and answer.headers.get("content-type", "").startswith("text/html"):
            further = {link for link in links(answer.text, path) if not link.startswith(BY_LINK)} - known
            new = sorted(further)[: max(0, MOST_PAGES - len(known))]
            known.update(new)
            waiting += new
    return found


@pytest.mark.parametrize("who", ["viewer", "editor"])
def test_a_rule_that_a_reader_wrote_is_changed_by_admins_alone(world: FullWorld, who: str) -> None:
    caller = Caller(make_web(world.app), who)
    for way in ("edit", "retire", "restore"):
        fields = {"act": "save", "match": "all", "number": "1", "why": "", "began": "1", "severity": "high"}
        assert caller.post(f"/rules/own-1-1/{way}", fields).status in (403, 404)
    assert caller.post("/rules/new", {"key": "own-1-1", "act": "check", "match": OWN}).status in (403, 404)
