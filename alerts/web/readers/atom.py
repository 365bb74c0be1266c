"""A reader's matches as a private feed (RFC 4287), behind a link that opens nothing else."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from gettext import NullTranslations
from html import escape
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as Xml

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts.app import App
from alerts.digests.fragment import Fragment, clean, fragment
from alerts.digests.naming import called
from alerts.digests.quotes import quotes
from alerts.model import Match
from alerts.services.atom import Entry, OwnFeed, own_feed

ATOM = "http://www.w3.org/2005/Atom"
_TITLE_LIMIT, _QUOTE_LIMIT = 300, 600
# What XML 1.0 has no place for, however it is escaped (§2.2).
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def routes(app: App) -> APIRouter:
    router = APIRouter()

    @router.api_route("/a/{token}.xml", methods=["GET", "HEAD"])
    def show(request: Request, token: str) -> Response:
        subscriber_id = app.signer.read_feed(token)
        if subscriber_id is None:
            raise HTTPException(404)
        found = own_feed(app.engine, subscriber_id, app.clock())
        if found is None:  # programs that read feeds take this as the end
            raise HTTPException(410)
        page = f"{app.settings.pages}/a/{token}.xml"
        body = atom(found, page, app.settings.service_name, app.renderer.translations(found.language))
        headers = {
            "Cache-Control": "private, no-cache",
            "ETag": f'W/"{hashlib.sha256(body).hexdigest()[:32]}"',
            "Last-Modified": format_datetime(found.updated_at.astimezone(UTC).replace(microsecond=0), True),
        }
        if _has_it(request, headers["ETag"], found.updated_at):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/atom+xml", headers=headers)

    return router


def _has_it(request: Request, tag: str, updated_at: datetime) -> bool:
    """Whether the program that asks has this already (RFC 9110 §13.2.2)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        weak = {each.strip().removeprefix("W/") for each in tags[:2000].split(",")}
        return tag.removeprefix("W/") in weak or "*" in weak
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", "")[:100])
        return updated_at.replace(microsecond=0) <= since.replace(tzinfo=since.tzinfo or UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return False


def atom(found: OwnFeed, page: str, author: str, words: NullTranslations) -> bytes:
    """The feed as a document, in these words. ``page`` is its own address; ids stay when the service moves.
    Pure."""
    Xml.register_namespace("", ATOM)
    root = Xml.Element(f"{{{ATOM}}}feed", {_LANGUAGE: found.language})
    # The number alone makes an id, so that it tells nobody the address.
    own = uuid5(NAMESPACE_URL, f"alerts feed {found.subscriber_id}")
    _add(root, "id", own.urn)
    _add(root, "title", ": ".join((author, words.gettext("What you follow"))))
    _add(root, "updated", _time(found.updated_at))
    _add(root, "link", rel="self", type="application/atom+xml", href=page)
    _add(_add(root, "author"), "name", author)
    for entry in found.entries:
        _add_entry(root, entry, uuid5(own, str(entry.item_id)).urn, words)
    return bytes(Xml.tostring(root, encoding="utf-8", xml_declaration=True))


_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def _add_entry(root: Xml.Element, entry: Entry, number: str, words: NullTranslations) -> None:
    item = entry.matches[0].item
    at = _add(root, "entry")
    _add(at, "id", number)
    title = fragment(item.title, item.language or "und", _TITLE_LIMIT)
    named = _add(at, "title", title.text)
    if title.language != "und":
        named.set(_LANGUAGE, title.language)
    _add(at, "updated", _time(entry.at))
    if item.published_at is not None:
        _add(at, "published", _time(item.published_at))
    _add(_add(at, "author"), "name", clean(item.source) or "-")
    linked = urlsplit(item.url).scheme in ("http", "https")
    if linked:
        _add(at, "link", rel="alternate", href=item.url)
    for rule in dict.fromkeys(match.rule for match in entry.matches):
        _add(at, "category", term=rule.key, label=clean(called(rule.name, "rule", words) or rule.key))
    # An entry that leads nowhere must hold what it has itself (RFC 4287 §4.1.2).
    _add(at, "summary" if linked else "content", _evidence(entry.matches), type="html")


def _evidence(matches: tuple[Match, ...]) -> str:
    """The sentences that matched, with what did; of an item whose title did, the title."""
    item = matches[0].item
    language = item.language or "und"
    shown = [fragment(quote, language, _QUOTE_LIMIT) for quote in quotes(matches)]
    words = dict.fromkeys(clean(each.text) for match in matches for each in match.evidence)
    terms = ", ".join(f"<mark>{escape(word)}</mark>" for word in list(words)[:20])
    return "".join(map(_paragraph, shown)) or f"<p>{terms}</p>"


def _paragraph(quote: Fragment) -> str:
    pieces = (f"<mark>{escape(p.text)}</mark>" if p.marked else escape(p.text) for p in quote.pieces)
    spoken = "" if quote.language == "und" else f' lang="{quote.language}"'
    return f'<p{spoken} dir="{quote.direction}">{"".join(pieces)}</p>'


def _add(parent: Xml.Element, name: str, text: str | None = None, **attributes: str) -> Xml.Element:
    said = {key: _NO_XML.sub("", value) for key, value in attributes.items()}
    added = Xml.SubElement(parent, f"{{{ATOM}}}{name}", said)
    added.text = None if text is None else _NO_XML.sub("", text)
    return added


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
