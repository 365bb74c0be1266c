from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.errors import QueryError
from alerts.model import Concept, Polarity
from alerts.rules.query import canonical, check_concepts, parse, warnings

MISSILE = Concept(
    "missile",
    "Missile",
    Polarity.ESCALATION,
    terms=(
        ("en", ("missile", "ICBM", '"ballistic rocket"', "projectil*")),
        ("de", ("*rakete", "Flugkörper")),
        ("ko", ("미사일",)),
    ),
)
LAUNCH = Concept("launch", "Launch", terms=(("en", ("launch", "=fired")), ("fr", ("tir",)), ("mul", ("x1",))))
NAMES = Concept("names", "Names", terms=(("mul", ("Hwasong",)),))
KN = Concept("kn-series", "KN series", parent="missile", terms=(("ru", ("КН",)), ("uk", ())))
KN23 = Concept("kn-23", "KN-23", parent="kn-series", terms=(("pl", ("Kimskander",)),))
CONCEPTS = {concept.key: concept for concept in (MISSILE, LAUNCH, NAMES, KN, KN23)}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("missile launch", []),
        ("missile and launch", ["W1"]),
        ("missile or not launch", ["W1", "W1"]),
        ("missile =and launch", []),
        ("missile And launch", []),
        ('"search and rescue"', []),
        ("missile launch OR rocket", ["W2"]),
        ("(missile launch) OR rocket", []),
        ("missile (launch OR fire)", []),
        ("ATLEAST/1(missile launch OR rocket, fire)", ["W2"]),
        ("missile NEAR launch OR rocket", []),
        ("missile EU", ["W6"]),
        ("missile =EU", ["W6"]),
        ("missile EU EU", ["W6"]),
        ("missile 核", ["W6"]),
        ("导弹 U.S.", []),
        ("missile title:EU", ["W6"]),
        ("missile lang:en type:x place:kp source:EU", []),
        ("SCORE>=1(missile, EU^-1)", ["W6"]),
    ],
)
def test_what_may_not_be_meant_is_pointed_out(text: str, codes: list[str]) -> None:
    found = warnings(parse(text))
    assert [warning.code for warning in found] == codes
    assert all(warning.message and warning.hint for warning in found)


@pytest.mark.parametrize(
    ("text", "languages", "missing"),
    [
        ("@missile", ("en", "de"), []),
        ("@missile", ("en", "fr", "de"), ["@missile has no terms in fr"]),
        ("@missile", ("fr", "uk"), ["@missile has no terms in fr and uk"]),
        ("@missile", ("ru", "ko", "pl"), []),
        ("@missile", (), []),
        ("@missile @missile", ("fr",), ["@missile has no terms in fr"]),
        ("@missile @launch", ("de",), ["@launch has no terms in de"]),
        (
            "@missile NEAR @launch",
            ("ko", "fr"),
            ["@missile has no terms in fr", "@launch has no terms in ko"],
        ),
        ("@names", ("en", "ar"), []),
        ("@unheard-of", ("en",), []),
        (
            "title:@launch",
            ("ar", "de", "en", "es", "ko", "pl", "tr", "zh"),
            ["@launch has no terms in ar, de, es, ko, pl and 2 more languages"],
        ),
        (
            "@launch",
            ("ar", "de", "es", "ko", "pl", "zh"),
            ["@launch has no terms in ar, de, es, ko, pl and zh"],
        ),
    ],
)
def test_a_concept_without_terms_in_a_language_that_is_read_is_pointed_out(
    text: str, languages: tuple[str, ...], missing: list[str]
) -> None:
    found = warnings(parse(text), CONCEPTS, languages)
    assert [warning.message for warning in found if warning.code == "W4"] == missing


@pytest.mark.parametrize(
    ("text", "languages", "missing"),
    [
        ("@missile -@launch", ("de",), []),
        ("@missile OR @launch", ("de", "fr"), []),
        (
            "@missile OR @launch",
            ("de", "fr", "es"),
            ["@missile has no terms in es", "@launch has no terms in es"],
        ),
        ("@missile OR title:@launch", ("de",), []),
        ("(@missile OR @launch) @kn-23", ("pl", "fr"), ["@kn-23 has no terms in fr"]),
        ("(@missile NEAR @launch) OR @kn-23", ("en", "pl"), []),
        (
            "(@missile NEAR @launch) OR @kn-23",
            ("de", "pl"),
            ["@launch has no terms in de", "@kn-23 has no terms in de"],
        ),
        ("@launch OR Rakete", ("de",), ["@launch has no terms in de"]),
        ("@launch OR (@missile rocket)", ("de",), ["@launch has no terms in de"]),
        ("@launch OR (@missile source:example)", ("de",), []),
        ("ATLEAST/2(@missile, @names, @launch)", ("de",), []),
        ("ATLEAST/3(@missile, @names, @launch)", ("de",), ["@launch has no terms in de"]),
        ("SCORE>=2(@missile^2, @launch, @kn-23^-1)", ("de",), []),
        ("SCORE>=3(@missile^2, @launch)", ("de",), ["@launch has no terms in de"]),
    ],
)
def test_no_language_is_missing_where_nothing_can_be_missed_for_the_want_of_it(
    text: str, languages: tuple[str, ...], missing: list[str]
) -> None:
    """What NOT excludes misses nothing, and an alternative may speak where its neighbour does not."""
    found = warnings(parse(text), CONCEPTS, languages)
    assert [warning.message for warning in found if warning.code == "W4"] == missing


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("@missile OR @drones", ["@drones has no terms in de"]),
        ("@missile OR (@drones NEAR @launch)", ["@drones has no terms in de", "@launch has no terms in de"]),
        ("@missile -(@drones OR @launch)", []),
    ],
)
def test_a_concept_that_was_written_here_speaks_for_itself_even_beside_another(
    text: str, missing: list[str]
) -> None:
    """It may mean what its neighbours do not."""
    known = {**CONCEPTS, "drones": Concept("drones", "Drones", terms=(("en", ("drone",)),), version=7)}
    found = warnings(parse(text), known, ("en", "de"))
    assert [warning.message for warning in found if warning.code == "W4"] == missing


def test_a_concept_that_is_still_empty_has_no_terms_in_any_language() -> None:
    empty = {"new": Concept("new", "New")}
    (found,) = warnings(parse("@new"), empty, ("en",))
    assert found.message == "@new has no terms in en"


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("launch", "@launch"),
        ("ballistic launch", "@launch AND ballistic"),
        ("missile launch", "@missile NEAR/5 @launch"),
        ("Missile LAUNCH korea", "@missile NEAR/5 @launch AND korea"),
        ("missile launch -tir", "@missile NEAR/5 @launch AND NOT tir"),
        ("missile ICBM", "@missile"),
        ("missile ICBM korea", "@missile AND korea"),
        ("(missile OR ICBM) (launch OR tir)", "@missile NEAR/5 @launch"),
        ("(missile OR shell) launch", "@launch AND (@missile OR shell)"),
        ('"ballistic rocket" launch', "@missile NEAR/5 @launch"),
        ("projectil* launch Hwasong", "@missile NEAR/5 @launch NEAR/5 @names"),
        ("flugkorper", "@missile"),
        ("*rakete", "@missile"),
        ("missile NEAR/2 launch", "@missile NEAR/2 @launch"),
        ("@missile launch", "@launch AND @missile"),
        ("title:(missile launch)", "title:(@missile NEAR/5 @launch)"),
        ("missile author:launch", "@missile AND author:launch"),
        ("place:launch", "place:@launch"),
        ("ATLEAST/1(missile, launch)", "ATLEAST/1(@missile, @launch)"),
        ("ATLEAST/2(missile, ICBM) launch", "@launch AND ATLEAST/2(missile, ICBM)"),
        ("SCORE>=3(missile^2, launch)", "SCORE>=3(@missile^2, @launch)"),
        ("SCORE>=3(missile^2, ICBM) tir", "@launch AND SCORE>=3(missile^2, ICBM)"),
    ],
)
def test_words_that_belong_to_concepts_are_pointed_out_with_a_better_rule(text: str, better: str) -> None:
    found = [warning for warning in warnings(parse(text), CONCEPTS) if warning.code == "W7"]
    assert {warning.hint for warning in found} == {f"Perhaps write: {better}"}
    assert canonical(parse(better)) == better


def test_when_no_better_rule_can_be_written_the_words_are_named_all_the_same() -> None:
    (found,) = warnings(parse("ATLEAST/2(missile, ICBM)"), CONCEPTS)
    assert found.message.startswith("“missile” and “ICBM” belong to the concept @missile")
    assert found.hint == "Perhaps write the concept in place of the words."


@pytest.mark.parametrize(
    "text",
    [
        "=launch",
        "@launch",
        "launched",
        "author:launch",
        "url:missile",
        '"the launch"',
        "korea -launch",
        "@launch OR (launch NEAR/2 pad)",
        "tir -@launch",
    ],
)
def test_words_that_are_meant_as_they_are_belong_to_no_concept(text: str) -> None:
    assert warnings(parse(text), CONCEPTS) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("launch", "“launch” belongs to the concept @launch, which covers 2 languages"),
        ("launch OR tir", "“launch” and “tir” belong to the concept @launch, which covers 2 languages"),
        ("missile", "“missile” belongs to the concept @missile, which covers 5 languages"),
        ("hwasong", "“hwasong” belongs to the concept @names, which covers every language"),
        ("kimskander", "“kimskander” belongs to the concept @kn-23, which covers 1 language"),
        ("КНН OR КН", "“КН” belongs to the concept @kn-series, which covers 2 languages"),
    ],
)
def test_a_word_that_belongs_to_a_concept_is_told_what_it_would_gain(text: str, message: str) -> None:
    assert message in [warning.message for warning in warnings(parse(text), CONCEPTS)]


def test_one_word_more_than_are_named_is_named_too() -> None:
    terms = tuple(f"word{number}" for number in range(6))
    (found,) = warnings(
        parse(" OR ".join(terms)), {"many": replace(NAMES, key="many", terms=(("en", terms),))}
    )
    assert "“word4” and “word5” belong to" in found.message


def test_a_rule_of_thousands_of_words_gets_one_warning_for_each_concept() -> None:
    terms = tuple(f"word{number}" for number in range(5000))
    known = {**CONCEPTS, "many": replace(NAMES, key="many", terms=(("en", terms),))}
    (found,) = warnings(parse(" OR ".join(terms)), known)
    assert found.message.startswith(
        "“word0”, “word1”, “word2”, “word3”, “word4” and 4995 more words belong to"
    )
    assert found.hint == "Perhaps write: @many"


def test_a_concept_that_exists_is_accepted_wherever_it_stands() -> None:
    check_concepts(parse("ATLEAST/1(@missile, title:(@launch NEAR @names)) -@kn-series"), CONCEPTS)


@pytest.mark.parametrize(
    ("text", "column", "hint"),
    [
        ("@misile", 1, "Did you mean @missile ?"),
        ("a (@launch NEAR/3 @missiles)", 19, "Did you mean @missile ?"),
        ("SCORE>=1(a, title:@lanch^3)", 19, "Did you mean @launch ?"),
        ("a -@zzz", 4, "List the words with OR, or make this concept."),
    ],
)
def test_a_concept_that_does_not_exist_is_refused_where_it_stands(text: str, column: int, hint: str) -> None:
    with pytest.raises(QueryError) as refused:
        check_concepts(parse(text), CONCEPTS, text)
    error = refused.value
    assert (error.code, error.column, error.hint, error.query) == ("E11", column, hint, text)
