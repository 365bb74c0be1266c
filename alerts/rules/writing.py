"""From a tree back to the text of a query."""

from __future__ import annotations

from alerts.rules.tree import And, AtLeast, ConceptRef, InField, Near, Node, Not, Or, Phrase, Score, Word


def canonical(node: Node) -> str:
    """The one way to write a tree; parsing it gives the tree again.

    Operators and distances in full, brackets around every inner AND and OR, a weight of 1 left out.
    """
    match node:
        case Word():
            left = "=" if node.exact else "*" if node.suffix else ""
            return f"{left}{node.text}{'*' if node.prefix else ''}"
        case Phrase():
            return f'"{node.text}"{f"~{node.slop}" if node.slop else ""}'
        case ConceptRef():
            return f"@{node.key}"
        case InField():
            return f"{node.field}:{_inner(node.child, And, Or, Near, Not)}"
        case Not():
            return f"NOT {_inner(node.child, And, Or, Near)}"
        case Near():
            operator = f"{'ONEAR' if node.ordered else 'NEAR'}/{node.distance}"
            return f"{_inner(node.left, Or)} {operator} {_inner(node.right, Or, Near)}"
        case And() | Or():
            return f" {'AND' if isinstance(node, And) else 'OR'} ".join(
                _inner(c, And, Or) for c in node.children
            )
        case AtLeast():
            return f"ATLEAST/{node.count}({', '.join(_inner(c, And, Or) for c in node.children)})"
        case Score():
            parts = (_inner(c, And, Or) + (f"^{w}" if w != 1 else "") for c, w in node.children)
            return f"SCORE>={node.threshold}({', '.join(parts)})"


def _inner(node: Node, *kinds: type[Node]) -> str:
    """The node inside another, in brackets when it is of one of these kinds."""
    return f"({canonical(node)})" if isinstance(node, kinds) else canonical(node)
