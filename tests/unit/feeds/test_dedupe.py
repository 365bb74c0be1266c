from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.feeds.dedupe import dedupe, fingerprint
from alerts.feeds.identity import LONGEST_KEY, Entry, identify
from alerts.model import Enclosure, Item

words = st.sampled_from(["", "launch", "sanctions", "the  port", "the port"])
items = st.lists(
    st.builds(
        Item, key=st.sampled_from("abcdef"), url=st.just("https://news.example/1"), title=words, summary=words
    ),
    max_size=12,
)
memory = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["other", "hash"]), max_size=6)

LAUNCH = Item(key="1", url="https://news.example/1", title="A launch", summary="At sea", text="Long ago")


@given(items, memory)
def test_every_item_lands_in_exactly_one_heap(poll: list[Item], known: dict[str, str]) -> None:
    heaps = dedupe(poll, known)
    together = [*heaps.new, *heaps.changed, *heaps.seen]
    assert sorted(map(id, together)) == sorted(map(id, poll))
    assert {item.key for item in heaps.new}.isdisjoint(known)
    assert {item.key for item in heaps.changed} <= set(known)
    assert len({item.key for item in (*heaps.new, *heaps.changed)}) == len(heaps.new) + len(heaps.changed)


@given(items, memory)
def test_what_was_remembered_is_seen_the_second_time(poll: list[Item], known: dict[str, str]) -> None:
    first = dedupe(poll, known)
    remembered = known | {item.key: fingerprint(item) for item in (*first.new, *first.changed)}
    second = dedupe(poll, remembered)
    assert (second.new, second.changed, second.seen) == ((), (), tuple(poll))


@pytest.mark.parametrize("field", ["title", "summary", "text", "url"])
def test_a_fingerprint_changes_with_the_words_and_the_link(field: str) -> None:
    assert fingerprint(replace(LAUNCH, **{field: "something else"})) != fingerprint(LAUNCH)


def test_a_fingerprint_ignores_white_space_and_all_the_rest() -> None:
    same = replace(LAUNCH, key="9", title=" A  launch", text="Long\n\nago", authors=("B",), categories=("c",))
    told_more = replace(
        same,
        enclosures=(Enclosure("https://news.example/1.pdf"),),
        translations=(("fr", "https://news.example/fr/1"),),
        places=("Strait",),
        point=(1.0, 2.0),
        kind="report",
        region="africa",
    )
    assert fingerprint(told_more) == fingerprint(same) == fingerprint(LAUNCH)
    assert fingerprint(replace(LAUNCH, title="A", summary="launch")) != fingerprint(
        replace(LAUNCH, title="A launch", summary="")
    )


def test_an_item_is_known_by_guid_else_link_else_what_it_says() -> None:
    bare = Item(key="", url="", title="Only a title")
    found, _ = identify(map(Entry, (LAUNCH, replace(LAUNCH, key=" "), bare)))
    assert [item.key for item in found] == ["1", "https://news.example/1", f"sha256:{fingerprint(bare)}"]


def test_a_guid_of_any_length_becomes_a_bounded_key_of_its_own() -> None:
    found, _ = identify(Entry(replace(LAUNCH, key="k" * 5_000 + end)) for end in "ab")
    assert len({item.key for item in found}) == 2
    assert all(len(item.key) <= LONGEST_KEY for item in found)


def test_a_link_to_the_site_itself_is_no_identity() -> None:
    home = "https://news.example/"
    one, two = (Item(key="", url=home, title=title) for title in ("One", "Two"))
    assert len(identify(map(Entry, (one, two)), home)[0]) == 2
    assert len(identify(map(Entry, (one, two)))[0]) == 1


def test_what_is_left_out_or_guessed_is_said() -> None:
    nothing = Entry(Item("x", "", ""), empty=True)
    again = Entry(replace(LAUNCH, title="Again"))
    found, problems = identify([Entry(LAUNCH, zoned=False), again, nothing, nothing])
    assert [item.title for item in found] == ["A launch"]
    assert problems == (
        "2 entries left out because nothing is in them",
        "1 entry left out because it came before",
        "1 entry without a usable date",
        "1 entry whose date names no known time zone, read as UTC",
    )
