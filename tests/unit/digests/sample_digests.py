"""Digests of our own invention, in several languages, for the tests of this folder."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bidi import get_display

from alerts.digests.render import Renderer
from alerts.model import (
    Cadence,
    Coverage,
    Digest,
    Entry,
    Links,
    Marked,
    Reader,
    RuleName,
    Severity,
    SilentFeed,
    Window,
)

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "templates" / "email"
LOCALES = ROOT / "alerts" / "locale"
RENDERER = Renderer(TEMPLATES, LOCALES)

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
LAUNCH = RuleName("launch", "Missile launch", Severity.CRITICAL)
EMBARGO = RuleName("embargo", "Embargo", Severity.HIGH)
TRUCE = RuleName("truce", "هدنة", Severity.MEDIUM)
QUIET = RuleName("quiet", "Border closure", Severity.LOW)
LINKS = Links(
    "https://alerts.example.org/u/digest",
    "https://alerts.example.org/u/everything",
    (("launch", "https://alerts.example.org/u/launch"), ("embargo", "https://alerts.example.org/u/embargo")),
)


def shown(line: str, base: str = "R") -> str:
    """What the eye sees, from left to right, by the reference algorithm; a page's base is R or L."""
    return "".join(c for c in get_display(line, base_dir=base) if unicodedata.category(c) != "Cf")


def marked(text: str, *words: str) -> Marked:
    """The text with each of the words marked where it first stands."""
    found = sorted((text.index(word), text.index(word) + len(word)) for word in words)
    return Marked(text, tuple(found))


def entry(
    title: Marked | str = "Two rockets leave the northern range",
    *,
    number: int = 1,
    language: str = "en",
    source: str = "Harbour Wire",
    url: str | None = None,
    quote: Marked | str = "",
    rules: tuple[RuleName, ...] = (LAUNCH,),
    published_at: datetime = NOON,
    dated: bool = True,
) -> Entry:
    return Entry(
        item_id=number,
        url=f"https://news.example/{number}" if url is None else url,
        title=Marked(title) if isinstance(title, str) else title,
        quotes=() if not quote else (Marked(quote) if isinstance(quote, str) else quote,),
        source=source,
        language=language,
        published_at=published_at,
        dated=dated,
        rules=rules,
    )


WORLD = (
    entry(
        marked("Two rockets leave the northern range", "rockets"),
        number=1,
        quote=marked("Observers counted two rockets before dawn.", "rockets"),
    ),
    entry(
        "북부 시험장에서 로켓 두 발 발사", number=2, language="ko", source="항구통신", rules=(LAUNCH, EMBARGO)
    ),
    entry("北部靶场发射两枚火箭，邻国提出抗议", number=3, language="zh", source="港湾社"),
    entry("С северного полигона запущены две ракеты", number=4, language="ru", source="Гавань"),
    entry(
        marked("إطلاق صاروخين من الميدان الشمالي", "صاروخين"),
        number=5,
        language="ar",
        source="وكالة الميناء",
        quote=marked("رصد المراقبون صاروخين قبل الفجر.", "صاروخين"),
        rules=(EMBARGO,),
    ),
    entry("NATO: آتش‌بس «گام نخست» است!", number=6, language="fa", source="بندر", rules=(TRUCE,), dated=False),
)
COVERAGE = Coverage(
    9, 7, (SilentFeed("Lake Radio", NOON - timedelta(hours=9)), SilentFeed("إذاعة البحيرة", None))
)


def digest(
    entries: tuple[Entry, ...] = WORLD,
    cadence: Cadence = Cadence.WEEKLY,
    *,
    total: int | None = None,
    coverage: Coverage | None = COVERAGE,
    late: bool = False,
    days: int = 7,
    rules: tuple[RuleName, ...] = (LAUNCH, EMBARGO, TRUCE, QUIET),
) -> Digest:
    return Digest(
        cadence,
        Window(NOON - timedelta(days=days), NOON),
        entries,
        len(entries) if total is None else total,
        rules,
        coverage,
        late,
    )


def reader(
    language: str = "en", timezone: str = "Europe/Berlin", cadence: Cadence = Cadence.WEEKLY
) -> Reader:
    return Reader(language, timezone, cadence, 7, 0)
