"""A query as a tree: what the parser makes of the text, and what evaluation walks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from alerts.model import Field

NEAR_DISTANCE = 5
"""How many words may stand between the two sides of NEAR when the query does not say."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as typed, without its ``=`` or ``*``. At most one of the marks is set."""

    text: str
    exact: bool = False
    prefix: bool = False
    suffix: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow one another, as typed, single spaces between them.

    With ``slop`` they keep their order and at most so many other words stand among them in all.
    """

    text: str
    slop: int = 0


@dataclass(frozen=True, slots=True)
class ConceptRef:
    """``@key``: any term of a concept. ``column`` is where it was written."""

    key: str
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class InField:
    """The child, looked for in one field only. Fields never stand inside one another."""

    field: Field
    child: Node


@dataclass(frozen=True, slots=True)
class Near:
    """Both sides at different places of one field, at most ``distance`` words between them.

    ``ordered`` (ONEAR): the left one begins first. In scripts without spaces two characters count as
    one word. Sides are words, phrases, concepts, other Nears, or ORs of such sides.
    """

    left: Node
    right: Node
    distance: int = NEAR_DISTANCE
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more. ``bracketed`` remembers the writing and is no part of the meaning."""

    children: tuple[Node, ...]
    bracketed: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more."""

    children: tuple[Node, ...]
    bracketed: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The absence of one, in the same passage. ``column`` is where it was written."""

    child: Node
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of the children hold, each counted once. ``column`` is where it was written."""

    count: int
    children: tuple[Node, ...]
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Score:
    """The weights of the children that hold, each counted once, add up to the threshold or more.

    Weights may be negative or 0. A threshold of 0 can hold with nothing present, as NOT can; the parser
    lets it stand only beside something that must be present. ``column`` is where it was written.
    """

    threshold: int
    children: tuple[tuple[Node, int], ...]
    column: int = field(default=1, compare=False)


Leaf = Word | Phrase
Node = Word | Phrase | ConceptRef | InField | Near | And | Or | Not | AtLeast | Score


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below this one, in reading order."""
    match node:
        case And() | Or() | AtLeast():
            return node.children
        case Score():
            return tuple(child for child, _ in node.children)
        case Near():
            return (node.left, node.right)
        case Not() | InField():
            return (node.child,)
        case _:
            return ()


def nodes(node: Node) -> Iterator[Node]:
    """The node and all below it, in reading order."""
    yield node
    for child in children(node):
        yield from nodes(child)
