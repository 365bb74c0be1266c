from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.feeds import plain


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("One<br>still one<br/><br />two", "One still one\n\ntwo"),
        ("<div><div>a</div>b</div>", "a\n\nb"),
        ("<ul><li>a<li>b</ul>", "a\n\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\n\nc"),
        ("bal<b>lis</b>tic", "ballistic"),
        ("a<script>evil()</script>b<style>x{}</style>c<!-- d -->e", "abce"),
        ("sa<!-- open >fe", "safe"),
        ("a<!-- b -->c<!-- d", "ac"),
        ("<![CDATA[a < b]]> &amp; <![CDATA[c", "a < b & <![CDATA[c"),
        ("<!' a>b", "<!' a>b"),
        ("<!DOCTYPE html><p>a", "a"),
        ("<math><mi>a</mi><mo>+</mo><mi>b</mi></math>", "a + b"),
        ("a<iframe src='b'>c", "a c"),
        ("<svg><title>t</title></svg><iframe>i</iframe>ok", "t i ok"),
        ("&lt;b&gt; &amp;amp; &eacute;&#8212;&nbsp;x", "<b> &amp; é— x"),
        ("5 < 6 > 4 & 3", "5 < 6 > 4 & 3"),
        ("<p>un<b>closed<p>next", "unclosed\n\nnext"),
        ("<p title='</p>' lang='<hr>'>a</p>", "a"),
        ("line\nbreaks\n\nare spaces in HTML", "line breaks are spaces in HTML"),
    ],
)
def test_markup_becomes_paragraphs(markup: str, text: str) -> None:
    assert plain.paragraphs(markup, markup=True, limit=100) == text


@pytest.mark.parametrize(
    ("given_text", "text"),
    [
        ("One,\nwrapped.\n\n \nTwo.", "One, wrapped.\n\nTwo."),
        ("if a < b > c & d", "if a < b > c & d"),
        ("R&amp;D", "R&D"),
        ("<b>bold</b> move", "bold move"),
        ("a\x00b\x07c\x0bd\x85e", "abc d e"),
        ("a\u202eb\u2066c\ufeffd\u200fe\u200df", "abcd\u200fe\u200df"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("one\u2029two\u2028three", "one\n\ntwo three"),
    ],
)
def test_plain_text_stays_and_is_cleaned(given_text: str, text: str) -> None:
    assert plain.paragraphs(given_text, markup=False, limit=100) == text


@given(st.text(alphabet=st.characters(), max_size=200), st.booleans(), st.integers(1, 50))
def test_any_text_becomes_bounded_paragraphs_without_controls(text: str, markup: bool, limit: int) -> None:
    result = plain.paragraphs(text, markup=markup, limit=limit)
    assert len(result) <= limit
    assert all(part == " ".join(part.split()) for part in result.split("\n\n"))
    assert not any(
        (ord(c) < 0x20 and c != "\n") or 0x7F <= ord(c) < 0xA0 or "\ud800" <= c <= "\udfff" for c in result
    )
    assert "\n" not in plain.line(text, markup=markup)


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("https://a.example/x?y=1#z", "https://a.example/x?y=1#z"),
        ("/x", "https://news.example/x"),
        ("x y", "https://news.example/feeds/x%20y"),
        ("//b.example/x", "https://b.example/x"),
        (" http://a.example/\n x ", "http://a.example/%20x"),
        ("", ""),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("mailto:a@a.example", ""),
        ("http://user@a.example/", ""),
        ("http://", ""),
        ("http://[/", ""),
        ("http://a.example\\@b.example/", ""),
        ("http://a.example/\x00", ""),
        ("http://a.example/\u202egpj.x", ""),
        ("http://a.example/\u3000x", ""),
        ("http://a.example/" + "x" * 2_000, ""),
    ],
)
def test_only_absolute_web_links_survive(link: str, absolute: str) -> None:
    assert plain.absolute_link(link, "https://news.example/feeds/a.xml") == absolute


@pytest.mark.parametrize(
    ("summary", "content", "fields"),
    [
        ("s", "c", ("s", "c")),
        ("s", "", ("s", "")),
        ("", "c", ("c", "")),
        ("same", "same", ("same", "")),
        ("", "x" * 30_000, ("", "x" * 30_000)),
        ("s" * 30_000, "c", ("s" * 20_000, "c")),
    ],
)
def test_nothing_is_said_twice_in_summary_and_text(
    summary: str, content: str, fields: tuple[str, str]
) -> None:
    assert plain.summary_and_text(summary, content) == fields


@pytest.mark.parametrize(
    ("claim", "tag"),
    [
        ("en-GB", "en-GB"),
        ("de_AT", "de-AT"),
        (" zh-Hans ", "zh-Hans"),
        ("english", None),
        ("", None),
        ("e", None),
    ],
)
def test_a_language_claim_is_a_tag_or_nothing(claim: str, tag: str | None) -> None:
    assert plain.language_tag(claim) == tag
