from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from pydantic import TypeAdapter
from sample_digests import LAUNCH, LINKS, RENDERER, WORLD, digest, entry, reader, shown
from sample_signals import (
    CONFIRMED,
    DRAFT,
    EMBARGOES,
    LAUNCHES,
    LEADS,
    OVERRIDDEN,
    WORSE,
    alert,
    with_signals,
)

from alerts.digests.fragment import strength
from alerts.digests.plain import COLUMNS, width
from alerts.digests.render import MOST_HTML_BYTES
from alerts.digests.signal_lines import MOST_SURGES
from alerts.model import Assessment, Cadence, Digest, Lead, Level, Links, Message, Reason, Surge, Trend
from alerts.rules.country_codes import COUNTRY_CODES

CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
ALL = (LAUNCHES, EMBARGOES, DRAFT, CONFIRMED, OVERRIDDEN)
HOSTILE = (
    "Rockets\r\nBcc: everyone@example.org",
    "Rockets \u202egnitirw desrever \u2067",
    "R" * 5000,
    "火" * 5000,
    "</title></style></table><h1>x<script>alert(1)</script>",
    "{{ page }} {% endtrans %} %(count)s %s %",
    "\ud800 half a pair",
    "",
)


def render(told: Digest, language: str = "en", links: Links = LINKS) -> Message:
    return RENDERER.render(told, reader(language, cadence=told.cadence), links, "Harbour Watch")


def visible(message: Message) -> str:
    return " ".join(lxml_html.document_fromstring(message.html).body.text_content().split())


def flat(message: Message) -> str:
    return " ".join(message.text.split())


# --- subjects ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signals", "subject"),
    [
        ((LAUNCHES,), "Urgent surge: Missile launch, North Korea"),
        ((EMBARGOES,), "Surge watch: Embargo"),
        ((replace(LAUNCHES, rule="gone"),), "Urgent surge: gone, North Korea"),
        ((DRAFT,), "Northern Strait: deteriorated situation, conflict risk alert (machine draft)"),
        ((OVERRIDDEN,), "Lake Country: improved situation, resolution opportunity"),
        ((EMBARGOES, LAUNCHES), "Urgent surge: Missile launch, North Korea, and 1 more signal"),
        (
            (LAUNCHES, CONFIRMED, replace(DRAFT, risk_alert=False)),
            "Northern Strait: deteriorated situation (machine draft), and 2 more signals",
        ),
    ],
)
def test_the_subject_of_an_alert_names_the_gravest_signal(
    signals: tuple[Surge | Assessment, ...], subject: str
) -> None:
    assert render(alert(*signals)).subject == subject


def test_the_subject_of_a_digest_counts_its_signals() -> None:
    told = with_signals(digest(()), *ALL)
    assert render(told).subject == "Weekly digest, Nov 9 – 16, 2026: 0 stories, 5 signals"
    assert render(told, "ar").subject == "الملخص الأسبوعي، 9–16 نوفمبر 2026: لا قصص إخبارية، 5 إشارات"


def test_an_arabic_subject_begins_and_ends_with_an_arabic_letter_whatever_it_tells() -> None:
    told = [alert(replace(LAUNCHES, place=place)) for place in (*sorted(COUNTRY_CODES), "")]
    told += [alert(replace(LAUNCHES, level=level, place=place)) for level in Level for place in ("kp", "")]
    told += [alert(replace(each, trend=way)) for each in (DRAFT, OVERRIDDEN) for way in Trend]
    told += [alert(*ALL[: number + 1]) for number in range(len(ALL))]
    for each in told:
        subject = render(each, "ar").subject
        assert strength(subject[0]) == strength(subject[-1]) == "rtl", subject


# --- what is told -----------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("told", [alert(*ALL), with_signals(digest(), *ALL)], ids=["alert", "digest"])
def test_both_parts_tell_every_signal_with_its_stories(told: Digest, language: str) -> None:
    message = render(told, language)
    addresses = lxml_html.document_fromstring(message.html).xpath("//a/@href")
    for lead in LEADS:
        assert lead.title in visible(message) and lead.title in message.text
        assert lead.source in visible(message) and lead.source in message.text
        assert lead.url in addresses and lead.url in message.text
    for words in (visible(message), flat(message)):
        assert DRAFT.name in words and OVERRIDDEN.reason in words
        if language == "en":
            for sentence in (
                "19 stories in 3 days, from 9 independent publishers. Usual is 0.8 a day",
                "First seen November 13, 2026, 06:10.",
                "Media signal (machine draft), from the news up to November 15, 2026",
                "Confirmed by an editor, from the news up to November 15, 2026",
                "The machine draft said: unchanged situation, much less news than before.",
                "84 reports of escalation in four weeks, where 28 would be usual.",
                "For: Urgent surge of escalation on November 13, 2026.",
                "Against: Nothing was read on 5 days of 112; they count neither way.",
                "Time zone: Central European Time.",
            ):
                assert sentence in words


def test_situations_come_first_then_surges_each_the_gravest_first_and_then_the_items() -> None:
    order = [
        "Northern Strait: deteriorated situation",
        "Lake Country: improved situation",
        "Urgent surge: Missile launch, North Korea",
        "Surge watch: Embargo",
        "Two rockets leave the northern range",
    ]
    message = render(with_signals(digest(), EMBARGOES, LAUNCHES, OVERRIDDEN, DRAFT))
    for text in (message.text.replace("*", ""), visible(message).split("Weekly digest: 6 stories")[-1]):
        places = [text.index(heading) for heading in order]
        assert places == sorted(places)


def test_an_arrow_never_stands_without_its_words() -> None:
    page = lxml_html.document_fromstring(render(alert(*ALL)).html)
    arrows = page.xpath("//span[@aria-hidden='true']")
    assert [arrow.text for arrow in arrows] == ["(↓)", "(↑)", "(↔)"]
    assert all("situation" in arrow.getparent().text_content() for arrow in arrows)


def test_a_story_keeps_its_language_and_direction() -> None:
    page = lxml_html.document_fromstring(render(alert(LAUNCHES)).html)
    held = [(link.getparent().get("lang"), link.getparent().get("dir")) for link in page.xpath("//li/span/a")]
    assert held == [("en", "ltr"), ("ko", "ltr"), ("ar", "rtl")]
    line = next(each for each in render(alert(LAUNCHES)).text.split("\n") if LEADS[2].title in each)
    assert shown(LEADS[2].title) in shown(line, "L")


def test_a_story_without_a_usable_address_is_told_without_a_link() -> None:
    bad = replace(LAUNCHES, stories=(Lead("javascript:alert(1)", "Rockets", "Wire", "en"),))
    message = render(alert(bad))
    assert "javascript" not in message.html + message.text
    assert "Rockets · Wire" in visible(message) and "Rockets · Wire" in message.text


def test_the_name_of_a_country_is_escaped_once() -> None:
    message = render(alert(replace(LAUNCHES, place="ba")))
    assert message.subject == "Urgent surge: Missile launch, Bosnia & Herzegovina"
    assert message.html.count("Bosnia &amp; Herzegovina") == message.html.count("Bosnia") == 2


def test_an_entry_says_who_else_tells_its_story_when_somebody_does() -> None:
    told = digest((replace(WORLD[0], outlets=9, origins=1), replace(entry(number=2), outlets=3, origins=2)))
    for words in (render(told).text, visible(render(told))):
        assert "9 outlets, 1 original source" in words and "3 outlets, 2 original sources" in words
    assert "9 وسائل إعلام، مصدر أصلي واحد" in flat(render(told, "ar"))
    assert "outlet" not in render(digest()).text + render(digest()).html


# --- why it comes -----------------------------------------------------------------------------


def test_who_follows_a_situation_is_not_told_to_follow_its_rules() -> None:
    links = Links(LINKS.unsubscribe, LINKS.unsubscribe_everything)
    for told in (
        alert(LAUNCHES, situations=("Northern Strait",)),
        with_signals(digest(), situations=("Lakes",)),
    ):
        message = render(told, links=links)
        for words in (flat(message), visible(message)):
            assert f"Situations you follow: {told.situations[0]}." in words
            assert "Rules you follow" not in words


def test_who_follows_both_is_told_the_rules_they_chose() -> None:
    message = render(alert(LAUNCHES, situations=("Northern Strait",)), links=replace(LINKS))
    assert "Rules you follow: Missile launch, Embargo." in flat(message)
    assert "The words that matched" not in message.text + message.html


def test_a_rule_that_surges_is_not_listed_as_one_with_nothing() -> None:
    told = digest((), rules=(LAUNCH,))
    assert "Nothing for: Missile launch" in render(told).text
    assert "Nothing for" not in render(with_signals(told, LAUNCHES)).text


# --- bounds -----------------------------------------------------------------------------------


def test_more_signals_than_a_mail_shows_are_counted() -> None:
    many = tuple(replace(LAUNCHES, place=place) for place in sorted(COUNTRY_CODES)[: MOST_SURGES + 5])
    message = render(alert(*many, DRAFT))
    assert message.subject.endswith(f"and {len(many)} more signals")
    for words in (flat(message), visible(message)):
        assert "and 5 more signals" in words


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("base", [digest(WORLD * 40), alert()], ids=["digest", "alert"])
def test_the_page_keeps_within_the_budget_whatever_its_signals(base: Digest, language: str) -> None:
    long = tuple(
        Lead(f"https://news.example/{number}/" + "x" * 1900, "ساروخ " * 900, "Wire " * 90, "ar")
        for number in range(9)
    )
    surges = tuple(
        replace(LAUNCHES, place=place, p=0.001 + number / 10**6, stories=long)
        for number, place in enumerate(sorted(COUNTRY_CODES))
    )
    reasons = tuple(Reason("more", True, WORSE.reasons[0].numbers) for _ in range(9))
    drafts = tuple(
        replace(
            DRAFT,
            situation=f"s{n}",
            name="قضية " * 80,
            reason="سبب " * 900,
            call=replace(WORSE, reasons=reasons),
        )
        for n in range(200)
    )
    names = tuple(f"{each.name}{number}" for number, each in enumerate(drafts))
    told = with_signals(base, *surges, *drafts, situations=names)
    message = render(told, language)
    page = lxml_html.document_fromstring(message.html)
    told_of = [
        heading
        for heading in page.xpath("//h2 | //h3")
        if "margin:24px 0 4px;padding" in heading.get("style")
    ]
    left_out = len(surges) + len(drafts) - len(told_of)
    assert len(message.html.replace("\n", "\r\n").encode()) <= MOST_HTML_BYTES
    assert LINKS.unsubscribe_everything in page.xpath("//a/@href")
    assert str(left_out) in visible(message)


@given(st.lists(st.sampled_from(ALL), min_size=1, max_size=6), st.sampled_from(HOSTILE), st.booleans())
@settings(max_examples=40, deadline=None)
def test_hostile_words_break_nothing(signals: list[Surge | Assessment], bad: str, alone: bool) -> None:
    worse = tuple(
        replace(each, rule=bad, place=bad[:9], stories=(Lead(bad, bad, bad, bad[:9]),) * 4)
        if isinstance(each, Surge)
        else replace(each, situation=bad, name=bad, reason=bad)
        for each in signals
    )
    for language in ("en", "ar"):
        told = (
            alert(*worse, situations=(bad,)) if alone else with_signals(digest(), *worse, situations=(bad,))
        )
        message = render(told, language)
        assert not set(message.subject) & (CONTROLS | set("\r\n\0"))
        assert "\nBcc:" not in message.text and not set(message.html) & CONTROLS
        for line in message.text.split("\n"):
            assert width(line) <= COLUMNS or "://" in line
            assert sum(map(line.count, "\u2066\u2067\u2068")) == line.count("\u2069")
        page = lxml_html.document_fromstring(message.html)
        assert not page.xpath("//script") and len(page.xpath("//h1")) == 1
        assert all(table.get("role") == "presentation" for table in page.xpath("//table"))
        message.html.encode()


def test_a_digest_stored_before_there_were_signals_is_told_as_it_was() -> None:
    stored = TypeAdapter(Digest).dump_python(digest(), mode="json")
    for field in ("surges", "assessments", "situations"):
        del stored[field]
    for each in stored["entries"]:
        del each["outlets"], each["origins"]
    assert render(TypeAdapter(Digest).validate_python(stored)) == render(digest())


@pytest.mark.parametrize("cadence", list(Cadence))
def test_a_page_without_signals_does_not_speak_of_them(cadence: Cadence) -> None:
    message = render(digest(cadence=cadence))
    assert "ignal" not in message.subject + message.text + message.html
