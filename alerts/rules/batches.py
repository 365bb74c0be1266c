"""Items on their way to the segments: their words, 64 units at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from alerts.language.passages import passages
from alerts.language.tokens import is_spaced, surfaces
from alerts.model import Field, Item
from alerts.rules.evaluate import WORDS, language_of
from alerts.rules.needs import BITS
from alerts.rules.segment import UNITS, Batch

_BETWEEN_TEXTS = 64
"""Places between two texts; more than NEAR can reach."""

_VALUES = [field for field in Field if field not in WORDS]


class _Text(NamedTuple):
    """The words of one text, and the field it stands in."""

    words: Sequence[str]
    field: int
    loose: bool


def _text(text: str, field: Field) -> _Text:
    words = surfaces(text)
    return _Text(words, BITS[field], "" in words or not (text.isascii() or is_spaced(text)))


class _Filling:
    """A batch in the making."""

    def __init__(self, language: str) -> None:
        self._language = language
        self.items: list[int] = []
        self._words: list[str] = []
        self._lengths: list[int] = []
        self._units: list[int] = []
        self._fields: list[int] = []
        self._loose = 0

    def add(self, text: _Text, units: int) -> None:
        self._words += text.words
        self._words.append("")
        self._lengths.append(len(text.words) + 1)
        self._units.append(units)
        self._fields.append(text.field)
        if text.loose:
            self._loose |= units

    def done(self) -> Batch:
        lengths = np.array(self._lengths, np.intp)
        apart = np.arange(len(lengths)) * _BETWEEN_TEXTS
        return Batch(
            language=self._language,
            items=self.items,
            words=self._words,
            places=np.arange(len(self._words)) + np.repeat(apart, lengths),
            units=np.repeat(np.array(self._units, np.uint64), lengths),
            fields=np.repeat(np.array(self._fields, np.uint16), lengths),
            everything=np.uint64((1 << len(self.items)) - 1),
            loose=np.uint64(self._loose),
        )


def batches(items: Sequence[Item], fields: int) -> Iterator[Batch]:
    """The items as batches of units, language by language.

    ``fields`` are those that any rule listens to (see BITS); what an item says of itself in other fields
    is left out. An item of more paragraphs than a batch has room for goes on in the next.
    """
    values = [field for field in _VALUES if fields & BITS[field]]
    by_language: dict[str, list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        by_language[language_of(item)].append(number)
    for language, numbers in by_language.items():
        filling = _Filling(language)
        for number in numbers:
            item = items[number]
            shared, own = _texts(item, values)
            at = 0
            while at == 0 or at < len(own):
                if len(filling.items) == UNITS:
                    yield filling.done()
                    filling = _Filling(language)
                first = len(filling.items)
                part = own[at : at + UNITS - first]
                last = first + max(len(part), 1)
                filling.items += [number] * (last - first)
                for text in shared:
                    filling.add(text, (1 << last) - (1 << first))
                for unit, text in enumerate(part, first):
                    filling.add(text, 1 << unit)
                at += max(len(part), 1)
        yield filling.done()


def _texts(item: Item, values: Sequence[Field]) -> tuple[list[_Text], list[_Text]]:
    """What all units of an item have, and the paragraphs that have a unit each."""
    shared: list[_Text] = []
    own: list[_Text] = []
    for passage in passages(item):
        whole: str = getattr(item, passage.field)
        text = _text(whole[passage.start : passage.end], passage.field)
        (shared if passage.field is Field.TITLE else own).append(text)
    for field in values:
        shared += [_text(value, field) for value in item[field].splitlines()]
    return shared, own
