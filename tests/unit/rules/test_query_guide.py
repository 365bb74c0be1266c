"""The page about the rule language: every example does what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.errors import QueryError
from alerts.model import Concept, Field
from alerts.rules.query import canonical, check_concepts, parse, warnings

PAGE = (Path(__file__).parents[3] / "docs/guide-rule-language.md").read_text("utf-8")
TERMS = {
    "missile": (("en", ("missile",)), ("fr", ("missile",))),
    "launch": (("en", ("launch",)), ("fr", ("tir",))),
    "kp": (("mul", ("Korea",)),),
    "ceasefire": (("en", ("ceasefire",)),),
}
CONCEPTS = {key: Concept(key, key, terms=terms) for key, terms in TERMS.items()}
LANGUAGES = ("en", "fr")

_TICKED = re.compile(r"`([^`]+)`")


def tables(head: str) -> Iterator[list[str]]:
    """The cells of each row of the tables whose first column is called so."""
    for table in re.findall(rf"^\| {head} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE):
        for row in table.splitlines():
            yield [cell.strip() for cell in row.strip("|").split("|")]


def shown() -> list[str]:
    blocks = re.findall(r"^```query\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return [
        *(line for block in blocks for line in block.splitlines()),
        *(query for first, _ in tables("write") for query in _TICKED.findall(first)),
    ]


CODES = [(code, _TICKED.findall(wrong), _TICKED.findall(right)) for code, wrong, _, right in tables("code")]


@pytest.mark.parametrize("query", shown())
def test_every_example_can_be_read(query: str) -> None:
    tree = parse(query)
    check_concepts(tree, CONCEPTS)
    assert parse(canonical(tree)) == tree


@pytest.mark.parametrize(("code", "wrong", "right"), [row for row in CODES if row[0][0] == "E"])
def test_every_error_is_shown_by_an_example_that_has_it_and_one_that_has_not(
    code: str, wrong: list[str], right: list[str]
) -> None:
    (query,) = wrong or [""]
    with pytest.raises(QueryError, match=code):
        check_concepts(parse(query), CONCEPTS)
    (mended,) = right
    check_concepts(parse(mended), CONCEPTS)


@pytest.mark.parametrize(("code", "wrong", "right"), [row for row in CODES if row[0][0] == "W"])
def test_every_warning_is_shown_by_an_example_that_has_it_and_one_that_has_not(
    code: str, wrong: list[str], right: list[str]
) -> None:
    def codes(query: str) -> set[str]:
        return {warning.code for warning in warnings(parse(query), CONCEPTS, LANGUAGES)}

    assert code in codes(*wrong)
    assert code not in codes(*right)


def test_every_code_that_the_language_has_stands_on_the_page_once() -> None:
    source = Path(__file__).parents[3] / "alerts/rules"
    used = {
        code
        for name in ("lexer", "words", "parser", "advice")
        for code in re.findall(r'"([EW]\d+)"', (source / f"{name}.py").read_text("utf-8"))
    }
    assert sorted(code for code, _, _ in CODES) == sorted(used)


def test_every_field_is_named() -> None:
    fields = PAGE.split("\nFields are ", 1)[1].split(", in small")[0]
    assert _TICKED.findall(fields) == list(Field)


def test_the_two_lines_that_are_said_to_mean_the_same_do() -> None:
    one, other = re.findall(r"```query\n(a OR .*)\n(.*)\n```", PAGE)[0]
    assert parse(one) == parse(other)


def test_the_printed_answer_is_the_answer() -> None:
    query, pointed = re.findall(r"\$ alerts rules check '(.*)'\n((?:.*\n)*?)```", PAGE)[0]
    with pytest.raises(QueryError) as refused:
        parse(query)
    said, *lines = str(refused.value).split("\n")
    assert [*lines, said] == pointed.splitlines()
