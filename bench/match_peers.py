"""The same rules asked of the same headlines by others: each gives the pairs that match.

A headline reaches every peer cut into folded words by our own analyzer, once, outside the time that is
measured: what is compared is the matching. Words meet by their exact form, as not every peer knows our stems.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import psycopg

from alerts.language.tokens import tokens
from alerts.rules.tree import And, InField, Near, Node, Not, Or, Phrase, Word, nodes

Pairs = set[tuple[int, int]]
"""Number of the headline, number of the rule."""


Words = tuple[str, ...]
"""A headline as the peers read it: the folded form of each word, in order."""


def words_of(text: str) -> Words:
    return tuple(token.exact for token in tokens(text, "und"))


class Closures:
    """Each rule compiled to a Python function; all of them asked about every headline."""

    name = "closure per rule"

    def __init__(self, rules: Sequence[Node]) -> None:
        self._rules = [self._compiled(rule) for rule in rules]

    def match(self, headlines: Sequence[Words]) -> Pairs:
        found = set()
        for number, words in enumerate(headlines):
            different, written = set(words), f" {' '.join(words)} "
            for rule, holds in enumerate(self._rules):
                if holds(words, different, written):
                    found.add((number, rule))
        return found

    def _compiled(self, node: Node) -> Callable[[Words, set[str], str], bool]:
        match node:
            case Word(text=text, prefix=True):
                beginning = f" {text}"
                return lambda _, __, written: beginning in written
            case Word(text=text):
                word = words_of(text)[0]
                return lambda _, different, __: word in different
            case Phrase(text=text):
                run = f" {text} "
                return lambda _, __, written: run in written
            case InField(child=child):
                return self._compiled(child)
            case Not(child=child):
                inner = self._compiled(child)
                return lambda *words: not inner(*words)
            case Near(left=Word(text=a), right=Word(text=b), distance=distance):
                first, second = (words_of(text)[0] for text in (a, b))
                return lambda words, different, _: (
                    first in different and second in different and _near(words, first, second, distance)
                )
            case And(children=children) | Or(children=children):
                parts = [self._compiled(child) for child in children]
                if isinstance(node, And):
                    return lambda *words: all(part(*words) for part in parts)
                return lambda *words: any(part(*words) for part in parts)
        raise ValueError(f"the bench has no rules with {type(node).__name__}")


def _near(words: Words, first: str, second: str, distance: int) -> bool:
    places = [at for at, word in enumerate(words) if word == first]
    others = [at for at, word in enumerate(words) if word == second]
    return any(a != b and abs(a - b) <= distance + 1 for a in places for b in others)


class Fts5:
    """SQLite's full-text index, set-at-a-time: 5,000 headlines are indexed, then every rule is run once."""

    name = "SQLite FTS5"
    batch = 5_000

    def __init__(self, rules: Sequence[Node]) -> None:
        self._queries = [_fts(rule) for rule in rules]

    def match(self, headlines: Sequence[Words]) -> Pairs:
        found: Pairs = set()
        for begin in range(0, len(headlines), self.batch):
            with sqlite3.connect(":memory:") as database:
                database.execute("CREATE VIRTUAL TABLE t USING fts5(words, content='', tokenize='ascii')")
                rows = enumerate(headlines[begin : begin + self.batch], begin)
                written = ((number, " ".join(words)) for number, words in rows)
                database.executemany("INSERT INTO t(rowid, words) VALUES (?, ?)", written)
                for rule, query in enumerate(self._queries):
                    hits = database.execute("SELECT rowid FROM t WHERE t MATCH ?", (query,))
                    found.update((number, rule) for (number,) in hits)
            database.close()
        return found


def _fts(node: Node) -> str:
    match node:
        case Word(text=text, prefix=True):
            return f'"{text}"*'
        case Word(text=text):
            return f'"{words_of(text)[0]}"'
        case Phrase(text=text):
            return f'"{text}"'
        case InField(child=child):
            return _fts(child)
        case Near(left=Word(text=a), right=Word(text=b), distance=distance):
            first, second = (words_of(text)[0] for text in (a, b))
            return f'NEAR("{first}" "{second}", {distance})'
        case Or(children=children):
            return f"({' OR '.join(_fts(child) for child in children)})"
        case And(children=children):
            present = [_fts(child) for child in children if not isinstance(child, Not)]
            absent = [_fts(child.child) for child in children if isinstance(child, Not)]
            return " NOT ".join((f"({' AND '.join(present)})", *absent))
    raise ValueError(f"the bench has no rules with {type(node).__name__}")


class PostgresAnchors:
    """PostgreSQL with a presearcher in SQL: rules are joined by their rarest required word, then verified.

    ``tsvector @@ tsquery`` verifies; 256 headlines a statement.
    """

    name = "PostgreSQL anchor table"
    batch = 256

    def __init__(self, rules: Sequence[Node], url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        run = self._connection.execute
        run("DROP TABLE IF EXISTS anchors, rules")
        run("CREATE TABLE rules (id int PRIMARY KEY, query tsquery NOT NULL)")
        run("CREATE TABLE anchors (word text NOT NULL, rule int NOT NULL)")
        asked = Counter(leaf for rule in rules for leaf in nodes(rule) if isinstance(leaf, Word | Phrase))
        with self._connection.cursor() as cursor:
            with cursor.copy("COPY rules FROM STDIN") as copy:
                for number, rule in enumerate(rules):
                    copy.write_row((number, _tsquery(rule)))
            with cursor.copy("COPY anchors FROM STDIN") as copy:
                for number, rule in enumerate(rules):
                    for word in {_anchor(leaf) for leaf in _required(rule, asked)}:
                        copy.write_row((word, number))
        run("CREATE INDEX ON anchors (word, rule)")
        run("ANALYZE anchors, rules")
        run("CREATE TEMP TABLE headlines (id int, words tsvector)")

    def match(self, headlines: Sequence[Words]) -> Pairs:
        found: Pairs = set()
        for begin in range(0, len(headlines), self.batch):
            with self._connection.cursor() as cursor:
                cursor.execute("TRUNCATE headlines")
                with cursor.copy("COPY headlines FROM STDIN") as copy:
                    for number, words in enumerate(headlines[begin : begin + self.batch], begin):
                        copy.write_row((number, _tsvector(words)))
                cursor.execute(
                    "SELECT DISTINCT h.id, r.id"
                    " FROM headlines h, unnest(tsvector_to_array(h.words)) AS w(word)"
                    " JOIN anchors a ON a.word = w.word JOIN rules r ON r.id = a.rule"
                    " WHERE h.words @@ r.query"
                )
                found.update((number, rule) for number, rule in cursor.fetchall())
        return found

    def close(self) -> None:
        self._connection.close()


def _tsvector(words: Words) -> str:
    return " ".join(f"'{word}':{at}" for at, word in enumerate(words, 1))


def _tsquery(node: Node) -> str:
    match node:
        case Word(text=text, prefix=True):
            return f"'{text}':*"
        case Word(text=text):
            return f"'{words_of(text)[0]}'"
        case Phrase(text=text):
            return "(" + " <-> ".join(f"'{word}'" for word in text.split()) + ")"
        case InField(child=child):
            return _tsquery(child)
        case Not(child=child):
            return f"!{_tsquery(child)}"
        case Near(left=Word(text=a), right=Word(text=b), distance=distance):
            first, second = (words_of(text)[0] for text in (a, b))
            steps = range(1, distance + 2)
            ways = [f"('{x}' <{n}> '{y}')" for n in steps for x, y in ((first, second), (second, first))]
            return f"({' | '.join(ways)})"
        case Or(children=children) | And(children=children):
            sign = " | " if isinstance(node, Or) else " & "
            return f"({sign.join(_tsquery(child) for child in children)})"
    raise ValueError(f"the bench has no rules with {type(node).__name__}")


def _required(node: Node, asked: Counter[Word | Phrase]) -> Iterable[Word | Phrase]:
    """Words of which every matching headline has one, the rarest such set."""
    match node:
        case Word() | Phrase():
            return (node,)
        case InField(child=child):
            return _required(child, asked)
        case Or(children=children):
            return [leaf for child in children for leaf in _required(child, asked)]
        case Near(left=left, right=right):
            return _rarest([_required(left, asked), _required(right, asked)], asked)
        case And(children=children):
            parts = [_required(child, asked) for child in children if not isinstance(child, Not)]
            whole = [
                part for part in parts if not any(isinstance(leaf, Word) and leaf.prefix for leaf in part)
            ]
            return _rarest(whole, asked)
    raise ValueError(f"the bench has no rules with {type(node).__name__}")


def _rarest(
    parts: Sequence[Iterable[Word | Phrase]], asked: Counter[Word | Phrase]
) -> Iterable[Word | Phrase]:
    return min(parts, key=lambda part: sum(asked[leaf] for leaf in part))


def _anchor(leaf: Word | Phrase) -> str:
    if isinstance(leaf, Phrase):
        return max(leaf.text.split(), key=len)
    return words_of(leaf.text)[0]
