"""The concepts in force: the shipped ones, with a deployment's own added or in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.errors import BadInput
from alerts.model import Concept
from alerts.rules.shipped import check_all_parents, concepts_with, read_own_concepts, shipped_concepts

LANGUAGES = ("en", "ko")


def test_the_catalogue_and_every_country_are_in_force_without_an_import() -> None:
    found = {concept.key: concept for concept in shipped_concepts(LANGUAGES)}
    assert {"missile", "launch", "sanctions", "country", "kp", "ye"} <= found.keys()
    assert {language for language, _ in found["kp"].terms} <= {*LANGUAGES, "mul"}


def test_an_own_concept_takes_the_place_of_the_shipped_one() -> None:
    own = Concept("missile", "Ours", terms=(("en", ("arrow",)),), version=7)
    assert concepts_with([own], LANGUAGES).by_key["missile"] == own


def test_an_own_country_adds_to_the_shipped_one() -> None:
    shipped = concepts_with([], LANGUAGES).by_key["kp"]
    own = Concept("kp", "kp", terms=(("en", ("Hermit Kingdom",)), ("fr", ("le Nord",))), version=7)
    found = concepts_with([own], LANGUAGES).by_key["kp"]
    assert (found.name, found.parent, found.version) == (shipped.name, "country", 7)
    terms = dict(found.terms)
    assert terms["en"] == (*dict(shipped.terms)["en"], "Hermit Kingdom")
    assert terms["fr"] == ("le Nord",)


def test_without_own_concepts_nothing_is_compiled_anew() -> None:
    assert concepts_with([], LANGUAGES) is concepts_with([], LANGUAGES)


def test_a_file_may_hold_countries_and_others_and_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[[concept]]\nkey = 'kp'\nterms.en = ['Hermit Kingdom']\n[[concept]]\nkey = 'grain'\n")
    assert [concept.key for concept in read_own_concepts(file)] == ["kp", "grain"]
    file.write_text("[[concept]]\nkey = 'grain'\nterms.en = ['(']\n")
    with pytest.raises(BadInput, match=r"concept grain: terms\.en"):
        read_own_concepts(file)


def test_a_parent_must_exist() -> None:
    with pytest.raises(BadInput, match="no concept 'food'"):
        check_all_parents(concepts_with([Concept("grain", "Grain", parent="food")], LANGUAGES))
