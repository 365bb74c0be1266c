"""Every address that our pages have: one line each. A route that is missing here fails a test.

``{w.feed}`` and the like are what ``full_world`` put in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ADMIN, EDITOR = "berta", "anna"


@dataclass(frozen=True, slots=True)
class Page:
    """How a browser comes to a page: the address, and who is logged in, '' for nobody. ``spoken``: it is in
    the language that ``?lang=`` asks for."""

    address: str
    who: str = ADMIN
    spoken: bool = False
    status: int = 200


def public(address: str) -> Page:
    return Page(address, who="", spoken=True)


def linked(address: str) -> Page:
    """A page behind a signed link: in the language of its reader."""
    return Page(address, who="")


PAGES: Mapping[str, Page] = {
    # desk
    "/": Page("/"),
    "/feeds": Page("/feeds"),
    "/feeds/{id}": Page("/feeds/{w.feed}"),
    "/feeds/{id}/edit": Page("/feeds/{w.feed}/edit"),
    "/feeds/add": Page("/feeds/add"),
    "/feeds/opml": Page("/feeds/opml"),
    "/jobs": Page("/jobs"),
    "/jobs/items": Page("/jobs/items"),
    "/jobs/{id}": Page("/jobs/{w.job}"),
    "/concepts": Page("/concepts"),
    "/concepts/new": Page("/concepts/new"),
    "/concepts/{key}": Page("/concepts/missile"),
    "/concepts/{key}/edit": Page("/concepts/missile/edit"),
    "/subscribers": Page("/subscribers"),
    "/subscribers/new": Page("/subscribers/new"),
    "/subscribers/import": Page("/subscribers/import"),
    "/subscribers/{id}": Page("/subscribers/1"),
    "/deliveries": Page("/deliveries"),
    "/deliveries/returned": Page("/deliveries/returned"),
    "/deliveries/{id}": Page("/deliveries/1"),
    "/deliveries/{id}/mail": Page("/deliveries/1/mail"),
    "/suppressions": Page("/suppressions"),
    "/accounts": Page("/accounts"),
    "/account": Page("/account"),
    "/tokens": Page("/tokens"),
    "/inbox": Page("/inbox"),
    "/inbox/{id}": Page("/inbox/{w.mail}"),
    "/rules": Page("/rules"),
    "/rules/new": Page("/rules/new"),
    "/rules/{key}": Page("/rules/shelling"),
    "/rules/{key}/edit": Page("/rules/shelling/edit"),
    "/rules/{key}/retire": Page("/rules/shelling/retire"),
    "/items": Page("/items?q=missile"),
    "/items/{item_id}": Page("/items/{w.item}"),
    "/stories/{story_id}": Page("/stories/1"),
    "/audit": Page("/audit"),
    "/templates": Page("/templates"),
    "/templates/{kind}": Page("/templates/weekly"),
    # situations
    "/situations": public("/situations"),
    "/situations/{key}": public("/situations/strait"),
    "/methodology": public("/methodology"),
    "/situations/new": Page("/situations/new"),
    "/situations/{key}/edit": Page("/situations/strait/edit"),
    # readers
    "/login": public("/login"),
    "/subscribe": public("/subscribe"),
    "/p": public("/p"),
    "/p/{token}": linked("{w.preferences}"),
    "/p/{token}/past": linked("{w.preferences}/past"),
    "/p/{token}/past/{name}": linked("{w.past}"),
    "/p/{token}/my-data": linked("{w.preferences}/my-data"),
    "/c/{token}": linked("{w.confirm}"),
    "/u/{token}": linked("{w.leave}"),
}

ALSO: tuple[Page, ...] = (
    Page("/situations", who=EDITOR),
    Page("/situations/strait", who=EDITOR),
    public("/situations?month=2026-02"),
    Page("/situations/none", who="", status=404),
    Page("/feeds/9999", status=404),
)
"""Other states of some of them."""

NO_PAGES: Mapping[str, str] = {
    "/healthz": "for machines",
    "/readyz": "for machines",
    "/static": "our own files",
    "/inbox/{id}/raw": "a file",
    "/audit.csv": "a file",
    "/feeds/list.opml": "a file",
    "/jobs/{id}/outcomes.csv": "a file",
    "/subscribers/{id}/export": "a file",
    "/deliveries/{id}/raw": "a file",
    "/p/{token}/my-data.json": "a file",
    "/a/{token}.xml": "a feed",
    "/rules/new/complete": "a part of the editor",
    "/metrics": "for machines",
    "/api": "for machines",
}


def addresses(web: Any) -> Iterator[str]:
    """The paths of all routes that answer GET."""
    for route in web.routes:
        below = getattr(route, "original_router", None)
        if below is not None:
            yield from addresses(below)
        elif "GET" in (getattr(route, "methods", None) or {"GET"}):
            yield route.path
