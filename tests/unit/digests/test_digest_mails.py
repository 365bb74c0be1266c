"""What a digest and an alert say of stories, of the time before, and of themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from lxml import html as lxml_html
from pydantic import TypeAdapter
from sample_digests import (
    COVERAGE,
    EMBARGO,
    LAUNCH,
    LINKS,
    NOON,
    QUIET,
    RENDERER,
    WORLD,
    digest,
    entry,
    reader,
)
from sample_signals import DRAFT, LAUNCHES, with_signals

from alerts.digests.plain import COLUMNS, MOST_BARS, width
from alerts.digests.render import MOST_HTML_BYTES
from alerts.model import (
    Cadence,
    Coverage,
    Digest,
    Entry,
    Label,
    Links,
    Marked,
    Message,
    RuleCount,
    SilentFeed,
    Teller,
    Window,
)

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


# --- a story and who else tells it ----------------------------------------------------------------


def test_others_who_report_a_story_are_linked_with_their_time_and_language() -> None:
    message = render(digest((TOLD,)))
    said(message, "Also reported by: Lake Radio, Nov 15, 07:00; ", "9 outlets, 3 original sources")
    links = {link.get("href"): link.text_content() for link in page(message).xpath("//a")}
    for each in TOLD.others:
        assert links[each.url].startswith(each.source)
        assert each.url in message.text
    assert "(Korean)" in message.text and "; and 5 more" in both(message)[1]


def test_another_report_without_a_usable_address_is_named_without_a_link() -> None:
    bad = teller(1, "Bad Wire", url="javascript:alert(1)")
    message = render(digest((replace(TOLD, others=(bad,), outlets=2),)))
    assert "javascript" not in message.text + message.html
    said(message, "Also reported by: Bad Wire, Nov 16, 12:00")


def test_links_with_the_same_words_are_told_apart() -> None:
    """R32."""
    same = replace(TOLD, others=(teller(30), teller(30, url="https://lake.example/other")))
    message = render(digest((same, entry(TOLD.title, number=7), entry(TOLD.title, number=8))))
    texts = [link.text_content() for link in page(message).xpath("//a")]
    assert len(set(texts)) == len(texts)
    assert {"Lake Radio, Nov 15, 07:00", "Lake Radio, Nov 15, 07:00 (2)"} <= set(texts)


def test_a_sentence_of_another_item_names_its_source_and_keeps_its_language() -> None:
    other = Marked("Des armes saisies au port", ((4, 9),), "La Dépêche", "fr")
    message = render(digest((replace(TOLD, quotes=(*TOLD.quotes, other)),)))
    assert "“Des *armes* saisies au port” · La Dépêche" in message.text
    (quote,) = page(message).xpath("//p[contains(., 'saisies')]")
    assert (quote.get("lang"), quote.get("dir")) == ("fr", "ltr")


@pytest.mark.parametrize("cadence", [Cadence.IMMEDIATE, Cadence.WEEKLY])
def test_the_clock_of_the_country_stands_beside_the_readers(cadence: Cadence) -> None:
    """R44."""
    there = digest((replace(WORLD[0], places=("kp",)),), cadence)
    said(render(there), "North Korea: 21:00 local time)")
    for places in ((), ("kp", "jp"), ("ru",)):
        words = both(render(digest((replace(WORLD[0], places=places),), cadence)))
        assert "local time" not in "".join(words)


def test_an_exercise_a_denial_and_an_anniversary_are_labelled_and_still_told() -> None:
    message = render(digest((replace(TOLD, labels=tuple(Label)),)))
    assert "[Exercise, Denial, Anniversary]" in message.text
    chips = page(message).xpath("//p/b[contains(@style, 'border')]/text()")
    assert chips == ["Exercise", "Denial", "Anniversary"]
    said(message, "rockets", "Harbour Wire")


# --- numbers --------------------------------------------------------------------------------------


def test_stories_and_items_are_both_counted() -> None:
    told = replace(digest(), total=43, items=71)
    message = render(told)
    assert message.subject == "Weekly digest, Nov 9 – 16, 2026: 43 stories"
    said(message, "Weekly digest: 43 stories", "71 items tell these stories.")
    assert "tell these stories" not in "".join(both(render(digest())))


def test_each_rule_is_compared_with_the_time_before_in_words_and_with_a_bar() -> None:
    """R36. The bar is for the eye only; the words say all of it."""
    message = render(replace(digest(), counts=COUNTS))
    said(
        message,
        "Missile launch (critical): 12 stories (before: 4)",
        "Embargo (high): 3 stories (no comparison yet)",
        "Border closure (low): 0 stories (before: 6)",
        "“Before” is Nov 2 – 9, 2026, a time of equal length.",
    )
    lines = message.text.split("\n")
    assert "- Missile launch (critical): 12 stories (before: 4) " + "▇" * MOST_BARS in lines
    assert "- Border closure (low): 0 stories (before: 6)" in lines
    bars = page(message).xpath("//table[@aria-hidden]")
    assert [bar.get("width") for bar in bars] == ["100%", "33%", "25%", "50%"]
    assert all(not bar.text_content().strip() for bar in bars)


def test_without_a_comparable_time_before_none_is_claimed() -> None:
    message = render(replace(digest(), counts=(RuleCount(LAUNCH, 4), RuleCount(EMBARGO, 1))))
    said(message, "Missile launch (critical): 4 stories", "There is no comparison yet")
    assert "before:" not in "".join(both(message))


def test_each_section_says_how_many_of_its_stories_are_shown() -> None:
    """R7."""
    said(render(replace(digest(), counts=COUNTS, total=43)), "4 of 10 stories are shown here.")


def test_others_are_named_less_before_a_story_is_left_out() -> None:
    """R7."""
    long = tuple(
        teller(number, f"Radio {number} " + "x" * 80, url=f"https://lake.example/{'y' * 400}{number}")
        for number in range(5)
    )
    told = digest(
        tuple(
            replace(entry(f"Rockets {number}", number=number), others=long, outlets=6) for number in range(40)
        )
    )
    message = render(told)
    assert len(message.html.replace("\n", "\r\n").encode()) <= MOST_HTML_BYTES
    assert len(page(message).xpath("//h3")) == 40
    assert "; and 3 more" in both(message)[1]
    assert message.text.count("; and") == 0 and message.text.count("https://lake.example/") == 200


# --- what it could see ----------------------------------------------------------------------------


def test_a_digest_says_at_once_that_news_may_be_missing_and_at_the_end_for_how_long() -> None:
    silent = (SilentFeed("Lake Radio", NOON - timedelta(hours=9)), SilentFeed("Hill Post", None))
    message = render(digest(coverage=Coverage(44, 42, silent)))
    said(
        message,
        "News may be missing: 2 of 44 feeds could not be read (see Coverage, at the end).",
        "42 of 44 feeds were read.",
        "Lake Radio: not reached for 9 hours, since November 16, 2026, 04:00",
        "Hill Post: not reached yet",
    )
    assert "News may be missing" not in "".join(both(render(digest(coverage=Coverage(44, 44)))))


def test_a_digest_with_nothing_to_tell_says_so_and_what_was_read() -> None:
    message = render(digest((), coverage=Coverage(44, 44)))
    assert message.subject == "Weekly digest, Nov 9 – 16, 2026: nothing new"
    said(
        message,
        "Weekly digest: nothing new",
        "Nothing that you follow was in the news that was read.",
        "Nothing for: Missile launch, Embargo, ",
        "All feeds were read (44 feeds).",
    )
    assert "stories" not in "".join(both(message))


@pytest.mark.parametrize(
    ("cadence", "days", "words"),
    [
        (Cadence.WEEKLY, 21, "It covers 3 weeks."),
        (Cadence.DAILY, 3, "It covers 3 days."),
        (Cadence.MONTHLY, 61, "It covers 2 months."),
    ],
)
def test_a_late_digest_says_how_much_time_it_covers(cadence: Cadence, days: int, words: str) -> None:
    said(render(digest(cadence=cadence, days=days, late=True)), f"after it was due. {words}")


# --- updates and held alerts ----------------------------------------------------------------------


def test_an_update_says_that_it_is_one_and_keeps_the_subject_of_the_first_alert() -> None:
    """R30."""
    first = render(alert())
    told = alert(replace(TOLD, rules=(EMBARGO,)), root="<first@x>", first_told_at=NOON - timedelta(hours=5))
    message = render(told, subject=first.subject)
    assert message.subject == first.subject == page(message).xpath("//title")[0].text
    said(
        message,
        "You were first told of this story on November 16, 2026, 08:00. It now also matches: Embargo.",
    )
    assert "Update (high)" in both(message)[1]
    said(render(replace(told, first_told_at=None)), "You were told of this story before.")


def test_held_alerts_say_since_when_why_and_what_came_since() -> None:
    held = replace(TOLD, found_at=NOON - timedelta(hours=9), joined=4)
    quiet = replace(WORLD[1], found_at=NOON - timedelta(hours=8))
    message = render(alert(held, quiet, held_since=NOON - timedelta(hours=9)))
    assert message.subject == "Held alerts (critical): 2 stories"
    said(
        message,
        "Held alerts: 2 stories",
        "Held back since November 16, 2026, 04:00: you asked for quiet",
        "Found November 16, 2026, 04:00. Since then 4 more outlets have reported it.",
        "Found November 16, 2026, 05:00.",
    )


def test_one_held_alert_keeps_its_headline_and_says_that_it_was_held() -> None:
    message = render(alert(replace(TOLD, found_at=NOON), held_since=NOON))
    assert message.subject == "Missile launch (critical): Two rockets leave the northern range"
    said(message, "Held back since")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_an_alert_of_a_story_and_a_change_tells_both(language: str) -> None:
    held = alert(TOLD, held_since=NOON, surges=(LAUNCHES,), assessments=(DRAFT,))
    for words in both(render(held, language)):
        assert DRAFT.name in words and TOLD.title.text in words.replace("*", "")


# --- the frame ------------------------------------------------------------------------------------


def test_a_glance_names_every_signal_and_every_rule_before_anything_else() -> None:
    message = render(with_signals(replace(digest(), counts=COUNTS), LAUNCHES, DRAFT))
    order = [
        "At a glance",
        "Northern Strait: deteriorated situation, conflict risk alert (machine draft)",
        "Urgent surge: Missile launch, North Korea",
        "Missile launch (critical): 12 stories (before: 4)",
        "A program makes signals from counts of news.",
        "Two rockets leave the northern range",
    ]
    for words in both(message):
        places = [words.replace("*", "").index(each) for each in order]
        assert all(one < other for one, other in pairwise(places))


def test_the_ending_offers_every_way_to_change_or_stop_and_says_who_sends() -> None:
    """R8, R24."""
    links = replace(
        LINKS,
        preferences="https://alerts.example.org/p/me",
        unsubscribe_situations=(("Northern Strait", "https://alerts.example.org/u/strait"),),
    )
    contact = "12 Quay Street, Port Mercy · desk@harbour.example"
    for told in (digest(), alert()):
        message = render(told, links=links, contact=contact)
        said(message, contact, "Change what you receive", "Unsubscribe from the situation Northern Strait")
        addresses = page(message).xpath("//a/@href")
        for url in (links.preferences, "https://alerts.example.org/u/strait", links.unsubscribe):
            assert url in addresses and url in message.text
        assert message.text.index("-- \n") < message.text.index(contact)
    bare = render(digest())
    assert "Change what you receive" not in "".join(both(bare))
    assert "Who sends this" not in "".join(both(bare))


def test_the_minute_of_a_digest_is_told() -> None:
    half = replace(reader(), minute=30)
    message = RENDERER.render(digest(), half, LINKS, "Harbour Watch")
    said(message, "every week on Monday at 07:30 (Central European Time)")


def test_no_line_of_the_text_is_too_wide_whatever_is_told() -> None:
    """R8."""
    told = with_signals(replace(digest((TOLD, *WORLD[1:])), counts=COUNTS, items=99), LAUNCHES, DRAFT)
    for message in (render(told), render(told, "ar"), render(alert(TOLD, held_since=NOON))):
        for line in message.text.split("\n"):
            assert width(line) <= COLUMNS or "://" in line


def test_a_digest_stored_before_stories_were_entries_is_still_told() -> None:
    adapter = TypeAdapter(Digest)
    stored = adapter.dump_python(digest(coverage=COVERAGE), mode="json")
    for field in ("held_since", "root", "first_told_at", "items", "counts"):
        del stored[field]
    for each in stored["entries"]:
        for field in ("story_id", "others", "joined", "found_at", "places", "labels"):
            del each[field]
        for words in (each["title"], *each["quotes"]):
            del words["source"], words["language"]
    assert render(adapter.validate_python(stored)) == render(digest(coverage=COVERAGE))


def test_a_window_of_two_years_says_the_year_of_each_moment() -> None:
    january = NOON.replace(year=2027, month=1, day=3)
    told = replace(digest((entry(published_at=NOON.replace(month=12, day=30)),)))
    told = replace(told, window=Window(january - timedelta(days=7), january))
    said(render(told), "Harbour Wire, Dec 30, 2026, 13:00")
