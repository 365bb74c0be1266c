"""Feeds that attack: mails in which every word of others tries to break something, and nothing does (R5, R6).

Each word is headline, source, quote, and name and address of another publisher at once. The words are ours
and, where they lie beside the checkout, the collections of header injection, naughty strings and scripts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from emc import RULES, links_say_where_they_lead
from hostile_words import hostile_words
from lxml.html import HtmlElement
from sample_digests import COVERAGE, NOON, TRUCE, WORLD, digest, entry
from sample_mails import TOLD, alert, page, render, teller

from alerts.digests.fragment import clean
from alerts.digests.plain import COLUMNS, width
from alerts.mail.envelope import Envelope, envelope
from alerts.model import Digest, Entry, Label, Marked, Message, RuleName, Severity

WORDS = hostile_words()
MORE_THAN_FIT = 400
AT_ONCE = 30
"""So many stories are all shown in the HTML."""

FIELDS = (
    *("From", "To", "Subject", "Date", "Message-ID", "List-Id", "In-Reply-To", "References"),
    *("List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "Precedence"),
    *("X-Auto-Response-Suppress", "MIME-Version", "Content-Type"),
)
TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
CONTROLS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def hostile(number: int, words: str) -> Entry:
    """A story all of whose words are these; only its own address is ours, so that it can be found."""
    marked = Marked(words, ((0, len(words)),))
    told = entry(marked, number=number, source=words, quote=marked)
    others = (teller(1, words, url=words), teller(2, words, "ar"))
    return replace(told, others=others, outlets=9, origins=2, labels=tuple(Label), places=(words,))


def wire(message: Message, name: str = "Harbour Watch") -> bytes:
    return envelope(
        message,
        Envelope(
            sender="alerts@alerts.example.org",
            sender_name=name,
            recipient="reader@example.net",
            message_id="<0123456789abcdef@alerts.example.org>",
            date=NOON,
            list_id="weekly-digest.alerts.example.org",
            unsubscribe_url="https://alerts.example.org/u/AQcDuCm-ayLTYo5cBuwy_NFNegE",
            root="<fedcba9876543210@alerts.example.org>",
        ),
    )


def kinds(tree: HtmlElement) -> set[tuple[str, ...]]:
    """Every element of a page with the names of its attributes, whatever they say."""
    return {(each.tag, name) for each in tree.iter() for name in ("", *each.attrib)}


def harmless() -> list[Digest]:
    """With everything in them that a digest and an alert can have."""
    labelled = replace(TOLD, labels=tuple(Label), places=("kp",))
    stories = (labelled, *WORLD, entry("", number=8), entry(url="", number=9))
    return [digest(stories, coverage=COVERAGE), alert(labelled)]


KNOWN = {
    kind
    for told in harmless()
    for language in ("en", "ar")
    for kind in kinds(page(render(told, language, contact="desk")))
}


def unharmed(message: Message) -> HtmlElement:
    """The page of a message in which nothing runs, loads, breaks out or turns around."""
    mail = wire(message)
    head = mail.partition(b"\r\n\r\n")[0].decode("ascii")
    assert tuple(re.findall(r"^([^\s:]+):", head, re.MULTILINE)) == FIELDS
    boundary = re.findall(r'boundary="([^"]+)"', head)[0].encode()
    begins = mail.split(b"\r\n--" + boundary)
    assert [re.findall(rb"^\r\nContent-Type: ([^;]+)", each) for each in begins[1:]] == [
        [b"text/plain"],
        [b"text/html"],
        [],
    ]
    tree = page(message)
    for rule in RULES:
        if rule is not links_say_where_they_lead:  # a headline may be an address, or say "here"
            assert list(rule(tree, message)) == []
    assert kinds(tree) <= KNOWN
    assert not TURNING.search(message.html) and not CONTROLS.search(message.html)
    for line in message.text.split("\n"):
        assert not CONTROLS.search(line)
        assert sum(map(line.count, "\u2066\u2067\u2068")) == line.count("\u2069")
        assert width(line) <= COLUMNS or "://" in line
    return tree


def test_a_digest_whose_titles_are_all_hostile_is_told_whole() -> None:
    """R5: one digest of all of them, in both parts as far as the page has room."""
    words = WORDS * -(-MORE_THAN_FIT // len(WORDS))
    told = digest(tuple(hostile(number, each) for number, each in enumerate(words)), total=len(words))
    message = render(told)
    shown = set(unharmed(message).xpath("//h3//a/@href"))
    assert shown < {each.url for each in told.entries}
    assert shown == {each.url for each in told.entries if f" {each.url}\n" in message.text}


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("first", range(0, len(WORDS), AT_ONCE))
def test_hostile_words_are_shown_as_words(first: int, language: str) -> None:
    """R5: each headline stands there as it was written, less what would turn or break the line."""
    entries = [hostile(number, words) for number, words in enumerate(WORDS[first : first + AT_ONCE])]
    tree = unharmed(render(digest(tuple(entries)), language))
    headings = {link.get("href"): link for link in tree.xpath("//h3//a")}
    assert headings.keys() == {each.url for each in entries}
    for each in entries:
        wanted = "".join(clean(each.title.text).split())
        if 0 < len(wanted) <= 200:
            assert "".join(headings[each.url].text_content().split()).startswith(wanted)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_only_web_addresses_survive(language: str) -> None:
    """R6: whatever a feed gives as an address."""
    schemes = ("javascript:run()", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "//x.example/")
    entries = [entry(f"Storm {n}", number=n, url=words) for n, words in enumerate((*schemes, *WORDS))]
    for first in range(0, len(entries), AT_ONCE):
        tree = unharmed(render(digest(tuple(entries[first : first + AT_ONCE])), language))
        assert all(re.match(r"https?://[^/\s]", url) for url in tree.xpath("//a/@href"))


def _headers(mail: bytes) -> Sequence[str]:
    return re.findall(r"^([^\s:]+):", mail.partition(b"\r\n\r\n")[0].decode("ascii"), re.MULTILINE)


def test_hostile_words_in_a_subject_or_the_name_of_a_sender_add_no_header() -> None:
    """R5: on raw bytes, folded lines and all."""
    for words in WORDS:
        mail = wire(Message("en", words, words, words), words)
        assert tuple(_headers(mail)) == FIELDS
        assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", mail)


@pytest.mark.parametrize("words", WORDS[:70], ids=lambda words: ascii(words[:20]))
def test_an_alert_of_a_hostile_headline_by_a_hostile_rule_is_unharmed(words: str) -> None:
    """R5: here the headline is the subject too."""
    rule = RuleName("launch", words, Severity.LOW)
    told = replace(hostile(1, words), rules=(rule, TRUCE))
    for language in ("en", "ar"):
        message = render(alert(told, rules=(rule,)), language, contact=words)
        unharmed(message)
        assert not TURNING.search(message.subject) and not CONTROLS.search(message.subject)
