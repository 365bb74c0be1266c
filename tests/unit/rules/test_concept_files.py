from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.errors import BadInput, QueryError
from alerts.model import Concept, Polarity
from alerts.rules.concepts import check_concept, check_parents, read_concepts, term_leaves, write_concepts
from alerts.rules.tree import Phrase, Word

texts = st.one_of(st.text(), st.text(st.sampled_from("a'\"\\\n\r\té\x00\U0001f680")))
words = st.sampled_from(
    [
        "missile",
        "ballistic missile",
        "=Scud",
        '"air strike"',
        "rocketr*",
        "*rakete",
        "ракета",
        "导弹",
        "l'été",
    ]
)
a_list = st.lists(words, max_size=4, unique=True).map(tuple)
languages = st.lists(st.sampled_from(["en", "de", "zh", "mul", "yue"]), max_size=4, unique=True)


@st.composite
def by_language(draw: st.DrawFn) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((language, draw(a_list)) for language in draw(languages))


@st.composite
def a_concept(draw: st.DrawFn) -> Concept:
    return Concept(
        key=draw(
            st.from_regex(r"[a-z0-9][a-z0-9-]{2,20}", fullmatch=True).filter(lambda key: key != "country")
        ),
        name=draw(texts),
        polarity=draw(st.sampled_from(Polarity)),
        parent=draw(st.sampled_from(["", "country", "kp"])),
        terms=draw(by_language()),
        exclude=tuple((code, tuple(f"{text} bar" for text in found)) for code, found in draw(by_language())),
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(a_concept(), max_size=3, unique_by=lambda concept: concept.key).map(tuple))
def test_concepts_written_and_read_back_are_the_same(tmp_path: Path, concepts: tuple[Concept, ...]) -> None:
    file = tmp_path / "concepts.toml"
    file.write_text(write_concepts(concepts), encoding="utf-8", newline="")
    assert read_concepts(file) == concepts


@pytest.mark.parametrize(
    ("text", "leaves"),
    [
        ("missile", (Word("missile"),)),
        ("ballistic  missile", (Word("ballistic"), Word("missile"))),
        ("=Scud", (Word("Scud", exact=True),)),
        ('"air strike" force', (Phrase("air strike"), Word("force"))),
        ("rocketr*", (Word("rocketr", prefix=True),)),
        ("*rakete", (Word("rakete", suffix=True),)),
        ("test-fire", (Word("test-fire"),)),
    ],
)
def test_a_term_is_words_that_follow_one_another(text: str, leaves: tuple[Word | Phrase, ...]) -> None:
    assert term_leaves(text) == leaves


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E02"),
        ("a OR b", "E01"),
        ("(missile)", "E01"),
        ("@missile", "E01"),
        ("title:missile", "E01"),
        ("-missile", "E01"),
        ('"air strike', "E08"),
        ('"air strike"~2', "E01"),
        ("mi*", "E13"),
    ],
)
def test_what_is_more_than_words_is_no_term(text: str, code: str) -> None:
    with pytest.raises(QueryError) as refused:
        term_leaves(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('polarity = "escalating"', r"concept 1 \(one\): polarity must be one of .*de-escalation"),
        ('terms = ["a"]', r"terms needs a language, terms\.en"),
        ('terms.en = "a"', r"terms\.en must be a list"),
        ('term.en = ["a"]', "did you mean terms?"),
        ('terms.EN = ["a"]', "'EN' is no language code; write an ISO 639 code"),
        ('terms.eng = ["a"]', "'eng' is no language code; did you mean en?"),
        ('terms.jp = ["a"]', "'jp' is no language code; did you mean ja?"),
        ('terms.en = ["a", " "]', r"terms\.en: an empty term; remove it"),
        ('terms.en = ["a OR b"]', r"terms\.en: “a OR b”: E01 at column 3"),
        ('exclude.en = ["(a"]', r"exclude\.en: “\(a”: E01 at column 1"),
        ('terms.fr = ["élu", "Elu"]', r"terms\.fr: “Elu” is there also as “élu”, which is the same; remove"),
        ('terms.fr = ["élu", "élu"]', r"“élu” is there twice"),
        ('terms.en = ["a b"]\nexclude.en = ["a b"]', "is excluded too"),
        ('parent = "weapons"', r"there is no concept 'weapons' to be its parent; create it first"),
        ('parent = "one"', "circle, one → one; remove one of them"),
    ],
)
def test_a_wrong_concept_is_refused_naming_file_concept_and_remedy(
    tmp_path: Path, lines: str, said: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f'[[concept]]\nkey = "one"\n{lines}\n', encoding="utf-8")
    with pytest.raises(BadInput, match=said) as refused:
        read_concepts(file)
    assert "mine.toml" in str(refused.value)
    assert "one" in str(refused.value)


def test_parents_may_be_known_elsewhere_and_longer_circles_are_found() -> None:
    check_parents([Concept("drone", "", parent="weapon")], known={"weapon"})
    check_parents([Concept("sahel", "", parent="country"), Concept("azawad", "", parent="ml")])
    ring = [
        Concept("aaa", "", parent="bbb"),
        Concept("bbb", "", parent="ccc"),
        Concept("ccc", "", parent="aaa"),
    ]
    with pytest.raises(BadInput, match="aaa → bbb → ccc → aaa"):
        check_parents(ring)


def test_keys_of_countries_are_kept_for_the_countries(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[[concept]]\nkey = "kp"\n')
    with pytest.raises(BadInput, match="kp is the key of a country"):
        read_concepts(file)
    assert read_concepts(file, countries=True) == (Concept("kp", "kp"),)
    file.write_text('[[concept]]\nkey = "korea"\n')
    with pytest.raises(BadInput, match="korea is no country; write a code such as kp"):
        read_concepts(file, countries=True)


def test_the_same_words_may_be_a_term_in_two_languages() -> None:
    check_concept(Concept("war", "War", terms=(("en", ("Krim",)), ("de", ("Krim",)), ("mul", ("Krim",)))))
