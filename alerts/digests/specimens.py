"""Specimens: what a message of every kind tells, from nothing new to more than it can hold. For people and
tests that look at messages; all of it is invented. Pure.

A new letter comes by itself; a new kind of alert or digest is a new line in ``_news``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from alerts.digests.render import Renderer
from alerts.digests.specimen_letters import NAMING_NOTHING, letter, links
from alerts.digests.specimen_news import COVERAGE, NOON, RULES, STORIES, counted, flood
from alerts.digests.specimen_signals import ASSESSMENTS, SURGES, URGENT
from alerts.model import Cadence, Coverage, Digest, Letter, LetterKind, Links, Message, Reader, Window

ZONE = "Europe/Berlin"
SITUATIONS = ("Northern Strait", "بلاد البحيرة")
LINKS = Links(
    "https://alerts.example.org/u/digest",
    "https://alerts.example.org/u/everything",
    tuple((rule.key, f"https://alerts.example.org/u/{rule.key}") for rule in RULES),
    tuple((name, f"https://alerts.example.org/u/s{n}") for n, name in enumerate(SITUATIONS)),
    "https://alerts.example.org/preferences",
    "https://alerts.example.org/preferences/past/1",
)
FIRST_SUBJECT = "Missile launch (critical): the first headline"
"""The subject of the alert that an update answers."""

OVERFLOW = 2_000
KEPT = 400
"""How many entries of an overflowing window a digest keeps."""


class State(StrEnum):
    """How much there is to tell."""

    EMPTY = "empty"
    ONE = "one"
    MANY = "many"
    OVERFLOW = "overflow"


_ENTRIES = {
    State.EMPTY: (),
    State.ONE: STORIES[:1],
    State.MANY: STORIES,
    State.OVERFLOW: flood(KEPT),
}
_DAYS = {Cadence.IMMEDIATE: 1, Cadence.DAILY: 1, Cadence.WEEKLY: 7, Cadence.MONTHLY: 30}


@dataclass(frozen=True, slots=True)
class Specimen:
    """What one message tells, in no language yet."""

    kind: str
    state: State
    told: Digest | Letter

    def write(self, renderer: Renderer, language: str, service: str, contact: str) -> Message:
        """The message to a reader of that language. Raises BadInput for a broken template."""
        if isinstance(self.told, Letter):
            told = replace(self.told, language=language)
            return renderer.render_letter(told, links(told.kind), service)
        reader = Reader(language, ZONE, self.told.cadence, 7, 0)
        subject = FIRST_SUBJECT if self.told.root else ""
        return renderer.render(self.told, reader, LINKS, service, contact=contact, subject=subject)


def digest(cadence: Cadence, state: State) -> Digest:
    """News in a state, for one cadence."""
    entries = _ENTRIES[state]
    full = state in (State.MANY, State.OVERFLOW)
    return Digest(
        cadence,
        Window(NOON - timedelta(days=_DAYS[cadence]), NOON),
        entries,
        OVERFLOW if state is State.OVERFLOW else len(entries),
        RULES,
        None if cadence is Cadence.IMMEDIATE else COVERAGE if full else Coverage(44, 44),
        late=state is State.MANY,
        surges=SURGES if full else (),
        assessments=ASSESSMENTS if full else (),
        situations=SITUATIONS if full else (),
        items=3 * len(entries),
        counts=() if cadence is Cadence.IMMEDIATE else counted(entries),
    )


def _news() -> Iterator[tuple[str, State, Digest]]:
    """One alert tells one story; only held ones are gathered, and nobody is alerted of nothing."""
    one = digest(Cadence.IMMEDIATE, State.ONE)
    yield "alert", State.ONE, one
    answer = replace(one, root="<first@alerts.example.org>", first_told_at=NOON - timedelta(hours=5))
    yield "update", State.ONE, answer
    for state in (State.ONE, State.MANY, State.OVERFLOW):
        held = replace(digest(Cadence.IMMEDIATE, state), held_since=NOON - timedelta(hours=9))
        yield "held", state, held
    many = digest(Cadence.IMMEDIATE, State.MANY)
    yield "change", State.ONE, replace(one, entries=(), total=0, surges=(URGENT,))
    yield "change", State.MANY, replace(many, entries=(), total=0)
    for cadence in (Cadence.DAILY, Cadence.WEEKLY, Cadence.MONTHLY):
        for state in State:
            yield cadence.value, state, digest(cadence, state)


def _letters() -> Iterator[tuple[str, State, Letter]]:
    """Only a goodbye can be about nothing: to a reader who ended everything. Some name nothing at all."""
    numbers = {State.ONE: 1, State.MANY: 7, State.OVERFLOW: OVERFLOW}
    for kind in LetterKind:
        if kind is LetterKind.GOODBYE:
            yield kind.value, State.EMPTY, letter(kind, ZONE, 0)
        for state, number in numbers.items():
            if state is State.ONE or kind not in NAMING_NOTHING:
                yield kind.value, state, letter(kind, ZONE, number)


SPECIMENS = tuple(
    Specimen(kind, state, told) for source in (_news(), _letters()) for kind, state, told in source
)
"""One for every kind and each state that it can be in, the states of a kind together."""
