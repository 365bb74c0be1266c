"""A service that follows two situations: days that were counted, surges, stories and those who tell them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from argon2 import PasswordHasher
from web_client import Browser
from web_world import NOW, add_feed

from alerts.app import App
from alerts.model import (
    Evidence,
    Field,
    Hit,
    Item,
    Lead,
    Level,
    Polarity,
    Reason,
    Role,
    Rule,
    Severity,
    Situation,
    Surge,
    Trend,
    TrendCall,
)
from alerts.services.accounts import add_account
from alerts.store import following, items, matches, rules, series, signals, situations, stories, trends
from alerts.store.passwords import Passwords
from alerts.store.unit import writing

RIGHT = "grey heron on the pier"
TODAY = NOW.date()
A_DAY = timedelta(days=1)
SHELLING = Rule("shelling", "Shelling <heavy>", "shelling", Severity.HIGH, polarity=Polarity.ESCALATION)
TRUCE = Rule("truce", "Truce", "truce", Severity.HIGH, polarity=Polarity.DEESCALATION)
STRAIT = Situation("strait", "The Strait & the Gulf", ("kp", "kr"), ("shelling", "truce"))
ATOLL = Situation("atoll", "Atoll", ("fj",), ("truce",))
WORSE = TrendCall(
    as_of=TODAY - A_DAY,
    trend=Trend.DETERIORATED,
    probability=0.97,
    quieter=False,
    risk_alert=True,
    resolution_opportunity=False,
    reasons=(
        Reason("more", True, (("recent", 60.0), ("usual", 20.0), ("ratio", 3.0), ("probability", 0.97))),
        Reason("no-peace", True, (("recent", 1.0), ("share", 2.0), ("before", 3.0), ("probability", 0.6))),
        Reason("gaps", False, (("missing", 2.0), ("days", 112.0))),
        Reason("urgent", True, (("days_ago", 1.0),)),
    ),
    method="TREND-28/84-1",
)


class Followed:
    """What ``follow`` put in."""

    def __init__(self, app: App) -> None:
        self.app = app
        with writing(app.engine) as tx:
            for rule in (SHELLING, TRUCE):
                rules.save(tx, rule, author="test", now=NOW)
            for situation in (STRAIT, ATOLL):
                situations.kept.save(tx, situation, author="test", now=NOW)
            ids = rules.ids(tx, ["shelling", "truce"])
            self.shelling, self.truce = ids["shelling"], ids["truce"]
            self.strait = following.situation(tx, "strait").id
            self.atoll = following.situation(tx, "atoll").id
            self.feed = add_feed(tx, "Harbour Post", "en")
            self.other = add_feed(tx, "بريد الميناء", "ar")

    def close(self, first: date, last: date, exposure: float = 1.0) -> None:
        """Days that are over, with what was collected."""
        days = [first + number * A_DAY for number in range((last - first).days + 1)]
        with writing(self.app.engine) as tx:
            series.close(tx, {rule: dict.fromkeys(days, exposure) for rule in (self.shelling, self.truce)})

    def story(
        self,
        title: str,
        day: date = TODAY,
        *,
        rule: Rule = SHELLING,
        place: str = "kp",
        kind: str = "",
        told_by: Sequence[int] = (),
        url: str = "",
        language: str = "en",
    ) -> int:
        """A story of one item, told by other feeds too. Its id."""
        at = NOW if day == TODAY else series.midnight(day) + timedelta(hours=7)
        with writing(self.app.engine) as tx:
            kept = []
            for number, feed in enumerate((self.feed, *told_by)):
                key = f"{title} {day} {place} {number}"
                item = Item(
                    key, url or f"https://news.example/{len(key)}", title, kind=kind, language=language
                )
                kept.append(
                    (item, items.insert_new(tx, feed, [items.Incoming(item, "f" * 64, None)], at)[key])
                )
            members = [
                stories.Member(item_id, -1, None, (), f"family {n}", "wire", None, None, ())
                for n, (_, item_id) in enumerate(kept)
            ]
            story_id = stories.add(tx, members, at)[kept[0][1]]
            in_force = next(each for each in rules.current(tx) if each.key == rule.key)
            hit = Hit(in_force, (Evidence(Field.TITLE, 0, 1, title[:1], title[:1]),))
            match = matches.NewMatch(kept[0][1], kept[0][0], hit, True, (place,))
            (saved,) = matches.save(tx, [match], at)
            seen = [series.Seen(saved.rule_id, each, story_id, saved.id) for each in (place, "")]
            series.sight(tx, seen, day)
            return story_id

    def surge(self, level: Level = Level.URGENT, day: date = TODAY, place: str = "kp") -> None:
        lead = Lead("https://news.example/1", "Shells hit the pier", "Harbour Post", "en")
        found = Surge("shelling", place, day, level, 0.001, 9, 1.2, 0.4, 3, 4, NOW - A_DAY, (lead,))
        with writing(self.app.engine) as tx:
            signals.save_surge(tx, self.shelling, found, NOW)

    def draft(self, call: TrendCall = WORSE, situation: int = 0, at: Any = NOW) -> int:
        with writing(self.app.engine) as tx:
            return trends.draft(tx, situation or self.strait, call, at)


def with_accounts(app: App) -> None:
    """An editor, an admin and a viewer."""
    app.passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for name, role in (("anna", Role.EDITOR), ("berta", Role.ADMIN), ("victor", Role.VIEWER)):
        add_account(app.engine, app.passwords, name, role, RIGHT, actor="cli", now=NOW)


def entered(web: Any, name: str) -> Browser:
    browser = Browser(web)
    browser.fill(browser.get("/login"), "/login", {"name": name, "password": RIGHT})
    return browser
