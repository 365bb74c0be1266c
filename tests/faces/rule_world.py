"""Editors of rules and concepts at their browsers, and a small archive."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from fastapi import FastAPI
from web_client import Answer, Browser, values
from web_world import NOW, make_app

from alerts.app import App
from alerts.model import Item, Role, Rule
from alerts.services.accounts import add_account
from alerts.services.rules import import_rules
from alerts.store import feeds, items, matches, rules
from alerts.store.feeds import NewFeed
from alerts.store.passwords import Passwords
from alerts.store.unit import reading, writing

PASSWORD = "grey heron on the pier"
DAY = timedelta(days=1)


def staffed(home: Path) -> App:
    """An app with an editor, an admin and a viewer: anna, berta, victor."""
    app = make_app(home)
    app.passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for name, role in (("anna", Role.EDITOR), ("berta", Role.ADMIN), ("victor", Role.VIEWER)):
        add_account(app.engine, app.passwords, name, role, PASSWORD, actor="cli", now=NOW)
    return app


def entered(web: FastAPI, name: str) -> Browser:
    browser = Browser(web)
    browser.fill(browser.get("/login"), "/login", {"name": name, "password": PASSWORD})
    return browser


def write(app: App, *new: Rule, author: str = "berta", now: Any = NOW, reason: str = "") -> None:
    import_rules(app.engine, new, author=author, now=now, reason=reason, languages=app.settings.languages)


def keep(app: App, *titles: str, language: str = "en", at: Any = NOW - DAY) -> None:
    """Items of a feed of this language, with the matches that the rules in force make."""
    incoming = [
        Item(title, f"https://wire.example/{number}", title, language=language, published_at=at)
        for number, title in enumerate(titles)
    ]
    with writing(app.engine) as tx:
        feed = NewFeed(f"https://{language}.example/{at}", f"Wire {language}", f"Wire {language}", language)
        feed_id = feeds.add(tx, feed, interval_seconds=300, now=NOW)
        kept = items.insert_new(tx, feed_id, [items.Incoming(each, "f" * 64, None) for each in incoming], at)
    found = app.rules.index().hits(incoming)
    with writing(app.engine) as tx:
        new = [
            matches.NewMatch(kept[item.key], item, hit, True)
            for item, hits in zip(incoming, found, strict=True)
            for hit in hits
        ]
        matches.save(tx, new, at)


def in_force(app: App, key: str) -> Rule:
    with reading(app.engine) as tx:
        return rules.kept.get(tx, key)


def words(answer: Answer) -> str:
    """What a reader sees of the page."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2]).split())


def form(browser: Browser, path: str) -> dict[str, str]:
    page = browser.get(path)
    found = re.search(rf'<form[^>]*action="{path}#result"[^>]*>(.*?)</form>', page.text, re.DOTALL)
    assert found
    return values(found[1])


def press(browser: Browser, path: str, act: str, fields: dict[str, str] | None = None) -> Answer:
    """Opens the form, fills it in and presses a button."""
    return browser.post(path, {**form(browser, path), **(fields or {}), "act": act})
