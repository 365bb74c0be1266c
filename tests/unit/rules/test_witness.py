"""SQLite's full-text search as a witness: others wrote it, and it knows most of our operators."""

from __future__ import annotations

import random

from alerts.model import Item, Rule
from alerts.rules.index import RuleIndex
from bench.match_peers import Closures, Fts5, words_of
from bench.match_rules import Rules, invented, vocabulary


def test_the_index_finds_what_sqlite_and_plain_functions_find() -> None:
    headlines = invented(1_200, random.Random(7))
    drawn = Rules(vocabulary(headlines), seed=7).take(400)
    index = RuleIndex(Rule(str(number), "", query) for number, (query, _) in enumerate(drawn))
    items = [Item(str(number), "", title) for number, title in enumerate(headlines[:600])]
    ours = {
        (int(item.key), int(rule.key))
        for item, rules in zip(items, index.matches(items), strict=True)
        for rule in rules
    }
    words = [words_of(item.title) for item in items]
    trees = [tree for _, tree in drawn]
    assert len(ours) > 100
    assert ours == Fts5(trees).match(words)
    assert ours == Closures(trees).match(words)
