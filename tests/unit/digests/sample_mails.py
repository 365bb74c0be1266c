"""Mails of our own invention as their readers see them: both parts, and what is said in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from lxml import html as lxml_html
from sample_digests import EMBARGO, LAUNCH, LINKS, NOON, QUIET, RENDERER, WORLD, digest, reader

from alerts.model import Cadence, Digest, Entry, Links, Message, RuleCount, Teller

COUNTS = (RuleCount(LAUNCH, 12, 4, 10), RuleCount(EMBARGO, 3, None, 2), RuleCount(QUIET, 0, 6, 0))


def teller(number: int, source: str = "Lake Radio", language: str = "en", **more: str) -> Teller:
    url = more.get("url", f"https://lake.example/{number}")
    return Teller(source, source, source, url, language, NOON - timedelta(hours=number))


TOLD = replace(
    WORLD[0],
    others=(teller(30), teller(29, "항구통신", "ko"), teller(28, "وكالة الميناء", "ar")),
    outlets=9,
    origins=3,
)


def render(told: Digest, language: str = "en", links: Links = LINKS, **more: str) -> Message:
    return RENDERER.render(told, reader(language, cadence=told.cadence), links, "Harbour Watch", **more)


def alert(*entries: Entry, **more: object) -> Digest:
    plain = digest(entries or WORLD[:1], Cadence.IMMEDIATE, coverage=None, days=0)
    return replace(plain, **more)  # type: ignore[arg-type]


def page(message: Message) -> lxml_html.HtmlElement:
    return lxml_html.document_fromstring(message.html)


def both(message: Message) -> tuple[str, str]:
    """The words of both parts, white space collapsed."""
    return " ".join(message.text.split()), " ".join(page(message).body.text_content().split())


def said(message: Message, *sentences: str) -> None:
    for words in both(message):
        for sentence in sentences:
            assert sentence in words
