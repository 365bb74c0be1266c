"""What was read: all of it, the last found first, narrowed by facets and by a query in the rule language.

The address says everything that is asked for: to keep a search is to keep its address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from alerts.app import App
from alerts.digests.fragment import clean
from alerts.digests.times import Times
from alerts.errors import QueryError
from alerts.model import Match, RuleName, Severity
from alerts.services.browsing import Counts, Selection, Shown, browse, search
from alerts.store import browsing, matches
from alerts.store.browsing import Facets
from alerts.store.unit import reading
from alerts.web.desk.match_lines import MatchLine, by_item, match_line
from alerts.web.desk.stories import number
from alerts.web.discreet import discreet
from alerts.web.guard import Looking
from alerts.web.pages import Pages

SHOWN = 40
VALUES_SHOWN = 7
"""Of one facet, the most frequent."""

_LONGEST_QUERY = 2_000  # characters that an address can carry everywhere
_LONGEST_VALUE = 300

PERIODS = {"1": "the last day", "7": "the last 7 days", "30": "the last 30 days", "365": "the last year"}
EVER = "ever"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page is to show, as its address says."""

    q: str = ""
    kind: str = ""
    region: str = ""
    language: str = ""
    source: str = ""
    rule: str = ""
    period: str = "30"
    before: str = ""

    def link(self, **changes: Any) -> str:
        """The query of the address for the same with something else about it."""
        said = asdict(replace(self, **{"before": "", **changes}))
        plain = asdict(Asked())
        query = urlencode({name: value for name, value in said.items() if value != plain[name]})
        return f"?{query}" if query else ""

    def facets(self, now: datetime) -> Facets:
        since = None if self.period == EVER else now - timedelta(days=int(self.period))
        return Facets(self.kind, self.region, self.language, self.source, self.rule, since)


def asked(query: Mapping[str, str]) -> Asked:
    """What an address asks for; what makes no sense is left out."""

    def said(name: str, longest: int = _LONGEST_VALUE) -> str:
        return query.get(name, "").strip()[:longest]

    period = said("period")
    return Asked(
        q=said("q", _LONGEST_QUERY),
        kind=said("kind"),
        region=said("region"),
        language=said("language"),
        source=said("source"),
        rule=said("rule"),
        period=period if period in (*PERIODS, EVER) else Asked().period,
        before=said("before") if number(said("before")) else "",
    )


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet. ``link`` narrows to it, or widens again when it is ``chosen``."""

    words: str
    count: int | None
    link: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    values: tuple[Value, ...]
    more: int


def facet_lines(wish: Asked, counts: Counts, names: Times) -> tuple[Facet, ...]:
    """The facets with their most frequent values, or the one that was chosen."""

    def language(code: str) -> str:
        return names.language_name(code) or ("not recognised" if code == "und" else code)

    def facet(name: str, field: str, counted: Mapping[str, int], words: Mapping[str, str]) -> Facet:
        chosen = str(getattr(wish, field))
        if chosen:
            told = words.get(chosen, chosen)
            return Facet(name, (Value(clean(told), None, wish.link(**{field: ""}), True),), 0)
        ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
        values = tuple(
            Value(clean(words.get(value, value)), count, wish.link(**{field: value}), False)
            for value, count in ordered[:VALUES_SHOWN]
        )
        return Facet(name, values, max(0, len(ordered) - VALUES_SHOWN))

    sources = {source: discreet(source) for source in (*counts.sources, wish.source)}
    languages = {code: language(code) for code in (*counts.languages, wish.language)}
    rules = {key: count for (key, _), count in counts.rules.items()}
    rule_names = {key: name or key for key, name in counts.rules}
    lines = (
        facet("Type", "kind", counts.kinds, {}),
        facet("Region", "region", counts.regions, {}),
        facet("Language", "language", counts.languages, languages),
        facet("Source", "source", counts.sources, sources),
        facet("Rule", "rule", rules, rule_names),
    )
    return tuple(line for line in lines if line.values)


def item_lines(tx: Connection, shown: Sequence[Shown], names: Times) -> tuple[MatchLine, ...]:
    """The items, with what the query found in them marked, else what rules did."""
    ids = [each.kept.id for each in shown]
    found = {group[0].item_id: group for group in by_item(matches.load(tx, browsing.matches_of(tx, ids)))}

    def line(each: Shown) -> MatchLine:
        nameless = RuleName("", "", Severity.MEDIUM)
        kept, group = each.kept, found.get(each.kept.id, [])
        bare = Match(0, kept.id, nameless, kept.item, each.evidence, kept.seen_at)
        told = match_line([bare] if each.evidence or not group else group, names)
        return replace(told, rules=tuple(clean(match.rule.name) for match in group))

    return tuple(map(line, shown))


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()
    names = Times("en", "UTC")

    def look(tx: Connection, wish: Asked) -> Selection:
        facets, before = wish.facets(app.clock()), number(wish.before)
        if not wish.q:
            return browse(tx, facets, before, SHOWN)
        return search(tx, wish.q, facets, before, SHOWN, app.settings.languages)

    @router.api_route("/items", methods=["GET", "HEAD"])
    def show(request: Request, staff: Looking) -> Response:
        wish = asked(request.query_params)
        fault: QueryError | None = None
        with reading(app.engine) as tx:
            try:
                found = look(tx, wish)
            except QueryError as error:
                fault, found = error, browse(tx, Facets(rule="-"), None, SHOWN)
            lines = item_lines(tx, found.items, names)
        return pages.show(
            "desk/items.html",
            staff=staff,
            status=422 if fault else 200,
            wish=wish,
            fault=fault,
            found=found,
            lines=lines,
            facets=facet_lines(wish, found.counts, names),
            periods=(*PERIODS.items(), (EVER, "all that is kept")),
            older=wish.link(before=str(found.older)) if found.older else "",
        )

    return router
