"""Which countries an item is about: the country concepts, asked all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from alerts.model import Item, Rule
from alerts.rules.country_codes import COUNTRY_CODES
from alerts.rules.index import RuleIndex
from alerts.rules.lexicon import Concepts


@dataclass(frozen=True, slots=True)
class Named:
    """Keys of countries: those that an item is about, which are counted, and all it names, for which it is
    told to who follows them."""

    about: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()


class Gazetteer:
    """The countries among the concepts in force. Not to be changed; make a new one."""

    def __init__(self, concepts: Concepts) -> None:
        keys = [key for key in concepts.by_key if key in COUNTRY_CODES]
        self._index = RuleIndex([Rule(key, key, f"place:@{key}") for key in keys], concepts)

    def places(self, items: Sequence[Item]) -> list[tuple[str, ...]]:
        """For each item the keys of the countries it is about, sorted.

        Those that its title or its geo tags name; only when these name none, those of its summary: a
        summary often names bystanders. ``language`` of the items has to be set.
        """
        return [each.about for each in self.named(items)]

    def named(self, items: Sequence[Item]) -> list[Named]:
        """For each item the countries it is about, and all that title, geo tags and summary name."""
        titles = self._met([replace(item, summary="", text="") for item in items])
        whole = self._met([replace(item, text="") for item in items])
        return [
            Named(title or everywhere, tuple(sorted({*title, *everywhere})))
            for title, everywhere in zip(titles, whole, strict=True)
        ]

    def _met(self, items: Sequence[Item]) -> list[tuple[str, ...]]:
        return [tuple(sorted(rule.key for rule in rules)) for rules in self._index.matches(items)]


@lru_cache(maxsize=2)
def gazetteer(concepts: Concepts) -> Gazetteer:
    """The gazetteer of these very concepts, made once: it takes a tenth of a second."""
    return Gazetteer(concepts)
