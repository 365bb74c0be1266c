"""Prints: what of an item is compared when stories are told apart, small enough to be kept beside it.

A print holds the words of the title and of the beginning of the summary by their stems, so that an item
met again need not be cut into words again. In scripts without spaces a word is two characters that touch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from alerts.language.codes import primary
from alerts.language.forms import CAPITALS, LEMMA, STEM
from alerts.language.passages import sentence
from alerts.language.tokens import Token, is_character, takes_clitics, tokens
from alerts.model import Item
from alerts.warning.wording import function_words, is_again, is_roundup

MOST_WORDS = 56
"""Words of a print: a long headline and the first sentence or two of a summary."""

_LEAD = 300  # characters of the summary that are read, and on to the end of the sentence
_INITIALS = re.compile(r"\b(?:[A-Z]\.){2,}")
_GROUPED = re.compile(r"(?<=\d)[.,\u00a0\u202f](?=\d{3}(?!\d))")
_LISTED = re.compile(r"^\s*[•·▪►].*$", re.MULTILINE)
_ARABIC_CLITICS = re.compile("^[وف]?(?:[بك]?ال|لل)(?=..)")
_STRETCH = re.compile(
    "(?P<katakana>[\u30a1-\u30fa\u30fc-\u30ff]+)|[^\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff]+"
)


@dataclass(frozen=True, slots=True)
class Print:
    """What of an item is compared. ``words`` are stems, each once, the first ``title`` of them the title's;
    ``shown`` are the same as the item writes them. ``names`` are those of ``words`` that look like names
    or numbers. ``again`` says that the title tells of another time, ``roundup`` that the item is about
    many events at once."""

    language: str
    words: tuple[str, ...]
    shown: tuple[str, ...]
    title: int
    names: tuple[str, ...] = ()
    again: bool = False
    roundup: bool = False


def _stem(token: Token) -> str:
    """One form by which inflected words meet; a short word in capitals stays apart from the small one."""
    last = token.forms[-1]
    if last[0] == CAPITALS:
        return last[1:].upper()
    form = token.forms[1] if len(token.forms) > 1 else token.exact
    stem = form[1:] if form[0] in (STEM, LEMMA) else form
    return _ARABIC_CLITICS.sub("", stem) if takes_clitics(stem) else stem


def _in_run(run: str, written: str) -> Iterator[tuple[str, str]]:
    """Words of characters that touch, folded and as written: katakana as a whole, of others every two;
    hiragana is grammar."""
    shown = written if len(written) == len(run) else run
    for match in _STRETCH.finditer(run):
        start, end = match.span()
        if match.lastgroup == "katakana" or end - start == 1:
            yield run[start:end], shown[start:end]
        else:
            yield from ((run[at : at + 2], shown[at : at + 2]) for at in range(start, end - 1))


def _words(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Stems and what stands for them in the text, in reading order."""
    text = _GROUPED.sub("", _INITIALS.sub(lambda found: found.group().replace(".", ""), text))
    dull = function_words(language)
    run, start, end = "", 0, 0
    for token in tokens(text, language):
        character = is_character(token.exact)
        if run and not (character and token.start == end):
            yield from _in_run(run, text[start:end])
            run = ""
        if character:
            start = start if run else token.start
            run, end = run + token.exact, token.end
        elif token.exact not in dull or token.forms[-1][0] == CAPITALS:
            yield _stem(token), text[token.start : token.end]
    yield from _in_run(run, text[start:end])


def _lead(summary: str) -> str:
    """How the summary begins; lines of a list are links to other items."""
    plain = _LISTED.sub("", summary).strip()
    if len(plain) <= _LEAD:
        return plain
    return plain[: sentence(plain, _LEAD - 1, _LEAD)[1]]


def _is_name(shown: str, title_case: bool) -> bool:
    """By its digits or its capital; where all words have one it says nothing."""
    return shown[:1].isdigit() or (not title_case and shown[:1].isupper())


def print_of(item: Item) -> Print:
    """The print of an item whose ``language`` is set. An item without words has an empty print."""
    language = primary(item.language or "")
    found: dict[str, str] = {}
    names: dict[str, None] = {}
    title = 0
    for number, text in enumerate((item.title, _lead(item.summary))):
        pieces = list(_words(text, language))
        capitals = sum(shown[:1].isupper() for _, shown in pieces)
        title_case = capitals * 10 > len(pieces) * 6
        for place, (word, shown) in enumerate(pieces):
            if len(found) < MOST_WORDS:
                found.setdefault(word, shown)
            opens = place == 0 and number == 1  # titles begin with names more often than sentences do
            if word in found and not opens and _is_name(shown, title_case):
                names[word] = None
        if number == 0:
            title = len(found)
    return Print(
        language,
        tuple(found),
        tuple(found.values()),
        title,
        tuple(names),
        is_again(item.title, language),
        is_roundup(item.title, language),
    )
