"""The published ambiguity guards hold, and cover what they promise to cover."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from alerts.model import Item
from alerts.rules.evaluate import analyse, evaluate
from alerts.rules.files import read_rules
from alerts.rules.lexicon import Concepts
from alerts.rules.query import parse
from alerts.rules.shipped import RULES, concepts_with

FILE = RULES.parent / "guards.toml"
GUARDS: list[dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))["guard"]
SPOKEN = sorted({guard["language"] for guard in GUARDS})


@pytest.fixture(scope="module")
def concepts() -> Concepts:
    return concepts_with((), SPOKEN)


@pytest.fixture(scope="module")
def queries() -> dict[str, str]:
    return {rule.key: rule.query for rule in read_rules(RULES)}


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard['language']}-{guard['why']}")
def test_a_guard_holds(guard: dict[str, Any], concepts: Concepts, queries: dict[str, str]) -> None:
    query = guard.get("query") or (f"@{guard['concept']}" if "concept" in guard else queries[guard["rule"]])
    item = Item(key="guard", url="", title=guard["text"], language=guard["language"])
    found = evaluate(parse(query), analyse(item), concepts)
    assert (found is not None) is guard["matches"], found


def test_a_guard_names_one_thing_to_ask_and_says_why() -> None:
    for guard in GUARDS:
        assert len({"rule", "concept", "query"} & set(guard)) == 1, guard
        assert set(guard) - {"rule", "concept", "query"} == {"language", "text", "matches", "why"}, guard


def test_the_guards_are_many_and_in_many_languages() -> None:
    assert len(GUARDS) >= 60
    assert len(SPOKEN) >= 10
    assert {guard["matches"] for guard in GUARDS} == {True, False}


AMBIGUITIES = """war games, diet, wedding, festival, updating, relationship, couples, stadium, warsaw, award,
turkey, georgia, niger, nigeria, new guinea, congo, film, attack, sanctioned, economic sanctions"""


@pytest.mark.parametrize("word", re.split(r",\s", AMBIGUITIES))
def test_every_known_ambiguity_has_a_guard(word: str) -> None:
    assert any(re.search(word, f"{guard['text']} {guard['why']}", re.IGNORECASE) for guard in GUARDS)
