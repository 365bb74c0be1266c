"""Invented news, rules and readers: from one seed always the same ones.

Some places are in the news every day and most hardly ever (Zipf's law), so that rules differ in how often
they match as those of editors do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import accumulate
from random import Random
from xml.sax.saxutils import escape

from alerts.model import Cadence, Rule, Severity, Wish
from bench.words import TONGUES

PLACES = 400
_COMMONNESS = tuple(accumulate(1 / (rank + 8) for rank in range(PLACES)))
_SHARES = {"en": 45, "fr": 10, "es": 12, "de": 8, "ru": 10, "ar": 10, "zh": 5}
_ZONES = ("UTC", "Europe/Paris", "Asia/Amman", "America/Bogota", "Africa/Nairobi", "Asia/Kolkata")
_LANGUAGES = ("en", "en", "en", "ar")


def _places(chance: Random) -> tuple[tuple[int, ...], ...]:
    """Every place as numbers of syllables, which each language spells in its own script."""
    found: dict[tuple[int, ...], None] = {}
    while len(found) < PLACES:
        found[tuple(chance.randrange(20) for _ in range(chance.choice((2, 3, 3, 4))))] = None
    return tuple(found)


class World:
    """All that is invented, drawn from one source of chance."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._places = _places(self._chance)

    def _spelt(self, place: int, language: str) -> str:
        syllables = TONGUES[language].syllables
        return "".join(syllables[part] for part in self._places[place]).capitalize()

    def _a_place(self) -> int:
        return self._chance.choices(range(PLACES), cum_weights=_COMMONNESS)[0]

    def _a_language(self) -> str:
        return self._chance.choices(tuple(_SHARES), weights=tuple(_SHARES.values()))[0]

    # --- news -------------------------------------------------------------------------------

    def _fill(self, sentence: str, language: str, event: str, place: str) -> str:
        """The sentence, mostly about the item's own event and place: news keeps to its subject."""
        tongue, chance = TONGUES[language], self._chance
        return sentence.format(
            event=event if chance.random() < 0.9 else chance.choice(tongue.events),
            place=place if chance.random() < 0.9 else self._spelt(self._a_place(), language),
            actor=chance.choice(tongue.actors),
            number=chance.randrange(3, 900),
        )

    def told(self) -> tuple[str, str, str]:
        """A language, a headline in it, and two sentences."""
        language = self._a_language()
        tongue, chance = TONGUES[language], self._chance
        event, place = chance.choice(tongue.events), self._spelt(self._a_place(), language)
        parts = (chance.choice(tongue.headlines), *chance.sample(tongue.sentences, 2))
        headline, *sentences = (self._fill(each, language, event, place) for each in parts)
        return language, headline, " ".join(sentences)

    def entry(self, guid: str, language: str, published_at: datetime) -> str:
        """One RSS entry: a headline, two or three sentences, and for every third the whole text."""
        tongue, chance = TONGUES[language], self._chance
        event, place = chance.choice(tongue.events), self._spelt(self._a_place(), language)

        def some(count: int) -> str:
            sentences = chance.sample(tongue.sentences, count)
            return " ".join(self._fill(each, language, event, place) for each in sentences)

        headline = self._fill(chance.choice(tongue.headlines), language, event, place)
        summary, whole = some(chance.choice((2, 3))), ""
        if chance.random() < 0.33:
            paragraphs = "".join(f"<p>{some(4)}</p>" for _ in range(chance.randrange(3, 7)))
            whole = f"<content:encoded>{escape(f'<p>{summary}</p>{paragraphs}')}</content:encoded>"
        return (
            f"<item><guid isPermaLink='false'>{guid}</guid><link>https://news.example/{guid}</link>"
            f"<title>{escape(headline)}</title>"
            f"<pubDate>{format_datetime(published_at)}</pubDate><category>{language}</category>"
            f"<description>{escape(f'<p>{summary}</p>')}</description>{whole}</item>"
        )

    # --- rules ------------------------------------------------------------------------------

    def rules(self, count: int) -> tuple[Rule, ...]:
        """Rules of the kinds that editors write, each about something that happens somewhere."""
        severities = tuple(Severity)
        return tuple(
            Rule(f"rule-{number:04d}", f"Rule {number}", self._query(), self._chance.choice(severities))
            for number in range(count)
        )

    def _query(self) -> str:
        chance, language, place = self._chance, self._a_language(), self._a_place()
        events = chance.sample(TONGUES[language].events, 3)
        where = self._spelt(place, language)
        return chance.choice(
            (
                f'"{events[0]}" {where}',
                f'("{events[0]}" OR "{events[1]}") {where}',
                f'({events[0]}) {where} -"{events[2]}"',
                f"({events[1].split()[0]}) {where}",
                f"{where[:-1]}* ({events[0]})" if language != "zh" else f"{where} {events[0]}",
                " OR ".join(
                    f'("{chance.choice(TONGUES[each].events)}" {self._spelt(place, each)})'
                    for each in TONGUES
                ),
            )
        )

    # --- readers ----------------------------------------------------------------------------

    def wishes(
        self,
        count: int,
        cadence: Cadence,
        rules: Sequence[Rule],
        *,
        languages: Sequence[str] = _LANGUAGES,
        follow: range = range(3, 7),
    ) -> tuple[Wish, ...]:
        """Confirmed readers with three to six rules each; digests on Monday at eight, wherever they live."""
        chance = self._chance
        return tuple(
            Wish(
                address=f"{cadence}-{number}@readers.example",
                language=chance.choice(languages),
                timezone=chance.choice(_ZONES),
                cadence=cadence,
                rules=tuple(rule.key for rule in chance.sample(rules, chance.choice(follow))),
                confirmed=True,
            )
            for number in range(count)
        )


@dataclass(slots=True)
class Wire:
    """One feed as its server would give it: the newest entries first, a few of them new at each poll."""

    number: int
    language: str
    world: World
    shown: tuple[str, ...] = ()
    written: int = 0

    @property
    def url(self) -> str:
        """Each has a host of its own, as far as politeness is concerned."""
        return f"https://feed-{self.number}.example/rss"

    def go_on(self, new: int, now: datetime, *, length: int = 30) -> bytes:
        """The document after ``new`` more entries; it shows the newest ``length``."""
        fresh = []
        for step in range(new):
            self.written += 1
            guid = f"{self.number}-{self.written}"
            fresh.append(self.world.entry(guid, self.language, now - timedelta(minutes=5 * (new - step))))
        self.shown = (*reversed(fresh), *self.shown)[: max(length, new)]
        head = f"<title>{escape(self.url)}</title><link>{self.url}</link><language>{self.language}</language>"
        return (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
            f"{head}{''.join(self.shown)}</channel></rss>"
        ).encode()


def wires(world: World, count: int) -> tuple[Wire, ...]:
    """Feeds in every language, in the shares of ``_SHARES``."""
    turns = [language for language, share in _SHARES.items() for _ in range(share)]
    return tuple(Wire(number, turns[number * 37 % len(turns)], world) for number in range(count))
