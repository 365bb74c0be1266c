from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.errors import BadInput
from alerts.feeds import plain
from alerts.feeds.opml import MOST_TAGS, Opml, Outline, read_opml, write_opml


def listed(body: str, declaration: str = '<?xml version="1.0"?>') -> bytes:
    return f'{declaration}\n<opml version="2.0">\n<body>\n{body}\n</body>\n</opml>'.encode()


def reasons(found: Opml, *, refused: bool) -> list[tuple[int, str]]:
    return [(each.line, each.reason) for each in found.problems if each.refused == refused]


def test_folders_become_tags_and_attributes_may_be_in_any_case() -> None:
    found = read_opml(
        listed(
            '<outline text="World"><outline title="Asia" text="x">'
            '<outline TYPE="rss" Text="Wire" XMLURL=" https://wire.example/rss " htmlURL="https://wire.example/"'
            ' language="en_GB" source="Wire House"/>'
            '</outline></outline>\n<outline text="Alone" xmlurl="http://alone.example/feed"/>'
        )
    )
    assert found.feeds == (
        Outline(
            "https://wire.example/rss",
            "Wire",
            "https://wire.example/",
            "en-GB",
            ("World", "x"),
            "Wire House",
        ),
        Outline("http://alone.example/feed", "Alone"),
    )
    assert [feed.line for feed in found.feeds] == [4, 5]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("attributes", "title"),
    [
        ('title="Full name" text="short"', "Full name"),
        ('title=" " text="short"', "short"),
        ("", "a.example"),
        ('text="Q &amp;amp; A &lt;b&gt;"', "Q &amp; A <b>"),
        ('text="two&#10;lines &#9; and &#x202e;more"', "two lines and more"),
    ],
)
def test_a_feed_is_called_by_its_title_else_its_text_else_its_host(attributes: str, title: str) -> None:
    (feed,) = read_opml(listed(f'<outline {attributes} xmlUrl="https://a.example/feed"/>')).feeds
    assert feed.title == title


@pytest.mark.parametrize(
    ("outline", "reason"),
    [
        ('<outline text="A" xmlUrl="/feed"/>', "'/feed' is not an http or https address"),
        ('<outline xmlUrl="ftp://a.example/x"/>', "'ftp://a.example/x' is not an http or https address"),
        ('<outline xmlUrl="javascript:alert(1)"/>', "'javascript:alert(1)' is not an http or https address"),
        ('<outline xmlUrl="www.a.example/feed"/>', "'www.a.example/feed' is not an http or https address"),
        ('<outline xmlUrl="http://"/>', "'http://' is not an http or https address"),
        ('<outline xmlUrl="http://[a/"/>', "'http://[a/' is not an http or https address"),
        ('<outline text="A" type="rss"/>', "'A' has no address (xmlUrl)"),
        ('<outline text="Empty folder"></outline>', "'Empty folder' has no address (xmlUrl)"),
        ("<outline/>", "an empty outline"),
        ('<outline xmlUrl=""/>', "an empty outline"),
    ],
)
def test_a_line_without_a_usable_address_is_refused_by_its_number(outline: str, reason: str) -> None:
    found = read_opml(listed(f'<outline text="Good" xmlUrl="https://a.example/feed"/>\n{outline}'))
    assert [feed.title for feed in found.feeds] == ["Good"]
    assert reasons(found, refused=True) == [(5, reason)]


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("feed://a.example/rss", "http://a.example/rss"),
        ("feed:https://a.example/rss", "https://a.example/rss"),
        ("HTTPS://a.example/a b", "HTTPS://a.example/a%20b"),
    ],
)
def test_addresses_as_newsreaders_wrote_them_are_understood(written: str, url: str) -> None:
    assert [feed.url for feed in read_opml(listed(f'<outline xmlUrl="{written}"/>')).feeds] == [url]


def test_a_feed_in_two_folders_is_one_feed_with_both_tags() -> None:
    outline = '<outline text="A" xmlUrl="https://a.example/feed"/>'
    body = f'<outline text="One">\n{outline}\n</outline><outline text="Two">\n{outline}</outline>'
    found = read_opml(listed(body))
    assert [feed.tags for feed in found.feeds] == [("One", "Two")]
    assert reasons(found, refused=False) == [(7, "the same address as in line 5: https://a.example/feed")]


@pytest.mark.parametrize(
    ("outline", "feed", "reason"),
    [
        (
            '<outline text="Q & A" xmlUrl="https://a.example/?a=1&copy=2"/>',
            ("Q & A", "https://a.example/?a=1&copy=2"),
            "an & is not written as &amp;",
        ),
        (
            '<outline text="Caf&eacute;" xmlUrl="https://a.example/"/>',
            ("Café", "https://a.example/"),
            "a name such as &eacute; that XML does not know",
        ),
        (
            '<outline text="a<b" xmlUrl="https://a.example/"/>',
            ("a<b", "https://a.example/"),
            "a < is not written as &lt;",
        ),
        (
            "<outline text=Bare xmlUrl=https://a.example/ >",
            ("Bare", "https://a.example/"),
            "the value of text is not in quotes; the value of xmlUrl is not in quotes",
        ),
        (
            '<outline text="Say "no"" xmlUrl="https://a.example/"/>',
            ("Say", "https://a.example/"),
            "characters between the attributes that belong to none",
        ),
        (
            '<outline text="Cut" xmlUrl="https://a.example/"',
            ("Cut", "https://a.example/"),
            "characters between the attributes that belong to none; the tag does not end",
        ),
    ],
)
def test_a_list_that_is_no_xml_is_read_and_its_faults_are_named(
    outline: str, feed: tuple[str, str], reason: str
) -> None:
    found = read_opml(listed(f'<outline text="World">\n{outline}\n<outline xmlUrl="https://b.example/"/>'))
    assert [(each.title, each.url) for each in found.feeds] == [feed, ("b.example", "https://b.example/")]
    faults = reasons(found, refused=False)
    assert faults[0][0] == 5
    assert faults[0][1].startswith(reason.split(";")[0])


def test_a_fault_outside_of_every_outline_is_named_with_its_line() -> None:
    found = read_opml(b'<opml><body>\n<outline xmlUrl="https://a.example/"/>\n</bdy></opml>')
    assert len(found.feeds) == 1
    assert reasons(found, refused=False) == [
        (3, "not well-formed XML (mismatched tag); read as well as possible")
    ]


def test_entities_that_the_list_declares_are_not_expanded() -> None:
    bomb = '<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY x SYSTEM "file:///x">]>'
    found = read_opml(f'{bomb}<opml><outline text="&b;&x;" xmlUrl="https://a.example/"/></opml>'.encode())
    assert [feed.title for feed in found.feeds] == ["&b;&x;"]
    assert [each.line for each in found.problems] == [1]


def test_outlines_inside_of_comments_are_none_even_in_a_broken_list() -> None:
    found = read_opml(b'<opml><!-- <outline xmlUrl="https://no.example/"/> --><outline text="a&b"/></opml>')
    assert found.feeds == ()
    assert [each.reason for each in found.problems if each.refused] == ["'a&b' has no address (xmlUrl)"]


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("windows-1251", "windows-1251"),
        ("koi8-r", "koi8-r"),
        ("utf-8", "utf-16"),
        ("windows-1251", "utf-8"),
    ],
)
def test_the_encoding_is_found_whatever_the_list_says(declared: str, written: str) -> None:
    name = "Новости мира и войны на сегодня"
    text = f'<?xml version="1.0" encoding="{declared}"?>\n<opml><outline text="{name}" xmlUrl="https://a.example/"/></opml>'
    (feed,) = read_opml(text.encode(written)).feeds
    assert feed.title == name


@pytest.mark.parametrize("body", [b"", b"<html><body>404</body></html>", b"{}", b"\x89PNG\r\n", b"<rss/>"])
def test_what_is_no_list_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(BadInput, match="no list of feeds"):
        read_opml(body)


def test_an_empty_list_is_a_list() -> None:
    assert read_opml(b"<opml><body/></opml>") == Opml(())


def test_a_list_beyond_all_size_is_refused() -> None:
    with pytest.raises(BadInput, match="larger than"):
        read_opml(b" " * 10_000_001)


@pytest.mark.parametrize(
    "body",
    [
        b"<outline a=\"'b='" * 3_000,
        b"<outline text='" * 3_000,
        b"<!--<outline " * 3_000,
        b"<outline " + b"a" * 100_000,
        b"<outline a" + b" " * 100_000 + b"b",
        b"<outline text='f' xmlUrl='http://a.example/'>" * 3_000,
        b"<outline text='" + b"&a" * 100_000,
    ],
    ids=range(7),
)
def test_rubbish_ends_and_names_its_lines(body: bytes) -> None:
    assert read_opml(b"<opml>" + body).problems


def test_folders_nested_without_end_give_a_bounded_number_of_tags() -> None:
    folders = "".join(f'<outline text="{depth}">' for depth in range(500))
    (feed,) = read_opml(listed(folders + '<outline xmlUrl="https://a.example/"/>' + "</outline>" * 500)).feeds
    assert feed.tags == tuple(map(str, range(MOST_TAGS)))


words = st.text(max_size=40).map(lambda text: plain.line(text.replace("<", "‹").replace("&", "＆")))
names = words.filter(bool) | st.sampled_from(["a & b", "<b>", '"quoted"', "it's", "&amp;", "ö&#10;ü"])
addresses = st.builds(
    "{}://{}.example/{}".format,
    st.sampled_from(["http", "https"]),
    st.text(string.ascii_lowercase, min_size=1, max_size=8),
    st.text(string.ascii_letters + string.digits + "?&=%'/;~ж", max_size=20),
)
outlines = st.builds(
    Outline,
    url=addresses,
    title=names,
    site=st.none() | addresses,
    language=st.none() | st.sampled_from(["en", "pt-BR", "zh-Hans"]),
    tags=st.lists(names, unique=True, max_size=4).map(tuple),
    source=st.none() | names,
)


@settings(deadline=None)
@given(st.lists(outlines, unique_by=lambda feed: feed.url, max_size=12), words)
def test_what_is_written_is_read_back_as_it_was(feeds: list[Outline], title: str) -> None:
    found = read_opml(write_opml(feeds, title).encode())
    assert found.problems == ()
    assert list(found.feeds) == feeds


@settings(deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=100))
def test_no_bytes_crash_it(some: bytes, more: bytes) -> None:
    try:
        found = read_opml(b"<opml><outline text='" + some + b"' xmlUrl='https://a.example/'/>" + more)
    except BadInput:  # zeros can make it look like an encoding in which there is no outline
        return
    assert all(feed.url.startswith("http") for feed in found.feeds)
