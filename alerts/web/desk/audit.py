"""Who did what to what, and when: for admins, page by page or as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from alerts.app import App
from alerts.store import audit
from alerts.store.audit import Event, Which
from alerts.store.unit import reading
from alerts.web.desk.csv_cells import harmless
from alerts.web.desk.stories import number
from alerts.web.desk.today_lines import change_line
from alerts.web.guard import Managing
from alerts.web.pages import Pages

SHOWN = 100
NAMES_SHOWN = 200
"""Of actors and of actions, at most so many can be chosen; any can be written into the address."""

_LONGEST = 300
_COLUMNS = ("at", "actor", "action", "subject", "detail")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page is to show, as its address says."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    before: str = ""

    def link(self, **changes: Any) -> str:
        """The query of the address for the same with something else about it."""
        said = asdict(replace(self, **{"before": "", **changes}))
        query = urlencode({name: value for name, value in said.items() if value})
        return f"?{query}" if query else ""

    @property
    def which(self) -> Which:
        return Which(self.actor, self.action, self.subject)


def asked(query: Mapping[str, str]) -> Asked:
    """What an address asks for."""
    said = {name: query.get(name, "").strip()[:_LONGEST] for name in ("actor", "action", "subject")}
    before = query.get("before", "")
    return Asked(**said, before=before if number(before) else "")


def lines_of(events: Iterator[Event]) -> Iterator[str]:
    """A CSV file (RFC 4180), line by line."""
    yield _line(_COLUMNS)
    for each in events:
        yield _line((f"{each.at:%Y-%m-%dT%H:%M:%SZ}", each.actor, each.action, each.subject, each.detail))


def _line(cells: tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(map(harmless, cells))
    return line.getvalue()


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    @router.api_route("/audit", methods=["GET", "HEAD"])
    def show(request: Request, staff: Managing) -> Response:
        wish = asked(request.query_params)
        with reading(app.engine) as tx:
            found = audit.latest(tx, SHOWN + 1, wish.which, before=number(wish.before))
            actors, actions = audit.actors(tx, NAMES_SHOWN), audit.actions(tx, NAMES_SHOWN)
        shown = found[:SHOWN]
        return pages.show(
            "desk/audit.html",
            staff=staff,
            wish=wish,
            lines=[change_line(each, whole=True) for each in shown],
            actors=actors,
            actions=actions,
            older=wish.link(before=str(shown[-1].id)) if len(found) > SHOWN else "",
        )

    @router.get("/audit.csv")
    def download(request: Request, staff: Managing) -> Response:  # noqa: ARG001
        which = asked(request.query_params).which

        def content() -> Iterator[str]:
            with reading(app.engine) as tx:
                yield from lines_of(audit.every(tx, which))

        headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
        return StreamingResponse(content(), media_type="text/csv; charset=utf-8", headers=headers)

    return router
