"""A query rewritten with concepts in place of the words that belong to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from alerts.model import Field
from alerts.rules.tree import (
    And,
    AtLeast,
    ConceptRef,
    InField,
    Leaf,
    Near,
    Node,
    Or,
    Phrase,
    Score,
    Word,
)

NO_CONCEPTS = frozenset([Field.SOURCE, Field.FEED, Field.LANG, Field.AUTHOR, Field.URL, Field.TYPE])
"""Fields that hold names and codes, so that a word in them is no word of a concept."""


def with_concepts(node: Node, belongs: Mapping[Leaf, str]) -> Node:
    """The tree with ``@concept`` for each leaf that belongs to one, by its key.

    Several of them that AND joins are brought together by NEAR, for words that stand near to each other
    tell more; several words of one concept become one. Lists that count their parts stay as they are
    where two parts would become one, and so do fields in which no concept is looked for and what NOT
    excludes: a concept would exclude more than the writer saw.
    """
    match node:
        case Word() | Phrase():
            return ConceptRef(belongs[node]) if node in belongs else node
        case InField() if node.field in NO_CONCEPTS:
            return node
        case InField():
            return replace(node, child=with_concepts(node.child, belongs))
        case Near():
            return replace(
                node, left=with_concepts(node.left, belongs), right=with_concepts(node.right, belongs)
            )
        case Or():
            parts = tuple(dict.fromkeys(with_concepts(child, belongs) for child in node.children))
            return replace(node, children=parts) if len(parts) > 1 else parts[0]
        case And():
            return _together(node, belongs)
        case AtLeast():
            counted = tuple(with_concepts(child, belongs) for child in node.children)
            return replace(node, children=counted) if len(set(counted)) == len(counted) else node
        case Score():
            weighed = tuple((with_concepts(child, belongs), weight) for child, weight in node.children)
            return replace(node, children=weighed) if len({c for c, _ in weighed}) == len(weighed) else node
        case _:
            return node


def _together(node: And, belongs: Mapping[Leaf, str]) -> Node:
    changed = [(child, with_concepts(child, belongs)) for child in node.children]
    new = dict.fromkeys(now for was, now in changed if isinstance(now, ConceptRef) and now != was)
    parts = dict.fromkeys(now for _, now in changed if now not in new)
    if not new:
        return replace(node, children=tuple(parts)) if len(parts) > 1 else next(iter(parts))
    near, *others = new
    joined: Node = near
    for other in others:
        joined = Near(joined, other)
    return replace(node, children=(joined, *parts)) if parts else joined
