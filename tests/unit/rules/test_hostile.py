"""What a rule costs: in proportion to its own words times those of the item, whatever they are.

The steps are the lines of the rule engine that are run, and the parts of the proofs that are put together.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import alerts.rules
from alerts.model import Concept, Item, Rule
from alerts.rules.evaluate import Reading, analyse
from alerts.rules.explain import faults
from alerts.rules.lexicon import Concepts
from alerts.rules.proof import Together
from alerts.rules.query import parse
from alerts.rules.tree import ConceptRef, Node, Phrase, Word, nodes

ENGINE = str(Path(alerts.rules.__file__).parent)
MOST_STEPS, MOST_PARTS = 100, 8
"""For one word of the rule and one of the item."""

MANY = Concepts(
    [
        Concept(
            "many",
            "Many",
            terms=(("en", ("x", *(f"term{n}" for n in range(1_000)))),),
            exclude=(("en", ("x y", "y x y")),),
        )
    ]
)


def _phrase(words: int, gaps: int = 0) -> str:
    return f'"{" ".join(["x"] * words)}"' + (f"~{gaps}" if gaps else "")


def _row(part: str, count: int = 10) -> str:
    return " NEAR/30 ".join([part] * count)


HOSTILE = {
    "a row of one word": _row("x"),
    "a row of phrases": _row(_phrase(10)),
    "a row of phrases or one word": _row(f"({_phrase(10)} OR x)"),
    "a row of all lengths": _row("(" + " OR ".join(_phrase(n) for n in range(1, 9)) + ")", 3),
    "a row in order": " ONEAR/30 ".join([f"({_phrase(10)} OR x)"] * 10),
    "rows in rows": f"({_row('(x OR y)', 3)}) NEAR/30 ({_row('(x OR y)', 3)} OR {_phrase(4)})",
    "a phrase with gaps": _phrase(40, 30),
    "a row of phrases with gaps": _row(_phrase(4, 30), 5),
    "some of many": "ATLEAST/50(" + ", ".join(["x"] * 50 + ["z"] * 50) + ")",
    "a score of rows": "SCORE>=1(" + ", ".join([_row("x", 3), "z"] * 30) + ")",
    "stars": " OR ".join(f"xyz{a}{b}*" for a in "abcde" for b in "abcde") + " OR *wxyz OR x",
    "a row of stars": _row("(xyz* OR *wxyz OR x)", 5),
    "lists in lists": "(" * 40 + "x" + " OR x)" * 40,
    "a concept of a thousand terms": "@many NEAR/30 @many",
}
ITEMS = {
    "one word": " ".join(["x"] * 600),
    "two by turns": " ".join(["x", "y"] * 300),
    "far apart": " ".join((["x"] + ["z"] * 14) * 40),
    "joined": "x-y-" * 300,
    "paragraphs": "\n\n".join(["x"] * 60),
    "all different": " ".join(f"xyz{n}" for n in range(300)),
}


def _steps(work: Callable[[], object]) -> int:
    """How many lines of the engine are run."""
    count = 0

    def line(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return line

    def call(frame: FrameType, _event: str, _argument: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(ENGINE) else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def _size(node: Node) -> int:
    """The words of a rule, and the words that may stand among them."""
    size = 0
    for part in nodes(node):
        match part:
            case Phrase():
                size += len(part.text.split()) + part.slop
            case Word():
                size += 1
            case ConceptRef():
                size += sum(len(term.text.split()) for term in MANY.lexicon(part.key, "en").terms)
    return size


def _parts(reading: Reading, node: Node) -> int:
    """How many parts all proofs of all nodes have."""
    units = reading._analysed.units
    waiting = [proof for unit in units if isinstance(proof := reading.holds(node, unit), Together)]
    seen = set(waiting)
    while waiting:
        inside = {part for part in waiting.pop().parts if isinstance(part, Together)} - seen
        seen |= inside
        waiting += inside
    return sum(len(proof.parts) for proof in seen)


@pytest.mark.parametrize("text", ITEMS.values(), ids=ITEMS)
@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_rule_costs_its_words_times_those_of_the_item(query: str, text: str) -> None:
    node, analysed = parse(query), analyse(Item("k", "", title="x y", text=text, language="en"))
    length = sum(len(passage.tokens) for unit in analysed.units for passage in unit)
    MANY.lexicon("many", "en")
    reading = Reading(analysed, MANY)
    assert _steps(lambda: reading.evidence(node)) <= MOST_STEPS * length * _size(node)
    assert _parts(reading, node) <= MOST_PARTS * length * _size(node)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("y ONEAR/1 x", " ".join(["x"] * 75 + ["y"] * 75)),
        ("z NEAR/1 x", " ".join(["x"] * 74 + ["w", "w"] + ["z"] * 74)),
        (f"({_row('x', 3)}) NEAR/1 q", " ".join(["x"] * 100 + ["w", "w", "q"])),
    ],
)
def test_why_a_rule_does_not_hold_costs_no_more(query: str, text: str) -> None:
    node, item = parse(query), Item("k", "", title="t", text=text, language="en")
    length = len(text.split())
    assert faults(Rule("r", "", query), node, item, MANY)
    steps = _steps(lambda: faults(Rule("r", "", query), node, item, MANY))
    assert steps <= MOST_STEPS * length * _size(node)
