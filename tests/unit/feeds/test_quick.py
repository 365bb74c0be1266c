"""The quick reader says what feedparser says, or nothing."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.errors import NotAFeed
from alerts.feeds import parse
from alerts.feeds.document import prepared
from alerts.feeds.quick import reader
from alerts.model import ParsedFeed

FOLDER = Path(__file__).parents[2] / "feeds"
FEEDS = sorted(path for path in FOLDER.iterdir() if path.suffix not in (".json", ".md"))
CORPORA = Path(__file__).parents[4] / "shared" / "corpora"
ORDINARY = ("bare-text-xml.xml", "duplicate-guid.xml", "rdf.xml", "rss20.xml")
URL = "https://news.example/feeds/feed.xml"

NAMESPACES = {
    "a10": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dct": "http://purl.org/dc/terms/",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "georss": "http://www.georss.org/georss",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "x": "https://extension.example/",
}
DECLARED = " ".join(f'xmlns:{prefix}="{address}"' for prefix, address in NAMESPACES.items())


def thoroughly(body: bytes) -> ParsedFeed | str:
    """What comes out when the quick reader always declines."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parse, "read_quickly", lambda _: None)
        return as_usual(body)


def as_usual(body: bytes) -> ParsedFeed | str:
    try:
        return parse.parse(body, URL)
    except NotAFeed as error:
        return str(error)


def answers(body: bytes) -> bool:
    return reader.read(prepared(body.decode())) is not None


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.name)
def test_a_feed_reads_the_same_either_way(path: Path) -> None:
    assert as_usual(path.read_bytes()) == thoroughly(path.read_bytes())


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_feeds_are_answered(name: str) -> None:
    assert answers((FOLDER / name).read_bytes())


# --- what it leaves to feedparser -------------------------------------------------------------


def rss(item: str = "<title>A</title>", head: str = "<title>Wire</title>", root: str = DECLARED) -> bytes:
    return f'<rss version="2.0" {root}><channel>{head}<item>{item}</item></channel></rss>'.encode()


def atom(entry: str, root: str = DECLARED) -> bytes:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {root}><title>Wire</title><id>urn:wire</id>'
        f"<entry>{entry}</entry></feed>"
    ).encode()


PLAIN = {
    "a podcast": rss(
        "<title>A</title><itunes:author>Ana</itunes:author><itunes:summary>B</itunes:summary>"
        "<enclosure url='https://news.example/1.mp3' type='audio/mpeg' length='9000'/>",
        "<title>Wire</title><itunes:owner><itunes:name>Ana</itunes:name></itunes:owner>"
        "<itunes:category text='News'><itunes:category text='Daily'/></itunes:category>",
    ),
    "pictures with words": rss(
        "<media:group><media:content url='https://news.example/1.jpg' type='image/jpeg'>"
        "<media:title>B</media:title><media:description>C</media:description></media:content></media:group>"
        "<title>A</title><description>D</description><media:thumbnail url='https://news.example/2.jpg'/>"
    ),
    "two namespaces that nobody knows": rss("<title>A</title><x:a><x:b c='1'/></x:a><y xmlns='urn:y'>1</y>"),
    "places": rss("<title>A</title><georss:point>1 2</georss:point><dct:spatial>Chad</dct:spatial>"),
    "authors with an address of mail": rss(
        "<title>A</title><author>desk@news.example (Desk)</author><dc:creator>ana@news.example</dc:creator>"
        "<author>Ana &lt;ana@news.example&gt;</author><author/>"
    ),
    "Atom": atom(
        "<title type='html'>A &amp;amp; B</title><id>urn:1</id><updated>2031-03-04T07:30:00Z</updated>"
        "<link href='https://news.example/1'/><link rel='self' href='https://news.example/1.atom'/>"
        "<author><name>Ana</name><uri>https://news.example/ana</uri></author><category term='storm'/>"
        "<summary>C</summary><content type='html' xml:lang='fr'>&lt;p>D&lt;/p></content>",
        f"xml:lang='en-GB' {DECLARED}",
    ),
}


@pytest.mark.parametrize("case", PLAIN)
def test_what_feeds_usually_have_is_answered_as_feedparser_would(case: str) -> None:
    assert answers(PLAIN[case])
    assert as_usual(PLAIN[case]) == thoroughly(PLAIN[case])


DOUBTFUL = {
    "a doctype": b"<!DOCTYPE rss><rss version='2.0'><channel><item><title>A</title></item></channel></rss>",
    "XML that is not well-formed": rss("<title>R&D</title>"),
    "a root of another kind": b"<opml version='2.0'><body/></opml>",
    "Atom 0.3": b"<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title>A</title></entry></feed>",
    "entries outside of the channel": b"<rss version='2.0'><channel/><item><title>A</title></item></rss>",
    "a base for addresses": rss("<link xml:base='https://other.example/'>1</link>"),
    "a usual prefix for another namespace": rss(root="xmlns:dc='https://other.example/'"),
    "one prefix for two namespaces": rss(
        "<m:title xmlns:m='https://one.example/'>A</m:title><m:title xmlns:m='https://two.example/'>B</m:title>"
    ),
    "mark-up that is not escaped": rss("<description>Read <b>this</b></description>"),
    "xhtml": atom("<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>A</div></title>"),
    "content somewhere else": atom("<title>A</title><content src='https://news.example/1'/>"),
    "content that is no text": atom("<title>A</title><content type='image/png'>iVBORw0K</content>"),
    "the source of a copied entry": atom("<title>A</title><source><title>B</title></source>"),
    "an entry with nothing in it": rss("<x:thing>1</x:thing>"),
    "a date that only feedparser may know": rss("<title>A</title><pubDate>the other day</pubDate>"),
    "an author of many words": rss(f"<author>{'Ana, ' * 200}</author>"),
    "an address with too many slashes": rss("<link>https:///news.example/1</link>"),
    "a title that comes twice in the head": rss(head="<title>Wire</title><title>Other</title>"),
    "characters of windows-1252": rss("<title>A &#150; B</title>"),
    "an area on the globe": rss("<title>A</title><georss:box>1 2 3 4</georss:box>"),
    "words that nest without end": rss("<x:a>" * 3_000 + "</x:a>" * 3_000),
}


@pytest.mark.parametrize("case", DOUBTFUL)
def test_what_is_doubtful_is_left_to_feedparser(case: str) -> None:
    assert not answers(DOUBTFUL[case])


def test_a_document_too_large_to_be_read_twice_is_not_tried() -> None:
    assert not answers(rss(f"<title>{'a' * 2_000_000}</title>"))


# --- any feed -------------------------------------------------------------------------------------

WORDS = st.one_of(
    st.sampled_from(
        (
            *("", " ", "A storm", "Eight dead & two missing", "<p>Flood</p>", "a &amp; b", "a &lt;b&gt; b"),
            *("Tom &#38; Anna", "</b>", "</td> cell", "café", "cafÃ©", "Киев", "地震", "\x85", "&copy; 2031"),
            *(
                "https://news.example/1",
                "https:///news.example/1",
                "http://a.example/?b=1&c=2",
                "/1",
                "urn:x:1",
            ),
            *(
                "Tue, 04 Mar 2031 07:30:00 +0200",
                "2031-03-04T07:30:00Z",
                "4.3.2031",
                "yesterday",
                "Chad, Sudan",
            ),
            *(
                "desk@news.example",
                "Ana (ana@news.example)",
                "en",
                "pt_BR",
                "1.5 -2.25",
                "1.5,x",
                "60",
                "daily",
            ),
        )
    ),
    st.text(st.characters(codec="utf-8"), max_size=12),
)
NAMES = """
title link description guid author category pubDate comments source enclosure language ttl image summary
content id updated published created location tags a10:link a10:title a10:updated a10:author a10:summary
content:encoded dc:creator dc:date dc:title dc:subject dc:description dc:language dc:coverage dct:spatial
dct:modified geo:lat geo:long geo:Point georss:point georss:box itunes:author itunes:summary itunes:subtitle
itunes:keywords itunes:image itunes:category media:content media:group media:title media:description
media:thumbnail media:credit media:category media:keywords sy:updatePeriod x:thing x:title x:country
name email uri item entry
"""
ATTRIBUTE_NAMES = """
href url rel type length hreflang isPermaLink domain scheme term label text src mode xml:lang lang x:href
version xml:base medium fileSize
"""
FORMS = ("plain", "text", "html", "text/html", "xhtml", "image/png", "HTML", "application/rss+xml")
ATTRIBUTES = st.dictionaries(
    st.sampled_from(ATTRIBUTE_NAMES.split()),
    st.one_of(
        st.sampled_from((*FORMS, "alternate", "self", "enclosure", "true", "false", "en-US", "fr", "")), WORDS
    ),
    max_size=3,
)


def xml_text(text: str) -> str:
    return "".join(
        character for character in escape(text) if character.isprintable() or character in "\t\n\x85"
    )


def element(name: str, attributes: dict[str, str], inside: str) -> str:
    stated = "".join(f" {key}={quoteattr(xml_text(value))}" for key, value in attributes.items())
    return f"<{name}{stated}>{inside}</{name}>"


LEAVES = st.builds(
    element,
    st.sampled_from(NAMES.split()),
    st.one_of(st.just({}), ATTRIBUTES),
    st.one_of(
        WORDS.map(xml_text), WORDS.map(lambda text: f"a<!-- {'b'} -->{xml_text(text)}<![CDATA[&amp;<i>]]>")
    ),
)
ELEMENTS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        element,
        st.sampled_from(
            ("media:group", "media:content", "x:thing", "image", "author", "a10:author", "dct:spatial")
        ),
        st.one_of(st.just({}), ATTRIBUTES),
        st.lists(inner, max_size=3).map("".join),
    ),
    max_leaves=4,
)
DATES = st.sampled_from(("Tue, 04 Mar 2031 07:30:00 +0200", "2031-03-04T07:30:00Z", "2031-03-04", ""))
LINKS = st.sampled_from(("https://news.example/1", "http://a.example/?b=1&c=2", "/1", "urn:x:1", ""))
LINES = st.sampled_from(
    (
        "desk@news.example (Desk)",
        "A storm",
        "Tom &#38; Anna",
        "café",
        "cafÃ©",
        "Киев",
        "a <i>b</i>",
        "x </td>",
        "1 2",
        "en",
        "",
    )
)
USUAL = {
    """
    title description content:encoded category dc:creator dc:subject summary content itunes:summary
    itunes:author media:title media:description media:keywords dct:spatial geo:lat geo:long georss:point
    x:thing dc:language source ttl
    """: LINES,
    "pubDate dc:date published updated created a10:updated dct:modified": DATES,
    "link guid id comments": LINKS,
}
USUAL_ELEMENT = st.one_of(
    *(
        st.builds(element, st.sampled_from(names.split()), st.just({}), values.map(escape))
        for names, values in USUAL.items()
    )
)
FILE = st.builds(
    element,
    st.sampled_from(("enclosure", "a10:link", "media:thumbnail", "category")),
    st.dictionaries(
        st.sampled_from(("url", "href", "type", "length", "term", "xml:lang")), LINKS, max_size=2
    ),
    st.just(""),
)
GROUP = st.builds(
    element,
    st.sampled_from(("media:content", "media:group", "x:thing")),
    st.just({}),
    st.lists(st.one_of(USUAL_ELEMENT, FILE), max_size=3).map("".join),
)
# Mostly what feeds have, and sometimes one thing that may be in doubt.
PARTS = st.tuples(
    st.lists(st.one_of(USUAL_ELEMENT, USUAL_ELEMENT, FILE, GROUP), max_size=7),
    st.one_of(st.just([]), st.just([]), st.lists(ELEMENTS, max_size=1)),
).flatmap(lambda both: st.permutations([*both[0], *both[1], "<title>A</title>"]).map("".join))
HEADS = st.one_of(st.just("<title>A</title><description>B</description>"), PARTS)


@settings(max_examples=300, deadline=None)
@given(entries=st.lists(PARTS, min_size=1, max_size=3), head=HEADS)
def test_any_feed_reads_the_same_either_way(entries: list[str], head: str) -> None:
    items = "".join(f"<item>{entry}</item>" for entry in entries)
    documents = (
        f'<rss version="2.0" xml:lang="de" {DECLARED}><channel>{head}{items}</channel></rss>',
        f'<feed xmlns="{NAMESPACES["a10"]}" {DECLARED}>{head}{items.replace("item>", "entry>")}</feed>',
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        f" {DECLARED.replace('2005/Atom', '2005/Other')}><channel>{head}</channel>{items}</rdf:RDF>",
    )
    for document in documents:
        assert as_usual(document.encode()) == thoroughly(document.encode())


# --- the feeds of others, where they are at hand ------------------------------------------------


@pytest.mark.skipif(not CORPORA.is_dir(), reason="no collection of feeds beside the project")
def test_feeds_of_others_read_the_same_either_way() -> None:
    folders = ("feeds-real", "security/feeds_hostile", "security/feedparser_tests")
    paths = [path for folder in folders for path in sorted((CORPORA / folder).rglob("*")) if path.is_file()]
    assert paths
    for path in paths:
        body = path.read_bytes()
        if len(body) < 200_000:
            assert as_usual(body) == thoroughly(body), path.name
