"""The names of items on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from alerts.model import Evidence, Item
from alerts.services.browsing import Selection
from alerts.store.items import Kept
from alerts.web.api.fields import NO_NUL, Absent, Key, Language, Line, Moment, Prose, Sent
from alerts.web.api.matches import MatchOut
from alerts.web.api.pages import Asked, Page
from alerts.web.api.rule_bodies import EvidenceOut, evidence_out

_SUMMARY = 1_000

Lines = Annotated[list[Line], Field(max_length=100)]
Url = Annotated[str, Field(max_length=2_000, pattern=NO_NUL)]


class ItemsAsked(Asked):
    q: Annotated[str, Field(max_length=20_000, pattern=NO_NUL)] = Field(
        "", description="A query in the rule language; empty: all items."
    )
    days: Annotated[int, Field(ge=1, le=36_500)] | Absent = Field(
        None, description="Only what was news in the last days."
    )
    language: Language | Absent = Field(None, description="Only in this language (ISO 639).")
    source: Line | Absent = Field(None, description="Only of this source, by its whole name.")
    type: Line | Absent = Field(None, description="Only of this publication type, such as `analysis`.")
    region: Line | Absent = Field(None, description="Only of this region, such as `africa`.")
    rule: Key | Absent = Field(None, description="Only what this rule found.")


class ItemOut(BaseModel):
    """A kept item. Its words are empty once retention has forgotten them."""

    id: int
    key: str = Field(description="What its feed calls it.")
    url: str
    title: str
    summary: str = Field(description=f"The first {_SUMMARY} characters in a list, all of it for one item.")
    language: str | None
    source: str
    feed: str
    feed_id: int
    published_at: datetime | None = Field(description="null when the feed gave no usable date.")
    seen_at: datetime = Field(description="When we saw it first.")
    type: str
    region: str
    archived: str | None = Field(description="Why it was never news, such as `first poll` or `backfill`.")
    forgotten: bool = Field(description="Whether its words are no longer kept.")
    evidence: list[EvidenceOut] = Field(description="In a search: why it was found.")


class RuleCount(BaseModel):
    rule: str
    name: str
    items: int = Field(ge=0)


class FacetsOut(BaseModel):
    """How many of the items that were counted have what in common."""

    type: dict[str, int]
    region: dict[str, int]
    language: dict[str, int]
    source: dict[str, int]
    rule: list[RuleCount]
    counted: int = Field(
        ge=0, description="Items that were counted, from this page on: some thousand at most."
    )
    whole: bool = Field(description="Whether these are all that there are.")


class ItemsPage(Page[ItemOut]):
    """A page of items, and what those of this page and after have in common."""

    facets: FacetsOut


class ItemShown(ItemOut):
    """All of an item."""

    text: str
    authors: list[str]
    categories: list[str]
    places: list[str]
    updated_at: datetime | None
    matches: list[MatchOut] = Field(description="The rules that found it; not those of readers' own.")


class WhyOut(BaseModel):
    """What became of an item for a rule. Without the scope *people* the people are counted by outcome, and
    nothing is told that could name them."""

    rule: str
    outcome: str = Field(
        description="no match, archived, not subscribed, merged into a story, muted, held, skipped, or the "
        "state of a delivery."
    )
    reason: str | None = Field(description="In English; null where it could name somebody.")
    at: datetime | None
    subscriber: str | None = Field(description="The address; only with the scope *people*.")
    people: int = Field(ge=0, description="How many subscribers it is about.")


class ItemIn(Sent):
    """An item from elsewhere, as `alerts items import` takes them."""

    id: Annotated[str, Field(min_length=1, max_length=500, pattern=NO_NUL)] = Field(
        description="What its feed calls it; the same again replaces its words."
    )
    url: Url = ""
    title: Line = ""
    summary: Prose = ""
    text: Annotated[str, Field(max_length=200_000, pattern=NO_NUL)] = ""
    feed: Annotated[str, Field(max_length=300, pattern=NO_NUL)] = Field("", description="Its title.")
    source: Annotated[str, Field(max_length=300, pattern=NO_NUL)] = Field("", description="Its name.")
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$", max_length=35)] | None = (
        None
    )
    published_at: Moment | None = None
    authors: Lines = Field([])
    categories: Lines = Field([])
    places: Lines = Field([])

    def item(self) -> Item:
        return Item(
            key=self.id,
            url=self.url,
            title=self.title,
            summary=self.summary,
            text=self.text,
            authors=tuple(self.authors),
            published_at=self.published_at,
            language=self.language,
            categories=tuple(self.categories),
            feed=self.feed,
            source=self.source,
            places=tuple(self.places),
        )


class ItemsIn(Sent):
    items: Annotated[list[ItemIn], Field(min_length=1, max_length=500)]


class ImportedOut(BaseModel):
    """What the import came to."""

    new: int = Field(ge=0)
    changed: int = Field(ge=0)
    seen: int = Field(ge=0, description="Known already.")
    matches: int = Field(ge=0, description="Kept, and never mailed.")


def item_out(kept: Kept, evidence: tuple[Evidence, ...] = (), *, whole: bool = False) -> ItemOut:
    item = kept.item
    return ItemOut(
        id=kept.id,
        key=item.key,
        url=item.url,
        title=item.title,
        summary=item.summary if whole else item.summary[:_SUMMARY],
        language=item.language,
        source=item.source,
        feed=item.feed,
        feed_id=kept.feed_id,
        published_at=item.published_at,
        seen_at=kept.seen_at,
        type=item.kind,
        region=item.region,
        archived=kept.archived,
        forgotten=kept.emptied,
        evidence=[evidence_out(each) for each in evidence],
    )


def facets_out(found: Selection) -> FacetsOut:
    counts = found.counts
    return FacetsOut(
        type=dict(counts.kinds),
        region=dict(counts.regions),
        language=dict(counts.languages),
        source=dict(counts.sources),
        rule=[RuleCount(rule=key, name=name, items=number) for (key, name), number in counts.rules.items()],
        counted=found.counted,
        whole=found.whole,
    )


def item_shown(kept: Kept, matches: list[MatchOut]) -> ItemShown:
    item = kept.item
    return ItemShown(
        **item_out(kept, whole=True).model_dump(),
        text=item.text,
        authors=list(item.authors),
        categories=list(item.categories),
        places=list(item.places),
        updated_at=item.updated_at,
        matches=matches,
    )
