from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.errors import QueryError
from alerts.rules.query import MAX_DEPTH, And, Node, Not, Or, Phrase, Word, canonical, parse, warnings

WORDS = [
    "launch",
    "fire",
    "санкции",
    "عقوبات",
    "导弹",
    "미사일",
    "test-fire",
    "l'Iran",
    "U.S.",
    "état",
    "near",
    "and",
]
leaves = st.one_of(
    st.builds(Word, st.sampled_from(WORDS)),
    st.builds(Word, st.sampled_from(WORDS), exact=st.just(True)),
    st.builds(Word, st.sampled_from(["launch", "ракет", "صاروخ"]), prefix=st.just(True)),
    st.builds(Phrase, st.sampled_from(["air show", "AND", "a, b (c) -d =e", "朝鲜 导弹", "it's"])),
)


def _positive(node: Node) -> bool:
    if isinstance(node, Not):
        return False
    if isinstance(node, Or):
        return all(map(_positive, node.children))
    return any(map(_positive, node.children)) if isinstance(node, And) else True


def _grow(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(children, min_size=2, max_size=4).map(tuple)
    return st.one_of(st.builds(And, several), st.builds(Or, several), st.builds(Not, children))


trees: st.SearchStrategy[Node] = st.recursive(leaves, _grow, max_leaves=12).filter(_positive)


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
        ("((a))", "a"),
        ("(a OR b) c", "(a OR b) AND c"),
        ("a-b -c", "a-b AND NOT c"),
        ('"air   show"-x', '"air show" AND NOT x'),
        ("“air show”", '"air show"'),
        ("« air show »", '"air show"'),
        ("=fire* ", None),
        ("=AND missil*", "=AND AND missil*"),
        ("\u200f（導弹）\u00a0发射", "導弹 AND 发射"),
        ("a (b OR NOT c)", "a AND (b OR NOT c)"),
        ("U.S. l’Iran", "U.S. AND l’Iran"),
    ],
)
def test_a_query_is_read_by_precedence_and_written_one_way(text: str, tree: str | None) -> None:
    if tree is None:
        with pytest.raises(QueryError):
            parse(text)
    else:
        assert canonical(parse(text)) == tree


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("", "E02", 1),
        ("  \u200b ", "E02", 1),
        ("AND missile", "E03", 1),
        ("missile AND", "E03", 12),
        ("missile OR OR launch", "E03", 12),
        ("missile AND OR launch", "E03", 13),
        ("missile ()", "E03", 10),
        ("missile NOT", "E03", 12),
        ("missile - launch", "E03", 9),
        ("missile …", "E01", 9),
        ("missile ...", "E03", 9),
        ("missile =", "E03", 10),
        ("(missile", "E04", 1),
        ("a (b (c)", "E04", 3),
        ("missile)", "E04", 8),
        ("NOT missile", "E07", 1),
        ("a OR NOT b", "E07", 6),
        ("a OR (b OR -c)", "E07", 12),
        ("-a -b", "E07", 1),
        ("NOT NOT a", "E07", 1),
        ('say "air show', "E08", 5),
        ('a ""', "E08", 3),
        ('a "…"', "E08", 3),
        ('"missil* launch"', "E13", 8),
        ("mi*", "E13", 3),
        ("mis*le", "E13", 4),
        ("*rakete", "E13", 1),
        ("a *", "E13", 3),
        ("missil**", "E13", 7),
        ("=launch*", "E13", 8),
        ("制裁*", "E13", 3),
        ("a,b", "E01", 2),
        ("AT&T", "E01", 3),
        ("–b", "E01", 1),
        ("a\x00", "E01", 2),
        ("\ud800", "E01", 1),
        ('"\ud800 a"', "E01", 2),
        ("a=b", "E01", 2),
        ("10:30", "E01", 3),
        ("missile NEAR/5 launch", "E06", 9),
        ("missile ONEAR launch", "E06", 9),
        ("@missile", "E11", 1),
        ("title:missile", "E10", 1),
        ("titel:missile", "E10", 1),
        ("ATLEAST/2(a, b)", "E12", 1),
        ("SCORE>=10(a^3)", "E12", 1),
        ("missile^3", "E09", 8),
        ('"a b"~3', "E01", 6),
    ],
)
def test_a_wrong_query_is_refused_where_it_is_wrong(text: str, code: str, column: int) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text)
    error = refused.value
    assert (error.code, error.column) == (code, column)
    assert error.message
    assert error.hint.endswith((".", "?"))


def test_a_misspelt_field_gets_a_suggestion() -> None:
    with pytest.raises(QueryError, match="Did you mean title:"):
        parse("titel:missile")


@given(trees)
def test_what_is_written_is_read_back_as_the_same_tree(tree: Node) -> None:
    assert parse(canonical(tree)) == tree


SOUP = st.lists(
    st.sampled_from(
        ["a", "AND", "OR", "NOT", "-", "(", ")", '"', "=", "*", " ", "导弹", "NEAR/3", "@x", ":", "’", "."]
    )
).map("".join)


@given(st.one_of(st.text(), SOUP, st.lists(st.sampled_from([*WORDS, "AND", "OR", "(", ")"])).map(" ".join)))
@example("ab*cd*")
def test_any_text_is_a_query_or_an_error_with_a_column(text: str) -> None:
    try:
        tree = parse(text)
    except QueryError as error:
        assert 1 <= error.column <= len(text) + 1
    else:
        once = canonical(tree)
        assert parse(once) == tree
        assert canonical(parse(once)) == once
        warnings(tree)


@pytest.mark.parametrize(
    "text", ["(" * 100_000, "(" * 100_000 + "a" + ")" * 100_000, "-" * 100_000 + "a", "NOT " * 9999]
)
def test_endless_nesting_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="E04"):
        parse(text)


def test_deep_but_reasonable_nesting_and_long_lists_are_read() -> None:
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == Word("a")
    assert parse(" OR ".join(["missile"] * 5000))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("missile launch", []),
        ("missile and launch", ["W1"]),
        ("missile or not launch", ["W1", "W1"]),
        ("missile =and launch", []),
        ('"search and rescue"', []),
        ("missile launch OR rocket", ["W2"]),
        ("(missile launch) OR rocket", []),
        ("missile (launch OR fire)", []),
        ("missile EU", ["W6"]),
        ("missile =EU", ["W6"]),
        ("missile 核", ["W6"]),
        ("导弹 U.S.", []),
    ],
)
def test_what_may_not_be_meant_is_pointed_out(text: str, codes: list[str]) -> None:
    assert [warning.code for warning in warnings(parse(text))] == codes
