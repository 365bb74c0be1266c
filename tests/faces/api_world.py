"""A service with something in every list of the API, and a program with a token."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from situation_world import WORSE
from starlette.applications import Starlette
from starlette.types import ASGIApp
from web_client import Answer, ask
from web_world import LAUNCH, NOW, World, add_delivery, add_feed, add_match

from alerts.app import App
from alerts.model import Concept, DeliveryState, Item, Situation
from alerts.services.tokens import Opens, make_token
from alerts.store import concepts, situations, trends
from alerts.store.unit import writing
from alerts.web.api.site import mounted

ALL = tuple(Opens)


@dataclass
class Program:
    """Something that uses the API with its token."""

    web: ASGIApp
    token: str

    def ask(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> Answer:
        """Asks below ``/api/v1``. ``body`` is sent as JSON unless it is bytes."""
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        told = {"authorization": f"Bearer {self.token}"}
        told |= {"content-type": "application/json"} if sent else {}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        path = path if path.startswith("/api/") else f"/api/v1{path}"
        return ask(self.web, path, method, sent, told)

    def get(self, path: str) -> Any:
        """What a GET finds. Fails when it finds nothing."""
        answer = self.ask(path)
        assert answer.status == 200, answer.text
        return json.loads(answer.body)

    def pages(self, path: str) -> list[list[Any]]:
        """The rows of each page of a list."""
        found, following = [], path
        while following:
            page = self.get(following)
            found.append(page["items"])
            following = page["next"]
        return found


def api_alone(app: App) -> ASGIApp:
    """The API where the site has it, without the pages."""
    return Starlette(routes=[mounted(app, "")])


def program(
    app: App, opens: Iterable[Opens] = ALL, name: str = "tester", web: ASGIApp | None = None
) -> Program:
    token = make_token(app.engine, name, list(opens), days=None, actor="test", now=NOW)
    return Program(web or api_alone(app), token)


def fill(app: App) -> Mapping[str, int]:
    """Puts one or more of everything in; ids by what they are of."""
    world = World(app)
    with writing(app.engine) as tx:
        feed_id = add_feed(tx, "Harbour Wire", "en")
        item = Item("k1", "https://en.example/1", "A ballistic missile flew", published_at=NOW, language="en")
        match_id = add_match(tx, feed_id, item, LAUNCH, "ballistic missile")
        delivery_id = add_delivery(tx, world, match_id, DeliveryState.FAILED, "550 no such user")
        concepts.kept.save(
            tx, Concept("harbour", "Harbours", terms=(("en", ("harbour",)),)), author="t", now=NOW
        )
        korea = Situation("korea", "Korean peninsula", ("kp",), ("launch",))
        situations.kept.save(tx, korea, author="t", now=NOW)
        situation_id = situations.kept.ids(tx, ["korea"])["korea"]
        trends.draft(tx, situation_id, WORSE, NOW - timedelta(hours=3))
    return {
        "feed": feed_id,
        "item": 1,
        "match": match_id,
        "delivery": delivery_id,
        "subscriber": world.english,
    }
