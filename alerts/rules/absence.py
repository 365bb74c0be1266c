"""Whether a rule asks for something that must be there."""

from __future__ import annotations

from alerts.rules.tree import And, AtLeast, InField, Node, Not, Or, Score


def absence(node: Node) -> int | None:
    """The column of what could make the node hold with nothing present; None when nothing could."""
    match node:
        case Not():
            return node.column
        case InField():
            return absence(node.child)
        case Or():
            return next((column for child in node.children if (column := absence(child))), None)
        case And():
            columns = [absence(child) for child in node.children]
            return None if None in columns else columns[0]
        case AtLeast():
            absent = [column for child in node.children if (column := absence(child))]
            return absent[0] if len(absent) >= node.count else None
        case Score():
            weights = [(column, weight) for child, weight in node.children if (column := absence(child))]
            positive = [(column, weight) for column, weight in weights if weight > 0]
            if sum(weight for _, weight in positive) < node.threshold:
                return None
            return positive[0][0] if positive else node.column
        case _:
            return None
