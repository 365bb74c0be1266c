"""In which order stories are told. Pure."""

from __future__ import annotations

from math import log2

from alerts.model import Entry, Window


def precedence(entry: Entry, window: Window) -> tuple[int, str, float, float, int]:
    """Sorts entries: the most severe rule first, then the rules by their keys, so that each is one section;
    within a rule the stories by weight. What is left sets the newer and then the later found first, so that
    the order is always the same."""
    rule = entry.rules[0]
    newness = entry.published_at.timestamp()
    return rule.severity.rank, rule.key, -weight(entry, window), -newness, entry.item_id


def weight(entry: Entry, window: Window) -> float:
    """What a story weighs among those of one rule: log₂ *original sources* + ¼ log₂ *outlets* + *newness*.

    Sources that have it from themselves confirm each other, so each doubling of them counts 1. Outlets that
    repeat show only how far it has spread, so a doubling of all counts a quarter. Newness is 2 and halves
    within each quarter of the window: what happens now stands above what twice as many told when the window
    began, but not above what four times as many told.
    """
    return reach(entry.outlets, entry.origins) + _newness(entry, window)


def reach(outlets: int, origins: int) -> float:
    """The part of the weight that says how widely a story is told."""
    return log2(max(origins, 1)) + log2(max(outlets, 1)) / 4


def _newness(entry: Entry, window: Window) -> float:
    length = (window.until - window.since).total_seconds()
    age = max((window.until - entry.published_at).total_seconds(), 0.0)
    return 2 * 0.5 ** (4 * age / length) if length > 0 else 2.0
