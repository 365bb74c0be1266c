"""The rule language: text to tree and back.

    rule  = or
    or    = and { "OR" and }
    and   = unary { [ "AND" ] unary }            side by side means AND
    unary = ( "NOT" | "-" ) unary | prim
    prim  = "(" or ")" | '"' phrase '"' | word | "=" word | word "*"

Operators are written in capitals; NOT binds tighter than AND, AND tighter than OR. Quotation marks
and ``=`` switch stemming off; ``word*`` needs three letters before the star.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from alerts.errors import QueryError
from alerts.language.tokens import is_character, tokens
from alerts.rules.lexer import Kind, Lexeme, lex

MAX_DEPTH = 50
"""How many brackets and NOTs may stand inside one another."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as typed, without its ``=`` or ``*``."""

    text: str
    exact: bool = False
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must follow one another, as typed, single spaces between them."""

    text: str


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


Leaf = Word | Phrase
Node = Word | Phrase | And | Or | Not


@dataclass(frozen=True, slots=True)
class Warning_:
    """Something that can be searched for but is perhaps not meant."""

    code: str
    message: str
    hint: str


class _Parser:
    def __init__(self, text: str) -> None:
        self._lexemes = lex(text)
        self._at = 0
        self._depth = 0

    @property
    def _next(self) -> Lexeme:
        return self._lexemes[self._at]

    def _take(self) -> Lexeme:
        lexeme = self._lexemes[self._at]
        self._at += 1
        return lexeme

    def _descend(self, column: int) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QueryError(
                "E04",
                column,
                f"more than {MAX_DEPTH} brackets or NOTs inside one another",
                "Write the rule flatter, or make two rules of it.",
            )

    def rule(self) -> Node:
        if self._next.kind is Kind.END:
            raise QueryError("E02", 1, "the rule is empty", "Write at least one word to look for.")
        node = self._or()
        if self._next.kind is Kind.CLOSE:
            raise QueryError(
                "E04", self._next.column, "this bracket was never opened", "Remove it, or add ( before it."
            )
        return node

    def _or(self) -> Node:
        children = [self._and()]
        while self._next.kind is Kind.OR:
            self._take()
            children.append(self._and())
        return children[0] if len(children) == 1 else Or(tuple(children))

    def _and(self) -> Node:
        children = [self._unary()]
        while self._next.kind in (Kind.AND, Kind.NOT, Kind.OPEN, Kind.WORD, Kind.PHRASE):
            if self._next.kind is Kind.AND:
                self._take()
            children.append(self._unary())
        return children[0] if len(children) == 1 else And(tuple(children))

    def _unary(self) -> Node:
        if self._next.kind is not Kind.NOT:
            return self._prim()
        column = self._take().column
        self._descend(column)
        node = Not(self._unary(), column)
        self._depth -= 1
        return node

    def _prim(self) -> Node:
        lexeme = self._next
        if lexeme.kind is Kind.WORD:
            self._take()
            return Word(lexeme.text, lexeme.exact, lexeme.prefix)
        if lexeme.kind is Kind.PHRASE:
            self._take()
            return Phrase(lexeme.text)
        if lexeme.kind is Kind.OPEN:
            return self._bracket()
        before = f" after {self._lexemes[self._at - 1].text}" if self._at else ""
        found = f", not {lexeme.text}" if lexeme.text else ""
        raise QueryError(
            "E03",
            lexeme.column,
            f"a word or a phrase is expected{before}{found}",
            'Add a word here, or remove the operator. To search for the word AND itself, write "and".',
        )

    def _bracket(self) -> Node:
        opened = self._take()
        self._descend(opened.column)
        node = self._or()
        self._depth -= 1
        if self._next.kind is not Kind.CLOSE:
            raise QueryError(
                "E04", opened.column, "this bracket is never closed", "Add ) where the group ends."
            )
        self._take()
        if isinstance(node, And):
            return And(node.children, bracketed=True)
        return Or(node.children, bracketed=True) if isinstance(node, Or) else node


def _only_not(node: Node) -> int | None:
    """Column of a NOT that alone could make the rule hold; None when a term is always required."""
    if isinstance(node, Not):
        return node.column
    if isinstance(node, Or):
        return next((column for child in node.children if (column := _only_not(child))), None)
    if isinstance(node, And):
        columns = [_only_not(child) for child in node.children]
        return None if None in columns else columns[0]
    return None


def parse(text: str) -> Node:
    """The tree of a query. Raises QueryError, and nothing else whatever the text is."""
    node = _Parser(text).rule()
    column = _only_not(node)
    if column is not None:
        raise QueryError(
            "E07",
            column,
            "this part of the rule says only what must be absent",
            "Add a word that must be present: launch NOT product.",
        )
    return node


def canonical(node: Node) -> str:
    """The one way to write a tree: operators in full, brackets around every inner AND and OR."""
    if isinstance(node, Word):
        return f"{'=' if node.exact else ''}{node.text}{'*' if node.prefix else ''}"
    if isinstance(node, Phrase):
        return f'"{node.text}"'
    if isinstance(node, Not):
        return f"NOT {_inner(node.child)}"
    return f" {'AND' if isinstance(node, And) else 'OR'} ".join(map(_inner, node.children))


def _inner(node: Node) -> str:
    return f"({canonical(node)})" if isinstance(node, And | Or) else canonical(node)


def nodes(node: Node) -> Iterator[Node]:
    """The node and all below it, in reading order."""
    yield node
    if isinstance(node, Not):
        yield from nodes(node.child)
    elif isinstance(node, And | Or):
        for child in node.children:
            yield from nodes(child)


def _is_short(leaf: Leaf) -> bool:
    pieces = tokens(leaf.text, "und")
    if len(pieces) != 1:
        return False
    exact = pieces[0].exact
    return is_character(exact) or len(exact) < 3


def warnings(node: Node) -> tuple[Warning_, ...]:
    """What the writer may not have meant, in reading order, each once."""
    found: dict[Warning_, None] = {}
    for part in nodes(node):
        if isinstance(part, Word) and not part.exact and part.text in ("and", "or", "not"):
            hint = f"Write {part.text.upper()} for the operator, or ={part.text} if you mean the word."
            found[Warning_("W1", f"“{part.text}” in small letters is searched as a word", hint)] = None
        elif isinstance(part, Or) and any(isinstance(c, And) and not c.bracketed for c in part.children):
            message = "AND and OR are mixed without brackets; AND is done first"
            found[Warning_("W2", message, f"This is read as: {canonical(part)}")] = None
        elif isinstance(part, Word | Phrase) and _is_short(part):
            message = f"“{part.text}” is very short and will match much else"
            found[Warning_("W6", message, "Add the words that stand next to it, in quotation marks.")] = None
    return tuple(found)
