"""Specimens: one finished message for every kind × language × state, for whatever must hold of all of them.

``SPECIMENS`` is the matrix. A new language comes by itself with its catalogue; a new kind of message is a new
function in ``SHOWCASES``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from functools import cached_property, partial
from pathlib import Path

from lxml import html as lxml_html
from specimen_letters import letter, links
from specimen_news import ASSESSMENTS, COVERAGE, DRAFT, NOON, RULES, STORIES, SURGES, URGENT, counted, flood

from alerts.digests.render import Renderer
from alerts.model import Cadence, Coverage, Digest, Letter, LetterKind, Links, Message, Reader, Window

ROOT = Path(__file__).resolve().parents[1]
RENDERER = Renderer(ROOT / "templates" / "email", ROOT / "alerts" / "locale")
SERVICE = "Harbour Watch"
ZONE = "Europe/Berlin"
CONTACT = "Harbour Watch, Quay 1, 10115 Berlin · desk@alerts.example.org"
SITUATIONS = ("Northern Strait", "بلاد البحيرة")
LINKS = Links(
    "https://alerts.example.org/u/digest",
    "https://alerts.example.org/u/everything",
    tuple((rule.key, f"https://alerts.example.org/u/{rule.key}") for rule in RULES),
    tuple((name, f"https://alerts.example.org/u/s{n}") for n, name in enumerate(SITUATIONS)),
    "https://alerts.example.org/preferences",
)
OVERFLOW = 2_000
KEPT = 400
"""How many entries of an overflowing window a digest keeps."""

DAYS = {Cadence.IMMEDIATE: 1, Cadence.DAILY: 1, Cadence.WEEKLY: 7, Cadence.MONTHLY: 30}


class State(StrEnum):
    """How much there is to tell."""

    EMPTY = "empty"
    ONE = "one"
    MANY = "many"
    OVERFLOW = "overflow"


@dataclass(frozen=True)
class Specimen:
    """A message of a kind in a language and a state; ``digest`` or ``letter`` is what it tells."""

    kind: str
    language: str
    state: State
    write: Callable[[], Message] = field(repr=False, compare=False)
    digest: Digest | None = field(default=None, repr=False, compare=False)
    letter: Letter | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.kind}-{self.language}-{self.state}"

    @cached_property
    def message(self) -> Message:
        return self.write()

    @cached_property
    def page(self) -> lxml_html.HtmlElement:
        """The HTML as a tree, to be read only."""
        return lxml_html.document_fromstring(self.message.html)


def digest(cadence: Cadence, state: State) -> Digest:
    """News in a state, for one cadence."""
    entries = {
        State.EMPTY: (),
        State.ONE: STORIES[:1],
        State.MANY: STORIES,
        State.OVERFLOW: flood(KEPT),
    }[state]
    full = state in (State.MANY, State.OVERFLOW)
    return Digest(
        cadence,
        Window(NOON - timedelta(days=DAYS[cadence]), NOON),
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


def told_in(language: str, kind: str, state: State, told: Digest) -> Specimen:
    reader = Reader(language, ZONE, told.cadence, 7, 0)
    subject = "Missile launch (critical): the first headline" if told.root else ""
    write = partial(RENDERER.render, told, reader, LINKS, SERVICE, contact=CONTACT, subject=subject)
    return Specimen(kind, language, state, write, told)


def digests(language: str) -> Iterator[Specimen]:
    for cadence in (Cadence.DAILY, Cadence.WEEKLY, Cadence.MONTHLY):
        for state in State:
            yield told_in(language, cadence.value, state, digest(cadence, state))


def alerts(language: str) -> Iterator[Specimen]:
    """Of news; of changes alone, for nobody is alerted of nothing; of a story told before; of those held."""
    states = {state: digest(Cadence.IMMEDIATE, state) for state in State}
    one, many = states[State.ONE], states[State.MANY]
    states[State.EMPTY] = replace(states[State.EMPTY], assessments=(DRAFT,))
    for state, told in states.items():
        yield told_in(language, "alert", state, told)
    silent = replace(many, entries=(), total=0)
    update = replace(one, root="<first@alerts.example.org>", first_told_at=NOON - timedelta(hours=5))
    yield told_in(language, "change", State.ONE, replace(one, entries=(), total=0, surges=(URGENT,)))
    yield told_in(language, "change", State.MANY, silent)
    yield told_in(language, "update", State.ONE, update)
    yield told_in(language, "held", State.MANY, replace(many, held_since=NOON - timedelta(hours=9)))


def unspaced(language: str) -> Iterator[Specimen]:
    """News in scripts without spaces, where marked words touch their neighbours."""
    entries = tuple(each for each in flood(60) if each.language in ("zh", "ja"))
    told = replace(digest(Cadence.WEEKLY, State.EMPTY), entries=entries, total=len(entries))
    yield told_in(language, "unspaced", State.MANY, told)


def letters(language: str) -> Iterator[Specimen]:
    for kind in LetterKind:
        numbers = {State.ONE: 1, State.OVERFLOW: OVERFLOW}
        if kind is LetterKind.GOODBYE:
            numbers[State.EMPTY] = 0
        for state, number in numbers.items():
            told = letter(kind, language, ZONE, number)
            write = partial(RENDERER.render_letter, told, links(kind), SERVICE)
            yield Specimen(kind.value, language, state, write, letter=told)


SHOWCASES: tuple[Callable[[str], Iterator[Specimen]], ...] = (alerts, digests, unspaced, letters)

SPECIMENS = tuple(
    specimen for language in RENDERER.languages for show in SHOWCASES for specimen in show(language)
)
