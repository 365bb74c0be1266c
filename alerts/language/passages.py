"""Passages and sentences: the stretch in which a rule must hold, and the stretch worth quoting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from alerts.language.scripts import UNSPACED
from alerts.model import Field, Item

PASSAGE_WORDS = 150
QUOTE_LENGTH = 400
_SURELY_SHORT = (
    PASSAGE_WORDS * 4 // 3
)  # characters; even one letter and one ideograph by turns are no more words


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one field: ``item[field][start:end]``, without white space around it."""

    field: Field
    start: int
    end: int


_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
_LONGEST_WORD = 64  # what is longer hangs together by signs only
_WORD = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]{{1,{_LONGEST_WORD}}}")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_SPACE = re.compile(r"\s+")
_CLOSERS = "\"'”’»)\\]」』）】"
_SENTENCE_END = re.compile(
    rf"[。！？｡]+[{_CLOSERS}]*\s*"  # needs no space after it
    rf"|[.!?…؟۔।]+[{_CLOSERS}]*\s+"
    rf"|{_PARAGRAPH_BREAK.pattern}"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“'’.\-])"
    r"(?:\w|mr|mrs|ms|dr|prof|gen|lt|col|sgt|capt|maj|adm|rep|sen|gov|pres|st|no|vs|inc|ltd|co|corp|dept|"
    r"jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|sr|sra|mm|mme|art|bzw|ca|approx|est|al|etc)\.$",
    re.IGNORECASE,
)


def _ends(text: str, start: int, end: int) -> Iterator[int]:
    """Where sentences of ``text[start:end]`` end, the white space after them included."""
    for match in _SENTENCE_END.finditer(text, start, end):
        if match.group()[0] == "." and match.end() < end:
            goes_on = text[match.end()].islower()
            if goes_on or _ABBREVIATION.search(text[max(start, match.start() - 12) : match.start() + 1]):
                continue
        yield match.end()


def _words(text: str, start: int, end: int) -> int:
    """Length in words; two characters of a script without spaces count as one word."""
    if text.isascii() or _UNSPACED.search(text, start, end) is None:
        return max(len(text[start:end].split()), (end - start) // _LONGEST_WORD)
    found = _WORD.findall(text, start, end)
    characters = sum(1 for word in found if _UNSPACED.match(word))
    return len(found) - characters + (characters + 1) // 2


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """The same stretch without white space around it."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Sentences; one that is longer than a passage is cut after every PASSAGE_WORDS pieces."""
    opened = start
    for closed in (*_ends(text, start, end), end):
        if closed <= opened:
            continue
        if _words(text, opened, closed) > PASSAGE_WORDS:
            words = [match.end() for match in _WORD.finditer(text, opened, closed)]
            for cut in words[PASSAGE_WORDS - 1 : -1 : PASSAGE_WORDS]:
                yield opened, cut
                opened = cut
        yield opened, closed
        opened = closed


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    opened = 0
    for match in _PARAGRAPH_BREAK.finditer(text):
        yield opened, match.start()
        opened = match.end()
    yield opened, len(text)


def _passages(field: Field, text: str) -> Iterator[Passage]:
    for start, end in _paragraphs(text):
        if end - start <= _SURELY_SHORT or _words(text, start, end) <= PASSAGE_WORDS:
            stretches = [(start, end)]
        else:
            stretches, length = [], PASSAGE_WORDS + 1
            for opened, closed in _pieces(text, start, end):
                words = _words(text, opened, closed)
                if length + words > PASSAGE_WORDS:
                    stretches.append((opened, closed))
                    length = words
                else:
                    stretches[-1] = (stretches[-1][0], closed)
                    length += words
        for stretch in stretches:
            opened, closed = _bare(text, *stretch)
            if opened < closed:
                yield Passage(field, opened, closed)


def passages(item: Item) -> tuple[Passage, ...]:
    """The title, then each paragraph of summary and text; empty ones are left out.

    A paragraph of more than PASSAGE_WORDS words is cut at ends of sentences, and inside a sentence
    only when that sentence alone is longer.
    """
    start, end = _bare(item.title, 0, len(item.title))
    title = (Passage(Field.TITLE, start, end),) if start < end else ()
    if not item.summary and not item.text:
        return title
    return (*title, *_passages(Field.SUMMARY, item.summary), *_passages(Field.TEXT, item.text))


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Bounds of the sentence or sentences around ``text[start:end]``, for quoting.

    The bounds always contain the span. A sentence of more than QUOTE_LENGTH code points is cut to
    that length around the span, between words where there are spaces. A full stop after a single
    letter, after a common abbreviation, or before a small letter ends no sentence.
    """
    low, high = max(0, start - QUOTE_LENGTH), min(len(text), end + QUOTE_LENGTH)
    before = after = None
    for stop in _ends(text, low, high):
        if stop <= start:
            before = stop
        elif stop >= end:
            after = stop
            break
    first = low if before is None else before
    last = high if after is None else after
    spare = max(0, QUOTE_LENGTH - (end - start))
    left = min(start - first, max(spare // 2, spare - (last - end)))
    right = min(last - end, spare - left)
    opened, closed = start - left, end + right
    if opened not in (0, before) and (space := _SPACE.search(text, opened - 1, start)):
        opened = space.end()
    if closed not in (len(text), after):
        gaps = [gap.start() for gap in _SPACE.finditer(text, end, closed + 1)]
        closed = gaps[-1] if gaps else closed
    opened, closed = _bare(text, opened, closed)
    return min(opened, start), max(closed, end)
