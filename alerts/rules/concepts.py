"""Concepts as reviewable files.

    [[concept]]
    key = "missile"
    name = "Missile"
    polarity = "escalation"
    parent = "weapon"
    terms.en = ["missile", "rocket", '"Iskander-M"', "=Scud", "rocketr*"]
    terms.de = ["Rakete", "*rakete"]
    terms.mul = ["Hwasong", "ICBM"]
    exclude.en = ["rocket salad"]

Only ``key`` is required. A term is one word or several that follow one another, as a query has them:
``=word`` and ``"words"`` without stemming, ``word*`` and ``*word`` for a part of a word. A language is an
ISO 639 code; ``mul`` stands for every language.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

from babel import Locale
from babel.core import get_global

from alerts.errors import BadInput, QueryError
from alerts.language.fold import fold
from alerts.model import Concept, Polarity, Terms
from alerts.rules.country_codes import COUNTRY, COUNTRY_CODES
from alerts.rules.lexer import Kind, lex
from alerts.rules.toml_tables import KEY, Table, read_tables, written_list, written_text
from alerts.rules.tree import Leaf, Phrase, Word

EVERY_LANGUAGE = "mul"
_LISTS = ("terms", "exclude")
NAMES = ("name", "polarity", "parent", *_LISTS)


def term_leaves(text: str) -> tuple[Leaf, ...]:
    """The words and phrases that must follow one another for this term. Raises QueryError."""
    leaves: list[Leaf] = []
    for lexeme in lex(text):
        if lexeme.kind is Kind.WORD:
            leaves.append(Word(lexeme.text, lexeme.exact, lexeme.prefix, lexeme.suffix))
        elif lexeme.kind is Kind.PHRASE and not lexeme.number:
            leaves.append(Phrase(lexeme.text))
        elif lexeme.kind is not Kind.END:
            hint = (
                "Write words only, give each alternative as a term of its own, or put it in quotation marks."
            )
            raise QueryError("E01", lexeme.column, f"{lexeme.text} cannot be part of a term", hint)
    if not leaves:
        raise QueryError("E02", 1, "the term is empty", "Write a word, or remove the term.")
    return tuple(leaves)


def read_concepts(path: Path, known: Collection[str] = (), *, countries: bool = False) -> tuple[Concept, ...]:
    """The concepts of a TOML file, or of all ``*.toml`` of a folder in order of their names.

    A parent is another of these concepts, ``country``, a country, or one of the ``known`` keys.
    Keys of countries are refused, and with ``countries`` all others are. Raises BadInput naming file,
    concept and remedy.
    """
    tables = read_tables(path, "concept", NAMES)
    found = tuple(map(concept_of, tables))
    for table, concept in zip(tables, found, strict=True):
        is_country = concept.key in COUNTRY_CODES or concept.key == COUNTRY
        if is_country and not countries:
            hint = "the service has it already; give this concept another key"
            raise BadInput(f"{table.where}: {concept.key} is the key of a country, and {hint}")
        if countries and not is_country:
            raise BadInput(f"{table.where}: {concept.key} is no country; write a code such as kp")
        try:
            check_concept(concept)
        except BadInput as error:
            raise BadInput(f"{table.file}: {error}") from error
    try:
        check_parents(found, known)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    return found


def concept_of(table: Table) -> Concept:
    """The concept that a table holds; its form is checked, its terms are not."""
    polarity = table.text("polarity", Polarity.NEUTRAL.value)
    if polarity not in list(Polarity):
        allowed = ", ".join(Polarity)
        raise BadInput(f"{table.where}: polarity must be one of {allowed}; it is {polarity!r}")
    return Concept(
        key=table.key,
        name=table.text("name", table.key),
        polarity=Polarity(polarity),
        parent=table.text("parent", ""),
        terms=table.by_language("terms"),
        exclude=table.by_language("exclude"),
    )


def check_concept(concept: Concept) -> None:
    """Raise BadInput, naming concept, language and term, when one of its terms is not sound."""
    for name in _LISTS:
        lists: Terms = getattr(concept, name)
        for code, texts in lists:
            where = f"concept {concept.key}: {name}.{code}"
            _check_language(code, where)
            seen: dict[str, str] = {}
            for text in texts:
                _check_term(text, where)
                first = seen.setdefault(fold(" ".join(text.split())), text)
                if first is not text:
                    same = "twice" if first == text else f"also as “{first}”, which is the same"
                    raise BadInput(f"{where}: “{text}” is there {same}; remove one of them")
    excluded = {(code, text) for code, texts in concept.exclude for text in texts}
    for code, texts in concept.terms:
        for text in texts:
            if (code, text) in excluded:
                where = f"concept {concept.key}: terms.{code}: “{text}”"
                raise BadInput(f"{where} is excluded too, so it can never count; remove one of them")


def _check_term(text: str, where: str) -> None:
    if not text.strip():
        raise BadInput(f"{where}: an empty term; remove it")
    try:
        term_leaves(text)
    except QueryError as error:
        raise BadInput(f"{where}: “{text}”: {error}") from error


@cache
def _language_codes() -> frozenset[str]:
    return frozenset(Locale("en").languages)


def _check_language(code: str, where: str) -> None:
    if re.fullmatch(r"[a-z]{2,3}", code):
        meant = get_global("language_aliases").get(code, "")
        if code == EVERY_LANGUAGE or (not meant and (len(code) == 3 or code in _language_codes())):
            return
        if not meant:  # a country's code, as in terms.jp
            meant = get_global("likely_subtags").get(f"und_{code.upper()}", "")
        if meant:
            raise BadInput(f"{where}: {code!r} is no language code; did you mean {meant.partition('_')[0]}?")
    hint = f"write an ISO 639 code such as en or ar, or {EVERY_LANGUAGE} for every language"
    raise BadInput(f"{where}: {code!r} is no language code; {hint}")


def check_parents(concepts: Iterable[Concept], known: Collection[str] = ()) -> None:
    """Raise BadInput, naming the concept, when a parent does not exist or concepts go in a circle."""
    parents = {concept.key: concept.parent for concept in concepts}
    for key, parent in parents.items():
        if parent and not (parent in parents or parent in known or parent in COUNTRY_CODES | {COUNTRY}):
            remedy = "create it first, or remove the line" if KEY.fullmatch(parent) else "write its key"
            raise BadInput(f"concept {key}: there is no concept {parent!r} to be its parent; {remedy}")
        line = [key]
        while parent in parents:
            if parent in line:
                circle = " → ".join([*line[line.index(parent) :], parent])
                raise BadInput(f"concept {key}: its parents go in a circle, {circle}; remove one of them")
            line.append(parent)
            parent = parents[parent]


def write_concepts(concepts: Iterable[Concept]) -> str:
    """TOML that ``read_concepts`` reads back as exactly these concepts (their versions are not written)."""
    return "\n".join(map(_written, concepts))


def _written(concept: Concept) -> str:
    lines = ["[[concept]]", f"key = {written_text(concept.key)}"]
    if concept.name != concept.key:
        lines.append(f"name = {written_text(concept.name)}")
    if concept.polarity is not Polarity.NEUTRAL:
        lines.append(f"polarity = {written_text(concept.polarity.value)}")
    if concept.parent:
        lines.append(f"parent = {written_text(concept.parent)}")
    for name in _LISTS:
        lists: Terms = getattr(concept, name)
        lines += [written_list(f"{name}.{code}", texts) for code, texts in lists]
    return "\n".join(lines) + "\n"
