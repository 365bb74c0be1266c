from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.errors import QueryError
from alerts.model import Concept, Field, Hit, Item, Rule
from alerts.rules.evaluate import Reading, analyse, applies, evaluate
from alerts.rules.index import RuleIndex
from alerts.rules.lexicon import Concepts
from alerts.rules.needs import needs
from alerts.rules.query import canonical, parse
from alerts.rules.tree import And, AtLeast, ConceptRef, InField, Near, Node, Not, Or, Phrase, Score, Word

VOCABULARY = {
    "en": "missile missiles launch fire test-fire testfire talks Iran's U.S. ﬁre of a é_test-fire ½",
    "fr": "missile tir tirs lancé lancée sanctions l'Iran état Corée du déclaré",
    "de": "Rakete Mittelstreckenrakete feuert Raketen Test",
    "ru": "ракета ракетой запуск санкции санкций самолёт Йемен NATO ракетаU.S.",
    "ar": "صاروخ الصاروخ صواريخ والعقوبات عقوبات حرب وللحرب إطلاق أطلقت و",
    "he": "מלחמה והמלחמה טיל הטיל ירי תתקרקעי התת-קרקעי",
    "zh": "导弹 发射 弹道导弹 朝鲜 核 核心 制裁 NATO扩大",
    "ja": "ミサイル ﾐｻｲﾙ 発射 北朝鮮が 制裁",
    "ko": "미사일 탄도미사일을 탄도 발사 북한 전북 한우 ICBM발사 제재",
    "th": "ขีปนาวุธ ยิง คว่ำบาตร",
}
ALL_WORDS = sorted({word for words in VOCABULARY.values() for word in words.split()})
STARTS = ["mis", "laun", "sanct", "ракет", "санк", "صاروخ", "عقو", "מלח"]
ENDS = ["rakete", "unch", "anctions", "кетой"]

CONCEPTS = Concepts(
    [
        Concept(
            "missile",
            "Missiles",
            terms=(
                ("en", ("missile", "test rocket", "test-fire")),
                ("ru", ("ракета",)),
                ("ar", ("صاروخ", "صواريخ")),
                ("zh", ("导弹", "核")),
                ("ko", ("미사일", "북한")),
                ("mul", ("NATO",)),
            ),
            exclude=(("en", ("missile talks", "fire missile")), ("zh", ("弹道导弹",))),
        ),
        Concept(
            "launch", "Launches", terms=(("en", ("launch", "fire")), ("zh", ("发射",)), ("fr", ("tir",)))
        ),
        Concept("place", "Places"),
        Concept("iran", "Iran", parent="place", terms=(("en", ("Iran",)), ("fr", ("Iran", "Corée")))),
        Concept("iran-talks", "Iran talks", parent="place", terms=(("en", ("Iran's talks",)),)),
    ]
)

words = st.sampled_from(ALL_WORDS)
leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(Word, words, st.booleans()),
    st.builds(Word, st.sampled_from(STARTS), prefix=st.just(True)),
    st.builds(Word, st.sampled_from(ENDS), suffix=st.just(True)),
    st.builds(Phrase, st.lists(words, min_size=1, max_size=3).map(" ".join), st.sampled_from([0, 0, 2])),
    st.builds(ConceptRef, st.sampled_from(sorted(CONCEPTS.by_key))),
)
distances = st.sampled_from([1, 2, 5])
sides = st.one_of(leaves, st.builds(Or, st.lists(leaves, min_size=2, max_size=2).map(tuple)))
nears: st.SearchStrategy[Node] = st.builds(Near, sides, sides, distances, st.booleans())
nears = st.one_of(nears, st.builds(Near, nears, sides, distances, st.booleans()))


def _grow(below: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(below, min_size=2, max_size=3).map(tuple)
    weighed = st.lists(st.tuples(below, st.integers(-3, 5)), min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Not, below),
        st.builds(InField, st.sampled_from(Field), below),
        st.builds(AtLeast, st.integers(1, 2), several),
        st.builds(Score, st.integers(0, 6), weighed),
    )


def _readable(node: Node) -> bool:
    try:
        return parse(canonical(node)) == node
    except QueryError:
        return False


rules = st.lists(
    st.tuples(
        st.recursive(st.one_of(leaves, nears), _grow, max_leaves=5).filter(_readable).map(canonical),
        st.sampled_from([(), (), ("en",), ("zh", "ko")]),
        st.sampled_from([(), (), ("BBC",)]),
    ),
    max_size=12,
).map(
    lambda drawn: tuple(
        Rule(f"r{n:02}", "", query, languages=languages, sources=sources)
        for n, (query, languages, sources) in enumerate(drawn)
    )
)


@st.composite
def items(draw: st.DrawFn) -> Item:
    language = draw(st.sampled_from(sorted(VOCABULARY)))
    own = st.sampled_from(VOCABULARY[language].split())
    mixed = st.lists(st.one_of(own, own, own, words), max_size=8)
    joint = draw(st.sampled_from([" ", " ", " ", "", ", ", "\n\n"]))
    title, summary = (joint.join(draw(mixed)) for _ in range(2))
    return Item(
        key="k",
        url="https://news.example/missile",
        title=title,
        summary=summary,
        language=language,
        source=draw(st.sampled_from(["BBC", "Missile News"])),
        authors=tuple(draw(st.lists(words, max_size=2))),
        places=tuple(draw(st.lists(st.sampled_from(["iran", "IRAN", "Iran missile", "Corée"]), max_size=2))),
    )


def one_by_one(all_rules: Sequence[Rule], item: Item) -> tuple[Hit, ...]:
    """What the index must answer: every rule asked by itself."""
    analysed = analyse(item)
    found = [
        (rule, evaluate(parse(rule.query), analysed, CONCEPTS)) for rule in all_rules if applies(rule, item)
    ]
    return tuple(Hit(rule, evidence) for rule, evidence in found if evidence is not None)


@settings(max_examples=500, deadline=None)
@given(rules, st.lists(items(), min_size=1, max_size=6))
def test_the_index_answers_as_asking_every_rule_does(all_rules: tuple[Rule, ...], news: list[Item]) -> None:
    index = RuleIndex(all_rules, CONCEPTS)
    expected = [one_by_one(all_rules, item) for item in news]
    assert index.hits(news) == expected
    assert [sorted(rule.key for rule in found) for found in index.matches(news)] == [
        [hit.rule.key for hit in hits] for hits in expected
    ]


@settings(max_examples=60, deadline=None)
@given(rules, rules, st.sets(st.sampled_from([f"r{n:02}" for n in range(12)])), st.lists(items(), max_size=4))
def test_an_edited_index_answers_as_a_new_one(
    before: tuple[Rule, ...], after: tuple[Rule, ...], gone: set[str], news: list[Item]
) -> None:
    edited = RuleIndex(before, CONCEPTS)
    for rule in after:
        edited = edited.edited([rule])
    edited = edited.edited([], gone)
    left = {rule.key: rule for rule in (*before, *after) if rule.key not in gone}
    assert edited.hits(news) == RuleIndex(sorted(left.values(), key=lambda rule: rule.key), CONCEPTS).hits(
        news
    )


def test_what_hangs_together_by_signs_alone_is_cut_into_passages_too() -> None:
    """Else the places of NEAR, which are compared with one another, would have no bound."""
    item = Item(key="k", url="", title="t", text="missile-launch-" * 4_000, language="en")
    assert len(analyse(item).units) > 5
    assert RuleIndex([Rule("r", "", "missile NEAR launch")]).match(item)


def test_a_row_of_nears_has_no_more_places_than_there_are_words() -> None:
    item = Item(key="k", url="", title=" ".join(["a"] * 150), language="en")
    (unit,) = analyse(item).units
    row = parse("a NEAR/30 a NEAR/30 a NEAR/30 a NEAR/30 a NEAR/30 a NEAR/30 a")
    assert 0 < len(Reading(analyse(item), CONCEPTS).places(row, unit[0])) <= 150


def test_lists_near_lists_are_no_pairs_of_all_their_words() -> None:
    left, right = (" OR ".join(f"{side}{n}" for n in range(300)) for side in "ab")
    (need,) = needs(parse(f"({left}) NEAR ({right})"))
    assert sum(len(slot.atoms) for slot in need.slots) == 600


def test_an_index_is_not_changed_by_an_edit() -> None:
    index = RuleIndex([Rule("a", "", "missile")])
    news = Item(key="k", url="", title="Missile launch", language="en")
    assert index.edited([Rule("a", "", "talks"), Rule("b", "", "launch")]).match(news)[0].rule.key == "b"
    assert [hit.rule.key for hit in index.match(news)] == ["a"]


def test_thousands_of_edits_are_all_seen() -> None:
    index = RuleIndex([Rule(f"k{n}", "", f"word{n}") for n in range(10)])
    for n in range(2_500):
        index = index.edited([Rule(f"k{n % 2_400}", "", f"edit{n}")])
    item = Item(key="k", url="", title="edit0 edit99 edit100 edit2400 edit2499 word3 word9", language="en")
    assert [hit.rule.key for hit in index.match(item)] == ["k0", "k100", "k99"]


def test_a_text_of_more_paragraphs_than_a_machine_word_has_bits_is_read_to_the_end() -> None:
    rules = [Rule("r", "", "report AND missile AND NOT drill"), Rule("s", "", "report -missile")]
    text = "\n\n".join([*["Nothing here."] * 150, "A missile drill.", "A missile at last."])
    item = Item(key="k", url="", title="Report", text=text, language="en")
    assert RuleIndex(rules).hits([item, item]) == [one_by_one(rules, item)] * 2


def test_a_broken_rule_is_refused_and_no_rules_match_nothing() -> None:
    with pytest.raises(QueryError, match="E04"):
        RuleIndex([Rule("r", "r", "(launch")])
    with pytest.raises(QueryError, match="E11"):
        RuleIndex([Rule("r", "r", "@nowhere")], CONCEPTS)
    assert RuleIndex([]).match(Item(key="k", url="", title="Missile launch")) == ()
    assert RuleIndex([Rule("r", "", "launch")]).hits([]) == []
