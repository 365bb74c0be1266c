"""Of a page that is too long, the most that fits is shown (R7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from alerts.digests.render import MOST_HTML_BYTES, _fitting

FRAME = 20_000


@dataclass(frozen=True)
class Sheet:
    """A page whose entries need so many bytes each."""

    entries: tuple[int, ...]

    @property
    def length(self) -> int:
        return len(self.entries)

    def terse(self) -> Sheet:
        return replace(self, entries=tuple(each * 9 // 10 for each in self.entries))

    def first(self, most: int) -> Sheet:
        return replace(self, entries=self.entries[:most])


@given(st.lists(st.integers(300, 6000), max_size=400))
def test_not_one_entry_more_would_fit(entries: list[int]) -> None:
    """R7. Found with few measures: entries may differ in length twentyfold."""
    measured = []

    def html(page: Any) -> str:
        measured.append(page)
        return "x" * (FRAME + sum(page.entries))

    whole = Sheet(tuple(entries))
    shown = _fitting(html, cast(Any, whole))
    assert len(shown) <= MOST_HTML_BYTES
    terse = whole.terse()
    fitting = [whole, terse, *(terse.first(number) for number in range(terse.length, -1, -1))]
    best = next(page for page in fitting if FRAME + sum(page.entries) <= MOST_HTML_BYTES)
    assert len(shown) == FRAME + sum(best.entries)
    assert len(measured) <= 20
