"""Of a page that is too long, the most that fits is shown, the same in both parts of the mail (R7, R8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from specimens import RENDERER, SPECIMENS, Specimen

from alerts.digests.render import MOST_HTML_BYTES, _fitting

FRAME = 20_000
SHOWN = (
    "%(shown)s of %(count)s story is shown, the weightiest first.",
    "%(shown)s of %(count)s stories are shown, the weightiest first.",
)


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
    page, shown = _fitting(html, cast(Any, whole))
    assert len(shown) <= MOST_HTML_BYTES
    assert len(shown) == FRAME + sum(page.entries)
    terse = whole.terse()
    fitting = [whole, terse, *(terse.first(number) for number in range(terse.length, -1, -1))]
    best = next(page for page in fitting if FRAME + sum(page.entries) <= MOST_HTML_BYTES)
    assert len(shown) == FRAME + sum(best.entries)
    assert len(measured) <= 20


@pytest.mark.parametrize("specimen", [each for each in SPECIMENS if each.digest is not None], ids=str)
def test_text_and_html_tell_the_same_stories_and_count_them_alike(specimen: Specimen) -> None:
    """R7, R8. What is left out is left out of both: to a spam filter two parts that tell different things are
    a trick, and who reads the one is told what who reads the other is told."""
    digest, message = specimen.digest, specimen.message
    assert digest is not None
    linked, printed = set(specimen.page.xpath("//a/@href")), set(message.text.split())
    told = [entry.url for entry in digest.entries if entry.url in linked]
    assert told == [entry.url for entry in digest.entries if entry.url in printed]
    counted = RENDERER.translations(specimen.language).ngettext(*SHOWN, digest.total)
    for part in (message.text, specimen.page.text_content()):
        said = unspaced(counted) % {"shown": len(told), "count": digest.total} in unspaced(part)
        assert said == (len(digest.entries) < digest.total)


def unspaced(text: str) -> str:
    return "".join(text.split())
