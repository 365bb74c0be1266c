"""What ``bench.pages`` asks for: each page at some of its addresses, and previews as somebody types."""

from __future__ import annotations

from collections.abc import Mapping

Form = Mapping[str, str]

PAGES: Mapping[str, tuple[str, ...]] = {
    "/": ("/",),
    "/feeds": ("/feeds", "/feeds?show=trouble", "/feeds?sort=name&page=20"),
    "/feeds/add": ("/feeds/add",),
    "/feeds/opml": ("/feeds/opml",),
    "/feeds/{id}/edit": ("/feeds/777/edit",),
    "/feeds/{id}": ("/feeds/1", "/feeds/50", "/feeds/777"),
    "/rules": ("/rules", "/rules?q=talks"),
    "/rules/new": ("/rules/new",),
    "/rules/{key}": ("/rules/rule-0001", "/rules/rule-0777", "/rules/ceasefire"),
    "/rules/{key}/edit": ("/rules/rule-0001/edit",),
    "/rules/{key}/retire": ("/rules/rule-0001/retire",),
    "/rules/new/complete": ("/rules/new/complete?q=%40mis&at=4",),
    "/items": (
        *("/items", "/items?q=missile", "/items?q=talks+AND+border", "/items?q=talks+NEAR/5+border"),
        *(
            "/items?language=ar&kind=briefing",
            "/items?q=talks+OR+border&period=ever",
            "/items?rule=rule-0001",
        ),
    ),
    "/items/{item_id}": ("/items/777", "/items/100000", "/items/199999"),
    "/stories/{story_id}": ("/stories/777", "/stories/60000"),
    "/templates": ("/templates",),
    "/templates/{kind}": ("/templates/weekly",),
    "/situations": ("/situations", "/situations?month=2026-05", "/situations?lang=ar"),
    "/situations/{key}": ("/situations/sudan", "/situations/myanmar?lang=ar"),
    "/situations/new": ("/situations/new",),
    "/situations/{key}/edit": ("/situations/sudan/edit",),
    "/methodology": ("/methodology?lang=ko",),
    "/concepts": ("/concepts",),
    "/concepts/new": ("/concepts/new",),
    "/concepts/{key}": ("/concepts/missile", "/concepts/kp"),
    "/concepts/{key}/edit": ("/concepts/missile/edit",),
    "/subscribers": (
        *("/subscribers", "/subscribers?address=reader777", "/subscribers?follows=rule-0001"),
        *("/subscribers?suppressed=yes", "/subscribers?cadence=daily"),
    ),
    "/subscribers/new": ("/subscribers/new",),
    "/subscribers/import": ("/subscribers/import",),
    "/subscribers/{id}": ("/subscribers/1", "/subscribers/777"),
    "/deliveries": (
        *("/deliveries", "/deliveries?state=failed", "/deliveries?kind=weekly"),
        *("/deliveries?day=2026-05-02&kind=alert", "/deliveries?address=reader777@house-277.example"),
    ),
    "/deliveries/{id}": ("/deliveries/1", "/deliveries/777"),
    "/deliveries/returned": ("/deliveries/returned",),
    "/suppressions": ("/suppressions",),
    "/jobs": ("/jobs",),
    "/jobs/items": ("/jobs/items",),
    "/account": ("/account",),
    "/accounts": ("/accounts",),
    "/tokens": ("/tokens",),
    "/audit": ("/audit", "/audit?actor=editor7"),
    "/login": ("/login",),
    "/subscribe": ("/subscribe", "/subscribe?lang=ar"),
    "/p": ("/p",),
    "/p/{token}": ("{preferences}",),
    "/p/{token}/past": ("{preferences}/past",),
    "/p/{token}/my-data": ("{preferences}/my-data",),
    "/u/{token}": ("{leave}",),
    "/metrics": ("/metrics",),
    "/readyz": ("/readyz",),
}
"""Route → addresses that are asked for in turn."""

_RULE = {"key": "", "name": "", "severity": "medium", "polarity": "neutral", "why": "", "began": "0"}
_CONCEPT = {"key": "missile", "name": "Missile", "polarity": "escalation", "parent": "", "began": "0"}

PREVIEWS: Mapping[str, tuple[tuple[str, Form], ...]] = {
    "/rules/new typing": tuple(
        ("/rules/new", {**_RULE, "query": query, "act": "live"})
        for query in ("missile", "missile AND launch", "@missile AND NOT drill", "talks NEAR/5 border")
    ),
    "/rules/{key} typing": (
        ("/rules/rule-0001/edit", {**_RULE, "key": "rule-0001", "query": "@mis", "act": "live"}),
        ("/rules/rule-0001/edit", {**_RULE, "key": "rule-0001", "query": "@missile OR talks", "act": "live"}),
    ),
    "/concepts/{key} typing": (
        ("/concepts/missile/edit", {**_CONCEPT, "terms.en": "missile", "act": "live"}),
        ("/concepts/missile/edit", {**_CONCEPT, "terms.en": "missile\nrocket", "act": "live"}),
    ),
}
"""What is typed → the forms that are sent in turn, without the word of the session."""
