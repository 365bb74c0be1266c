"""The past of the demo: four months of invented news, day by day, as three publishers' feeds showed it."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

from alerts.embedded.samples import SAMPLE
from alerts.errors import BadInput

_WEEK = 7


@dataclass(frozen=True, slots=True)
class Told:
    """A piece of news: who told it, in what words."""

    publisher: str
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class Past:
    """The news of each day, the oldest first."""

    publishers: tuple[str, ...]
    days: tuple[tuple[Told, ...], ...]

    def feed(self, publisher: str, day: int, at: datetime) -> bytes:
        """What the feed of a publisher shows at the end of that day: its news, as RSS 2.0."""
        date = format_datetime(at - timedelta(hours=1))
        items = "".join(
            f"<item><guid isPermaLink='false'>{day}-{number}</guid><pubDate>{date}</pubDate>"
            f"<title>{escape(told.title)}</title><description>{escape(told.summary)}</description></item>"
            for number, told in enumerate(self.days[day])
            if told.publisher == publisher
        )
        return (
            "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel>"
            f"<title>{escape(publisher)}</title>{items}</channel></rss>"
        ).encode()


def read_past(path: Path = SAMPLE / "past.toml") -> Past:
    """The same each time. Raises BadInput when the file cannot be read."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        return _past(told, Random(28))  # noqa: S311  (repeatable is the point)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from error
    except KeyError as error:
        raise BadInput(f"{path}: {error} is missing") from error


def _past(told: Mapping[str, Any], chance: Random) -> Past:
    publishers, words = tuple(told["publishers"]), told["words"]
    days: list[list[Told]] = [[] for _ in range(_WEEK * len(told["place"][0]["escalation"]))]
    voices = cycle(publishers)

    def add(day: int, title: str, summary: str, **named: str) -> None:
        drawn = named | {name: chance.choice(some) for name, some in words.items()}
        title, summary = (_capital(part.format_map(drawn)) for part in (title, summary))
        days[day].append(Told(next(voices), title, summary))

    for day in range(len(days)):
        for _ in range(told["quiet_a_day"]):
            add(day, chance.choice(told["quiet"]), "")
    for place in told["place"]:
        for polarity, lines in told["lines"].items():
            for day, number in enumerate(_by_day(place[polarity], chance)):
                for _ in range(number):
                    add(day, *chance.choice(lines), place=place["name"], where=place["where"])
    return Past(publishers, tuple(map(tuple, days)))


def _by_day(weeks: Iterable[int | list[int]], chance: Random) -> Iterator[int]:
    """The stories of each day; those of a week that has but a number, spread over it by chance."""
    for week in weeks:
        if isinstance(week, int):
            drawn = Counter(chance.randrange(_WEEK) for _ in range(week))
            yield from (drawn[day] for day in range(_WEEK))
        else:
            yield from week


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
