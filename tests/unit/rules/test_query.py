from __future__ import annotations

import pytest
from hypothesis import given
from query_trees import trees

from alerts.model import Field
from alerts.rules.query import canonical, parse
from alerts.rules.tree import (
    And,
    AtLeast,
    ConceptRef,
    InField,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Score,
    Word,
    children,
    nodes,
)

A, B, C, D = (Word(letter) for letter in "abcd")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("missile", "missile"),
        ("missile launch", "missile AND launch"),
        ("a AND b c", "a AND b AND c"),
        ("a OR b c OR d", "a OR (b AND c) OR d"),
        ("a -b", "a AND NOT b"),
        ("a NOT b OR c", "(a AND NOT b) OR c"),
        ("a NOT (b OR c)", "a AND NOT (b OR c)"),
        ("a (b OR NOT c)", "a AND (b OR NOT c)"),
        ("((a))", "a"),
        ("(a OR b) c", "(a OR b) AND c"),
        ("a-b -c", "a-b AND NOT c"),
        ("test-fire", "test-fire"),
        ('"air   show"-x', '"air show" AND NOT x'),
        ('"a b"~3 c', '"a b"~3 AND c'),
        ("=AND missil*", "=AND AND missil*"),
        ("*rakete OR *Rakete", "*rakete OR *Rakete"),
        ("U.S. l’Iran", "U.S. AND l’Iran"),
        ("@missile NEAR @launch", "@missile NEAR/5 @launch"),
        ("@Missile", "@missile"),
        ("a NEAR/3 b ONEAR c", "a NEAR/3 b ONEAR/5 c"),
        ("a NEAR/3 (b ONEAR c)", "a NEAR/3 (b ONEAR/5 c)"),
        ("a NEAR b c", "a NEAR/5 b AND c"),
        ("NOT a NEAR b c", "NOT (a NEAR/5 b) AND c"),
        ("(a OR b NEAR c) NEAR/30 d", "(a OR b NEAR/5 c) NEAR/30 d"),
        ("title:a b", "title:a AND b"),
        ("title: a", "title:a"),
        ("-lang:fr a", "NOT lang:fr AND a"),
        ("title:(a NEAR b)", "title:(a NEAR/5 b)"),
        ("title:(a) text:(b -c)", "title:a AND text:(b AND NOT c)"),
        ('place:@kp type:"press release"', 'place:@kp AND type:"press release"'),
        ("title:ATLEAST/2(a,b,c)", "title:ATLEAST/2(a, b, c)"),
        ("ATLEAST/1(a OR b, c d, NOT e NEAR f) x", "ATLEAST/1((a OR b), (c AND d), NOT (e NEAR/5 f)) AND x"),
        ('SCORE>=10(@missile^6,@launch^+5,"air show"^-8)', 'SCORE>=10(@missile^6, @launch^5, "air show"^-8)'),
        ("SCORE>=2(a b^1, c^0, d)", "SCORE>=2((a AND b), c^0, d)"),
        ("a SCORE>=0(b^-2)", "a AND SCORE>=0(b^-2)"),
        (
            'place:@kp (@missile NEAR/5 @launch) -"air show"',
            'place:@kp AND @missile NEAR/5 @launch AND NOT "air show"',
        ),
    ],
)
def test_a_query_is_read_by_precedence_and_written_one_way(text: str, tree: str) -> None:
    assert canonical(parse(text)) == tree
    assert parse(tree) == parse(text)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("“air show”", '"air show"'),
        ("« air show »", '"air show"'),
        ("「導弹」", '"導弹"'),
        ("\u200f（導弹）\u00a0发射", "導弹 AND 发射"),
        ("ＡＴＬＥＡＳＴ", "ＡＴＬＥＡＳＴ"),
        ("title：导弹", "title:导弹"),
        ("ATLEAST／2（導弹，发射、飞弹）", "ATLEAST/2(導弹, 发射, 飞弹)"),
        ("SCORE ≥ 3 (导弹＾２, 发射^–1, ＝x^\u22121, y)", "SCORE>=3(导弹^2, 发射^-1, =x^-1, y)"),
        ("導弹 NEAR／3 ＠launch －x", "導弹 NEAR/3 @launch AND NOT x"),
        ("a NEAR / 3 b", "a NEAR/3 b"),
        ("test－fire missil＊", "test－fire AND missil*"),
        ("ATLEAST/1(a، b)", "ATLEAST/1(a, b)"),
        ("a NEAR/٣ b", "a NEAR/3 b"),
    ],
)
def test_what_keyboards_and_word_processors_make_of_signs_is_tolerated(text: str, tree: str) -> None:
    assert canonical(parse(text)) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a b OR -c d", Or((And((A, B)), And((Not(C), D))))),
        ("=a", Word("a", exact=True)),
        ("abc*", Word("abc", prefix=True)),
        ("*abcd", Word("abcd", suffix=True)),
        ('"a b"~4', Phrase("a b", 4)),
        ("@a2-ad", ConceptRef("a2-ad")),
        ("url:a", InField(Field.URL, A)),
        ("a NEAR b ONEAR/2 c", Near(Near(A, B, 5), C, 2, ordered=True)),
        ("ATLEAST/2(a, b, c)", AtLeast(2, (A, B, C))),
        ("SCORE>=3(a^3, b)", Score(3, ((A, 3), (B, 1)))),
    ],
)
def test_each_construct_has_its_node(text: str, tree: Node) -> None:
    assert parse(text) == tree


def test_nodes_remember_the_column_where_they_were_written() -> None:
    tree = parse("a -b @c ATLEAST/1(d) SCORE>=1(e)")
    columns = [part.column for part in nodes(tree) if isinstance(part, Not | ConceptRef | AtLeast | Score)]
    assert columns == [3, 6, 9, 22]


def test_the_nodes_below_a_node_come_in_reading_order() -> None:
    tree = parse("ATLEAST/1(a) OR SCORE>=1(b NEAR c, d) OR title:e OR (f -g)")
    words = [part.text for part in nodes(tree) if isinstance(part, Word)]
    assert words == list("abcdefg")
    assert children(Word("a")) == ()


@given(trees)
def test_what_is_written_is_read_back_as_the_same_tree(tree: Node) -> None:
    assert parse(canonical(tree)) == tree
