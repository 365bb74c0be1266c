"""What an alert says of stories told before or held, and the frame that it shares with a digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from pydantic import TypeAdapter
from sample_digests import COVERAGE, EMBARGO, LINKS, NOON, RENDERER, WORLD, digest, entry, reader
from sample_mails import COUNTS, TOLD, alert, both, page, render, said
from sample_signals import DRAFT, LAUNCHES, with_signals

from alerts.digests.plain import COLUMNS, width
from alerts.model import Digest, Window

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
