"""Stories as the desk lists them: one entry each, with who else tells it and who has seen to it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.digests.address import address
from alerts.digests.fragment import Fragment, clean, fragment
from alerts.digests.times import Times
from alerts.model import Entry, RuleName, StoryState
from alerts.store.acknowledgements import Stand
from alerts.web.desk.match_lines import NAME_LIMIT, quotes_of, source_of, title_of
from alerts.web.discreet import discreet

OTHERS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class StandLine:
    """What somebody made of a story: ``state`` is acknowledged or muted."""

    state: str
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class TellerLine:
    """Another publisher of a story, where and when."""

    source: Fragment
    url: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One story by the item that leads. ``story_id`` 0: the item belongs to none. ``outlets`` publishers tell
    it, ``origins`` of them on their own; ``more`` counts those that are not among ``others``."""

    item_id: int
    story_id: int
    url: str | None
    title: Fragment
    quotes: tuple[Fragment, ...]
    source: Fragment
    language: str | None
    severity: str
    rules: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]
    at: datetime
    outlets: int
    origins: int
    others: tuple[TellerLine, ...]
    more: int
    stand: StandLine | None
    new: bool


def story_line(
    entry: Entry, stand: Stand | None, at: datetime, names: Times, *, new: bool = False
) -> StoryLine:
    """``at`` is when it was first found in the hours that are shown."""
    return StoryLine(
        item_id=entry.item_id,
        story_id=entry.story_id,
        url=address(entry.url),
        title=title_of(entry),
        quotes=quotes_of(entry),
        source=source_of(entry),
        language=names.language_name(entry.language),
        severity=entry.rules[0].severity.value,
        rules=tuple(map(_rule, entry.rules)),
        labels=tuple(label.value for label in entry.labels),
        at=at,
        outlets=entry.outlets,
        origins=entry.origins,
        others=tuple(
            TellerLine(
                fragment(discreet(each.source), each.language, NAME_LIMIT), address(each.url), each.seen_at
            )
            for each in entry.others[:OTHERS_SHOWN]
        ),
        more=max(0, entry.outlets - 1 - OTHERS_SHOWN),
        stand=stand_line(stand),
        new=new,
    )


def stand_line(stand: Stand | None) -> StandLine | None:
    """None for a story that nobody has seen to, or that is open again."""
    if stand is None or stand.state is StoryState.OPEN:
        return None
    return StandLine(stand.state.value, clean(stand.by), stand.at, clean(stand.reason))


def _rule(rule: RuleName) -> tuple[str, str]:
    return rule.key, clean(rule.name)
