"""North Korean launches: is there a mail for every launch day that the feeds carry, and not too many?

Every file of headlines that has labelled launch days is played through the service (``warning_year``). One
reader follows a situation, North Korea with the starter rule for launches, and surges from *warning* on;
another, for comparison, that rule wherever it is met.

A launch day is *carried* when an item that met the rule in North Korea was published at most a day away
from it: the labels are Korean or UTC days. Launch days one after the other are one *episode*; a second
count takes those at most a week apart together. An episode's mails are all those from the day before it to
two days after.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TypeAlias

from sqlalchemy import Connection, select

from alerts.model import Cadence, Digest, Situation, Wish
from alerts.rules.files import read_rules
from alerts.rules.shipped import RULES
from alerts.store.mail_schema import Delivery, DigestRow, Subscriber
from alerts.store.schema import Item, Match
from alerts.store.signal_schema import MatchPlace, Story, StoryItem
from alerts.store.unit import reading
from bench.warning_year import Headlines, played, read_headlines

RULE, PLACE = "ballistic-launch", "kp"
GAPS = (1, 7)
"""Days that may lie between the launches of one episode."""

_A_DAY = timedelta(days=1)
_BEFORE, _AFTER = _A_DAY, 2 * _A_DAY
_SITUATION = Situation("launches", "Launches of North Korea", (PLACE,), (RULE,))
_FOLLOWER, _OF_RULE = "follows the situation", "follows the rule everywhere"

Episode: TypeAlias = tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """An item that met the rule in the place, with what its story began with."""

    published_at: datetime
    title: str
    story_began: datetime


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail: when it was made, and what it tells."""

    at: datetime
    digest: Digest

    @property
    def subject(self) -> str:
        surges = [f"surge, {each.level}: {each.observed} in {each.days} d" for each in self.digest.surges]
        return "; ".join([*(entry.title.text for entry in self.digest.entries), *surges])


def report(corpora: Path) -> None:
    """Mails for the launch days of each file of headlines."""
    days = sorted({day for file in (corpora / "labels").glob("nk_launch_dates*.csv") for day in _days(file)})
    for file in sorted((corpora / "headlines").glob("rss_world_*.jsonl.xz")):
        headlines = read_headlines(file)
        first, last = min(headlines.times).date(), max(headlines.times).date()
        launches = [day for day in days if first <= day <= last]
        if launches:
            print(f"Launches of North Korea in {file.name}")
            _play(headlines, launches)
            print(flush=True)


def _days(file: Path) -> Iterator[date]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from (date.fromisoformat(row["date"]) for row in csv.DictReader(lines))


def _play(headlines: Headlines, launches: Sequence[date]) -> None:
    rules = [rule for rule in read_rules(RULES) if rule.key == RULE]
    wishes = [_wish(_FOLLOWER, situations=(_SITUATION.key,)), _wish(_OF_RULE, rules=(RULE,))]
    with played(headlines, rules, [_SITUATION], wishes) as app, reading(app.engine) as tx:
        told = _told(tx)
        carried = [day for day in launches if _near(day, (each.published_at for each in told))]
        print(f"  {len(launches)} launch days; the feeds carry {len(carried)}, in {len(told)} items")
        for reader in (_FOLLOWER, _OF_RULE):
            _print_mails(reader, _mails(tx, reader), carried, told)
        _print_details(_mails(tx, _FOLLOWER), carried, told)


def _wish(reader: str, situations: tuple[str, ...] = (), rules: tuple[str, ...] = ()) -> Wish:
    return Wish(
        address=_address(reader),
        language="en",
        timezone="UTC",
        cadence=Cadence.IMMEDIATE,
        rules=rules,
        confirmed=True,
        situations=situations,
    )


def _address(reader: str) -> str:
    return f"{reader.replace(' ', '-')}@readers.example"


# --- what came of it ----------------------------------------------------------------------


def _told(tx: Connection) -> list[Told]:
    query = (
        select(Item.published_at, Item.title, Story.first_seen_at)
        .join(Match, Match.item_id == Item.id)
        .join(MatchPlace, MatchPlace.match_id == Match.id)
        .join(StoryItem, StoryItem.item_id == Item.id)
        .join(Story, Story.id == StoryItem.story_id)
        .where(MatchPlace.place == PLACE)
        .order_by(Item.published_at)
    )
    return [Told(at, title, began) for at, title, began in tx.execute(query) if at is not None]


def _mails(tx: Connection, reader: str) -> list[Mail]:
    query = (
        select(Delivery.created_at, DigestRow.content)
        .join(DigestRow, DigestRow.id == Delivery.digest_id)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(Subscriber.address == _address(reader))
        .order_by(Delivery.id)
    )
    return [Mail(*row) for row in tx.execute(query)]


def _near(day: date, times: Iterator[datetime]) -> list[datetime]:
    return [each for each in times if abs(each.date() - day) <= _A_DAY]


def episodes(launches: Sequence[date], gap: int) -> list[Episode]:
    """Launch days, in order, joined when at most so many days lie from one to the next."""
    found: list[Episode] = []
    for day in launches:
        if found and (day - found[-1][-1]).days <= gap:
            found[-1] = (*found[-1], day)
        else:
            found.append((day,))
    return found


def _shared_out(mails: Sequence[Mail], among: Sequence[Episode]) -> dict[Episode | None, list[Mail]]:
    """The mails of each episode, and under None those of none; one between two is of the later."""
    found: dict[Episode | None, list[Mail]] = {each: [] for each in (*among, None)}
    for mail in mails:
        on = mail.at.date()
        begun = (each for each in among if each[0] - _BEFORE <= on <= each[-1] + _AFTER)
        found[max(begun, default=None)].append(mail)
    return found


# --- saying it ----------------------------------------------------------------------------


def _print_mails(reader: str, mails: Sequence[Mail], carried: Sequence[date], told: Sequence[Told]) -> None:
    mailed = [day for day in carried if _near(day, (mail.at for mail in mails))]
    hours = [_hours(day, mails, told) for day in mailed]
    surges = sum(bool(mail.digest.surges) for mail in mails)
    print(f"  Who {reader}: {len(mails)} mails, {surges} of them tell a surge")
    print(f"    a mail for {len(mailed)} of {len(carried)} launch days ({len(mailed) / len(carried):.0%})")
    if hours:
        print(f"    hours from the first item to the mail: median {median(hours):.1f}, most {max(hours):.1f}")
    for gap in GAPS:
        found = episodes(carried, gap)
        outside = len(_shared_out(mails, found)[None])
        inside = len(mails) - outside
        print(
            f"    {len(found)} episodes at most {gap} d apart: {inside / len(found):.2f} mails each"
            f" ({inside / len(carried):.2f} a launch day), {outside} mails outside of any"
        )


def _hours(day: date, mails: Sequence[Mail], told: Sequence[Told]) -> float:
    """From the first item that carries a launch day to the first mail."""
    first = min(_near(day, (each.published_at for each in told)))
    after = [at for at in _near(day, (mail.at for mail in mails)) if at >= first]
    return (min(after, default=first) - first) / timedelta(hours=1)


def _print_details(mails: Sequence[Mail], carried: Sequence[date], told: Sequence[Told]) -> None:
    for day in carried:
        if not _near(day, (mail.at for mail in mails)):
            print(f"  {day}: no mail; what the feeds had:")
            for each in told:
                if _near(day, iter((each.published_at,))):
                    print(f"    {each.title} (of a story of {each.story_began:%d %B})")
    shared_out = _shared_out(mails, episodes(carried, GAPS[0]))
    outside = shared_out.pop(None)
    for episode, mine in shared_out.items():
        if len(mine) > 1:
            print(f"  {len(mine)} mails for {' '.join(f'{day:%d.%m.}' for day in episode or ())}")
            _print_subjects(mine)
    print("  Mails outside of any episode")
    _print_subjects(outside)


def _print_subjects(mails: Sequence[Mail]) -> None:
    for mail in mails:
        print(f"    {mail.at:%m-%d %H:%M}  {mail.subject}")
