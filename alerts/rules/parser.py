"""From the lexemes of a query to its tree."""

from __future__ import annotations

from alerts.errors import QueryError
from alerts.model import Field
from alerts.rules.absence import absence
from alerts.rules.lexer import Kind, Lexeme, lex
from alerts.rules.tree import And, AtLeast, ConceptRef, InField, Near, Node, Not, Or, Phrase, Score, Word
from alerts.rules.words import quoted

MAX_DEPTH = 50
"""How many brackets, lists and NOTs may stand inside one another."""

MAX_NEAR = 10
"""How many NEARs may stand inside one another or in a row."""

MAX_PARTS = 200
"""How many parts a list of ATLEAST or SCORE may have."""

_BEGINS_UNARY = frozenset(
    [Kind.NOT, Kind.OPEN, Kind.WORD, Kind.PHRASE, Kind.CONCEPT, Kind.FIELD, Kind.ATLEAST, Kind.SCORE]
)
_NEARS = (Kind.NEAR, Kind.ONEAR)


def _is_side(node: Node) -> bool:
    """Whether NEAR can say where this stands."""
    if isinstance(node, Or):
        return all(map(_is_side, node.children))
    return isinstance(node, Word | Phrase | ConceptRef | Near)


def _nears(node: Node) -> int:
    """How many NEARs stand inside one another in a side of NEAR."""
    if isinstance(node, Near):
        return 1 + max(_nears(node.left), _nears(node.right))
    return max(map(_nears, node.children)) if isinstance(node, Or) else 0


class Parser:
    """Reads one query, once."""

    def __init__(self, text: str) -> None:
        self._lexemes = lex(text)
        self._at = 0
        self._depth = 0
        self._field: str | None = None

    def rule(self) -> Node:
        """The tree of the whole query. Raises QueryError for every fault but E07 and E11."""
        if self._next.kind is Kind.END:
            raise QueryError("E02", 1, "the rule is empty", "Write at least one word to look for.")
        node = self._or()
        if self._next.kind is Kind.CLOSE:
            hint = "Remove it, or add ( before it."
            raise QueryError("E04", self._next.column, "this bracket was never opened", hint)
        self._refuse_list_signs()
        return node

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
            message = f"more than {MAX_DEPTH} brackets, lists or NOTs inside one another"
            raise QueryError("E04", column, message, "Write the rule flatter, or make two rules of it.")

    def _refuse_list_signs(self) -> None:
        """Refuse a comma or a weight here, where no part of a list ends."""
        sign = self._next
        if sign.kind is Kind.COMMA:
            hint = "Separate words by a space or by OR; put numbers such as 1,000 in quotation marks."
            raise QueryError("E01", sign.column, "a comma only parts the lists of ATLEAST and SCORE", hint)
        if sign.kind is Kind.WEIGHT:
            hint = "Leave it out, or write SCORE>=10(missile^6, launch^5) with a weight at the end of a part."
            raise QueryError("E09", sign.column, "a weight can only end a part of SCORE", hint)

    def _or(self) -> Node:
        children = [self._and()]
        while self._next.kind is Kind.OR:
            self._take()
            children.append(self._and())
        return children[0] if len(children) == 1 else Or(tuple(children))

    def _and(self) -> Node:
        children = [self._unary()]
        while self._next.kind is Kind.AND or self._next.kind in _BEGINS_UNARY:
            if self._next.kind is Kind.AND:
                self._take()
            children.append(self._unary())
        return children[0] if len(children) == 1 else And(tuple(children))

    def _unary(self) -> Node:
        if self._next.kind is not Kind.NOT:
            return self._near()
        column = self._take().column
        self._descend(column)
        node = Not(self._unary(), column)
        self._depth -= 1
        return node

    def _near(self) -> Node:
        begins = self._next.column
        node = self._prim()
        while self._next.kind in _NEARS:
            self._check_side(node, begins)
            operator = self._take()
            column = self._next.column
            if self._next.kind is Kind.NOT:
                raise self._no_side(column, "NOT")
            right = self._prim()
            self._check_side(right, column)
            node = Near(node, right, operator.number, operator.kind is Kind.ONEAR)
            if _nears(node) > MAX_NEAR:
                message = f"more than {MAX_NEAR} NEARs belong together"
                raise QueryError("E06", operator.column, message, "Write AND in place of some of them.")
        return node

    def _check_side(self, node: Node, column: int) -> None:
        if isinstance(node, InField):
            hint = f"Write the field before both, in brackets: {node.field}:(missile NEAR/5 launch)."
            raise QueryError("E06", column, "NEAR cannot join a field", hint)
        if not _is_side(node):
            names = {And: "AND", AtLeast: "ATLEAST", Score: "SCORE"}
            raise self._no_side(column, names.get(type(node), "brackets with AND, NOT or a field in them"))

    @staticmethod
    def _no_side(column: int, what: str) -> QueryError:
        message = f"NEAR joins words, phrases, concepts and lists of them with OR, not {what}"
        hint = "Join with AND here, or write several NEARs: (missile NEAR/5 launch) AND (test NEAR/5 site)."
        return QueryError("E06", column, message, hint)

    def _prim(self) -> Node:
        lexeme = self._next
        match lexeme.kind:
            case Kind.OPEN:
                return self._bracket()
            case Kind.WORD:
                self._take()
                return Word(lexeme.text, lexeme.exact, lexeme.prefix, lexeme.suffix)
            case Kind.PHRASE:
                self._take()
                return Phrase(lexeme.text, lexeme.number)
            case Kind.CONCEPT:
                self._take()
                return ConceptRef(lexeme.text, lexeme.column)
            case Kind.FIELD:
                return self._in_field()
            case Kind.ATLEAST:
                return self._at_least()
            case Kind.SCORE:
                return self._score()
            case Kind.WEIGHT:
                self._refuse_list_signs()
        raise self._expected("a word, a phrase or a concept is expected")

    def _expected(self, what: str) -> QueryError:
        lexeme, before = self._next, self._lexemes[self._at - 1] if self._at else None
        after = f" after {_written(before)}" if before else ""
        found = f", not {_written(lexeme)}" if lexeme.text else ""
        if before and before.kind is Kind.FIELD:
            name = before.text
            if lexeme.kind is Kind.NOT:
                hint = f"Write the NOT before the field: NOT {name}:missile."
            else:
                hint = f"Say what to look for in this field: {name}:missile, or {name}:(missile OR rocket)."
        elif lexeme.kind is Kind.NOT:  # only here after ATLEAST or SCORE: elsewhere NOT may begin
            hint = "Write the list in brackets directly after the number."
        else:
            hint = 'Add a word here, or remove the operator. To search for the word AND itself, write "and".'
        return QueryError("E03", lexeme.column, what + after + found, hint)

    def _bracket(self) -> Node:
        opened = self._take()
        self._descend(opened.column)
        node = self._or()
        self._refuse_list_signs()
        self._close(opened)
        if isinstance(node, And):
            return And(node.children, bracketed=True)
        return Or(node.children, bracketed=True) if isinstance(node, Or) else node

    def _close(self, opened: Lexeme) -> None:
        self._depth -= 1
        if self._next.kind is not Kind.CLOSE:
            hint = "Add ) where the group ends."
            raise QueryError("E04", opened.column, "this bracket is never closed", hint)
        self._take()

    def _in_field(self) -> Node:
        lexeme = self._take()
        if self._field is not None:
            message = f"{lexeme.text}: cannot stand inside {self._field}:"
            hint = f"Join the two with AND: {self._field}:missile AND {lexeme.text}:launch."
            raise QueryError("E10", lexeme.column, message, hint)
        self._field = lexeme.text
        node = InField(Field(lexeme.text), self._prim())
        self._field = None
        return node

    def _at_least(self) -> Node:
        operator = self._take()
        parts = self._parts(operator)
        for _, weight in parts:
            if weight is not None:
                hint = "Leave it out, or write SCORE>=10(missile^6, launch^5)."
                raise QueryError(
                    "E09", weight.column, "a weight can only stand in SCORE, not in ATLEAST", hint
                )
        if not 1 <= operator.number <= len(parts):
            message = f"ATLEAST counts from 1 to {len(parts)} here, for the list has {_count(len(parts))}"
            hint = f"Write ATLEAST/{min(len(parts), max(1, operator.number))}, or another list."
            raise QueryError("E12", operator.column, message, hint)
        return AtLeast(operator.number, tuple(child for child, _ in parts), operator.column)

    def _score(self) -> Node:
        operator = self._take()
        parts = [(child, 1 if weight is None else weight.number) for child, weight in self._parts(operator)]
        most = sum(weight for _, weight in parts if weight > 0)
        if operator.number > most:
            message = f"this score is never reached: positive weights add up to {most}"
            hint = (
                f"Write SCORE>={most} or less, or larger weights."
                if most
                else "Give a part a positive weight."
            )
            raise QueryError("E12", operator.column, message, hint)
        return Score(operator.number, tuple(parts), operator.column)

    def _parts(self, operator: Lexeme) -> list[tuple[Node, Lexeme | None]]:
        """The list in brackets: each part and the weight that ends it."""
        opened = self._next
        if opened.kind is not Kind.OPEN:
            raise self._expected("an opening bracket is expected")
        self._descend(opened.column)
        parts: list[tuple[Node, Lexeme | None]] = []
        while not parts or self._next.kind is Kind.COMMA:
            self._take()
            node = self._or()
            weight = self._take() if self._next.kind is Kind.WEIGHT else None
            parts.append((node, weight))
            if weight and self._next.kind not in (Kind.COMMA, Kind.CLOSE, Kind.END):
                hint = "Write a comma after it, or the weight at the end: (missile OR rocket)^6."
                raise QueryError(
                    "E09", weight.column, "a weight ends a part of SCORE, and more follows", hint
                )
            if len(parts) > MAX_PARTS:
                message = f"a list of {operator.text} has at most {MAX_PARTS} parts"
                raise QueryError("E12", operator.column, message, "Join some of them with OR.")
        self._close(opened)
        return parts


def _written(lexeme: Lexeme) -> str:
    match lexeme.kind:
        case Kind.WORD | Kind.PHRASE:
            return quoted(lexeme.text)
        case Kind.FIELD:
            return f"{lexeme.text}:"
        case Kind.CONCEPT:
            return f"@{lexeme.text}"
        case Kind.NEAR | Kind.ONEAR | Kind.ATLEAST:
            return f"{lexeme.text}/{lexeme.number}"
        case Kind.SCORE:
            return f"SCORE>={lexeme.number}"
        case _:
            return lexeme.text


def _count(parts: int) -> str:
    return "1 part" if parts == 1 else f"{parts} parts"


def parse(text: str) -> Node:
    """The tree of a query. Raises QueryError, and nothing else whatever the text is."""
    try:
        node = Parser(text).rule()
        if column := absence(node):
            message = "this part of the rule holds when nothing is present"
            hint = "Add a word that must be present: launch NOT product."
            raise QueryError("E07", column, message, hint)
    except QueryError as error:
        error.query = text
        raise
    return node
