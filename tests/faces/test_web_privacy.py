"""What is somebody's own stands on no page of those who are not to see it, wherever they go from page to
page: addresses of readers, what readers look for, keys of feeds, and what opens readers' pages."""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import dataclass

import pytest
from full_world import FullWorld
from page_forms import links
from sqlalchemy import delete
from test_web_roles import CALLERS, WAYS, Caller, no_accounts
from web_world import ARABIC, ENGLISH, NOW, add_match

from alerts.digests.build import build
from alerts.model import Cadence, Item, Outcome, RuleName, Sending, Window
from alerts.services.preferring import Choice, change_order
from alerts.store import digests, matches, own_rules, rules
from alerts.store.mail_schema import Mail
from alerts.store.unit import writing
from alerts.web.site import make_web

MOST_PAGES = 150
OWN, OWN_KEY = "zanzibar pepper", "own-1-1"
FAILED = re.compile("/deliveries/[0-9]+")
BY_LINK = ("/p/", "/u/", "/c/", "/a/")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> FullWorld:
    made = FullWorld(tmp_path_factory.mktemp("privacy"), "")
    chosen = Choice(Cadence.IMMEDIATE, ("launch",), (), own_query=f'cloves AND NOT "{OWN}"')
    change_order(made.app.engine, made.readers.english, made.readers.alerts, chosen, NOW)
    for number, outcome in enumerate((Outcome.SENT, Outcome.FAILED)):
        mail_own(
            made, Item(f"cloves-{number}", "https://news.example/", f"Harvest {number} of cloves"), outcome
        )
    return made


def mail_own(world: FullWorld, item: Item, outcome: Outcome) -> None:
    """Lets the reader's own rule find that, and tells them in a mail that ends so."""
    readers = world.readers
    with writing(world.app.engine) as tx:
        (own,) = own_rules.of(tx, readers.english)
        rule = rules.kept.get(tx, own.key)
        match = add_match(tx, world.feed, item, rule, "cloves")
        told = RuleName(rule.key, rule.name, rule.severity)
        digest = build(
            Cadence.IMMEDIATE, Window(NOW, NOW), matches.load(tx, [match]), [told], None, NOW, None
        )
        new = digests.NewDigest(readers.alerts, readers.english, ENGLISH, digest, (match,), f"<{item.key}@x>")
        (delivery_id,) = digests.save(tx, [new], NOW)
    ended = world.app.deliver([delivery_id], Ending(Sending(outcome, "dot", 550, "5.7.1 refused by policy")))
    assert [settled.state.value for _, settled in ended] == [outcome.value]
    with writing(world.app.engine) as tx:  # who may read whole mails, an admin, has the links in them
        tx.execute(delete(Mail).where(Mail.delivery_id == delivery_id))


@dataclass(frozen=True)
class Ending:
    """A mail server that does the same with every mail."""

    sending: Sending

    def send(self, _sender: str, _recipient: str, _content: bytes) -> Sending:
        return self.sending

    def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize("who", CALLERS)
def test_nothing_is_shown_to_whom_it_does_not_concern(world: FullWorld, who: str) -> None:
    opening = {path.strip("/").partition("/")[2] for path in (world.preferences, world.leave, world.atom)}
    hidden = {*opening}
    hidden |= {ENGLISH, ARABIC, OWN, OWN_KEY} if who != "admin" else set()
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
    waiting += [f"/items.csv?rule={OWN_KEY}", "/deliveries?state=failed"]
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


def test_what_a_mail_tells_of_a_rule_of_its_reader_is_for_admins_and_why_it_failed_for_all(
    world: FullWorld,
) -> None:
    for who in ("viewer", "editor", "admin"):
        caller = Caller(make_web(world.app), who)
        listed = caller.get("/deliveries?state=failed")
        shown = caller.get(next(link for link in links(listed.text, "/deliveries") if FAILED.fullmatch(link)))
        for page in (listed.text, shown.text, caller.get("/").text):
            assert (OWN in page) is (who == "admin")
            assert "5.7.1 refused by policy" in page
            assert ("rules of their own" in page) is (who != "admin")


@pytest.mark.parametrize("who", ["viewer", "editor"])
def test_a_rule_that_a_reader_wrote_is_changed_by_admins_alone(world: FullWorld, who: str) -> None:
    caller = Caller(make_web(world.app), who)
    for way in ("edit", "retire", "restore"):
        fields = {"act": "save", "match": "all", "number": "1", "why": "", "began": "1", "severity": "high"}
        assert caller.post(f"/rules/own-1-1/{way}", fields).status in (403, 404)
    assert caller.post("/rules/new", {"key": "own-1-1", "act": "check", "match": OWN}).status in (403, 404)
