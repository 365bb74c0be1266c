"""What a digest says of stories, of the time before, and of what it could see."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from bidi import get_display
from sample_digests import EMBARGO, LAUNCH, NOON, WORLD, digest, entry, shown
from sample_mails import COUNTS, TOLD, both, page, render, said, teller

from alerts.digests.plain import COLUMNS, MOST_BARS, width
from alerts.digests.render import MOST_HTML_BYTES
from alerts.model import Cadence, Coverage, Label, Marked, RuleCount, SilentFeed

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


@pytest.mark.parametrize(("language", "base"), [("en", "L"), ("ar", "R")])
def test_a_publisher_of_the_other_direction_does_not_turn_its_line(language: str, base: str) -> None:
    """R38."""
    lines = render(digest((TOLD,)), language).text.split("\n")
    for name, way in (("Lake Radio", "L"), ("وكالة الميناء", "R")):
        line = next(line for line in lines if name in line)
        assert get_display(name, base_dir=way) in shown(line, base)
        assert sum(map(line.count, "\u2066\u2067\u2068")) == line.count("\u2069")


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize(
    "bad",
    [
        "Wire\r\nBcc: x@example.org",
        "Wire \u202egnitirw",
        "</td></table><script>x</script>",
        "W" * 5000,
        "{{ page }} %(count)s",
        "",
    ],
    ids=ascii,
)
def test_hostile_publishers_and_sentences_break_nothing(bad: str, language: str) -> None:
    """R5, R6."""
    others = tuple(teller(number, bad, bad[:9], url=bad or "data:,") for number in range(5))
    quotes = (Marked(bad, ((0, len(bad)),), bad, bad[:5]),)
    told = digest((replace(TOLD, others=others, quotes=quotes, places=(bad,), labels=tuple(Label)),))
    message = render(told, language, contact=bad)
    assert "\nBcc:" not in message.text
    assert not set(message.html) & set("\u202e\u2067\r\0")
    assert all(width(line) <= COLUMNS or "://" in line for line in message.text.split("\n"))
    tree = page(message)
    assert not tree.xpath("//script") and len(tree.xpath("//h3")) == len(tree.xpath("//h1")) == 1
    assert all(url.startswith("https://") for url in tree.xpath("//a/@href"))


# --- numbers --------------------------------------------------------------------------------------


def test_stories_and_items_are_both_counted() -> None:
    told = replace(digest(), total=43, items=71)
    message = render(told)
    assert message.subject == "Weekly digest, Nov 9 – 16, 2026: 43 stories"
    said(message, "Weekly digest: 43 stories", "71 items tell these stories.")
    assert "tell these stories" not in "".join(both(render(digest())))


@pytest.mark.parametrize(("total", "told"), [(14, True), (15, False), (20, False)])
def test_a_digest_says_why_its_rules_add_up_to_more_than_its_stories_and_only_then(
    total: int, told: bool
) -> None:
    """12 + 3 + 0 stories by their rules."""
    sentence = "A story that several rules found counts under each of them."
    for part in both(render(replace(digest(), counts=COUNTS, total=total))):
        assert (sentence in " ".join(part.split())) is told


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
    assert all("; and 3 more" in part for part in both(message))
    assert message.text.count("https://lake.example/") == message.html.count("https://lake.example/") == 80


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
