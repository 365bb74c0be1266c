from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.language.fold import fold
from alerts.model import Item
from alerts.warning import publishers
from alerts.warning.publishers import Family, Publishers

SHIPPED = Publishers.shipped()
CATALOG = Path(publishers.__file__).parent.parent / "catalog"
TABLES = tomllib.loads((CATALOG / "publishers.toml").read_text("utf-8"))


def item(url: str = "https://paper.example/1", **fields: object) -> Item:
    return Item(**{"key": "k", "url": url, "title": "A title", **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "family"),
    [
        ("https://www.bbc.co.uk/news/1", "BBC"),
        ("https://feeds.bbci.co.uk/news/rss.xml", "BBC"),
        ("https://edition.cnn.com/a", "Warner Bros. Discovery"),
        ("https://www.yna.co.kr/view/1", "Yonhap"),
        ("https://ria.ru/1.html", "Rossiya Segodnya"),
        ("https://interfax.com.ua/news/1", "Interfax-Ukraine"),
        ("https://www.interfax.ru/1", "Interfax"),
        ("https://www.unknown-paper.example/a/b", "unknown-paper.example"),
        ("https://news.unknown-paper.co.uk/a", "unknown-paper.co.uk"),
        ("https://sport.unknown-paper.com.au/a", "unknown-paper.com.au"),
        ("http://10.0.0.7:8080/feed", "10.0.0.7"),
    ],
)
def test_the_host_says_who_publishes(url: str, family: str) -> None:
    assert SHIPPED.family(item(url, source="somebody else", feed="a feed")) == family


@pytest.mark.parametrize(
    ("source", "family"),
    [
        ("Reuters", "Reuters"),
        ("AP News", "Associated Press"),
        ("연합뉴스", "Yonhap"),
        ("رويترز", "Reuters"),
        ("The  Nowhere Gazette".replace("  ", " "), "The Nowhere Gazette"),
        ("BBC.com", "BBC"),
        ("local.example.com", "example.com"),
    ],
)
def test_of_an_aggregator_the_source_says_who_publishes(source: str, family: str) -> None:
    assert SHIPPED.family(item("https://news.google.com/rss/articles/1", source=source)) == family


def test_without_address_and_source_the_feed_says_who_publishes() -> None:
    assert SHIPPED.family(item("", feed="https://rss.nytimes.com/World.xml")) == "The New York Times"
    assert SHIPPED.family(item("", feed="a feed of mine")) == "a feed of mine"
    assert SHIPPED.family(item("https://news.google.com/1", feed="https://rss.cnn.com/world.rss")) == (
        "Warner Bros. Discovery"
    )


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("SEOUL, South Korea (AP) — The North fired a missile on Tuesday.", "Associated Press"),
        ("(Reuters) - The central bank held its rate.", "Reuters"),
        ("TOKYO, Oct 4 (Reuters) - Sirens sounded in the north.", "Reuters"),
        ("Madrid, 4 oct (EFE).- El Gobierno ha aprobado la ley.", "EFE"),
        ("(ANSA) - ROMA, 04 OTT - Il governo ha deciso.", "ANSA"),
        ("Berlin (dpa) - Die Regierung hat entschieden.", "dpa"),
        ("BEIJING, Oct. 4 (Xinhua) -- Officials met on Tuesday.", "Xinhua"),
        ("СЕУЛ, 4 октября. /ТАСС/. КНДР провела пуск.", "TASS"),
        ("МОСКВА, 4 окт - РИА Новости. Делегация прибыла.", "Rossiya Segodnya"),
        ("Москва. 4 октября. INTERFAX.RU - Делегация прибыла.", "Interfax"),
        ("新华社首尔10月4日电（记者）当地时间四日上午", "Xinhua"),
        ("(서울=연합뉴스) 김기자 기자 = 북한이 4일 발사했다.", "Yonhap"),
        ("【ソウル共同】韓国軍は4日、発表した。", "Kyodo News"),
        ("سيول (رويترز) - قال الجيش يوم الثلاثاء", "Reuters"),
        ("İSTANBUL (AA) - Bakan açıkladı.", "Anadolu"),
        ("NEW DELHI: (PTI) - The minister said on Tuesday.", "Press Trust of India"),
        ("W nocy doszło do wybuchu. Nikt nie ucierpiał. (PAP)", "PAP"),
        ("Police have opened an inquiry.\n© 2022 AFP", "Agence France-Presse"),
    ],
)
def test_a_dateline_or_signature_credits_its_agency(text: str, agency: str) -> None:
    assert SHIPPED.credit(item(summary=text)) == agency
    assert SHIPPED.credit(item(text=text)) == agency


@pytest.mark.parametrize(
    ("author", "agency"),
    [
        ("By ASSOCIATED PRESS", "Associated Press"),
        ("The Associated Press", "Associated Press"),
        ("Agence France-Presse in Seoul", "Agence France-Presse"),
        ("Ann Other and Reuters", "Reuters"),
        ("Ann Other, AFP", "Agence France-Presse"),
        ("Staff with AP", "Associated Press"),
        ("연합뉴스", "Yonhap"),
    ],
)
def test_a_byline_credits_its_agency(author: str, agency: str) -> None:
    assert SHIPPED.credit(item(authors=(author,))) == agency


@pytest.mark.parametrize(
    "fields",
    [
        {"summary": "A report of the Reuters Institute says that readers tire of news."},
        {"summary": "Officials told (AP) reporters nothing, and nobody knew why they had come."},
        {"summary": "The ap is not working, said the dpa chief."},
        {"authors": ("Petra Müller",)},
        {"authors": ("Reuters Institute",)},
        {"authors": ("Staff and agencies",)},
        {"title": "AP"},
        {},
    ],
)
def test_an_agency_that_is_only_mentioned_is_not_credited(fields: dict[str, object]) -> None:
    assert SHIPPED.credit(item(**fields)) is None


def test_own_families_can_be_told_without_a_catalogue() -> None:
    own = Publishers([Family("House", ("house.example",), ("The House",), ("HSE",))])
    assert own.family(item("https://a.house.example/1")) == "House"
    assert own.credit(item(summary="Town (HSE) - News.")) == "House"
    assert Publishers([]).credit(item(summary="Town (HSE) - News.", authors=("HSE",))) is None


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=300))
def test_every_item_has_a_family_and_no_text_breaks_the_search(url: str, source: str, text: str) -> None:
    odd = item(url, source=source, summary=text, authors=(source,), feed="feed")
    assert SHIPPED.family(odd)
    SHIPPED.credit(odd)


def test_the_catalogue_lists_every_host_name_and_credit_once() -> None:
    families = TABLES["family"]
    assert len(families) >= 60
    hosts = Counter(host for table in families for host in table.get("hosts", ()))
    names = Counter(fold(name) for table in families for name in (table["name"], *table.get("names", ())))
    credits = Counter(credit for table in families for credit in table.get("credits", ()))
    for counted in (hosts, names, credits):
        assert not [each for each, count in counted.items() if count > 1]
    assert not set(hosts) & set(TABLES["aggregators"])


def test_the_feeds_that_we_ship_name_the_same_families() -> None:
    for outline in ElementTree.parse(CATALOG / "feeds.opml").iter("outline"):  # noqa: S314 - our own
        if "xmlUrl" in outline.attrib:
            shipped = item(outline.get("htmlUrl", ""), source=outline.get("source", ""))
            assert SHIPPED.family(shipped) == outline.get("family")


def test_a_long_text_costs_little_to_search() -> None:
    assert SHIPPED.credit(item(summary="(" * 5_000 + "a " * 5_000, text="x" * 50_000)) is None


def test_a_feed_speaks_for_one_unlisted_publisher_whatever_its_items_link_to() -> None:
    feed = "https://planet.example/feed"
    shown = (item(f"https://paper{n}.example.org/1") for n in range(3))
    assert {SHIPPED.family(each, feed) for each in shown} == {"planet.example"}
    assert SHIPPED.family(item("https://www.nytimes.com/1"), feed) == "The New York Times"
    assert (
        SHIPPED.family(item("https://paper.example.org/1"), "https://feeds.feedburner.com/p") == "example.org"
    )
