from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_digests import shown

from alerts.digests.fragment import Fragment, Piece
from alerts.digests.plain import COLUMNS, isolate, starred, width, wrap

FSI, LRI, RLI, PDI = "\u2068", "\u2066", "\u2067", "\u2069"


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("로켓", 4), ("火箭!", 5), ("e\u0301", 1), (FSI + "a" + PDI, 1)]
)
def test_width_is_counted_in_terminal_columns(text: str, columns: int) -> None:
    assert width(text) == columns


words = st.text(alphabet="abc الصاروخ火箭，。로켓🚀e\u0301\u200d !?「」", max_size=300)


@given(words, st.integers(0, 8))
def test_no_line_is_wider_than_the_page_and_no_letter_is_lost(text: str, indent: int) -> None:
    wrapped = wrap(" " * indent + text)
    assert all(width(line) <= COLUMNS for line in wrapped.splitlines())
    assert wrapped.replace("\n", "").replace(" ", "") == text.replace(" ", "")


@given(words)
def test_isolates_are_closed_on_every_line(text: str) -> None:
    for line in wrap(f"- {FSI}{text}x{PDI} و {RLI}{text}{PDI}").splitlines():
        assert sum(line.count(opener) for opener in (FSI, LRI, RLI)) == line.count(PDI)


def test_addresses_are_never_broken() -> None:
    url = "https://news.example/" + "path/" * 40 + "%E7%81%AB"
    assert f"\n{url}\n" in wrap(f"before it {url}\nafter\n").replace("  ", "")


def test_continuation_lines_keep_the_indent_and_the_signature_mark_its_space() -> None:
    text = "    " + "word " * 20 + "\n- " + "item " * 20 + "\n\n\n\n-- \nname  "
    lines = wrap(text).split("\n")
    assert [line[:6] for line in lines] == ["    wo", "    wo", "- item", "  item", "", "-- ", "name", ""]


def test_chinese_is_broken_between_characters_but_not_before_its_stops() -> None:
    lines = wrap("火箭" * 18 + "火，" + "箭。" * 30).splitlines()
    assert len(lines) > 1
    assert not any(line[0] in "，。" for line in lines)


def test_korean_words_stay_whole() -> None:
    text = "로켓발사 " * 30
    assert all(set(line.split()) == {"로켓발사"} for line in wrap(text).splitlines())


def test_matched_words_stand_between_asterisks() -> None:
    assert starred(Fragment((Piece("two "), Piece("rockets", True)), "en", "ltr")) == "two *rockets*"


@pytest.mark.parametrize(
    ("text", "way", "page", "isolated"),
    [
        ("Harbour Wire", "ltr", "ltr", "Harbour Wire"),
        ("Harbour Wire!", "ltr", "rtl", f"{FSI}Harbour Wire!{PDI}"),
        ("الميناء", "rtl", "rtl", "الميناء"),
        ("NATO: الميناء", "rtl", "ltr", f"{RLI}NATO: الميناء{PDI}"),
        ("ميناء FM", "ltr", "rtl", f"{LRI}ميناء FM{PDI}"),
    ],
)
def test_a_fragment_is_isolated_where_it_would_disturb_the_page(
    text: str, way: str, page: str, isolated: str
) -> None:
    assert isolate(text, way, page) == isolated  # type: ignore[arg-type]


def test_an_isolated_latin_headline_keeps_its_final_mark_at_its_end() -> None:
    line = f"المصدر: {isolate('Rockets fired!', 'ltr', 'rtl')}، أمس"
    assert "Rockets fired!" in shown(line)
    assert "Rockets fired!" not in shown("المصدر: Rockets fired!، أمس").replace("!Rockets", "")


def test_a_number_after_an_isolated_name_is_not_drawn_into_it() -> None:
    assert shown(f"{isolate('Panel 2026', 'ltr', 'rtl')} 14 دولة").endswith(" 14 Panel 2026")
    assert shown("Panel 2026 14 دولة").endswith(" Panel 2026 14")
