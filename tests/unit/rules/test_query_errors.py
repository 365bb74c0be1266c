from __future__ import annotations

import pickle

import pytest

from alerts.errors import QueryError, pointed
from alerts.rules.parser import MAX_DEPTH, MAX_NEAR, MAX_PARTS
from alerts.rules.query import parse
from alerts.rules.tree import Word

CASES = [
    # E01: a sign that means nothing here
    ("missile …", "E01", 9),
    ("a,b", "E01", 2),
    ("(a, b)", "E01", 3),
    ("AT&T", "E01", 3),
    ("a | b", "E01", 3),
    ("–b", "E01", 1),
    ("=-b", "E01", 2),
    ("a\x00", "E01", 2),
    ("\ud800", "E01", 1),
    ('"\ud800 a"', "E01", 2),
    ("a=b", "E01", 2),
    ("10:30", "E01", 3),
    ("title : a", "E01", 7),
    ("=title:a", "E01", 7),
    ('"a b" ~3', "E01", 7),
    ("a~3", "E01", 2),
    ("desk@example", "E01", 5),
    ("a near/5 b", "E01", 7),
    ("atleast/2(a, b)", "E01", 8),
    ("score>=2(a, b)", "E01", 6),
    ("/mis+ile/", "E01", 1),
    # E02, E03: something is missing
    ("", "E02", 1),
    ("  \u200b ", "E02", 1),
    ("AND missile", "E03", 1),
    ("missile AND", "E03", 12),
    ("missile OR OR launch", "E03", 12),
    ("missile AND OR launch", "E03", 13),
    ("missile ()", "E03", 10),
    ("missile NOT", "E03", 12),
    ("missile - launch", "E03", 9),
    ("missile ...", "E03", 9),
    ("missile =", "E03", 10),
    ("missile @", "E03", 9),
    ("NEAR missile", "E03", 1),
    ("missile NEAR", "E03", 13),
    ("missile NEAR OR launch", "E03", 14),
    ("title:", "E03", 7),
    ("title: AND a", "E03", 8),
    ("title:-a", "E03", 7),
    ("ATLEAST/2 a", "E03", 11),
    ("ATLEAST/2 -a", "E03", 11),
    ("ATLEAST/1()", "E03", 11),
    ("ATLEAST/1(a,)", "E03", 13),
    ("SCORE>=1(,a)", "E03", 10),
    # E04: brackets
    ("(missile", "E04", 1),
    ("a (b (c)", "E04", 3),
    ("missile)", "E04", 8),
    ("ATLEAST/1(a, b", "E04", 10),
    ("SCORE>=1(a^2", "E04", 9),
    # E05, E06: NEAR
    ("a NEAR/0 b", "E05", 3),
    ("a NEAR/31 b", "E05", 3),
    (f"a NEAR/{'9' * 5000} b", "E05", 3),
    ("a ONEAR/-1 b", "E05", 3),
    ("a NEAR/ b", "E05", 3),
    ("a NEAR5 b", "E05", 3),
    ("a NEAR/x b", "E05", 3),
    ('"a b"~', "E05", 6),
    ('"a b"~0', "E05", 6),
    ('"a b"~31', "E05", 6),
    ("a NEAR (b c)", "E06", 8),
    ("(a b) NEAR c", "E06", 1),
    ("a NEAR (b OR (c d))", "E06", 8),
    ("a NEAR -b", "E06", 8),
    ("a NEAR NOT b", "E06", 8),
    ("a NEAR (NOT b)", "E06", 8),
    ("title:a NEAR b", "E06", 1),
    ("a NEAR title:b", "E06", 8),
    ("title:(a NEAR (b c))", "E06", 15),
    ("ATLEAST/1(a) NEAR b", "E06", 1),
    ("a NEAR SCORE>=1(b)", "E06", 8),
    # E07: nothing has to be there
    ("NOT missile", "E07", 1),
    ("a OR NOT b", "E07", 6),
    ("a OR (b OR -c)", "E07", 12),
    ("-a -b", "E07", 1),
    ("NOT NOT a", "E07", 1),
    ("title:(NOT a)", "E07", 8),
    ("title:a OR text:(-b)", "E07", 18),
    ("ATLEAST/1(a, NOT b)", "E07", 14),
    ("ATLEAST/2(-a, b, -c)", "E07", 11),
    ("SCORE>=1(a, NOT b)", "E07", 13),
    ("SCORE>=3(-a^2, b^9, -c)", "E07", 10),
    ("SCORE>=0(a)", "E07", 1),
    ("NOT SCORE>=1(a)", "E07", 1),
    # E08: quotation marks
    ('say "air show', "E08", 5),
    ('a ""', "E08", 3),
    ('a "…"', "E08", 3),
    # E09: weights
    ("missile^3", "E09", 8),
    ("(a^2)", "E09", 3),
    ("ATLEAST/1(a^2, b)", "E09", 12),
    ("SCORE>=1((a^2 OR b), c)", "E09", 12),
    ("SCORE>=1(a^2 b, c)", "E09", 11),
    ("SCORE>=1(a^x)", "E09", 11),
    ("SCORE>=1(a^1.5)", "E09", 11),
    ("SCORE>=1(a^, b)", "E09", 11),
    ("^2", "E09", 1),
    # E10, E11: names
    ("titel:missile", "E10", 1),
    ("Title:missile", "E10", 1),
    ("a http://example.org", "E10", 3),
    ("title:(a text:b)", "E10", 10),
    ("title:text:b", "E10", 7),
    ("@сила", "E11", 1),
    ("a @missile.", "E11", 3),
    (f"@{'a' * 65}", "E11", 1),
    # E12: numbers of lists
    ("ATLEAST", "E12", 1),
    ("ATLEAST/x(a)", "E12", 1),
    ("ATLEAST(a)", "E12", 1),
    ("ATLEAST/0(a, b)", "E12", 1),
    ("ATLEAST/3(a, b)", "E12", 1),
    ("a SCORE", "E12", 3),
    ("SCORE>3(a)", "E12", 1),
    ("SCORE>=-3(a)", "E12", 1),
    ("SCORE>=12(a^6, b^5, c^-1)", "E12", 1),
    ("SCORE>=1(a^-1)", "E12", 1),
    ("SCORE>=1(a^10001)", "E12", 11),
    (f"SCORE>={'9' * 5000}(a)", "E12", 1),
    # E13: stars
    ('"missil* launch"', "E13", 8),
    ("mi*", "E13", 3),
    ("mis*le", "E13", 4),
    ("*rak", "E13", 1),
    ("*rak-rakete", "E13", 1),
    ("*rakete*", "E13", 8),
    ("a *", "E13", 3),
    ("a **", "E13", 4),
    ('"a b"*', "E13", 6),
    ("missil**", "E13", 7),
    ("=launch*", "E13", 8),
    ("=*launch", "E13", 2),
    ("@missile*", "E13", 9),
    ("制裁*", "E13", 3),
    ("*制裁", "E13", 1),
]


@pytest.mark.parametrize(("text", "code", "column"), CASES)
def test_a_wrong_query_is_refused_where_it_is_wrong(text: str, code: str, column: int) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text)
    error = refused.value
    assert (error.code, error.column, error.query) == (code, column, text)
    assert error.message
    assert len(error.message) < 200
    assert error.hint.endswith((".", "?"))
    str(error).encode()


def test_every_code_that_the_text_of_a_query_can_have_is_tested() -> None:
    assert {code for _, code, _ in CASES} == {f"E{number:02}" for number in range(1, 14)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("titel:missile", "Did you mean title: ?"),
        ("Lang:en", "Did you mean lang: ?"),
        ("SCORE>=12(a^6, b^5, c^-1)", "positive weights add up to 11"),
        ("ATLEAST/3(a, b)", "ATLEAST counts from 1 to 2 here"),
        ("title:a NEAR b", "title:(missile NEAR/5 launch)"),
        ("a near/5 b", "capitals: NEAR/5"),
        ("a OR score>=1(b)", "capitals: SCORE>="),
        ("title:", "Say what to look for in this field: title:missile"),
        ("title:-a", "NOT title:missile"),
        ("a | b", "Write OR"),
        ("[a]", "round brackets"),
        ("=title:a", "title:=strike"),
    ],
)
def test_the_error_says_how_to_mend_the_query(text: str, words: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "(" * 100_000 + "a" + ")" * 100_000,
        "-" * 100_000 + "a",
        "NOT " * 9999,
        "ATLEAST/1(" * 10_000,
        "SCORE>=1(" * 10_000,
        "title:(" + "(" * MAX_DEPTH,
    ],
)
def test_endless_nesting_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="E04"):
        parse(text)


def test_as_many_brackets_as_allowed_are_read() -> None:
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == Word("a")


def test_a_chain_of_nears_is_limited_however_it_is_bracketed() -> None:
    assert parse(" NEAR ".join("a" * (MAX_NEAR + 1)))
    right = "a NEAR (" * MAX_NEAR + "a NEAR a" + ")" * MAX_NEAR
    hidden = "(" * 5 + "a" + "".join(" NEAR a NEAR a NEAR a OR b)" for _ in range(5)) + " NEAR c"
    for text in (" NEAR ".join("a" * 5000), right, hidden):
        with pytest.raises(QueryError, match=f"E06 .* more than {MAX_NEAR} NEARs"):
            parse(text)


def test_a_list_has_so_many_parts_and_no_more() -> None:
    assert parse(f"ATLEAST/2({', '.join(['missile'] * MAX_PARTS)})")
    with pytest.raises(QueryError, match=f"E12 .* at most {MAX_PARTS} parts"):
        parse(f"ATLEAST/2({', '.join(['missile'] * (MAX_PARTS + 1))})")


def test_an_error_keeps_everything_when_another_process_hands_it_over() -> None:
    with pytest.raises(QueryError) as refused:
        parse("titel:a")
    again = pickle.loads(pickle.dumps(refused.value))  # noqa: S301  our own bytes
    assert str(again) == str(refused.value)


@pytest.mark.parametrize(
    ("query", "column", "lines"),
    [
        ("a ( b", 3, ["a ( b", "  ^"]),
        ("a (", 4, ["a (", "   ^"]),
        ("导弹 (", 4, ["导弹 (", "     ^"]),
        ("e\u0301te (", 6, ["e\u0301te (", "    ^"]),
        ("a\tb )", 5, ["a b )", "    ^"]),
        ("a\nb OR )\nc", 8, ["b OR )", "     ^"]),
        ("a\nb\n", 5, ["", "^"]),
        ("\x1b[31m(", 6, [" [31m(", "     ^"]),
    ],
)
def test_the_caret_stands_below_the_column_as_a_terminal_shows_it(
    query: str, column: int, lines: list[str]
) -> None:
    assert pointed(query, column).split("\n") == lines


def test_a_long_line_is_cut_around_the_caret() -> None:
    shown, caret = pointed("a " * 5000 + ") " + "b " * 5000, 10_001).split("\n")
    assert shown[len(caret) - 1] == ")"
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 100


def test_the_string_of_an_error_is_a_sentence_and_points_into_the_query() -> None:
    with pytest.raises(QueryError) as refused:
        parse("导弹 )")
    assert str(refused.value).split("\n") == [
        "E04 at column 4: this bracket was never opened. Remove it, or add ( before it.",
        "导弹 )",
        "     ^",
    ]
