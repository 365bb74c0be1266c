"""Where words can be put into requests of the API: what its OpenAPI document says of each operation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import quote, urlencode

from attacker import Request
from full_world import FullWorld

BODIES: Mapping[str, Any] = {
    "put /v1/rules/{key}": {
        "name": "Ballistic launch",
        "query": '"ballistic missile"',
        "severity": "high",
        "polarity": "escalation",
        "languages": ["en"],
        "sources": ["Pier <News>"],
        "match": ["A ballistic missile flew"],
        "no_match": ["Harvest is in"],
        "owner": "desk",
        "review_at": "2030-06-30",
    },
    "post /v1/query/check": {"query": "ferry"},
    "post /v1/query/try": {
        "query": "ferry",
        "key": "launch",
        "against": None,
        "days": 30,
        "languages": ["en"],
        "sources": ["Harbour Post"],
    },
    "put /v1/concepts/{key}": {
        "name": "Harbours",
        "polarity": "neutral",
        "parent": "launch",
        "terms": {"en": ["harbour"]},
        "exclude": {"en": ["pearl harbour"]},
    },
    "put /v1/situations/{key}": {"name": "The Strait", "places": ["kp"], "rules": ["shelling"]},
    "post /v1/situations/{key}/decision": {
        "draft": 3,
        "trend": "unchanged",
        "risk_alert": False,
        "resolution_opportunity": False,
        "reason": "Old footage",
    },
    "post /v1/feeds": {
        "url": "https://pier.example/feed.xml",
        "title": "Pier Post",
        "source": "Pier",
        "language": "en",
        "mail_existing": False,
    },
    "patch /v1/feeds/{id}": {"state": "paused"},
    "post /v1/items": {
        "items": [
            {
                "id": "1",
                "url": "https://pier.example/1",
                "title": "A ballistic missile flew",
                "summary": "It flew.",
                "text": "It flew over the pier.",
                "feed": "Old wire",
                "source": "Pier",
                "language": "en",
                "published_at": "2026-03-05T10:00:00Z",
                "authors": ["Ann"],
                "categories": ["harbour"],
                "places": ["Pier"],
            }
        ]
    },
    "post /v1/subscribers": {
        "address": "muna@pier.example.org",
        "consent": "Form of 2026-03-05",
        "cadence": "weekly",
        "rules": ["launch"],
        "situations": ["strait"],
        "language": "ar",
        "timezone": "Asia/Amman",
        "hour": 7,
        "minute": 30,
        "weekday": 2,
        "monthday": 1,
        "surges": "urgent",
        "tell_nothing": True,
        "quiet": {"since": 22, "until": 6},
        "paused_until": "2026-03-09T10:00:00Z",
    },
    "patch /v1/subscribers/{id}": {
        "language": "fr",
        "timezone": "Europe/Paris",
        "quiet": {"since": 22, "until": 6},
        "paused_until": None,
    },
    "put /v1/subscribers/{id}/subscriptions/{cadence}": {
        "rules": ["launch"],
        "situations": ["strait"],
        "hour": 7,
        "minute": 30,
        "weekday": 2,
        "surges": "urgent",
        "tell_nothing": True,
    },
}
"""What is sent with each operation that takes a body, all of it accepted: so one bad word comes alone."""

KEYS = {"rules": "launch", "concepts": "missile", "situations": "strait"}
SHOWS = {
    "rules": ("/rules", "/rules/launch", "/api/v1/rules/launch/versions"),
    "concepts": ("/concepts", "/concepts/missile", "/api/v1/concepts/missile/versions"),
    "situations": ("/situations", "/situations/strait", "/api/v1/situations/strait/calls"),
    "feeds": ("/feeds", "/feeds/{w.feed}", "/api/v1/feeds"),
    "items": ("/items", "/items/{last}", "/api/v1/items/{last}"),
    "subscribers": ("/subscribers", "/subscribers/1", "/api/v1/subscribers"),
}
"""Pages and answers that hold what a noun's operations write."""

MAILED = ("rules", "situations", "subscribers")
"""Nouns whose words stand in digests and letters."""

Part = Literal["path", "query", "header", "body", "name"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One that the document names; ``values`` are those of the parameters in its path."""

    method: str
    path: str
    values: Mapping[str, Any]
    body: Any
    shows: tuple[str, ...]

    def request(
        self,
        values: Mapping[str, Any] = MappingProxyType({}),
        query: Mapping[str, str] = MappingProxyType({}),
        headers: Mapping[str, str] = MappingProxyType({}),
        body: Any = None,
    ) -> Request:
        """The usual one but for what is given."""
        path = "/api" + self.path
        for name, value in {**self.values, **values}.items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe="", errors="surrogatepass"))
        path += f"?{urlencode(query, errors='surrogatepass')}" if query else ""
        sent = self.body if body is None else body
        content = b"" if sent is None else json.dumps(sent).encode()
        mailed = self.path.split("/")[2] in MAILED
        return Request(self.method.upper(), path, content, self.shows, headers, mailed)


@dataclass(frozen=True, slots=True)
class ApiField:
    """A parameter of an operation, or a place in its body; ``before`` stands before the word there."""

    operation: Operation
    part: Part
    at: tuple[str | int, ...]
    before: str = ""

    @property
    def told(self) -> str:
        at = "/".join(map(str, self.at))
        return f"{self.operation.method} {self.operation.path} {self.part} {at} {self.before}"

    def holding(self, word: str) -> Request:
        said = self.before + word
        match self.part:
            case "path":
                return self.operation.request(values={str(self.at[0]): said})
            case "query":
                return self.operation.request(query={str(self.at[0]): said})
            case "header":
                said = said.encode(errors="replace").decode()  # no server lets half a character through
                return self.operation.request(headers={str(self.at[0]): said})
            case "body" | "name":
                return self.operation.request(
                    body=_changed(self.operation.body, self.at, said, self.part == "name")
                )


def _changed(body: Any, at: tuple[str | int, ...], said: str, of_name: bool) -> Any:
    """The body with the word in place of what stands there, or of the name under which it stands."""
    changed = deepcopy(body)
    inside = changed
    for step in at[:-1]:
        inside = inside[step]
    if of_name:
        inside[said] = inside.pop(at[-1])
    else:
        inside[at[-1]] = said
    return changed


def operations(world: FullWorld, document: Mapping[str, Any], last: int) -> Iterator[Operation]:
    """All that the document names. ``last`` is the id of the item that comes next."""
    for path, methods in document["paths"].items():
        noun = path.split("/")[2]
        shows = (*(each.format(w=world, last=last) for each in SHOWS.get(noun, ())), "/audit")
        ids = {"feeds": world.feed, "items": world.item}
        values = {"key": KEYS.get(noun, ""), "id": ids.get(noun, 1), "cadence": "weekly"}
        for method in methods:
            yield Operation(method, path, values, BODIES.get(f"{method} {path}"), shows)


def fields(operation: Operation, document: Mapping[str, Any]) -> Iterator[ApiField]:
    """Every parameter and every field of the body; a field with words of ours twice, once with the word
    behind those. Fails where BODIES leaves a field out."""
    described = document["paths"][operation.path][operation.method]
    for parameter in described.get("parameters", ()):
        yield ApiField(operation, parameter["in"], (parameter["name"],))
    if "requestBody" in described:
        schema = described["requestBody"]["content"]["application/json"]["schema"]
        for part, at, given in _fields(document, schema, operation.body, ()):
            yield ApiField(operation, part, at)
            if isinstance(given, str):
                yield ApiField(operation, part, at, before=given)


def _fields(
    document: Mapping[str, Any], schema: Mapping[str, Any], given: Any, at: tuple[str | int, ...]
) -> Iterator[tuple[Part, tuple[str | int, ...], Any]]:
    """The places within a body, and what stands there."""
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            schema = choice
            break
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "properties" in schema:
        assert given.keys() == schema["properties"].keys(), f"what BODIES has at {at} is not all"
        for name, inner in schema["properties"].items():
            yield from _fields(document, inner, given[name], (*at, name))
    elif "items" in schema:
        yield from _fields(document, schema["items"], given[0], (*at, 0))
    elif "patternProperties" in schema:
        (inner,), (name,) = schema["patternProperties"].values(), given
        yield "name", (*at, name), name
        yield from _fields(document, inner, given[name], (*at, name))
    else:
        yield "body", at, given
