"""Everything about one item: what was kept, what matched and why, who was told, and who was not. Reads
only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from alerts.model import DeliveryState, Match
from alerts.services.why import Answer, about
from alerts.store import acknowledgements, items, matches, stories
from alerts.store.acknowledgements import Stand
from alerts.store.items import Kept
from alerts.store.stories import Place, Tally, Telling

ANSWERS_SHOWN = 10
"""Of each rule; who wants to know of another subscriber asks for them."""

TELLINGS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Decided:
    """A match, what became of it for the first of those who follow its rule, and of all its mails."""

    match: Match
    mails: Mapping[DeliveryState, int]
    answers: tuple[Answer, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class StoryOf:
    """The story of an item: why the item belongs to it, and its first items."""

    place: Place
    tally: Tally
    items: tuple[Telling, ...]
    stand: Stand | None


@dataclass(frozen=True, slots=True)
class ItemView:
    """``places`` are the keys of the countries it is about; ``translations`` are its languages and addresses,
    each with the id of the item that we keep from there, if we do."""

    kept: Kept
    decided: tuple[Decided, ...]
    story: StoryOf | None
    places: tuple[str, ...]
    translations: tuple[tuple[str, str, int | None], ...]


def view(tx: Connection, item_id: int, *, own: bool, languages: Sequence[str]) -> ItemView | None:
    """None when there is no such item. ``own``: also what matched the rules that readers have for
    themselves."""
    kept = items.load(tx, [item_id]).get(item_id)
    if kept is None:
        return None
    found = matches.load(tx, matches.of_item(tx, item_id, own=own))
    mails = matches.mails_of(tx, [match.id for match in found])
    addresses = [url for _, url in kept.item.translations]
    known = items.ids_of(tx, addresses) if addresses else {}
    return ItemView(
        kept=kept,
        decided=tuple(_decided(tx, kept, match, mails.get(match.id, {}), languages) for match in found),
        story=_story(tx, item_id),
        places=matches.places_of(tx, item_id),
        translations=tuple((code, url, known.get(url)) for code, url in kept.item.translations),
    )


def _decided(
    tx: Connection, kept: Kept, match: Match, mails: Mapping[DeliveryState, int], languages: Sequence[str]
) -> Decided:
    answers = about(tx, kept, match.rule.key, languages=languages, limit=ANSWERS_SHOWN + 1)
    return Decided(match, mails, answers[:ANSWERS_SHOWN], len(answers) > ANSWERS_SHOWN)


def _story(tx: Connection, item_id: int) -> StoryOf | None:
    place = stories.place_of(tx, item_id)
    if place is None:
        return None
    return StoryOf(
        place,
        stories.tallies(tx, [place.story_id])[place.story_id],
        stories.tellings(tx, place.story_id, TELLINGS_SHOWN),
        acknowledgements.of_stories(tx, [place.story_id]).get(place.story_id),
    )
