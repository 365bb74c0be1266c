"""A query as a page shows it: its signs told apart, its concepts with the languages they speak. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from alerts.digests.times import Times
from alerts.errors import QueryError
from alerts.model import Concept
from alerts.rules.concepts import EVERY_LANGUAGE
from alerts.rules.lexer import Kind, Lexeme, lex
from alerts.rules.query import parse
from alerts.rules.spoken import covered
from alerts.rules.tree import ConceptRef, nodes

_CLASSES = {
    Kind.AND: "op",
    Kind.OR: "op",
    Kind.NOT: "op",
    Kind.NEAR: "op",
    Kind.ONEAR: "op",
    Kind.ATLEAST: "op",
    Kind.SCORE: "op",
    Kind.WEIGHT: "op",
    Kind.FIELD: "field",
    Kind.CONCEPT: "concept",
    Kind.PHRASE: "phrase",
}


@dataclass(frozen=True, slots=True)
class Sign:
    """A run of a query. ``kind`` is op, field, concept, phrase, or '' for words and brackets."""

    text: str
    kind: str = ""


def signs(query: str) -> tuple[Sign, ...]:
    """The whole query, told apart; in one piece when it cannot be read. Their texts add up to it."""
    try:
        lexemes = lex(query)
    except QueryError:
        return (Sign(query),) if query else ()
    found: list[Sign] = []
    end = 0
    for lexeme, following in pairwise(lexemes):
        start, stop = lexeme.column - 1, _end(query, lexeme, following)
        found += [Sign(query[end:start]), Sign(query[start:stop], _CLASSES.get(lexeme.kind, ""))]
        end = stop
    found.append(Sign(query[end:]))
    return tuple(sign for sign in found if sign.text)


def _end(query: str, lexeme: Lexeme, following: Lexeme) -> int:
    """Where a lexeme ends: before the white space that precedes the next one."""
    stop = following.column - 1
    while stop > lexeme.column and query[stop - 1].isspace():
        stop -= 1
    return stop


@dataclass(frozen=True, slots=True)
class Coverage:
    """One concept of a query: the languages of the service in which it has terms, and the others.

    ``everywhere``: it has terms, such as names, that count in every language.
    """

    key: str
    name: str
    speaks: tuple[str, ...]
    lacks: tuple[str, ...]
    everywhere: bool


def coverage(
    query: str, concepts: Mapping[str, Concept], languages: Sequence[str], names: Times
) -> tuple[Coverage, ...]:
    """The concepts of a query in reading order, each once; none when it cannot be read."""
    try:
        tree = parse(query)
    except QueryError:
        return ()
    keys = dict.fromkeys(node.key for node in nodes(tree) if isinstance(node, ConceptRef))
    return tuple(_covered(concepts[key], concepts, languages, names) for key in keys if key in concepts)


def _covered(
    concept: Concept, concepts: Mapping[str, Concept], languages: Sequence[str], names: Times
) -> Coverage:
    found = covered(concept.key, concepts)
    named = {code: names.language_name(code) or code for code in languages}
    return Coverage(
        key=concept.key,
        name=concept.name,
        speaks=tuple(named[code] for code in languages if code in found),
        lacks=tuple(named[code] for code in languages if code not in found),
        everywhere=EVERY_LANGUAGE in found,
    )
