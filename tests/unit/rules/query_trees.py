"""Random trees of the rule language: every node, and only what the parser can return."""

from __future__ import annotations

from hypothesis import strategies as st

from alerts.model import Field
from alerts.rules.absence import absence
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
    nodes,
)

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
    "title",
    "ATLEASTWAYS",
]
STARRED = ["launch", "ракет", "صاروخ", "NEAR", "SCORE"]

leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(Word, st.sampled_from(WORDS)),
    st.builds(Word, st.sampled_from([*WORDS, "AND", "NEAR", "SCORE"]), exact=st.just(True)),
    st.builds(Word, st.sampled_from(STARRED), prefix=st.just(True)),
    st.builds(Word, st.sampled_from(STARRED), suffix=st.just(True)),
    st.builds(
        Phrase,
        st.sampled_from(["air show", "AND", "a, b (c) -d =e ^2 title:x", "朝鲜（导弹）", "it's"]),
        st.integers(0, 30),
    ),
    st.builds(ConceptRef, st.sampled_from(["missile", "kp", "air-defence", "a2-ad"])),
)


def _nears(side: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(side, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Or, several), st.builds(Near, side, side, st.integers(1, 30), ordered=st.booleans())
    )


sides: st.SearchStrategy[Node] = st.recursive(leaves, _nears, max_leaves=6)


def _grow(below: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(below, min_size=2, max_size=4).map(tuple)
    counted = st.lists(below, min_size=1, max_size=4).flatmap(
        lambda parts: st.builds(AtLeast, st.integers(1, len(parts)), st.just(tuple(parts)))
    )
    weighed = st.lists(st.tuples(below, st.integers(-9, 9)), min_size=1, max_size=4).flatmap(
        lambda parts: st.builds(
            Score, st.integers(0, sum(weight for _, weight in parts if weight > 0)), st.just(tuple(parts))
        )
    )
    return st.one_of(
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Not, below),
        st.builds(InField, st.sampled_from(Field), below),
        counted,
        weighed,
    )


def _is_read(tree: Node) -> bool:
    fields = [part for part in nodes(tree) if isinstance(part, InField)]
    nested = any(isinstance(below, InField) for part in fields for below in nodes(part.child))
    return not nested and absence(tree) is None


trees: st.SearchStrategy[Node] = st.recursive(sides, _grow, max_leaves=12).filter(_is_read)
