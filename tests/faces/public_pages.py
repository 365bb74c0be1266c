"""The pages that need no login, as tests fill them in and find them."""

from __future__ import annotations

from datetime import timedelta

from web_world import NOW, World

from alerts.app import App
from alerts.model import Grant, Scope

NEW = "muna@desk.example.org"
FILLED = {
    "address": NEW,
    "language": "ar",
    "timezone": "Asia/Amman",
    "cadence": "weekly",
    "time": "07:30",
    "weekday": "3",
    "rule": "launch",
    "surges": "urgent",
}


def confirm_link(app: App, request_id: int = 1, days: int = 7) -> str:
    return f"/c/{app.signer.confirm_token(request_id, NOW + timedelta(days=days))}"


def own_page(app: App, person: int) -> str:
    return f"/p/{app.signer.preferences_token(person)}"


def public_pages(app: App, world: World) -> list[str]:
    return [
        "/subscribe",
        "/p",
        own_page(app, world.english),
        f"{own_page(app, world.english)}/past",
        f"{own_page(app, world.arabic)}/my-data",
        confirm_link(app),
        confirm_link(app, days=-1),
        f"/u/{app.signer.token(Grant(world.english, Scope.DIGEST, world.weekly))}",
    ]
