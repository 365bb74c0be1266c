"""Whatever is typed is a query or a QueryError, soon."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from query_trees import trees

from alerts.errors import QueryError
from alerts.rules.query import canonical, parse, warnings
from alerts.rules.tree import Node

PIECES = [
    "a", "missile", "导弹", "test-fire", "’", ".", " ", "  ", "\u200f", "\t", "AND", "OR", "NOT", "NEAR",
    "ONEAR", "NEAR/3", "ATLEAST/2", "ATLEAST/1(", "SCORE>=3(", "SCORE>=", "(", ")", "（", "，", ",",
    "^2", "^-1", "^", '"', "「", "~3", "~", "=", "*", "-", "–", "@", "@x", ":", "title:", "lang:",
    "titel:", "2", "/", "\x00", "\ud800",
]  # fmt: skip
soup = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
spaced = st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """A query that can be read, in which a few places were then cut out, doubled or overwritten."""
    text = canonical(draw(trees))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 4)))
        text = text[:start] + draw(st.sampled_from([*PIECES, "", text[start:end] * 2])) + text[end:]
    return text


def told(text: str) -> None:
    try:
        tree: Node = parse(text)
    except QueryError as error:
        assert 1 <= error.column <= len(text) + 1
        assert error.hint
        str(error).encode()
    else:
        assert parse(canonical(tree)) == tree
        warnings(tree)


@given(st.one_of(st.text(), soup, spaced))
@example("ab*cd*")
@example("=*")
@example("**")
@example("-^1")
@example("a NEAR")
@example("@")
@example("title:")
@example('"a"~')
@example("=\u200da")
def test_any_text_is_a_query_or_an_error_with_a_column(text: str) -> None:
    told(text)


@given(spoilt())
def test_a_spoilt_query_is_a_query_or_an_error_with_a_column(text: str) -> None:
    told(text)


LONG = 100_000


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    [
        "missile ", "导弹 OR ", "a", "a-", "*", "=", "'", '"', '"a b" ', "「", "@", "@a ", "title:a ",
        "a:", ":", "NEAR ", "NEAR    ", "a NEAR b ", "a NEAR ", "ATLEAST/", "ATLEAST/1(a) ",
        "SCORE>=1(a,b) ", "SCORE>=1(a,", "^", "^1", "a^1", ",", "~", "-a ", "- ", "(a) ", "()", "(",
        ")", " ", "\u200b", "9", "NEAR/9", "and ", "x1 ",
    ],
    ids=repr,
)  # fmt: skip
def test_a_long_text_is_told_about_in_time_in_proportion(piece: str) -> None:
    told("x " + piece * (LONG // len(piece)))


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "begin", ["SCORE>=", "ATLEAST/", "NEAR/", '"a"~', "SCORE>=1(a^", "NEAR", "@", "titl"]
)
@pytest.mark.parametrize("fill", ["9", " ", "a", "\u200b"])
def test_an_operator_with_an_endless_tail_is_told_about(begin: str, fill: str) -> None:
    told(begin + fill * LONG)
