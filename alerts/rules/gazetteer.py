"""Which countries an item is about: the country concepts, asked all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from alerts.model import Item, Rule
from alerts.rules.country_codes import COUNTRY_CODES
from alerts.rules.index import RuleIndex
from alerts.rules.lexicon import Concepts


class Gazetteer:
    """The countries among the concepts in force. Not to be changed; make a new one."""

    def __init__(self, concepts: Concepts) -> None:
        keys = [key for key in concepts.by_key if key in COUNTRY_CODES]
        self._index = RuleIndex([Rule(key, key, f"place:@{key}") for key in keys], concepts)

    def places(self, items: Sequence[Item]) -> list[tuple[str, ...]]:
        """For each item the keys of its countries, sorted.

        Those that its title or its geo tags name; only when these name none, those of its summary: a
        summary often names bystanders. ``language`` of the items has to be set.
        """
        found = self._met([replace(item, summary="", text="") for item in items])
        silent = [number for number, places in enumerate(found) if not places]
        told = self._met([replace(items[number], text="") for number in silent])
        for number, places in zip(silent, told, strict=True):
            found[number] = places
        return found

    def _met(self, items: Sequence[Item]) -> list[tuple[str, ...]]:
        return [tuple(sorted(rule.key for rule in rules)) for rules in self._index.matches(items)]
