"""The checks of markup find what they look for: each broken page breaks exactly the rule that it is about."""

from __future__ import annotations

import pytest
from emc import RULES, violations
from lxml import html as lxml_html
from lxml.html import HtmlElement
from mail_css import Scheme, contrast, inverted, looks
from mail_features import misunderstood

from alerts.model import Message

HEAD = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>News</title>'
SOUND = (
    f'<!DOCTYPE html>\n<html lang="en" dir="ltr"><head>{HEAD}</head><body>'
    '<div lang="en" dir="ltr" style="display:none">One story</div>'
    '<div lang="en" dir="ltr"><h1>News</h1><table role="presentation"><tr><td>'
    '<p>Read <a href="https://news.example/1">the first story</a> today.</p></td></tr></table>'
    "<ul><li>One</li></ul></div></body></html>"
)


def broken(html: str) -> list[str]:
    found = violations(lxml_html.document_fromstring(html), Message("en", "News", "", html))
    return sorted({violation.rule for violation in found})


def test_a_sound_page_breaks_no_rule() -> None:
    assert broken(SOUND) == []
    assert list(misunderstood(lxml_html.document_fromstring(SOUND))) == []


@pytest.mark.parametrize(
    ("sound", "unsound", "rule"),
    [
        ('<html lang="en"', "<html", "language_and_direction"),
        ('<div lang="en" dir="ltr"><h1>', '<div lang="en"><h1>', "language_and_direction"),
        ('<div lang="en" dir="ltr"><h1>', '<div lang="en" dir="rtl"><h1>', "language_and_direction"),
        ("<body>", "<body>Words", "language_and_direction"),
        ("<p>Read", '<p lang="en_GB">Read', "language_tags"),
        ("<p>Read", '<p dir="auto">Read', "direction_values"),
        ("<title>News<", "<title>Other<", "title_is_the_subject"),
        ("<title>News</title>", "", "title_is_the_subject"),
        ('<meta charset="utf-8">', "", "character_set_first"),
        ("device-width", "device-width,user-scalable=no", "zooming_is_possible"),
        ('<meta name="viewport" content="width=device-width">', "", "zooming_is_possible"),
        (' role="presentation"', "", "tables_for_layout_say_so"),
        ("<td>", "<th>Head</th><td>", "tables_for_layout_say_so"),
        ("<h1>News</h1>", "", "headings_in_order"),
        ("<h1>News</h1>", "<h1>News</h1><h1>More</h1>", "headings_in_order"),
        ("<h1>News</h1>", "<h1>News</h1><h3>More</h3>", "headings_in_order"),
        ("<h1>News</h1>", "<h1>News</h1><h2> </h2>", "headings_in_order"),
        ("<li>One</li>", "", "lists_hold_items"),
        ("<ul>", '<p id="a">x</p><ul id="a">', "names_stand_once"),
        ("the first story", "here", "links_say_where_they_lead"),
        ("the first story", "了解更多 https://news.example/1", "links_say_where_they_lead"),
        ("the first story", "查看更多", "links_say_where_they_lead"),
        ("the first story", "", "links_say_where_they_lead"),
        ("<ul>", '<p><a href="https://a.example/">the first story</a></p><ul>', "links_say_where_they_lead"),
        ("/1", '/1" style="text-decoration:none', "links_are_seen_without_colour"),
        ("https:", "javascript:", "links_lead_to_the_web_or_a_mailbox"),
        ("<p>", '<p aria-hidden="true"><a href="https://a.example/">x</a></p><p>',
         "nothing_hidden_can_be_reached"),
        ("<h1>", '<h1 style="text-align:justify">', "text_is_not_justified"),
        ("<ul>", '<img src="https://x.example/"><ul>', "images_have_words"),
        ("<ul>", '<img alt="x" src="https://x.example/"><ul>', "nothing_is_loaded_or_runs"),
        ("</head>", '<link rel="stylesheet" href="x"></head>', "nothing_is_loaded_or_runs"),
        ("</head>", "<style>p { background: url( x ) }</style></head>", "nothing_is_loaded_or_runs"),
        ("</head>", "<style>@import 'https://x.example/';</style></head>", "nothing_is_loaded_or_runs"),
        ("<p>", '<p onclick="x()">', "nothing_is_loaded_or_runs"),
        ("<p>", '<table role="none" background="x"></table><p>', "nothing_is_loaded_or_runs"),
        ("<ul>", "<!--[if mso]><v:rect></v:rect><![endif]--><ul>", "nothing_is_loaded_or_runs"),
    ],
)  # fmt: skip
def test_a_broken_page_breaks_the_rule_it_is_about(sound: str, unsound: str, rule: str) -> None:
    assert SOUND.count(sound) >= 1
    found = broken(SOUND.replace(sound, unsound, 1))
    assert rule in found
    assert set(found) <= {each.__name__ for each in RULES}


def styled(sheet: str, body: str) -> HtmlElement:
    return lxml_html.document_fromstring(
        f"<html><head><style>{sheet}</style></head><body>{body}</body></html>"
    )


@pytest.mark.parametrize(
    ("sheet", "body", "scheme", "look"),
    [
        ("", "<p>x", Scheme.LIGHT, ("#000000", "#ffffff", True)),
        ("", '<p style="color:#111111">x', Scheme.BARE, ("#111111", "#ffffff", True)),
        ("", '<div style="color:#111111"><p>x', Scheme.BARE, ("#111111", "#ffffff", True)),
        ("", '<table bgcolor="#222222"><td>x', Scheme.BARE, ("#000000", "#222222", True)),
        ("", '<a href="#">x', Scheme.BARE, ("#0000ee", "#ffffff", True)),
        ("p { color: #333333 }", '<p style="color:#111111">x', Scheme.LIGHT, ("#111111", "#ffffff", True)),
        ("p { color: #333333 !important }", '<p style="color:#111111">x',
         Scheme.LIGHT, ("#333333", "#ffffff", True)),
        (".a { color: #333333 } p { color: #444444 }", '<p class="a">x',
         Scheme.LIGHT, ("#333333", "#ffffff", True)),
        (".b.a, u { color: #333333 }", '<p class="a b">x', Scheme.LIGHT, ("#333333", "#ffffff", True)),
        ("p { display: none }", "<p>x", Scheme.BARE, ("#000000", "#ffffff", True)),
        ("p { display: none }", "<p>x", Scheme.LIGHT, ("#000000", "#ffffff", False)),
        ("@media (prefers-color-scheme: dark) { p { color: #eeeeee } } p { color: #1b1b1b }", "<p>x",
         Scheme.LIGHT, ("#1b1b1b", "#ffffff", True)),
        ("p { color: #1b1b1b } @media (prefers-color-scheme: dark) { body { background-color: #161616 } "
         "p { color: #eeeeee } }", "<p>x", Scheme.DARK, ("#eeeeee", "#161616", True)),
    ],
)  # fmt: skip
def test_words_look_as_the_cascade_says(
    sheet: str, body: str, scheme: Scheme, look: tuple[str, str, bool]
) -> None:
    assert [tuple(found) for _, _, found in looks(styled(sheet, body), scheme)] == [look]


@pytest.mark.parametrize(
    ("sheet", "body", "found"),
    [
        ("", '<p style="float:left">x', "float"),
        ("", '<p style="color:red">x', "color: red"),
        ("", '<p style="margin:-4px">x', "margin: -4px, which Gmail drops"),
        ("", '<p style="display:flex">x', "display: flex"),
        ("", '<p style="color:#111111 !important">x', "inline color !important"),
        ("", "<bdi>x</bdi>", "<bdi>"),
        ("", '<p title="x">x', "attribute title"),
        ("div > p { color: #111111 }", "<p>x", "selector div > p"),
        ("@media (hover: hover) { p { color: #111111 } }", "<p>x", "@media (hover: hover)"),
        ("/* " + "x" * 9000 + " */", "<p>x", "a style sheet outside the head, or too long"),
    ],
)
def test_what_some_mail_programs_do_not_understand_is_found(sheet: str, body: str, found: str) -> None:
    assert list(misunderstood(styled(sheet, body))) == [found]


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#ffffff", "#ffffff") == 1
    assert inverted("#ffecae") == "#001351"
    with pytest.raises(ValueError, match="'red' is not a colour"):
        contrast("red", "#ffffff")
