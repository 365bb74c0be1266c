"""The rules of the Email Markup Consortium's report and of WCAG 2.2 AA that a program can check, restated."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest
from lxml import html as lxml_html
from sample_digests import LINKS, RENDERER, WORLD, digest, reader
from sample_signals import CONFIRMED, DRAFT, EMBARGOES, LAUNCHES, OVERRIDDEN, with_signals

from alerts.digests.fragment import strength
from alerts.model import Assessment, Cadence, Message, Surge

Signals = tuple[Surge | Assessment, ...]
ALL = (LAUNCHES, EMBARGOES, DRAFT, CONFIRMED, OVERRIDDEN)
CASES = [
    pytest.param(language, cadence, count, signals, id=f"{language}-{cadence}-{count}-{len(signals)}")
    for language in ("en", "ar")
    for cadence in Cadence
    for count, signals in ((1, ()), (len(WORLD), ()), (0, ALL), (1, ALL), (len(WORLD), ALL))
] + [
    pytest.param(language, Cadence.IMMEDIATE, 0, (signal,), id=f"{language}-alone-{number}")
    for language in ("en", "ar")
    for number, signal in enumerate(ALL)
]


def rendered(language: str, cadence: Cadence, count: int, signals: Signals = ()) -> Message:
    told = with_signals(digest(WORLD[:count], cadence, late=True), *signals, situations=("Northern Strait",))
    return RENDERER.render(told, reader(language, cadence=cadence), LINKS, "Harbour Watch")


def problems(message: Message) -> Iterator[str]:
    tree = lxml_html.document_fromstring(message.html)
    for element in (tree, *tree.body.iterchildren("*")):
        if element.get("lang") != message.language or element.get("dir") not in ("ltr", "rtl"):
            yield f"<{element.tag}> without lang and dir"
    if [title.text for title in tree.iter("title")] != [message.subject]:
        yield "the title is not the subject"
    if any(table.get("role") != "presentation" for table in tree.iter("table")):
        yield "a layout table without role=presentation"
    levels = [int(element.tag[1]) for element in tree.body.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    if levels[:1] != [1] or levels.count(1) != 1:
        yield "not exactly one h1, first"
    if any(after > before + 1 for before, after in itertools.pairwise(levels)):
        yield "a heading level is skipped"
    if list(tree.iter("img", "script", "link", "iframe", "object", "form", "bdi", "i", "em", "video", "svg")):
        yield "an element that has no place in a mail"
    links = {(" ".join(a.text_content().split()), a.get("href")) for a in tree.iter("a")}
    if len({text for text, _ in links}) != len(links) or "" in {text for text, _ in links}:
        yield "link texts are empty or alike"
    if re.search(r"""(?:src|background|poster)\s*=|url\(|@import|@font-face""", message.html):
        yield "a remote resource"
    for url in tree.xpath("//@href"):
        if not url.startswith("https://"):
            yield f"an address that is not a web address: {url}"


@pytest.mark.parametrize(("language", "cadence", "count", "signals"), CASES)
def test_every_page_passes_the_machine_checks(
    language: str, cadence: Cadence, count: int, signals: Signals
) -> None:
    assert list(problems(rendered(language, cadence, count, signals))) == []


@pytest.mark.parametrize(("language", "cadence", "count", "signals"), CASES)
def test_the_preheader_comes_first_is_short_and_is_not_said_again(
    language: str, cadence: Cadence, count: int, signals: Signals
) -> None:
    message = rendered(language, cadence, count, signals)
    first, rest = lxml_html.document_fromstring(message.html).body.iterchildren("*")
    preheader = " ".join(first.text_content().split())
    assert "display:none" in first.get("style")
    assert 0 < len(preheader) <= 110
    assert preheader not in " ".join(rest.text_content().split())
    assert preheader not in message.text


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_headline_and_quote_has_its_own_language_and_direction(language: str) -> None:
    tree = lxml_html.document_fromstring(rendered(language, Cadence.WEEKLY, 6).html)
    for told, heading in zip(WORLD, tree.xpath("//h3"), strict=True):
        way = "rtl" if told.language in ("ar", "fa") else "ltr"
        side = "right" if way == "rtl" else "left"
        for element in (heading, *heading.getparent().xpath("p[contains(@class, 'text')]")):
            assert (element.get("lang"), element.get("dir")) == (told.language, way)
            assert f"direction:{way};text-align:{side}" in element.get("style")


def test_words_of_the_other_direction_stand_in_an_element_with_a_direction() -> None:
    for language, other in (("ar", "ltr"), ("en", "rtl")):
        tree = lxml_html.document_fromstring(rendered(language, Cadence.WEEKLY, 6).html)
        for element in tree.body.iter("p", "li", "h2", "h3", "span", "a", "b"):
            for text in filter(None, (element.text, *(child.tail for child in element))):
                if any(strength(character) == other for character in text):
                    holder = next(e for e in (element, *element.iterancestors()) if e.get("dir"))
                    assert holder.get("dir") == other or holder.get("lang") != language, text


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


def inverted(colour: str) -> str:
    return f"#{0xFFFFFF - int(colour[1:], 16):06x}"


@pytest.mark.parametrize(("language", "cadence", "count", "signals"), CASES)
def test_words_contrast_with_their_ground_in_light_dark_and_inverted(
    language: str, cadence: Cadence, count: int, signals: Signals
) -> None:
    message = rendered(language, cadence, count, signals)
    dark = dict(re.findall(r"^\.([a-z, .]+) \{ (.*?) \}$", message.html.partition("@media")[2], re.MULTILINE))
    dark_ink = {
        name: re.search(r"(?<![-\w])color: (#\w{6})", rule)
        for names, rule in dark.items()
        for name in names.split(", .")
    }
    for element in lxml_html.document_fromstring(message.html).body.iter():
        style = element.get("style") or ""
        ink = re.search(r"(?<![-\w])color:(#\w{6})", style)
        if not ink:
            continue
        own_ground = re.search(r"background-color:(#\w{6})", style)
        ground = own_ground.group(1) if own_ground else "#ffffff"
        assert contrast(ink.group(1), ground) >= 4.5
        assert contrast(inverted(ink.group(1)), inverted(ground)) >= 4.5
        classes = element.get("class", "").split()
        in_dark = next(found.group(1) for name in classes if (found := dark_ink.get(name)))
        assert contrast(in_dark, "#574400" if own_ground else "#161616") >= 4.5


def test_severity_is_said_in_words() -> None:
    tree = lxml_html.document_fromstring(rendered("en", Cadence.WEEKLY, 6).html)
    headings = [" ".join(h.text_content().split()) for h in tree.xpath("//h2")]
    assert headings[:3] == ["Missile launch (critical)", "Embargo (high)", "هدنة (medium)"]


def test_marked_words_are_bold_on_a_ground_of_their_own() -> None:
    tree = lxml_html.document_fromstring(rendered("ar", Cadence.WEEKLY, 6).html)
    hits = tree.xpath("//b[@class='hit']")
    assert [hit.text for hit in hits] == ["rockets", "rockets", "صاروخين", "صاروخين"]
    assert all("background-color:" in hit.get("style") for hit in hits)
