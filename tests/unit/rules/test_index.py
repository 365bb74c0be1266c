from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.errors import QueryError
from alerts.model import Hit, Item, Rule
from alerts.rules.evaluate import analyse, applies, evaluate
from alerts.rules.index import RuleIndex
from alerts.rules.query import And, Node, Not, Or, Phrase, Word, canonical, parse

VOCABULARY = {
    "en": "missile missiles launch launched fire fires test-fire sanction sanctions talks Iran's U.S. ﬁre of",
    "fr": "missile tir tirs lancé lancée sanctions l'Iran état Corée du déclaré",
    "ru": "ракета ракетой запуск санкции санкций самолёт Йемен NATO",
    "ar": "صاروخ الصاروخ صواريخ والعقوبات عقوبات حرب وللحرب إطلاق أطلقت و",
    "he": "מלחמה והמלחמה טיל הטיל ירי",
    "zh": "导弹 发射 弹道导弹 朝鲜 核 核心 制裁 NATO扩大",
    "ja": "ミサイル ﾐｻｲﾙ 発射 北朝鮮が 制裁",
    "ko": "미사일 탄도미사일을 탄도 발사 북한 ICBM발사 제재",
    "th": "ขีปนาวุธ ยิง คว่ำบาตร",
}
ALL_WORDS = sorted({word for words in VOCABULARY.values() for word in words.split()})
STARTS = ["mis", "laun", "sanct", "ракет", "санк", "صاروخ", "عقو", "מלח", "ミサイ"]

words = st.sampled_from(ALL_WORDS)
leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(Word, words, st.booleans()),
    st.builds(Word, st.sampled_from(STARTS), prefix=st.just(True)),
    st.builds(Phrase, st.lists(words, min_size=1, max_size=2).map(" ".join)),
)


def _grow(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(children, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(And, several), st.builds(Or, several), st.builds(Not, children))


def _readable(node: Node) -> bool:
    try:
        return parse(canonical(node)) == node
    except QueryError:
        return False


rules = st.lists(
    st.builds(
        lambda node, languages: (canonical(node), languages),
        st.recursive(leaves, _grow, max_leaves=5).filter(_readable),
        st.sampled_from([(), (), ("en",), ("zh", "ko")]),
    ),
    max_size=12,
).map(
    lambda queries: tuple(
        Rule(f"r{n}", "", query, languages=languages) for n, (query, languages) in enumerate(queries)
    )
)


@st.composite
def items(draw: st.DrawFn) -> Item:
    language = draw(st.sampled_from(sorted(VOCABULARY)))
    own = st.sampled_from(VOCABULARY[language].split())
    mixed = st.lists(st.one_of(own, own, own, words), max_size=8)
    joint = draw(st.sampled_from([" ", " ", "", ", ", "\n\n"]))
    title, summary = (joint.join(draw(mixed)) for _ in range(2))
    return Item(key="k", url="", title=title, summary=summary, language=language)


def one_by_one(all_rules: tuple[Rule, ...], item: Item) -> tuple[Hit, ...]:
    analysed = analyse(item)
    found = [(rule, evaluate(parse(rule.query), analysed)) for rule in all_rules if applies(rule, item)]
    return tuple(Hit(rule, evidence) for rule, evidence in found if evidence is not None)


@settings(max_examples=400, deadline=None)
@given(rules, st.lists(items(), min_size=1, max_size=6))
def test_the_index_answers_as_asking_every_rule_does(all_rules: tuple[Rule, ...], news: list[Item]) -> None:
    index = RuleIndex(all_rules)
    for item in news:
        assert index.match(item) == one_by_one(all_rules, item)


def test_every_hit_has_evidence_and_keeps_the_order_of_the_rules() -> None:
    index = RuleIndex(
        Rule(key, key, query) for key, query in [("b", "launch"), ("a", "missile"), ("c", "talks")]
    )
    hits = index.match(Item(key="k", url="", title="Missile launch", language="en"))
    assert [hit.rule.key for hit in hits] == ["b", "a"]
    assert all(hit.evidence for hit in hits)


def test_a_broken_rule_is_refused_and_no_rules_match_nothing() -> None:
    with pytest.raises(QueryError):
        RuleIndex([Rule("r", "r", "(launch")])
    assert RuleIndex([]).match(Item(key="k", url="", title="Missile launch")) == ()
