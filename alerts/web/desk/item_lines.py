"""One item as its page shows it: its words with what matched marked, and every decision about it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.digests.address import address
from alerts.digests.figures import place_name
from alerts.digests.fragment import Fragment, clean, fragment
from alerts.digests.quotes import spans, standing, title
from alerts.digests.times import Times
from alerts.model import DeliveryState, Evidence, Field, Item, Marked
from alerts.services.item_view import Decided, ItemView, StoryOf
from alerts.services.why import Answer
from alerts.web.desk.match_lines import NAME_LIMIT
from alerts.web.desk.stories import TellingLine, telling_line
from alerts.web.desk.story_lines import StandLine, stand_line
from alerts.web.discreet import discreet

PARAGRAPHS_SHOWN = 200
_PARAGRAPH_LIMIT = 4_000
_TITLE_LIMIT = 600
_TERMS_SHOWN = 8

_TONES = {
    "sent": "ok",
    "failed": "bad",
    "suppressed": "off",
    "deferred": "warn",
    "ambiguous": "warn",
    "muted": "quiet",
}


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """Why somebody was or was not told; ``who`` is '' when it is true of everybody. The reason stands before
    and after the ``mail`` that it names, whose page is ``delivery_id``."""

    rule: str
    who: str
    outcome: str
    tone: str
    reason: str
    mail: str
    after: str
    delivery_id: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """A rule that matched. ``terms`` are the words it found, each with the term that it stands for."""

    key: str
    name: str
    severity: str
    terms: tuple[tuple[str, str], ...]
    stale: bool
    mails: tuple[tuple[str, int], ...]
    answers: tuple[AnswerLine, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class StoryPart:
    id: int
    items: tuple[TellingLine, ...]
    count: int
    outlets: int
    origins: int
    stand: StandLine | None


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Everything the page of an item shows. ``parts`` are its paragraphs by field; ``clock`` is the time
    where it happened, with the name of the place, when that is one and has one clock."""

    id: int
    feed_id: int
    key: str
    url: str | None
    title: Fragment
    parts: tuple[tuple[str, tuple[Fragment, ...]], ...]
    cut: bool
    source: Fragment
    feed: Fragment
    language: str | None
    published_at: datetime | None
    updated_at: datetime | None
    seen_at: datetime
    changed_at: datetime | None
    clock: str
    kind: str
    region: str
    places: tuple[str, ...]
    named_places: tuple[str, ...]
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    translations: tuple[tuple[str, str | None, int | None], ...]
    enclosures: tuple[tuple[str | None, str, str], ...]
    archived: str
    emptied: bool
    decided: tuple[DecidedLine, ...]
    story: StoryPart | None


def item_page(found: ItemView, names: Times, *, whole: bool) -> ItemPage:
    """``whole``: the reader may see whole addresses of subscribers."""
    kept, item = found.kept, found.kept.item
    language = item.language or "und"
    evidence = [each for decided in found.decided for each in standing(decided.match)]
    parts = tuple(
        (field.value, tuple(paragraphs(item, field, evidence))) for field in (Field.SUMMARY, Field.TEXT)
    )
    return ItemPage(
        id=kept.id,
        feed_id=kept.feed_id,
        key=clean(discreet(item.key)),
        url=address(item.url),
        title=fragment(title(item, evidence), language, _TITLE_LIMIT),
        parts=tuple((name, found[:PARAGRAPHS_SHOWN]) for name, found in parts if found),
        cut=any(len(found) > PARAGRAPHS_SHOWN for _, found in parts),
        source=fragment(discreet(item.source), language, NAME_LIMIT),
        feed=fragment(discreet(item.feed), language, NAME_LIMIT),
        language=names.language_name(language),
        published_at=item.published_at,
        updated_at=item.updated_at,
        seen_at=kept.seen_at,
        changed_at=kept.changed_at,
        clock=clock(found.places, item.published_at or kept.seen_at, names),
        kind=item.kind,
        region=item.region,
        places=tuple(place_name(each, names.locale) for each in found.places),
        named_places=tuple(map(clean, item.places)),
        authors=tuple(clean(discreet(each)) for each in item.authors),
        categories=tuple(map(clean, item.categories)),
        translations=tuple(
            (names.language_name(code) or clean(code), address(url), known)
            for code, url, known in found.translations
        ),
        enclosures=tuple(
            (address(each.url), clean(each.type), size(each.length)) for each in item.enclosures
        ),
        archived=kept.archived or "",
        emptied=kept.emptied,
        decided=tuple(decided_line(each, whole=whole) for each in found.decided),
        story=story_part(found.story, names) if found.story else None,
    )


def paragraphs(item: Item, field: Field, evidence: Sequence[Evidence]) -> Iterator[Fragment]:
    """The paragraphs of a field, with what matched marked."""
    text, start = item[field], 0
    while start < len(text):
        end = text.find("\n\n", start)
        end = len(text) if end < 0 else end
        marked = Marked(text[start:end], spans(evidence, field, start, end))
        found = fragment(marked, item.language or "und", _PARAGRAPH_LIMIT)
        if found:
            yield found
        start = end + 2


def clock(places: Sequence[str], at: datetime, names: Times) -> str:
    """What clocks showed where it happened: *21:05 in North Korea*; '' where that is not known."""
    there = names.there(at, places[0]) if len(places) == 1 else None
    return f"{there} in {place_name(places[0], names.locale)}" if there else ""


def size(length: int | None) -> str:
    """The size of a file as people say it."""
    if length is None:
        return ""
    for unit in ("bytes", "kB", "MB"):
        if length < 1000:
            return f"{length} {unit}"
        length = round(length / 1000)
    return f"{length} GB"


def decided_line(decided: Decided, *, whole: bool) -> DecidedLine:
    match = decided.match
    still = standing(match)
    found = dict.fromkeys((each.text, f"@{each.concept}" if each.concept else each.term) for each in still)
    return DecidedLine(
        key=match.rule.key,
        name=clean(match.rule.name),
        severity=match.rule.severity.value,
        terms=tuple((clean(text), clean(term)) for text, term in list(found)[:_TERMS_SHOWN]),
        stale=len(still) < len(match.evidence),
        mails=_counted(decided.mails),
        answers=tuple(answer_line(each, whole=whole) for each in decided.answers),
        more=decided.more,
    )


def _counted(mails: Mapping[DeliveryState, int]) -> tuple[tuple[str, int], ...]:
    return tuple((state.value, mails[state]) for state in DeliveryState if mails.get(state))


def answer_line(answer: Answer, *, whole: bool, asked: str = "") -> AnswerLine:
    """``asked`` is about whom somebody wants to know: what is true of everybody is said of them."""
    who = answer.subscriber or asked
    reason, mail = (clean(each if whole else discreet(each)) for each in (answer.reason, answer.message_id))
    before, mail, after = reason.partition(mail) if mail else (reason, "", "")
    return AnswerLine(
        rule=answer.rule,
        who=who if whole else discreet(who),
        outcome=answer.outcome,
        tone=_TONES.get(answer.outcome, "off"),
        reason=before,
        mail=mail,
        after=after,
        delivery_id=answer.delivery_id,
        at=answer.at,
    )


def story_part(story: StoryOf, names: Times) -> StoryPart:
    return StoryPart(
        id=story.place.story_id,
        items=tuple(telling_line(each, names) for each in story.items),
        count=story.tally.items,
        outlets=story.tally.outlets,
        origins=story.tally.origins,
        stand=stand_line(story.stand),
    )
