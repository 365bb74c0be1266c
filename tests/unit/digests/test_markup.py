"""What must hold of the HTML of every mail: every kind × language × state, from one list of specimens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

import pytest
from emc import BLOCKS, place, spoken, violations
from lxml.html import HtmlElement
from mail_css import Scheme, contrast, declarations, inverted, looks
from mail_features import misunderstood
from specimens import LINKS, RENDERER, SPECIMENS, ZONE, Specimen, State

from alerts.digests.fragment import language_direction, strength
from alerts.digests.render import MOST_HTML_BYTES
from alerts.digests.signal_words import SignalWords
from alerts.digests.times import Times

GRAPHIC = re.compile("[\u2190-\u21ff\u2500-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff]")
NUMBER = re.compile("[0-9]+(?:[,.\u00a0\u202f\u066c][0-9]{3})*")
Check = Callable[[Specimen], None]
WHOLE = BLOCKS - {"td", "th"}


def each(specimens: Iterable[Specimen]) -> Callable[[Check], Callable[[list[Specimen]], None]]:
    """Makes a check of one specimen a test of every kind × language among these, in all its states."""
    groups: dict[str, list[Specimen]] = {}
    for specimen in specimens:
        groups.setdefault(f"{specimen.kind}-{specimen.language}", []).append(specimen)

    def test_of(check: Check) -> Callable[[list[Specimen]], None]:
        @pytest.mark.parametrize("mails", [pytest.param(mails, id=name) for name, mails in groups.items()])
        def test(mails: list[Specimen]) -> None:
            for specimen in mails:
                check(specimen)

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return test_of


every_mail = each(SPECIMENS)
mail_with_news = each(specimen for specimen in SPECIMENS if specimen.digest is not None)
overflowing_mail = each(
    specimen for specimen in SPECIMENS if specimen.digest is not None and specimen.state is State.OVERFLOW
)
letter = each(specimen for specimen in SPECIMENS if specimen.letter is not None)


def wire(specimen: Specimen) -> bytes:
    """The HTML as a mail program decodes it."""
    return specimen.message.html.replace("\n", "\r\n").encode()


def blocks(page: HtmlElement) -> Iterator[HtmlElement]:
    """The innermost blocks, each of which says something of its own."""
    return (each for each in page.body.iter(*BLOCKS) if not each.xpath(".//p | .//div | .//li | .//td"))


def numbers(element: HtmlElement) -> set[int]:
    """The whole numbers that an element says, however their digits are grouped."""
    return {int(re.sub(r"\D", "", number)) for number in NUMBER.findall(spoken(element))}


def unspaced(text: str) -> str:
    """Without white space: marks may have some around them."""
    return "".join(text.split())


def said_by(specimen: Specimen) -> str:
    """What a screen reader reads out, but for the preheader."""
    return " ".join(spoken(part) for part in specimen.page.body[1:])


# --- structure and features ---------------------------------------------------------------------


@every_mail
def test_every_mail_keeps_the_rules_of_the_email_markup_consortium(specimen: Specimen) -> None:
    """R32, R23."""
    assert violations(specimen.page, specimen.message) == []


@every_mail
def test_a_mail_is_made_of_what_mail_programs_understand(specimen: Specimen) -> None:
    """R35."""
    assert list(misunderstood(specimen.page)) == []


@every_mail
def test_without_its_style_sheet_a_mail_shows_the_same_words(specimen: Specimen) -> None:
    """R35. Nothing is hidden or shown by the style sheet alone."""
    shown = {
        scheme: [text for _, text, look in looks(specimen.page, scheme) if look.shown] for scheme in Scheme
    }
    assert shown[Scheme.BARE]
    assert shown[Scheme.LIGHT] == shown[Scheme.DARK] == shown[Scheme.BARE]


# --- size -----------------------------------------------------------------------------------------


@every_mail
def test_no_mail_program_cuts_a_mail_short(specimen: Specimen) -> None:
    """R7. The whole page is below the size that Gmail clips, and so is the way out."""
    assert len(wire(specimen)) <= MOST_HTML_BYTES
    if specimen.digest is not None:
        for link in (LINKS.unsubscribe, LINKS.unsubscribe_everything):
            assert 0 < wire(specimen).find(f'href="{link}"'.encode()) < MOST_HTML_BYTES


@overflowing_mail
def test_an_overflow_says_exactly_how_much_is_left_out(specimen: Specimen) -> None:
    """R7. The heading has the true total; one sentence has what is shown of it, or what is not."""
    assert specimen.digest is not None
    total, links = specimen.digest.total, set(specimen.page.xpath("//a/@href"))
    shown = sum(entry.url in links for entry in specimen.digest.entries)
    assert 0 < shown < total
    assert total in numbers(specimen.page.xpath("//h1")[0])
    said = [numbers(block) for block in blocks(specimen.page)]
    assert any({shown, total} <= block or total - shown in block for block in said)


@letter
def test_a_letter_says_how_many_names_it_leaves_out(specimen: Specimen) -> None:
    """R7."""
    assert specimen.letter is not None
    plan, words = specimen.letter.plan, said_by(specimen)
    groups = [tuple(trouble.name for trouble in specimen.letter.troubles)]
    groups += [plan.situations, plan.rules] if plan else []
    for names in groups:
        shown = sum(name in words for name in names)
        assert shown in (0, len(names)) or any(
            len(names) - shown in numbers(block) for block in blocks(specimen.page)
        )


# --- what is read first ---------------------------------------------------------------------------


@every_mail
def test_the_preheader_comes_first_is_short_and_is_said_once(specimen: Specimen) -> None:
    """R37."""
    first = specimen.page.body[0]
    preheader = " ".join(first.text_content().split())
    assert {each.name: each.value for each in declarations(first.get("style") or "")}["display"] == "none"
    assert 0 < len(preheader) <= 110
    assert preheader not in said_by(specimen)
    assert preheader not in " ".join(specimen.message.text.split())


# --- colour ---------------------------------------------------------------------------------------


@every_mail
def test_words_contrast_with_their_ground_in_light_in_dark_and_inverted(specimen: Specimen) -> None:
    """R36. At least 4.5:1 (WCAG 1.4.3), with the style sheet or without."""
    seen: dict[tuple[str, str, str], str] = {}
    for scheme in Scheme:
        for element, text, look in looks(specimen.page, scheme):
            if look.shown:
                where = f"{element.tag} {text.strip()[:40]!r}"
                seen.setdefault((scheme.value, look.ink, look.ground), where)
                if scheme is not Scheme.DARK:
                    colours = inverted(look.ink), inverted(look.ground)
                    seen.setdefault((f"{scheme.value}, inverted", *colours), where)
    weak = {colours: where for colours, where in seen.items() if contrast(*colours[1:]) < 4.5}
    assert not weak


@every_mail
def test_a_sign_is_hidden_from_screen_readers_and_never_stands_without_words(specimen: Specimen) -> None:
    """R36. Arrows, bars and the like, in words that are ours."""
    for element in specimen.page.body.iter():
        for text in (element.text, *(child.tail for child in element)):
            if text and GRAPHIC.search(text):
                hidden = [each for each in (element, *element.iterancestors()) if each.get("aria-hidden")]
                assert hidden, place(element)
                block = next(each for each in hidden[0].iterancestors() if each.tag in ("tr", *WHOLE))
                assert any(character.isalpha() for character in spoken(block)), place(block)


@mail_with_news
def test_every_level_trend_and_severity_is_said_in_words(specimen: Specimen) -> None:
    """R36."""
    told, language = specimen.digest, specimen.language
    assert told is not None
    translations = RENDERER.translations(language)
    words = SignalWords(translations, Times(language.replace("-", "_"), ZONE))
    wanted = [words.level(surge.level) for surge in told.surges]
    wanted += [words.trend(each.trend) for each in told.assessments]
    links = set(specimen.page.xpath("//a/@href"))
    shown = [entry.rules[0].severity for entry in told.entries if entry.url in links]
    wanted += [translations.pgettext("severity", severity.value) for severity in shown]
    said = said_by(specimen).casefold()
    assert [word for word in dict.fromkeys(wanted) if word.casefold() not in said] == []


# --- words of others ------------------------------------------------------------------------------


@mail_with_news
def test_every_headline_stands_in_its_own_language_and_direction(specimen: Specimen) -> None:
    """R38, R40."""
    assert specimen.digest is not None
    entries = {entry.url: entry for entry in specimen.digest.entries if entry.title.text}
    for link in specimen.page.xpath("//a"):
        entry = entries.get(link.get("href"))
        if entry and unspaced(entry.title.text) in unspaced(link.text_content()):
            holder = next(each for each in (link, *link.iterancestors()) if each.get("lang"))
            assert holder.get("lang") == entry.language, place(link)
            assert holder.get("dir") == language_direction(entry.language), place(link)


@every_mail
def test_words_of_the_other_direction_stand_in_an_element_with_a_direction(specimen: Specimen) -> None:
    """R38. Within a headline of another language they may: it is isolated as a whole."""
    other = {"ltr": "rtl", "rtl": "ltr"}[language_direction(specimen.language)]
    for element in specimen.page.body[1:][0].iter():
        for text in filter(None, (element.text, *(child.tail for child in element))):
            if any(strength(character) == other for character in text):
                holder = next(each for each in (element, *element.iterancestors()) if each.get("dir"))
                assert holder.get("dir") == other or holder.get("lang") != specimen.language, place(element)


@every_mail
def test_where_an_attribute_turns_a_block_its_style_does_too(specimen: Specimen) -> None:
    """R38. Some mail programs drop the attribute and some the style."""
    for element in specimen.page.body.iter("p", "td", "li", *(f"h{level}" for level in range(1, 7))):
        if way := element.get("dir"):
            style = {each.name: each.value for each in declarations(element.get("style") or "")}
            assert style.get("direction") == way, place(element)
            assert style.get("text-align") in ("left", "right"), place(element)


@every_mail
def test_no_invisible_character_turns_or_hides_words(specimen: Specimen) -> None:
    """R5, R38. In HTML elements isolate; joiners belong to Persian and Indic words."""
    formats = {c for c in specimen.message.html if unicodedata.category(c) in ("Cf", "Cc", "Co", "Cs")}
    assert formats <= set("\n\u200c\u200d")


@mail_with_news
def test_marked_words_are_bold_on_a_ground_of_their_own(specimen: Specimen) -> None:
    """R24, R36. What matched is seen without colour too."""
    assert specimen.digest is not None
    links = set(specimen.page.xpath("//a/@href"))
    marks = {
        entry.title.text[start:end]
        for entry in specimen.digest.entries
        if entry.url in links
        for start, end in entry.title.spans
    }
    bold = [each for each in specimen.page.iter("b") if "background-color" in (each.get("style") or "")]
    assert marks <= {(each.text or "").strip() for each in bold}


@every_mail
def test_white_space_within_a_line_is_never_put_into_words(specimen: Specimen) -> None:
    """Scripts without spaces show none: what has some inside for spam filters is a block, at whose edges
    white space is not seen."""
    for element in specimen.page.body.iter("a", "b", "em", "i", "mark", "small", "span", "strong", "u"):
        end = element[-1].tail if len(element) else element.text
        ends = (element.text or "")[:1] + (end or "")[-1:]
        if ends.strip() != ends:
            style = {each.name: each.value for each in declarations(element.get("style") or "")}
            assert style.get("display") == "inline-block", place(element)
