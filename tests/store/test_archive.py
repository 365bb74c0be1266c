"""The archive finds by keys every item that a rule matches, on both databases, whatever became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from small_world import NOW, World
from sqlalchemy import Engine, update

from alerts.errors import QueryError
from alerts.language.keys import ANY_KEY, keys
from alerts.model import Concept, Item
from alerts.rules.candidates import KEYED, candidates
from alerts.rules.evaluate import analyse, evaluate
from alerts.rules.lexicon import Concepts
from alerts.rules.query import parse
from alerts.services.archive import key_some, search
from alerts.services.housekeep import retain
from alerts.store import archive, items
from alerts.store.schema import Item as Row
from alerts.store.unit import reading, writing

WORDS = {
    "en": "missile missiles launched test-fire U.S. US us talks a wheat o'clock ﬁre café sanctions",
    "de": "Rakete Mittelstreckenrakete Raketen feuert wirft",
    "ru": "ракета ракетой запуск санкций Йемен",
    "ar": "صاروخ الصاروخ صواريخ والعقوبات حرب وللحرب",
    "he": "מלחמה והמלחמה טיל הטיל",
    "zh": "导弹 发射 核 核心 制裁 NATO扩大",
    "ko": "미사일 탄도미사일을 발사 북한 전북 한우",
    "th": "ขีปนาวุธ ยิง",
    "und": "missile zzz 导弹 ракета",
}
LEAVES = [
    *sorted({word for words in WORDS.values() for word in words.split()}),
    *(
        "=US",
        "=missile",
        "mis*",
        "ракет*",
        "صار*",
        "حرب*",
        "*rakete",
        "*unched",
        '"test fire"',
        '"missile talks"~2',
    ),
    *("@missile", "@place", "@nothing", "place:@place", "author:missile", "category:missile", "url:missile"),
    *(
        "source:post",
        "lang:zh",
        "title:missile",
        '"导弹"',
        '"导 弹"~1',
        "missile NEAR/2 talks",
        "@missile NEAR 发射",
    ),
]
CONCEPTS = Concepts(
    [
        Concept(
            "missile",
            "Missile",
            terms=(("en", ("missile",)), ("de", ("*rakete",)), ("zh", ("导弹", "核")), ("mul", ("NATO",))),
            exclude=(("en", ("missile talks",)),),
        ),
        Concept("place", "Place"),
        Concept("ye", "Yemen", parent="place", terms=(("ru", ("Йемен",)), ("en", ("Yemen",)))),
        Concept("nothing", "Nothing"),
    ]
)


def random_items(mixed: Random) -> Iterator[Item]:
    for number in range(150):
        language = mixed.choice(sorted(WORDS))
        every = [*WORDS[language].split() * 3, *WORDS["en"].split()]

        def some(words: Sequence[str] = every) -> str:
            return mixed.choice([" ", " ", "", "\n\n", ", "]).join(mixed.choices(words, k=mixed.randrange(6)))

        yield Item(
            key=str(number),
            url=f"https://post.example/missile/{number}",
            title=some(),
            summary=some(),
            language=language,
            authors=tuple(mixed.choices(["missile", "Anna"], k=mixed.randrange(2))),
            places=tuple(mixed.choices(["ye", "YE", "Yemen"], k=mixed.randrange(3))),
            categories=tuple(mixed.choices(["missile", "核", "心"], k=mixed.randrange(3))),
        )


def random_queries(mixed: Random) -> Iterator[str]:
    yield from LEAVES
    for _ in range(60):
        one, other, third = (mixed.choice(LEAVES) for _ in range(3))
        yield mixed.choice(
            [
                f"{one} {other}",
                f"{one} OR {other}",
                f"{one} NOT {other}",
                f"({one} OR {other}) {third}",
                f"ATLEAST/2({one}, {other}, {third})",
                f"SCORE>=3({one}^2, {other}^2, {third}^-1)",
            ]
        )


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def kept(world: World, some: Sequence[Item]) -> dict[str, int]:
    feed_id = world.add_feed()
    with writing(world.engine) as tx:
        return items.insert_new(tx, feed_id, [items.Incoming(each, "f" * 64, None) for each in some], NOW)


def found(world: World, query: str) -> list[int]:
    """What reading every item that the database promises comes to."""
    node = parse(query)
    with reading(world.engine) as tx:
        sought = candidates(node, CONCEPTS, archive.languages(tx))
        ids = archive.find(tx, sought, NOW - timedelta(days=9), NOW + timedelta(days=1))
        assert len(set(ids)) == len(ids)
        loaded = items.load(tx, ids)
    return sorted(i for i in ids if evaluate(node, analyse(loaded[i].item), CONCEPTS) is not None)


def test_search_is_evaluation_of_every_item(world: World) -> None:
    mixed = Random(11)
    some = list(random_items(mixed))
    ids = kept(world, some)
    with writing(world.engine) as tx:  # a third is edited, some are as an older program left them
        edited = [
            replace(each, title=some[at - 1].title, language=some[at - 1].language)
            for at, each in enumerate(some)
            if at % 3 == 0
        ]
        items.update_changed(tx, [(ids[each.key], each, "e" * 64) for each in edited], NOW)
        tx.execute(update(Row).where(Row.id % 7 == 0).values(keys_made=0))
        archive.forget(tx, Row.id % 7 == 0)
    with reading(world.engine) as tx:
        now = items.load(tx, list(ids.values()))
    for query in random_queries(mixed):
        try:
            node = parse(query)
        except QueryError:  # some may not be excluded, or stand alone
            continue
        matched = [i for i in now if evaluate(node, analyse(now[i].item), CONCEPTS) is not None]
        assert found(world, query) == sorted(matched), query


def test_items_from_before_there_were_keys_get_them_by_and_by(world: World) -> None:
    kept(world, [Item(str(n), "", "A missile" if n % 2 else "Grain", language="en") for n in range(10)])
    with writing(world.engine) as tx:
        archive.forget(tx, Row.id > 0)
        tx.execute(update(Row).values(keys_made=0))

    def promised() -> int:
        with reading(world.engine) as tx:
            sought = candidates(parse("missile"), CONCEPTS, ("en",))
            return len(archive.find(tx, sought, NOW - timedelta(days=1), NOW + timedelta(days=1)))

    assert promised() == 10
    assert [key_some(world.engine, 6), key_some(world.engine, 6), key_some(world.engine, 6)] == [6, 4, 0]
    assert promised() == 5


def test_words_that_retention_forgets_are_found_no_more(world: World) -> None:
    kept(world, [Item("1", "", "A missile", language="en")])
    assert [each.item.title for each in search(world.engine, "missile", now=NOW)] == ["A missile"]
    retain(world.engine, NOW + timedelta(days=100), 90)
    assert search(world.engine, "missile", now=NOW + timedelta(days=100)) == ()
    with reading(world.engine) as tx:
        sought = candidates(parse("missile"), CONCEPTS, ("en",))
        assert archive.find(tx, sought, NOW - timedelta(days=1), NOW + timedelta(days=101)) == ()


def test_a_text_of_more_words_than_the_database_takes_is_promised_to_every_rule(world: World) -> None:
    vast = " ".join(f"word{n}" for n in range(30_000))
    assert keys([vast], "en") == {ANY_KEY}
    kept(world, [Item("1", "", "vast", text=vast, language="en")])
    assert [each.item.title for each in search(world.engine, "word29999", now=NOW)] == ["vast"]


def test_the_newest_news_comes_first_and_news_is_what_appeared_not_what_was_collected(world: World) -> None:
    days = {"old": 40, "new": 1, "newer": 0}
    kept(
        world,
        [
            Item(k, "", f"missile {k}", language="en", published_at=NOW - timedelta(days=d))
            for k, d in days.items()
        ],
    )
    keys_found = [each.item.key for each in search(world.engine, "missile", now=NOW)]
    assert keys_found == ["newer", "new", "old"]
    assert [each.item.key for each in search(world.engine, "missile", now=NOW, days=30)] == ["newer", "new"]
    assert [each.item.key for each in search(world.engine, "missile", now=NOW, limit=1)] == ["newer"]


def test_both_sides_of_the_archive_agree_on_the_fields_that_have_keys() -> None:
    item = Item(
        "k", "u", "title", "summary", "text", authors=("author",), categories=("category",), places=("place",)
    )
    assert {field for field in KEYED if item[field] in archive.item_keys(item).split()} == set(KEYED)
