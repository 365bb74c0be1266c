"""Pages as a browser reads them: their forms, and whatever in them could run, load or lead away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import urljoin, urlsplit

from lxml import html

_TYPED = ("text", "search", "email", "url", "number", "date", "time", "password", "hidden", "tel")
_FORBIDDEN = {
    "style",
    "img",
    "image",
    "object",
    "embed",
    "frame",
    "base",
    "video",
    "audio",
    "applet",
    "foreignobject",
}
_OUR_SCRIPT = re.compile(r"(?:/[a-z]+)?/static/[a-z]+(?:\.min)?\.js")
_LEADS = ("href", "action", "formaction", "src", "hx-get", "hx-post", "xlink:href")
_SCHEMES = ("", "http", "https", "mailto")


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it stands on a page: where it leads, what it sends untouched. ``open`` are the names of the
    fields that somebody can change, the hidden ones too."""

    path: str
    post: bool
    fields: tuple[tuple[str, str], ...]
    open: tuple[str, ...]

    def filled(self, **changes: str) -> list[tuple[str, str]]:
        kept = [(name, value) for name, value in self.fields if name not in changes]
        return [*kept, *changes.items()]


def forms(page: str, path: str) -> Iterator[Form]:
    """Every form of the page at that path, once for each of its buttons."""
    for form in html.document_fromstring(page).iter("form"):
        fields, names, buttons = [], [], []
        for element in form.iter("input", "textarea", "select", "button"):
            name, kind = element.get("name") or "", (element.get("type") or "text").lower()
            if element.tag == "button" and name:
                buttons.append(((name, element.get("value") or ""), element.get("formaction")))
            elif not name or element.tag == "button":
                continue
            else:
                names.append(name)
                fields += [(name, value) for value in _values(element, kind)]
        action = form.get("action") or path
        post = (form.get("method") or "get").lower() == "post"
        for button, elsewhere in buttons or [(None, None)]:
            sent = (*fields, button) if button else tuple(fields)
            known = dict.fromkeys((*names, *([button[0]] if button else [])))
            yield Form(urljoin(path, elsewhere or action).partition("#")[0], post, tuple(sent), tuple(known))


def _values(element: html.HtmlElement, kind: str) -> list[str]:
    if element.tag == "textarea":
        return [element.text or ""]
    if element.tag == "select":
        options = list(element.iter("option"))
        chosen = [each for each in options if each.get("selected") is not None] or options[:1]
        return [_option(each) for each in chosen]
    if kind in ("checkbox", "radio"):
        return [element.get("value") or "on"] if element.get("checked") is not None else []
    return [element.get("value") or ""] if kind in _TYPED else []


def _option(option: html.HtmlElement) -> str:
    value = option.get("value")
    return (option.text or "").strip() if value is None else value


def links(page: str, path: str) -> Iterator[str]:
    """Where the links of a page lead within the site, queries included."""
    for element in html.document_fromstring(page).iter("a"):
        leads = element.get("href") or ""
        if leads.startswith(("/", "?")) and not leads.startswith("//"):
            yield urljoin(path, leads).partition("#")[0]


def dangers(page: str) -> list[str]:
    """What could run, load or lead where none of our pages leads; mails in their sandbox are left alone."""
    found = []
    for element in html.document_fromstring(page).iter():
        if not isinstance(element.tag, str):
            continue
        said: Mapping[str, str] = element.attrib
        tag = element.tag.lower()
        if tag in _FORBIDDEN or (tag == "iframe" and "allow-scripts" in said.get("sandbox", "allow-scripts")):
            found.append(tag)
        if tag == "script" and (not _OUR_SCRIPT.fullmatch(said.get("src", "")) or element.text):
            found.append(f"script {said.get('src')}")
        if tag == "meta" and said.get("http-equiv") is not None:
            found.append("http-equiv")
        found += [name for name in said if name.startswith(("on", "hx-on")) or name in ("style", "autofocus")]
        found += [f"{name} {said[name]}" for name in _LEADS if name in said and not _leads_well(said[name])]
    return found


def _leads_well(address: str) -> bool:
    try:
        return urlsplit(re.sub(r"[\x00-\x20]", "", unescape(address))).scheme.lower() in _SCHEMES
    except ValueError:
        return False
