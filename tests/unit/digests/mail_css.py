"""The CSS of a mail: what it says, and how the words look in the end.

Only what a mail of ours needs: inline styles, a style sheet whose selectors are an element or a class, and
``prefers-color-scheme``. Whatever else stands in a mail is a finding of ``mail_features``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from lxml.html import HtmlElement


class Scheme(StrEnum):
    """How a mail program treats a page: some drop the style sheet, some prefer dark colours."""

    BARE = "without the style sheet"
    LIGHT = "light"
    DARK = "dark"


class Declaration(NamedTuple):
    name: str
    value: str
    important: bool


@dataclass(frozen=True, slots=True)
class StyleRule:
    """One selector of a style sheet; ``media`` is '' outside ``@media``."""

    media: str
    selector: str
    declarations: tuple[Declaration, ...]


class Look(NamedTuple):
    """Words as they are shown: their colour, the colour behind them, and whether they are shown at all."""

    ink: str
    ground: str
    shown: bool


_MEDIA = re.compile(r"(@media[^{]*)\{((?:[^{}]*\{[^{}]*\})*)\s*\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
SELECTOR = re.compile(r"(?P<tag>[a-z][a-z0-9]*)?(?P<classes>(?:\.[\w-]+)*)")
COLOUR = re.compile(r"#[0-9a-f]{6}")


def declarations(style: str) -> tuple[Declaration, ...]:
    """The declarations of a style attribute or of a rule's braces."""
    found = []
    for declaration in style.split(";"):
        name, colon, value = declaration.partition(":")
        words, mark, _ = value.partition("!important")
        if colon:
            found.append(Declaration(name.strip().lower(), words.strip().lower(), bool(mark)))
    return tuple(found)


def style_rules(page: HtmlElement) -> tuple[StyleRule, ...]:
    """The style sheets of a page, selector by selector, in order."""
    found: list[StyleRule] = []

    def read(media: str, text: str) -> None:
        for selectors, body in _RULE.findall(text):
            found.extend(
                StyleRule(media, selector.strip(), declarations(body)) for selector in selectors.split(",")
            )

    for style in page.iter("style"):
        text = re.sub(r"/\*.*?\*/", "", style.text or "", flags=re.DOTALL)
        read("", _MEDIA.sub("", text))
        for media, body in _MEDIA.findall(text):
            read(media.removeprefix("@media").strip(), body)
    return tuple(found)


def looks(page: HtmlElement, scheme: Scheme) -> Iterator[tuple[HtmlElement, str, Look]]:
    """Every piece of text in the body with the element that holds it and how it looks, in order."""
    cascade = _Cascade(page, scheme)

    def walk(element: HtmlElement, outer: Look) -> Iterator[tuple[HtmlElement, str, Look]]:
        look = cascade.look(element, outer)
        if element.text and element.text.strip():
            yield element, element.text, look
        for child in element:
            yield from walk(child, look)
            if child.tail and child.tail.strip():
                yield element, child.tail, look

    yield from walk(page.body, Look("#000000", "#ffffff", True))


class _Cascade:
    """Computes looks; elements that are styled alike within the same surroundings are computed once."""

    def __init__(self, page: HtmlElement, scheme: Scheme) -> None:
        wanted = {
            Scheme.BARE: (),
            Scheme.LIGHT: ("", "(prefers-color-scheme: light)"),
            Scheme.DARK: ("", "(prefers-color-scheme: dark)"),
        }[scheme]
        self._rules = []
        for order, rule in enumerate(style_rules(page)):
            parts = SELECTOR.fullmatch(rule.selector)
            if parts and rule.media in wanted:
                classes = frozenset(filter(None, parts["classes"].split(".")))
                self._rules.append((len(classes), bool(parts["tag"]), order, parts["tag"], classes, rule))
        self._rules.sort(key=lambda entry: entry[:3])
        self._known: dict[tuple[object, ...], Look] = {}

    def look(self, element: HtmlElement, outer: Look) -> Look:
        key = (element.tag, element.get("class"), element.get("style"), element.get("bgcolor"), outer)
        if key not in self._known:
            self._known[key] = self._compute(element, outer)
        return self._known[key]

    def _compute(self, element: HtmlElement, outer: Look) -> Look:
        classes = frozenset((element.get("class") or "").split())
        sheet = [
            each
            for *_, tag, wanted, rule in self._rules
            if tag in (None, element.tag) and wanted <= classes
            for each in rule.declarations
        ]
        inline = declarations(element.get("style") or "")
        won = {"background-color": element.get("bgcolor") or "transparent"}
        if element.tag == "a":
            won["color"] = "#0000ee"
        for important in (False, True):
            for each in (*sheet, *inline):
                if each.important is important:
                    won[each.name] = each.value
        ink, ground = won.get("color", "inherit"), won["background-color"]
        return Look(
            outer.ink if ink == "inherit" else ink,
            outer.ground if ground in ("transparent", "inherit") else ground,
            outer.shown and won.get("display") != "none",
        )


# --- contrast (WCAG 2.2, 1.4.3) -----------------------------------------------------------------


def contrast(one: str, two: str) -> float:
    """From 1 to 21, of two colours written ``#rrggbb``."""
    low, high = sorted((_luminance(one), _luminance(two)))
    return (high + 0.05) / (low + 0.05)


def inverted(colour: str) -> str:
    """What a mail program makes of a colour that turns every page dark by itself."""
    return f"#{0xFFFFFF - int(_hexadecimal(colour), 16):06x}"


def _luminance(colour: str) -> float:
    digits = _hexadecimal(colour)
    channels = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _hexadecimal(colour: str) -> str:
    if not COLOUR.fullmatch(colour):
        raise ValueError(f"{colour!r} is not a colour like #1b1b1b")
    return colour[1:]
