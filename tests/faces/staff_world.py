"""People of the staff at their browsers: an admin, an editor and a viewer."""

from __future__ import annotations

import re
from pathlib import Path

from argon2 import PasswordHasher
from fastapi import FastAPI
from web_client import Answer, Browser
from web_world import NOW, make_app

from alerts.app import App
from alerts.model import Role
from alerts.services.accounts import add_account
from alerts.store import audit
from alerts.store.passwords import Passwords
from alerts.store.unit import reading

PASSWORD = "grey heron on the pier"


def make_staffed(home: Path) -> App:
    """An app with anna, who is an admin, bert, an editor, and carl, a viewer."""
    made = make_app(home)
    made.passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for name, role in (("anna", Role.ADMIN), ("bert", Role.EDITOR), ("carl", Role.VIEWER)):
        add_account(made.engine, made.passwords, name, role, PASSWORD, actor="cli", now=NOW)
    return made


def logged_in(web: FastAPI, name: str) -> Browser:
    browser = Browser(web)
    browser.fill(browser.get("/login"), "/login", {"name": name, "password": PASSWORD})
    return browser


def send(browser: Browser, path: str, act: str, **fields: str | tuple[str, ...]) -> Answer:
    """The form of that page with this act, whatever it shows."""
    word = re.search(r'name="word" value="([^"]*)"', browser.get(path).text)
    assert word
    return browser.post(path, {"word": word[1], "act": act, **fields})


def audited(app: App, actor: str) -> list[tuple[str, str]]:
    """What somebody did, and to what, in order."""
    with reading(app.engine) as tx:
        events = audit.latest(tx, 1000)
    return [(each.action, each.subject) for each in reversed(events) if each.actor == actor]
