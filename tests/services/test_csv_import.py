"""Lists of people: whatever a spreadsheet makes of them is read, or told by its line."""

from __future__ import annotations

import csv
import io

import pytest
from asking_world import kinds, people, reception
from hypothesis import given
from hypothesis import strategies as st
from small_world import World
from sqlalchemy import Engine

from alerts.errors import BadInput
from alerts.model import Cadence, LetterKind, SuppressionKind
from alerts.services.csv_import import COLUMNS, Row, clock_of, import_rows, read_people, weekday_of
from alerts.services.inviting import Became
from alerts.store import suppressions
from alerts.store.unit import writing


def wishes(content: str | bytes) -> list[tuple[str, Cadence]]:
    return [(row.wish.address, row.wish.cadence) for row in read_people(content).rows]


def faults(content: str) -> list[tuple[int, str]]:
    return [(fault.line, fault.why) for fault in read_people(content).faults]


@pytest.mark.parametrize(
    "content",
    [
        "address,rules\na@example.org,x",
        "\ufeffaddress,rules\r\na@example.org,x\r\n",
        "Rules;ADDRESS\nx;a@example.org\n\n;\n",
        "address\trules\n a@example.org \t x \n",
        'rules,address\n"x","a@example.org"\n',
        b"\xef\xbb\xbfaddress,rules\na@example.org,x\n",
    ],
)
def test_separators_marks_quotes_and_empty_lines_make_no_difference(content: str | bytes) -> None:
    assert wishes(content) == [("a@example.org", Cadence.WEEKLY)]


def test_every_column_is_read() -> None:
    (row,) = read_people(
        "address,language,timezone,cadence,hour,weekday,rules,situations,consent\n"
        'Muna@Example.org,ar,Asia/Amman,Daily,7:30,Sunday,a  b a,sudan,"signed, on paper"\n'
    ).rows
    wish = row.wish
    assert (wish.address, wish.language, wish.timezone) == ("Muna@example.org", "ar", "Asia/Amman")
    assert (wish.cadence, wish.hour, wish.minute, wish.weekday) == (Cadence.DAILY, 7, 30, 6)
    assert (wish.rules, wish.situations) == (("a", "b"), ("sudan",))
    assert (row.line, row.consent, wish.confirmed) == (2, "signed, on paper", False)


@pytest.mark.parametrize("content", ['"address', 'address,"a" b\n'])
def test_a_first_line_that_is_no_csv_is_told(content: str) -> None:
    with pytest.raises(BadInput):
        read_people(content)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nobody,x,,,", "not a mail address"),
        ("a@example.org,,,,", "no rule and no situation"),
        ("a@example.org,x,hourly,,", "cadence"),
        ("a@example.org,x,,25,", "no time of a day"),
        ("a@example.org,x,,7:3,", "no time of a day"),
        ("a@example.org,x,,,someday", "weekday"),
        ("a@example.org,x,,,,more", "6 cells, but 5 columns"),
        ("", ""),
    ],
)
def test_a_line_that_cannot_be_used_is_told_and_the_others_are_read(line: str, why: str) -> None:
    content = f"address,rules,cadence,hour,weekday\n{line}\nb@example.org,x,,,\n"
    assert wishes(content) == [("b@example.org", Cadence.WEEKLY)]
    found = faults(content)
    assert [number for number, _ in found] == ([2] if line else [])
    assert all(why in said for _, said in found)


def test_the_same_person_twice_is_told_but_not_at_another_cadence() -> None:
    content = "address,rules,cadence\na@example.org,x,daily\nA@EXAMPLE.org,y,daily\na@example.org,x,weekly\n"
    assert len(read_people(content).rows) == 2
    assert faults(content) == [(3, "the same address and cadence as in line 2")]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    content = 'address,rules,consent\na@example.org,x,"one\ntwo"\nnobody,x,\n'
    assert [number for number, _ in faults(content)] == [4]


def test_a_quote_that_never_ends_is_told() -> None:
    content = 'address,rules\na@example.org,x\nb@example.org,"x\nc@example.org,x\n'
    assert wishes(content) == [("a@example.org", Cadence.WEEKLY)]
    assert faults(content)[0][0] == 3


@pytest.mark.parametrize(
    "content", ["", "\n\n", "name,rules\nx,y\n", "address,colour\n", "address,address\n", b"\xff\xfe\x00"]
)
def test_what_is_no_list_at_all_is_refused(content: str | bytes) -> None:
    with pytest.raises(BadInput):
        read_people(content)


@given(st.text() | st.binary())
def test_whatever_it_is_it_is_read_or_refused(content: str | bytes) -> None:
    try:
        read = read_people(content)
    except BadInput:
        return
    assert all(row.wish.rules or row.wish.situations for row in read.rows)


_KEY = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
_NOTE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=12)


@given(
    st.lists(st.tuples(_KEY, st.sampled_from(sorted(Cadence)), st.lists(_KEY, min_size=1), _NOTE)),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.permutations(["address", "cadence", "rules", "consent"]),
)
def test_what_a_spreadsheet_writes_is_read_as_it_was_meant(
    told: list[tuple[str, Cadence, list[str], str]], separator: str, end: str, order: list[str]
) -> None:
    written = io.StringIO()
    writer = csv.DictWriter(written, order, delimiter=separator, lineterminator=end)
    writer.writeheader()
    for name, cadence, keys, note in told:
        row = {"address": f"{name}@example.org", "cadence": cadence, "rules": " ".join(keys), "consent": note}
        writer.writerow(row)
    read = read_people(written.getvalue())
    meant = {(f"{name}@example.org", cadence): (keys, note) for name, cadence, keys, note in reversed(told)}
    assert {(row.wish.address, row.wish.cadence) for row in read.rows} == set(meant)
    for row in read.rows:
        keys, note = meant[row.wish.address, row.wish.cadence]
        assert (row.wish.rules, row.consent) == (tuple(dict.fromkeys(keys)), note)
    assert len(read.rows) + len(read.faults) == len(told)


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 6))
def test_times_and_days_are_read(hour: int, minute: int, day: int) -> None:
    assert clock_of(f"{hour}:{minute:02}") == (hour, minute)
    assert clock_of(str(hour)) == (hour, 0)
    assert weekday_of(str(day)) == day


def test_the_columns_that_are_named_are_those_that_are_read() -> None:
    assert "address" in COLUMNS
    assert read_people(",".join(COLUMNS) + "\n").rows == ()


# Bringing them in


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def became(world: World, *lines: str) -> list[tuple[Became, str]]:
    rows: tuple[Row, ...] = read_people("\n".join(["address,rules,consent", *lines])).rows
    with writing(world.engine) as tx:
        came = import_rows(tx, reception(world), rows, actor="anna", now=world.now)
    return [(each.became, each.why) for each in came]


def test_everybody_is_asked_by_letter_unless_their_consent_is_recorded(world: World) -> None:
    found = became(world, "a@desk.example.org,missile,", "b@desk.example.org,missile,on paper")
    assert found == [(Became.ASKED, ""), (Became.ADDED, "")]
    assert [person.address for person in people(world)] == ["b@desk.example.org"]
    assert kinds(world) == [LetterKind.CONFIRM]


def test_nobody_is_asked_twice_or_brought_back(world: World) -> None:
    for address, kind in (("c", SuppressionKind.COMPLAINED), ("d", SuppressionKind.UNSUBSCRIBED)):
        with writing(world.engine) as tx:
            hashes = world.address_hashes(f"{address}@desk.example.org")
            suppressions.suppress(tx, hashes, kind, "x", world.now)
    world.person("e@desk.example.org")
    lines = [f"{each}@desk.example.org,missile,{note}" for each in "acde" for note in ("", "on paper")]
    found = [became(world, line)[0] for line in lines]
    assert [each for each, _ in found] == [
        Became.ASKED,
        Became.ADDED,
        *[Became.REFUSED] * 4,
        *[Became.KNOWN] * 2,
    ]
    assert became(world, "f@desk.example.org,missile,") == [(Became.ASKED, "")]
    assert became(world, "f@desk.example.org,missile,")[0][0] is Became.KNOWN
    assert kinds(world) == [LetterKind.CONFIRM] * 2


def test_a_rule_that_does_not_exist_is_told(world: World) -> None:
    ((word, why),) = became(world, "a@desk.example.org,nothing,")
    assert word is Became.REFUSED
    assert "nothing" in why
    assert kinds(world) == []


def test_more_are_asked_than_strangers_may_ask_for(world: World) -> None:
    lines = [f"r{number}@desk.example.org,missile," for number in range(150)]
    assert {each for each, _ in became(world, *lines)} == {Became.ASKED}
