from __future__ import annotations

import pytest

from alerts.model import Field
from alerts.rules.lexer import Kind, lex


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", []),
        ("a(b)", [Kind.WORD, Kind.OPEN, Kind.WORD, Kind.CLOSE]),
        ("a, b^2", [Kind.WORD, Kind.COMMA, Kind.WORD, Kind.WEIGHT]),
        ("NEARBY NEAR ONEAR/3 AND-OR", [Kind.WORD, Kind.NEAR, Kind.ONEAR, Kind.WORD]),
        ("ATLEAST/2(SCOREBOARD)", [Kind.ATLEAST, Kind.OPEN, Kind.WORD, Kind.CLOSE]),
        ("SCORE>=3(", [Kind.SCORE, Kind.OPEN]),
        ("title:=fire", [Kind.FIELD, Kind.WORD]),
        ('"a""b"', [Kind.PHRASE, Kind.PHRASE]),
        ('"NEAR"AND', [Kind.PHRASE, Kind.AND]),
        ("-@a", [Kind.NOT, Kind.CONCEPT]),
    ],
)
def test_a_query_parts_into_its_lexemes(text: str, kinds: list[Kind]) -> None:
    assert [lexeme.kind for lexeme in lex(text)] == [*kinds, Kind.END]


def test_columns_are_counted_in_code_points_whatever_is_tolerated() -> None:
    text = "\u200f（導弹） NEAR ／ 3 “a b”～2 ＠x"
    assert [(lexeme.text, lexeme.column, lexeme.number) for lexeme in lex(text)] == [
        ("(", 2, 0),
        ("導弹", 3, 0),
        (")", 5, 0),
        ("NEAR", 7, 3),
        ("a b", 16, 2),
        ("x", 24, 0),
        ("", 26, 0),
    ]


@pytest.mark.parametrize("field", Field)
def test_every_field_of_an_item_can_be_asked(field: Field) -> None:
    first, second, _ = lex(f"{field}:en")
    assert (first.kind, first.text, second.text) == (Kind.FIELD, field, "en")


@pytest.mark.parametrize(
    ("text", "word", "marks"),
    [
        ("missile", "missile", (False, False, False)),
        ("=Missile", "Missile", (True, False, False)),
        ("missil*", "missil", (False, True, False)),
        ("*rakete", "rakete", (False, False, True)),
        ("test-fire", "test-fire", (False, False, False)),
        ("test-fir*", "test-fir", (False, True, False)),
        ("U.S.", "U.S.", (False, False, False)),
        ("=صاروخ", "صاروخ", (True, False, False)),
    ],
)
def test_a_word_keeps_its_spelling_and_loses_its_marks(
    text: str, word: str, marks: tuple[bool, bool, bool]
) -> None:
    lexeme, _ = lex(text)
    assert (lexeme.text, (lexeme.exact, lexeme.prefix, lexeme.suffix)) == (word, marks)
