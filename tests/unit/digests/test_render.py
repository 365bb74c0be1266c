from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bidi import get_display
from lxml import html as lxml_html
from sample_digests import (
    COVERAGE,
    EMBARGO,
    LAUNCH,
    LINKS,
    LOCALES,
    RENDERER,
    TEMPLATES,
    WORLD,
    digest,
    entry,
    marked,
    reader,
    shown,
)

from alerts.digests.address import address
from alerts.digests.fragment import strength
from alerts.digests.plain import COLUMNS, width
from alerts.digests.render import MOST_HTML_BYTES, Renderer
from alerts.errors import BadInput
from alerts.model import Cadence, Coverage, Digest, Links, Marked, Message, RuleName, Severity, Window

CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
HOSTILE = [
    "Rockets\r\nBcc: everyone@example.org",
    "Rockets\x00\x07\x0b and\u0085more",
    "Rockets\u2028and\u2029rain",
    "Rockets \u202egnitirw desrever",
    "Rockets \u2067 unbalanced \u2069\u2069",
    "R" * 5000,
    "ракета " * 800,
    "火" * 5000,
    "=?utf-8?q?x?=",
    "<script>alert(1)</script>",
    "</title></style></table><h1>x",
    "{{ page }} {% endtrans %} %(count)s %s %",
    "👩‍👩‍👧‍👦🏳️‍🌈👍🏽",
    "&lt;b&gt; &amp; \"quotes\" 'and' more",
    "\ud800 half a pair",
    "",
    " \u200e\u00ad ",
    "*" * 80,
]


def render(
    told: Digest, language: str = "en", timezone: str = "Europe/Berlin", links: Links = LINKS
) -> Message:
    return RENDERER.render(told, reader(language, timezone, told.cadence), links, "Harbour Watch")


def alert(*entries: object, **more: object) -> Digest:
    return digest(entries or WORLD[:1], Cadence.IMMEDIATE, coverage=None, **more)  # type: ignore[arg-type]


def visible(message: Message) -> str:
    return " ".join(lxml_html.document_fromstring(message.html).body.text_content().split())


def test_an_alert_says_what_happened_where_from_why_and_how_to_stop() -> None:
    message = render(alert())
    lines = message.text.split("\n")
    assert message.subject == "Missile launch (critical): Two rockets leave the northern range"
    assert lines[0] == "Two *rockets* leave the northern range"
    assert "  Harbour Wire, November 16, 2026, 13:00 (Central European Time)" in lines[:6]
    assert "    “Observers counted two *rockets* before dawn.”" in lines
    assert "  Rule: Missile launch (critical)" in lines
    assert "  https://news.example/1" in lines
    for text in (message.text, message.html):
        for url in (LINKS.unsubscribe, LINKS.unsubscribe_everything, "https://alerts.example.org/u/launch"):
            assert url in text


def test_a_digest_tells_its_true_total_its_window_its_rules_and_what_it_could_not_see() -> None:
    message = render(digest(late=True))
    assert message.subject == "Weekly digest, Nov 9 – 16, 2026: 6 stories"
    for text in (message.text, visible(message)):
        words = " ".join(text.split())
        for sentence in (
            "Weekly digest: 6 stories",
            "What was found from November 9, 2026, 13:00 to November 16, 2026, 13:00.",
            "Time zone: Central European Time.",
            "Late: this digest was made more than an hour after it was due.",
            "Missile launch (critical): 4 stories",
            "Nothing for: Border closure.",
            "7 of 9 feeds were read.",
            "Lake Radio: not reached for 9 hours, since November 16, 2026, 04:00",
            "The digest comes every week on Monday at 07:00 (Central European Time).",
            "undated, first seen Nov 16, 13:00",
            "Also matches: Embargo",
        ):
            assert sentence in words
        assert "not reached yet" in words


@pytest.mark.parametrize("cadence", list(Cadence))
@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_headline_source_address_and_link_is_in_both_parts(cadence: Cadence, language: str) -> None:
    message = render(digest(cadence=cadence), language)
    plain, page = message.text.replace("*", ""), visible(message)
    addresses = lxml_html.document_fromstring(message.html).xpath("//a/@href")
    for told in WORLD:
        assert told.title.text in plain and told.title.text in page
        assert told.source in plain and told.source in page
        assert told.url in plain
        assert told.url in addresses
    for url in (LINKS.unsubscribe, LINKS.unsubscribe_everything, *dict(LINKS.unsubscribe_rules).values()):
        assert url in plain and url in addresses


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "لا جديد"),
        (1, "قصة إخبارية واحدة"),
        (2, "قصتان إخباريتان"),
        (3, "3 قصص إخبارية"),
        (11, "11 قصة إخبارية"),
        (100, "100 قصة إخبارية"),
        (101, "101 قصة إخبارية"),
        (103, "103 قصص إخبارية"),
    ],
)
def test_arabic_counts_in_its_six_forms(number: int, words: str) -> None:
    message = render(digest(WORLD[:number], total=number), "ar")
    assert message.subject == f"الملخص الأسبوعي، 9–16 نوفمبر 2026: {words}"
    assert f"الملخص الأسبوعي: {words}\n" in message.text


@pytest.mark.parametrize("number", [1, 2, 3, 6])
@pytest.mark.parametrize("cadence", list(Cadence))
def test_an_arabic_subject_begins_and_ends_with_an_arabic_letter(cadence: Cadence, number: int) -> None:
    subject = render(digest(WORLD[:number], cadence), "ar").subject
    assert strength(subject[0]) == strength(subject[-1]) == "rtl"


@pytest.mark.parametrize("told", WORLD, ids=lambda told: told.language)
def test_an_arabic_alert_shows_a_headline_in_its_subject_only_when_it_reads_from_the_right(
    told: object,
) -> None:
    subject = render(alert(told), "ar").subject
    assert strength(subject[0]) == strength(subject[-1]) == "rtl"
    assert (told.title.text in subject) == (told.language == "ar")  # type: ignore[attr-defined]


@pytest.mark.parametrize(("language", "base"), [("ar", "R"), ("en", "L")])
def test_every_foreign_run_of_the_text_part_is_seen_in_its_own_direction(language: str, base: str) -> None:
    lines = render(digest(), language).text.replace("*", "").split("\n")
    for told in WORLD:
        for words in (told.title.text, told.source):
            if (told.language in ("ar", "fa")) != (language == "ar"):
                line = next(line for line in lines if words in line)
                alone = get_display(words, base_dir="R" if base == "L" else "L").replace("\u200c", "")
                assert alone in shown(line, base)


def test_readers_of_two_languages_in_one_process_do_not_meet() -> None:
    renderer = Renderer(TEMPLATES, LOCALES)
    told = digest()

    def one(language: str) -> Message:
        return renderer.render(told, reader(language), LINKS, "Harbour Watch")

    english, arabic = one("en"), one("ar-EG")
    assert (english.language, arabic.language) == ("en", "ar")
    assert [one(language) for language in ("en", "ar", "en", "ar")] == [english, arabic, english, arabic]
    assert "الملخص" not in english.text and "Weekly" not in arabic.text


def test_an_unknown_language_is_told_in_english() -> None:
    assert render(digest(), "tlh") == render(digest(), "en")


@pytest.mark.parametrize(
    ("timezone", "words"),
    [
        ("Asia/Amman", "November 16, 2026, 15:00 (Jordan Time)"),
        ("Asia/Kathmandu", "November 16, 2026, 17:45 (Nepal Time)"),
        ("America/New_York", "November 16, 2026, 07:00 (Eastern Time)"),
        ("UTC", "November 16, 2026, 12:00 (UTC)"),
        ("Etc/GMT+5", "November 16, 2026, 07:00 (GMT+5)"),
    ],
)
def test_times_are_the_readers_with_the_zone_named(timezone: str, words: str) -> None:
    assert words in render(alert(), timezone=timezone).text


def test_a_window_that_ends_at_midnight_does_not_name_the_day_after() -> None:
    midnight = datetime(2026, 11, 16, tzinfo=UTC)
    told = Digest(Cadence.DAILY, Window(midnight - timedelta(days=1), midnight), (), 0, (LAUNCH,), None)
    assert render(told, timezone="UTC").subject == "Daily digest, November 15, 2026: nothing new"


def test_an_unknown_zone_is_refused_in_one_sentence() -> None:
    with pytest.raises(BadInput, match="unknown time zone 'Mars/Olympus'"):
        render(digest(), timezone="Mars/Olympus")


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("cadence", [Cadence.IMMEDIATE, Cadence.WEEKLY])
@pytest.mark.parametrize("title", HOSTILE, ids=lambda title: ascii(title[:20]))
def test_a_hostile_title_breaks_nothing(title: str, cadence: Cadence, language: str) -> None:
    bad = entry(Marked(title, ((0, len(title)),)), source=title, quote=title, number=2, language=title[:9])
    rule = RuleName("launch", title, Severity.LOW)
    told = digest((bad, entry(number=3, rules=(rule,))), cadence, rules=(rule,))
    single = digest((bad,), cadence, rules=(rule,))
    for message in (render(told, language), render(single, language)):
        assert not set(message.subject) & (CONTROLS | set("\r\n\0\u2028\u2029\x85"))
        assert len(message.subject) < 300
        body = (
            message.text.replace("\u2066", "")
            .replace("\u2067", "")
            .replace("\u2068", "")
            .replace("\u2069", "")
        )
        assert not set(body) & (CONTROLS | set("\r\0\u2028\u2029\x85"))
        assert all(width(line) <= COLUMNS for line in body.split("\n") if "://" not in line)
        for line in message.text.split("\n"):
            assert sum(map(line.count, "\u2066\u2067\u2068")) == line.count("\u2069")
        assert not set(message.html) & CONTROLS
        assert "\nBcc:" not in message.text
        tree = lxml_html.document_fromstring(message.html)
        assert not tree.xpath("//script") and len(tree.xpath("//h1")) == 1
        assert all(table.get("role") == "presentation" for table in tree.xpath("//table"))
        assert len(tree.xpath("//title")) == 1
        assert LINKS.unsubscribe_everything in tree.xpath("//a/@href")
        message.html.encode()
        message.text.encode()


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://news.example/a?b=c&d#e", "https://news.example/a?b=c&d#e"),
        ("HTTP://News.Example:8080/x", "http://news.example:8080/x"),
        ("https://news.example/火箭 1?q=é", "https://news.example/%E7%81%AB%E7%AE%AD%201?q=%C3%A9"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://news.example/%C3%A9", "https://news.example/%C3%A9"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"),
        ('https://news.example/"><b>', "https://news.example/%22%3E%3Cb%3E"),
        ("https://news.example/\u202egnp", "https://news.example/%E2%80%AEgnp"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("ftp://news.example/", None),
        ("//news.example/", None),
        ("https://", None),
        ("https://bank.example@news.example/", None),
        ("https://news.example:99999/", None),
        ("https://exa mple/", None),
        ("https://[oops/", None),
        ("https://news.example/" + "x" * 3000, None),
        ("", None),
    ],
)
def test_only_safe_web_addresses_are_printed(url: str, safe: str | None) -> None:
    assert address(url) == safe


def test_an_item_without_a_usable_address_is_told_without_a_link() -> None:
    message = render(alert(entry(url="javascript:alert(1)")))
    assert "javascript" not in message.html + message.text
    assert "The feed gave no usable address." in message.text
    assert "Two rockets leave the northern range" in visible(message)


def test_words_between_two_readings_are_escaped() -> None:
    message = render(digest((entry(marked("a <b> & c", "<b>"), source="R&D <x>"),)))
    assert '<b class="hit" style="background-color:#ffecae;color:#1b1b1b">&lt;b&gt;</b>' in message.html
    assert "R&amp;D &lt;x&gt;" in message.html
    assert "R&D <x>" in message.text


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("ar", "إطلاق صواريخ جديدة من الميدان الشمالي بعد فجر اليوم"),
        ("ko", "북부 시험장에서 새로운 로켓이 발사되었다고 밝혔다 " * 6),
    ],
)
@pytest.mark.parametrize("page", ["en", "ar"])
def test_a_page_of_two_thousand_items_keeps_within_the_budget_and_says_what_it_leaves_out(
    page: str, language: str, title: str
) -> None:
    entries = tuple(
        entry(marked(title, title.split()[0]), number=n, language=language, quote=title * 2)
        for n in range(400)
    )
    message = render(digest(entries, total=2000), page)
    size = len(message.html.replace("\n", "\r\n").encode())
    tree = lxml_html.document_fromstring(message.html)
    shown = len(tree.xpath("//h3"))
    assert MOST_HTML_BYTES - 4000 < size <= MOST_HTML_BYTES
    assert "2000" in tree.xpath("//h1")[0].text_content()
    assert f"{shown} " in visible(message) and LINKS.unsubscribe_everything in tree.xpath("//a/@href")
    if page == "en":
        assert f"{shown} of 2000 stories are shown, the weightiest first." in visible(message)
        assert f"{shown} of 2000 stories are shown, the weightiest first." in message.text
    assert message.text.count("https://news.example/") == shown


def test_a_page_that_fits_says_nothing_of_leaving_out() -> None:
    message = render(digest())
    assert "are shown" not in message.text + message.html


def test_the_frame_of_a_page_is_bounded_whatever_its_rules_and_feeds() -> None:
    rules = tuple(RuleName(f"r{n}", "قاعدة طويلة الاسم " * 30, Severity.LOW) for n in range(3000))
    silent = Coverage(5000, 2000, COVERAGE.silent * 1500)
    links = Links(
        "https://a.example/u",
        "https://a.example/e",
        tuple((r.key, "https://a.example/" + "u" * 300) for r in rules),
    )
    told = digest((entry(rules=rules[:50]),), rules=rules, coverage=silent)
    message = render(told, "ar", links=links)
    assert len(message.html.encode()) < MOST_HTML_BYTES
    assert "https://news.example/1" in message.html


def test_entries_with_one_headline_have_links_that_can_be_told_apart() -> None:
    message = render(digest((entry(number=1, source="Harbour Wire"), entry(number=2, source="Lake Radio"))))
    links = lxml_html.document_fromstring(message.html).xpath("//h3/a")
    assert len({link.text_content() for link in links}) == 2


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("digest/body.txt", "{{ page.total }\n", r"digest/body\.txt, line 1: "),
        ("digest/body.html", "\n\n{{ page.nothing }}\n", r"digest/body\.html, line 3: .*nothing"),
        ("digest/body.html", "\n{% include 'gone.html' %}\n", r"gone\.html: no such template"),
        ("_base/words.txt", "\n\n{% macro %}\n", r"_base/words\.txt, line 3: "),
        (
            "digest/subject.txt",
            "{% trans a=1, b=2 %}{{ a }}{% endtrans %}{{ 1 / 0 }}",
            r"digest/subject\.txt, line 1: ",
        ),
        ("digest/subject.txt", None, r"digest/subject\.txt: no such template"),
        ("digest/body.txt", b"ok\n\xff\xfe", r"digest/body\.txt, line 2: not UTF-8"),
    ],
)
def test_a_broken_template_is_told_by_its_file_and_line(
    tmp_path: Path, file: str, content: str | bytes | None, words: str
) -> None:
    folder = tmp_path / "email"
    shutil.copytree(TEMPLATES, folder)
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadInput, match=words):
        Renderer(folder, LOCALES).render(digest(), reader(), LINKS, "Harbour Watch")


def test_the_templates_and_catalogues_we_ship_pass_the_check(tmp_path: Path) -> None:
    RENDERER.check()
    with pytest.raises(BadInput, match="no such template"):
        Renderer(tmp_path, LOCALES).check()


def test_rendering_twice_gives_the_same_message() -> None:
    told = digest(rules=(EMBARGO, LAUNCH))
    assert render(told, "ar") == render(told, "ar")
