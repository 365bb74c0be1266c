"""Rules as reviewable files.

    [[rule]]
    key = "border-closure"
    name = "Border closure"
    severity = "medium"
    polarity = "escalation"
    query = '(border OR frontera) AND (close OR cerrar)'
    languages = ["en", "es"]
    sources = []
    match = ["Country closes its border", "es: El país cerró la frontera"]
    no_match = ["Border talks resume"]
    owner = "Horn of Africa desk"
    review_at = 2030-06-30

Only ``key`` and ``query`` are required. An example is a title; it may begin with its two-letter
language, a colon and a space. Without that it is in the first language of the rule, or in English.
After ``review_at`` somebody should ask whether the rule still says what is meant. Without ``polarity``
a match says nothing about where a situation goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from alerts.errors import BadInput, QueryError
from alerts.model import Item, Polarity, Rule, Severity
from alerts.rules.evaluate import analyse, applies, evaluate
from alerts.rules.lexicon import NO_CONCEPTS, Concepts
from alerts.rules.query import check_concepts, parse
from alerts.rules.toml_tables import Table, read_tables, written_lines, written_list, written_text

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_EXAMPLE = re.compile(r"([a-z]{2}): (.*)", re.DOTALL)
_SCOPE = ("languages", "sources")
_EXAMPLES = ("match", "no_match")
_NAMES = ("name", "query", "severity", "polarity", *_SCOPE, *_EXAMPLES, "owner", "review_at")


def read_rules(path: Path) -> tuple[Rule, ...]:
    """The rules of a TOML file, or of all ``*.toml`` of a folder in order of their names.

    Checks the form, not the queries: see ``check``. Raises BadInput naming file, rule and remedy.
    """
    return tuple(map(_rule, read_tables(path, "rule", _NAMES)))


def _rule(table: Table) -> Rule:
    if "query" not in table.content:
        raise BadInput(f"{table.where}: query is missing; write query = 'words to look for'")
    severity = table.text("severity", Severity.MEDIUM.value)
    if severity not in list(Severity):
        known = ", ".join(Severity)
        raise BadInput(f"{table.where}: severity must be one of {known}; it is {severity!r}")
    polarity = table.text("polarity", Polarity.NEUTRAL.value)
    if polarity not in list(Polarity):
        known = ", ".join(Polarity)
        raise BadInput(f"{table.where}: polarity must be one of {known}; it is {polarity!r}")
    languages = table.texts("languages")
    for code in languages:
        if not _LANGUAGE.fullmatch(code):
            raise BadInput(f"{table.where}: {code!r} is no language code such as en or ar")
    return Rule(
        key=table.key,
        name=table.text("name", table.key),
        query=table.text("query", ""),
        severity=Severity(severity),
        polarity=Polarity(polarity),
        languages=languages,
        sources=table.texts("sources"),
        match=table.texts("match"),
        no_match=table.texts("no_match"),
        owner=table.text("owner", ""),
        review_at=table.day("review_at"),
    )


def write_rules(rules: Iterable[Rule]) -> str:
    """TOML that ``read_rules`` reads back as exactly these rules (their versions are not written)."""
    return "\n".join(map(_written, rules))


def _written(rule: Rule) -> str:
    lines = ["[[rule]]", f"key = {written_text(rule.key)}"]
    if rule.name != rule.key:
        lines.append(f"name = {written_text(rule.name)}")
    lines.append(f"severity = {written_text(rule.severity.value)}")
    if rule.polarity is not Polarity.NEUTRAL:
        lines.append(f"polarity = {written_text(rule.polarity.value)}")
    lines.append(f"query = {written_text(rule.query)}")
    lines += [written_list(name, parts) for name in _SCOPE if (parts := getattr(rule, name))]
    lines += [written_lines(name, parts) for name in _EXAMPLES if (parts := getattr(rule, name))]
    if rule.owner:
        lines.append(f"owner = {written_text(rule.owner)}")
    if rule.review_at:
        lines.append(f"review_at = {rule.review_at.isoformat()}")
    return "\n".join(lines) + "\n"


def check(rule: Rule, concepts: Concepts = NO_CONCEPTS) -> None:
    """Raise BadInput, naming rule and example, when the query or one of its examples fails."""
    try:
        node = parse(rule.query)
        check_concepts(node, concepts.by_key, rule.query)
    except QueryError as error:
        raise BadInput(f"rule {rule.key}: query: {error}") from error
    for examples, wanted in ((rule.match, True), (rule.no_match, False)):
        for example in examples:
            item = _example(example, rule)
            if (applies(rule, item) and evaluate(node, analyse(item), concepts) is not None) is not wanted:
                fault = "must match and does not" if wanted else "must not match and does"
                raise BadInput(f"rule {rule.key}: “{example}” {fault}; change the query or the example")


def _example(example: str, rule: Rule) -> Item:
    marked = _EXAMPLE.fullmatch(example)
    first = rule.languages[0] if rule.languages else "en"
    language, title = marked.groups() if marked else (first, example)
    source = rule.sources[0] if rule.sources else ""
    return Item(key="example", url="", title=title, language=language, source=source)
