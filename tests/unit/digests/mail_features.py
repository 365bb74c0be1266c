"""What a mail may be made of: the elements, attributes and CSS that mail programs understand (R35).

By caniemail.com's tests of Gmail, Outlook, Apple Mail, Yahoo and Thunderbird. What stands in no list here is
looked up there first, and added with what its absence costs a reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement
from mail_css import COLOUR, SELECTOR, declarations, style_rules


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# These work in all of them, at least as far as we use them.
EVERYWHERE = _words(
    """
    color background-color direction text-align text-decoration vertical-align line-height
    font-family font-size font-weight width max-width height display
    margin margin-top margin-right margin-bottom margin-left
    padding padding-top padding-right padding-bottom padding-left
    border border-top border-right border-bottom border-left border-color border-collapse
    """
)

# These only in some of them, with what a reader of the others loses.
PROGRESSIVE = {
    "border-radius": "Outlook on Windows draws square corners",
    "color-scheme": "most ignore it and choose colours by themselves",
    "supported-color-schemes": "its older name, of Apple Mail",
    "max-height": "Outlook on Windows; only hides the preheader, as display does",
    "overflow": "as max-height",
    "mso-hide": "Outlook on Windows alone knows it; hides the preheader there",
    "overflow-wrap": "Gmail and Outlook let a long word run on",
    "word-break": "Yahoo breaks Korean within words",
    "white-space": "Outlook on Windows breaks lines",
    "page-break-after": "on paper a heading may stand alone at the foot of a page",
    "page-break-inside": "on paper a story may be divided",
    "-webkit-text-size-adjust": "an iPhone in landscape may enlarge text",
}
STATE = re.compile(r":root|[a-z]*(\.[\w-]+)*:(hover|focus|link|visited)")
MEDIA = re.compile(r"\(prefers-color-scheme: (dark|light)\)|\(max-width: \d+px\)|print")
ELEMENTS = _words(
    """
    html head meta title style body div p span a b strong small br hr blockquote ul ol li
    h1 h2 h3 h4 h5 h6 table tbody tr td th caption
    """
)
ATTRIBUTES = _words(
    """
    lang dir class style href role aria-hidden align valign width height bgcolor border
    cellspacing cellpadding colspan scope charset name content
    """
)
MOST_STYLE_CHARACTERS = 8_192
"""Gmail drops a style sheet that is longer."""


def misunderstood(page: HtmlElement) -> Iterator[str]:
    """What stands in a page and is in no list above, each once."""
    for style in page.iter("style"):
        if style.getparent() is not page.head or len(style.text or "") > MOST_STYLE_CHARACTERS:
            yield "a style sheet outside the head, or too long"
    found: set[str] = set()
    for element in page.iter():
        if element.tag not in ELEMENTS:
            found.add(f"<{element.tag}>")
        found |= {f"attribute {name}" for name in element.attrib if name not in ATTRIBUTES}
    inline = [each for style in set(page.xpath("//@style")) for each in declarations(style)]
    found |= {f"inline {each.name} !important" for each in inline if each.important}
    rules = style_rules(page)
    for rule in rules:
        if not SELECTOR.fullmatch(rule.selector) and not STATE.fullmatch(rule.selector):
            found.add(f"selector {rule.selector}")
        if rule.media and not MEDIA.fullmatch(rule.media):
            found.add(f"@media {rule.media}")
    for each in (*inline, *(each for rule in rules for each in rule.declarations)):
        if each.name not in EVERYWHERE and each.name not in PROGRESSIVE:
            found.add(each.name)
        if each.name in ("color", "background-color") and not COLOUR.fullmatch(each.value):
            found.add(f"{each.name}: {each.value}")
        if each.name.startswith("margin") and "-" in each.value:
            found.add(f"{each.name}: {each.value}, which Gmail drops")
        if each.name == "display" and each.value not in ("none", "block", "inline-block"):
            found.add(f"display: {each.value}")
    yield from sorted(found)
