from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.feeds.discover import MOST_FOUND, MOST_GUESSES, Found, discover, guesses

PAGE = "https://site.example/news/today.html"


def found(html: str, url: str = PAGE) -> list[tuple[str, str, str]]:
    return [(each.url, each.title, each.format) for each in discover(html.encode(), url, "text/html")]


def test_declared_alternates_come_in_order_with_title_and_format() -> None:
    page = """<!doctype html><html><head>
      <link rel="alternate" type="application/rss+xml" title="News &amp; views" href="/rss.xml">
      <LINK REL='Alternate Home' TYPE='application/atom+xml; charset=utf-8' HREF='atom'>
      <link rel=alternate type=application/feed+json href=//cdn.example/feed.json />
      <link rel="feed" href="/all">
    """
    assert found(page) == [
        ("https://site.example/rss.xml", "News & views", "rss"),
        ("https://site.example/news/atom", "", "atom"),
        ("https://cdn.example/feed.json", "", "json"),
        ("https://site.example/all", "", ""),
    ]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="stylesheet" type="application/rss+xml" href="/a">',
        '<link rel="alternate" type="text/html" href="/fr">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">',
        '<link rel="alternate" type="text/xml+oembed" href="/oembed?format=xml">',
        '<link rel="alternate" type="application/rss+xml">',
        '<link rel="alternate" type="application/rss+xml" href=" ">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
        '<link rel="alternate" type="application/rss+xml" href="data:text/xml,<rss/>">',
        '<link rel="alternate" type="application/rss+xml" href="http://user:word@site.example/">',
        '<link rel="alternate" type="application/rss+xml" href="http://[/">',
        '<link rel="alternate" type="application/rss+xml" href="#top">',
        '<!-- <link rel="alternate" type="application/rss+xml" href="/old.xml"> -->',
        '<script>var x = \'<link rel="alternate" type="application/rss+xml" href="/js.xml">\'</script>',
        '<a href="mailto:rss@site.example">rss</a>',
        '<a href="/rss-explained.html">What is RSS?</a>',
        '<a href="/feedback">Feedback</a>',
        '<a href="/press/atomic-energy">IAEA</a>',
        '<a href="/images/rss.png">icon</a>',
        "<a>rss</a>",
    ],
)
def test_what_is_no_feed_is_not_offered(link: str) -> None:
    assert found(link) == []


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("/rss", "https://site.example/rss"),
        ("/rss/world.xml", "https://site.example/rss/world.xml"),
        ("world.rss", "https://site.example/news/world.rss"),
        ("?format=feed&amp;type=atom", "https://site.example/news/today.html?format=feed&type=atom"),
        ("https://feeds.site.example/feed/", "https://feeds.site.example/feed/"),
        ("feed://site.example/feed", "http://site.example/feed"),
        ("/x/index.rdf#latest", "https://site.example/x/index.rdf"),
    ],
)
def test_links_that_look_like_feeds_are_offered(href: str, address: str) -> None:
    assert found(f'<p><a class="b" href="{href}">\n Our <b>feed</b></a>') == [(address, "Our", "")]


def test_declared_feeds_come_before_links_and_comments_last() -> None:
    page = """<a href="/rss">all</a>
      <link rel="alternate" type="application/rss+xml" title="Site » Comments Feed" href="/comments/feed/">
      <link rel="alternate" type="application/rss+xml" title="Site » Feed" href="/feed/">
      <a href="/feed/">x</a>"""
    assert [address for address, _, _ in found(page)] == [
        "https://site.example/feed/",
        "https://site.example/comments/feed/",
        "https://site.example/rss",
    ]


def test_the_base_of_the_page_counts_and_a_senseless_one_does_not() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="feed">'
    assert found(f'<base href="https://cdn.example/x/">{link}')[0][0] == "https://cdn.example/x/feed"
    assert found(f'<base href="/y/">{link}')[0][0] == "https://site.example/y/feed"
    assert found(f'<base href="javascript:x">{link}')[0][0] == "https://site.example/news/feed"


@pytest.mark.parametrize(
    ("encoding", "content_type", "meta"),
    [
        ("windows-1251", "text/html; charset=windows-1251", ""),
        ("windows-1251", "text/html", '<meta charset="windows-1251">'),
        (
            "koi8-r",
            "",
            '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">',
        ),
        ("utf-8-sig", "text/html; charset=nonsense", ""),
        ("utf-16", "text/html", ""),
    ],
)
def test_titles_are_read_in_the_encoding_of_the_page(encoding: str, content_type: str, meta: str) -> None:
    title = "Новости мира сегодня"
    page = f'<html>{meta}<link rel="alternate" type="application/rss+xml" title="{title}" href="/f">'
    assert discover(page.encode(encoding), PAGE, content_type) == (
        Found("https://site.example/f", title, "rss"),
    )


def test_a_page_full_of_feeds_gives_a_bounded_number() -> None:
    assert len(found("".join(f'<a href="/{n}/rss">' for n in range(500)))) == MOST_FOUND


@pytest.mark.parametrize(
    "broken",
    [
        "<a href='" * 40_000,
        '<a href="x' * 40_000,
        "<!-- <a " * 40_000,
        "<script><a href=/rss>" * 20_000,
        "<a " + "x" * 500_000,
        "<" * 500_000,
        "<a href=/rss " * 40_000,
        "</a" * 100_000,
        "<link rel=alternate type=application/rss+xml href=/" + "a" * 500_000,
    ],
    ids=range(9),
)
def test_half_a_megabyte_of_rubbish_is_got_over_with(broken: str) -> None:
    assert len(found(broken)) <= MOST_FOUND


@settings(deadline=None)
@given(st.binary(max_size=500))
def test_no_page_crashes_it(page: bytes) -> None:
    offered = discover(b"<link rel=alternate type=text/xml href='" + page, PAGE)
    assert all(each.url.startswith(("http://", "https://")) for each in offered)


def test_usual_places_are_guessed_on_the_same_host_likeliest_first() -> None:
    assert guesses("https://site.example") == (
        "https://site.example/feed/",
        "https://site.example/rss.xml",
        "https://site.example/feed.xml",
        "https://site.example/atom.xml",
        "https://site.example/rss",
        "https://site.example/index.xml",
    )
    below = guesses("https://site.example:8443/blog/?p=1")
    assert below[:2] == ("https://site.example:8443/blog/feed/", "https://site.example:8443/feed/")
    assert len(below) == MOST_GUESSES
    assert "https://site.example/news/today.html/feed/" not in guesses(PAGE)
    assert "https://site.example/rss" not in guesses("https://site.example/rss")


@pytest.mark.parametrize("url", ["", "ftp://site.example/", "http://[", "mailto:a@b.example", "/x"])
def test_nothing_is_guessed_about_what_is_no_web_address(url: str) -> None:
    assert guesses(url) == ()
