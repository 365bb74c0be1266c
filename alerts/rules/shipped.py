"""What the program ships: where the catalogue is, and its concepts together with a deployment's own.

The concepts in force are the shipped ones, so that a new deployment needs no import and an upgrade brings
better terms. A concept of the deployment's own takes the place of the shipped one of its key; for a country
it adds terms to those that the program knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from alerts.errors import BadInput
from alerts.model import Concept, Terms
from alerts.rules.concepts import NAMES, check_concept, check_parents, concept_of
from alerts.rules.countries import countries
from alerts.rules.country_codes import COUNTRY, COUNTRY_CODES
from alerts.rules.lexicon import Concepts
from alerts.rules.toml_tables import read_tables

_CATALOG = Path(__file__).parent.parent / "catalog"
CONCEPTS = _CATALOG / "concepts"
RULES = _CATALOG / "rules"
SITUATIONS = _CATALOG / "situations"


@lru_cache(maxsize=1)
def catalog_concepts() -> tuple[Concept, ...]:
    """The concepts of the catalogue, without the countries. They are shipped and tested, so their terms are
    not checked again, which would take a second."""
    return tuple(map(concept_of, read_tables(CONCEPTS, "concept", NAMES)))


@lru_cache(maxsize=4)
def _shipped(languages: tuple[str, ...]) -> Concepts:
    return Concepts((*catalog_concepts(), *countries(languages)))


def shipped_concepts(languages: Sequence[str]) -> tuple[Concept, ...]:
    """The concepts of the catalogue, then every country, named in these languages (ISO 639)."""
    return tuple(_shipped(tuple(languages)).by_key.values())


def concepts_with(own: Iterable[Concept], languages: Sequence[str]) -> Concepts:
    """The concepts in force when a deployment has these of its own. What was compiled of the same ones
    before is kept."""
    return _with(tuple(own), tuple(languages))


@lru_cache(maxsize=4)
def _with(own: tuple[Concept, ...], languages: tuple[str, ...]) -> Concepts:
    shipped = _shipped(languages)
    found = dict(shipped.by_key)
    for concept in own:
        known = found.get(concept.key)
        found[concept.key] = _added(known, concept) if known and is_country(concept.key) else concept
    return Concepts(found.values()) if found != shipped.by_key else shipped


def with_draft(known: Concepts, draft: Concept, languages: Sequence[str]) -> Concepts:
    """Concepts as they would be with a draft in place of the one of its key."""
    shipped = _shipped(tuple(languages)).by_key.get(draft.key)
    meant = _added(shipped, draft) if shipped and is_country(draft.key) else draft
    return known.with_one(meant)


def shipped_concept(key: str, languages: Sequence[str]) -> Concept | None:
    """The concept that the program ships under this key, a country's included."""
    return _shipped(tuple(languages)).by_key.get(key)


def is_country(key: str) -> bool:
    """Whether the program knows this key as a country, or as the parent of all."""
    return key in COUNTRY_CODES or key == COUNTRY


def _added(known: Concept, own: Concept) -> Concept:
    return Concept(
        key=known.key,
        name=own.name if own.name != own.key else known.name,
        polarity=own.polarity,
        parent=known.parent,
        terms=_together(known.terms, own.terms),
        exclude=_together(known.exclude, own.exclude),
        version=own.version,
        number=own.number,
    )


def _together(known: Terms, added: Terms) -> Terms:
    found = {language: dict.fromkeys(texts) for language, texts in known}
    for language, texts in added:
        found.setdefault(language, {}).update(dict.fromkeys(texts))
    return tuple((language, tuple(texts)) for language, texts in found.items())


def read_own_concepts(path: Path) -> tuple[Concept, ...]:
    """The concepts of a file or folder, countries among them too. Their parents are not checked.

    Raises BadInput naming file, concept and remedy.
    """
    tables = read_tables(path, "concept", NAMES)
    found = tuple(map(concept_of, tables))
    for table, concept in zip(tables, found, strict=True):
        try:
            check_concept(concept)
        except BadInput as error:
            raise BadInput(f"{table.file}: {error}") from error
    return found


def check_all_parents(concepts: Concepts) -> None:
    """Raise BadInput when a parent does not exist or concepts go in a circle."""
    check_parents(concepts.by_key.values())
