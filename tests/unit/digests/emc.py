"""The rules of the Email Markup Consortium's accessibility report, restated; each finding is (rule, where).

The report of 2026 found 8 of 376,348 mails without a finding. It counts what is missing: ``lang`` and ``dir``
on ``<html>`` and again on the content, because mail programs strip the former; ``role`` on layout tables; a
level-one heading; text in links that says where they lead, and that can be seen without colour; text for
images; a title; zooming. Contrast is computed in ``mail_css``. Beyond the report, we ship no images and load
nothing (R23).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from lxml.html import HtmlElement
from mail_css import declarations

from alerts.digests.fragment import language_direction
from alerts.model import Message


class Violation(NamedTuple):
    rule: str
    where: str


Rule = Callable[[HtmlElement, Message], Iterator[str]]

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset(("p", "div", "li", "td", "th", "body", "blockquote", *HEADINGS))
LOADING = frozenset(("src", "srcset", "background", "poster", "data", "action", "formaction"))
ACTIVE = ("link", "base", "script", "iframe", "object", "embed", "form", "video", "audio", "svg", "img")

# What a link may not say for itself, in the languages we write: it tells nobody where it leads.
SAYS_NOTHING = frozenset(
    """
    click here|click|here|this link|link|read more|more|learn more|see more|details|go|open|view
    cliquez ici|ici|ce lien|lien|lire la suite|en savoir plus|plus|voir|détails
    haga clic aquí|haz clic aquí|aquí|este enlace|enlace|leer más|más|más información|ver|detalles
    اضغط هنا|انقر هنا|هنا|هذا الرابط|الرابط|رابط|اقرأ المزيد|المزيد|التفاصيل
    нажмите здесь|здесь|тут|по ссылке|ссылка|читать далее|далее|подробнее|подробности
    点击这里|点击此处|这里|此处|链接|阅读更多|查看更多|更多|详情
    여기를 클릭|여기|클릭|링크|더 보기|더보기|자세히|자세히 보기
    """.replace("\n", "|")
    .replace("    ", "")
    .split("|")
) - {""}


def violations(page: HtmlElement, message: Message) -> list[Violation]:
    """Everything that is wrong with a page, rule by rule."""
    return [Violation(rule.__name__, where) for rule in RULES for where in rule(page, message)]


def spoken(element: HtmlElement) -> str:
    """What a screen reader says of an element: its words without what is hidden from it."""
    return " ".join("".join(_spoken(element)).split())


def place(element: HtmlElement) -> str:
    """Where an element stands and what it says."""
    return f"{element.getroottree().getpath(element)} {element.text_content().strip()[:60]!r}"


def _spoken(element: HtmlElement) -> Iterator[str]:
    if element.get("aria-hidden") == "true" or not isinstance(element.tag, str):
        return
    yield element.text or ""
    if element.tag == "br":
        yield " "
    for child in element:
        yield from _spoken(child)
        yield child.tail or ""


def _elements(page: HtmlElement, *tags: str) -> Iterator[HtmlElement]:
    return (element for element in page.iter(*tags) if isinstance(element.tag, str))


# --- language and direction -------------------------------------------------------------------


def language_and_direction(page: HtmlElement, message: Message) -> Iterator[str]:
    """On ``<html>`` and on every child of ``<body>``: the reader's language and the way it runs."""
    wanted = (message.language, language_direction(message.language))
    for element in (page, *_elements(page.body, "*")):
        holds = element is page or element.getparent() is page.body
        if holds and (element.get("lang"), element.get("dir")) != wanted:
            yield place(element)
    words = (page.body.text, *(child.tail for child in page.body))
    if any(text and text.strip() for text in words):
        yield "words directly in <body>"


def language_tags(page: HtmlElement, _message: Message) -> Iterator[str]:
    for element in page.xpath("//*[@lang]"):
        if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", element.get("lang")):
            yield place(element)


def direction_values(page: HtmlElement, _message: Message) -> Iterator[str]:
    """``auto`` is understood by too few mail programs."""
    for element in page.xpath("//*[@dir]"):
        if element.get("dir") not in ("ltr", "rtl"):
            yield place(element)


# --- structure --------------------------------------------------------------------------------


def title_is_the_subject(page: HtmlElement, message: Message) -> Iterator[str]:
    if not message.subject or [title.text for title in page.iter("title")] != [message.subject]:
        yield "//title"


def character_set_first(page: HtmlElement, _message: Message) -> Iterator[str]:
    first = page.head[0] if len(page.head) else page.head
    if (first.get("charset") or "").lower() != "utf-8":
        yield "//head/*[1]"


def zooming_is_possible(page: HtmlElement, _message: Message) -> Iterator[str]:
    contents = page.xpath("//meta[@name='viewport']/@content")
    if len(contents) != 1 or "width=device-width" not in contents[0]:
        yield "//meta[@name='viewport']"
    if re.search(r"user-scalable|maximum-scale|minimum-scale", "".join(contents)):
        yield "//meta[@name='viewport'] forbids zooming"


def tables_for_layout_say_so(page: HtmlElement, _message: Message) -> Iterator[str]:
    """A table is of layout and says so, or it has headers with their scope; never something between."""
    for table in page.iter("table"):
        own = [cell for cell in table.iter("th", "caption") if next(cell.iterancestors("table")) is table]
        layout = table.get("role") in ("presentation", "none")
        if layout and (own or table.get("summary") or table.xpath("tr/td[@headers or @scope]")):
            yield place(table)
        if not layout and not [cell for cell in own if cell.get("scope")]:
            yield place(table)


def headings_in_order(page: HtmlElement, _message: Message) -> Iterator[str]:
    """Exactly one of level one, which comes first; no level is skipped; none is empty."""
    headings = list(_elements(page.body, *HEADINGS))
    levels = [int(heading.tag[1]) for heading in headings]
    if levels[:1] != [1] or levels.count(1) != 1:
        yield f"levels {levels[:9]}"
    for heading, (before, after) in zip(headings[1:], itertools.pairwise(levels), strict=True):
        if after > before + 1:
            yield place(heading)
    yield from (place(heading) for heading in headings if not spoken(heading))


def lists_hold_items(page: HtmlElement, _message: Message) -> Iterator[str]:
    for element in _elements(page, "ul", "ol"):
        if not len(element) or any(child.tag != "li" for child in element):
            yield place(element)


def names_stand_once(page: HtmlElement, _message: Message) -> Iterator[str]:
    names = page.xpath("//@id")
    yield from sorted({f"id {name}" for name in names if names.count(name) > 1})


# --- links ------------------------------------------------------------------------------------


def links_say_where_they_lead(page: HtmlElement, _message: Message) -> Iterator[str]:
    """Their words are there, mean something alone, and lead to one place wherever they stand."""
    targets: dict[str, set[str]] = {}
    for link in page.iter("a"):
        said = spoken(link)
        targets.setdefault(said, set()).add(link.get("href") or "")
        if said.casefold().strip(" .…»«>›→") in SAYS_NOTHING | {""} or "://" in said:
            yield place(link)
    yield from (f"{said[:60]!r} leads to {len(to)} places" for said, to in targets.items() if len(to) > 1)


def links_are_seen_without_colour(page: HtmlElement, _message: Message) -> Iterator[str]:
    """A link among other words is underlined; one that is all its block says need not be."""
    for link in page.iter("a"):
        style = {each.name: each.value for each in declarations(link.get("style") or "")}
        block = next(each for each in link.iterancestors() if each.tag in BLOCKS)
        alone = spoken(block) == spoken(link)
        if style.get("text-decoration", "underline") != "underline" and not alone:
            yield place(link)


def links_lead_to_the_web_or_a_mailbox(page: HtmlElement, _message: Message) -> Iterator[str]:
    for link in page.iter("a"):
        if not re.match(r"https?://[^/]|mailto:[^@]+@", link.get("href") or ""):
            yield place(link)


def nothing_hidden_can_be_reached(page: HtmlElement, _message: Message) -> Iterator[str]:
    yield from (place(link) for link in page.xpath("//*[@aria-hidden='true']/descendant-or-self::a"))


# --- what is looked at and loaded -------------------------------------------------------------


def text_is_not_justified(page: HtmlElement, _message: Message) -> Iterator[str]:
    for element in page.xpath("//*[contains(@style, 'justify')] | //style[contains(., 'justify')]"):
        yield place(element)


def images_have_words(page: HtmlElement, _message: Message) -> Iterator[str]:
    yield from (place(image) for image in page.xpath("//img[not(@alt)] | //*[@role='img'][not(@aria-label)]"))


def nothing_is_loaded_or_runs(page: HtmlElement, message: Message) -> Iterator[str]:
    """R23. No element, attribute or style sheet that makes a mail program ask a server for anything."""
    yield from (place(element) for element in _elements(page, *ACTIVE))
    for element in _elements(page):
        for name in element.attrib:
            if name in LOADING or name.startswith("on"):
                yield f"{name} of {place(element)}"
    yield from (place(each) for each in page.xpath("//meta[@http-equiv]"))
    styles = " ".join([*page.xpath("//style/text()"), *page.xpath("//@style")])
    yield from re.findall(r"url\s*\(|@import|@font-face|expression\s*\(|image-set", styles, re.IGNORECASE)
    if "<!--" in message.html or re.search(r"<\w+:", message.html):
        yield "a comment or an element of another vocabulary, such as VML"


RULES: tuple[Rule, ...] = (
    language_and_direction,
    language_tags,
    direction_values,
    title_is_the_subject,
    character_set_first,
    zooming_is_possible,
    tables_for_layout_say_so,
    headings_in_order,
    lists_hold_items,
    names_stand_once,
    links_say_where_they_lead,
    links_are_seen_without_colour,
    links_lead_to_the_web_or_a_mailbox,
    nothing_hidden_can_be_reached,
    text_is_not_justified,
    images_have_words,
    nothing_is_loaded_or_runs,
)
