"""What a terminal is shown of foreign words."""

from __future__ import annotations

import pytest

from alerts.cli.output import visible


@pytest.mark.parametrize(
    "words",
    ["Synthèse, 21\u201322 nov. 2026\u202f: 13 sujets", "10\u00a0000 morts", "全角\u3000空白", "a\nb"],
)
def test_every_space_of_a_script_reaches_the_terminal(words: str) -> None:
    assert visible(words) == words


@pytest.mark.parametrize("char", ["\x1b", "\r", "\x07", "\t", "\x9b", "\u2028", "\u202e", "\u200b", "\ud800"])
def test_nothing_that_moves_the_cursor_or_turns_the_text_does(char: str) -> None:
    assert visible(f"a{char}b") == "a\ufffdb"
