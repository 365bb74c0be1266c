"""What an item tells of besides the event: an exercise, a denial, an anniversary. Pure.

A label comes with a concept, looked for in the words that the reader sees: the title and the
sentences that matched. It is shown beside them; whatever it says, the item is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from alerts.model import Concept, Digest, Entry, Item, Label
from alerts.rules.evaluate import analyse, evaluate
from alerts.rules.lexicon import Concepts
from alerts.rules.tree import ConceptRef

CONCEPTS = {
    Label.EXERCISE: ("drill", "war-games"),
    Label.DENIAL: ("denial",),
    Label.ANNIVERSARY: ("anniversary",),
}
LABEL_KEYS = frozenset(key for keys in CONCEPTS.values() for key in keys)


def label_concepts(in_force: Iterable[Concept]) -> Concepts:
    """Those of the concepts that give labels."""
    return Concepts(concept for concept in in_force if concept.key in LABEL_KEYS)


@lru_cache(maxsize=8192)
def labels(words: tuple[str, ...], language: str, concepts: Concepts) -> tuple[Label, ...]:
    """The labels of a title and sentences in one language, in the order of ``Label``. Remembered, because
    the same story is told to many readers."""
    told = analyse(Item("", "", "\n\n".join(words), language=language))
    return tuple(
        label
        for label, keys in CONCEPTS.items()
        if any(evaluate(ConceptRef(key), told, concepts) for key in keys if key in concepts.by_key)
    )


def labelled(digest: Digest, concepts: Concepts) -> Digest:
    """The digest with the labels of its entries."""
    return replace(digest, entries=tuple(_labelled(entry, concepts) for entry in digest.entries))


def _labelled(entry: Entry, concepts: Concepts) -> Entry:
    own = [quote.text for quote in entry.quotes if not quote.language]
    return replace(entry, labels=labels((entry.title.text, *own), entry.language, concepts))
