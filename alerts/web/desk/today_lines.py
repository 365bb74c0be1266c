"""What the page of today says, line by line: signals, mail, feeds, what others did, what to do next. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.digests.fragment import Fragment, clean, fragment
from alerts.model import Cadence, Coverage, DeliveryState, RuleName
from alerts.services.feed_condition import Condition, condition, span
from alerts.services.situation_stand import stand_of
from alerts.services.today import SituationNews
from alerts.store.audit import Event
from alerts.store.feeds import FeedStand
from alerts.store.lately import Trouble
from alerts.store.signals import SavedSurge
from alerts.web.desk.feed_words import feed_title
from alerts.web.desk.match_lines import TITLE_LIMIT
from alerts.web.discreet import discreet
from alerts.web.situations.situation_lines import StandLine
from alerts.web.situations.situation_pages import Composer
from alerts.web.situations.situation_words import SituationWords

SURGES_SHOWN = 3
"""Of one situation."""

NAMED = 3
"""So many of the feeds that are down are named in the sentence about what was covered."""

FIRST = (
    DeliveryState.FAILED,
    DeliveryState.AMBIGUOUS,
    DeliveryState.DEFERRED,
)
"""States of mail that somebody may have to look at, the gravest first; these are listed."""

_ORDER = (
    *FIRST,
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.SUPPRESSED,
)
_TONES = {
    DeliveryState.QUEUED: "off",
    DeliveryState.SENDING: "off",
    DeliveryState.SENT: "ok",
    DeliveryState.DEFERRED: "warn",
    DeliveryState.FAILED: "bad",
    DeliveryState.AMBIGUOUS: "warn",
    DeliveryState.SUPPRESSED: "off",
}
_CADENCES = {
    Cadence.IMMEDIATE: "alert",
    Cadence.DAILY: "daily digest",
    Cadence.WEEKLY: "weekly digest",
    Cadence.MONTHLY: "monthly digest",
}


# --- signals --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SurgeLine:
    level: str
    word: str
    rule: str
    place: str
    sentence: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SignalLine:
    """One situation with what is new of it; without a key for surges that belong to none. ``waits``: a
    person is to decide on the call."""

    key: str
    name: str
    surges: tuple[SurgeLine, ...]
    more: int
    stand: StandLine | None
    waits: bool
    new: bool


def signal_lines(
    found: Sequence[SituationNews],
    rules: Mapping[int, RuleName],
    words: SituationWords,
    composer: Composer,
    looked_at: datetime | None,
) -> tuple[SignalLine, ...]:
    def surge(saved: SavedSurge) -> SurgeLine:
        told = saved.surge
        name = rules[saved.rule_id].name if saved.rule_id in rules else told.rule
        sentence = " ".join(words.signals.surge_sentences(told)[:2])
        place = words.signals.place(told.place)
        return SurgeLine(
            told.level.value, words.signals.level(told.level), clean(name), place, sentence, saved.made_at
        )

    return tuple(
        SignalLine(
            key=each.situation.situation.key if each.situation else "",
            name=clean(each.situation.situation.name) if each.situation else "",
            surges=tuple(map(surge, each.surges[:SURGES_SHOWN])),
            more=max(0, len(each.surges) - SURGES_SHOWN),
            stand=composer.stand(stand_of(each.call)) if each.call else None,
            waits=each.waits,
            new=looked_at is not None and each.at > looked_at,
        )
        for each in found
    )


# --- mail -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MailLine:
    """A mail that did not go as it should; ``moment`` is when it is tried again or was made. ``hidden``: its
    subject is its reader's own, and not shown."""

    subject: Fragment
    hidden: bool
    recipient: str
    cadence: str
    state: str
    tone: str
    attempts: int
    reason: str
    moment_is: str
    moment: datetime
    new: bool


def state_counts(counts: Mapping[DeliveryState, int]) -> tuple[tuple[str, str, int], ...]:
    """Each state with its tone and number, what needs somebody first; states without any mail are left out
    but for those that are good to see at nought."""
    always = (DeliveryState.FAILED, DeliveryState.SENT)
    return tuple(
        (state.value, _TONES[state], counts.get(state, 0))
        for state in _ORDER
        if counts.get(state) or state in always
    )


def mail_line(each: Trouble, looked_at: datetime | None, *, whole: bool) -> MailLine:
    """``whole``: whole addresses may be seen, and what readers look for."""
    hidden = each.own and not whole
    again = each.state is not DeliveryState.FAILED and each.send_after is not None
    return MailLine(
        subject=fragment("" if hidden else each.subject, "und", TITLE_LIMIT),
        hidden=hidden,
        recipient=each.address if whole else discreet(each.address),
        cadence=_CADENCES[each.cadence] if each.cadence else "letter",
        state=each.state.value,
        tone=_TONES[each.state],
        attempts=each.attempts,
        reason=each.reason if whole else discreet(each.reason),
        moment_is="next try" if again else "made",
        moment=each.send_after if again and each.send_after else each.created_at,
        new=looked_at is not None and each.created_at > looked_at,
    )


# --- feeds ----------------------------------------------------------------------------------


def covered(coverage: Coverage, feeds: Sequence[FeedStand], now: datetime) -> tuple[str, str]:
    """What was covered in the last 24 hours, as a sentence, and its tone: *41 of 44 feeds could be read; X
    down 9 h*. ``feeds`` are in the order of their trouble."""
    if not coverage.feeds:
        return "", "off"
    down = [each for each in feeds if condition(each) is Condition.FAILING]
    named = [f"{feed_title(each).text} {_down(each, now)}" for each in down[:NAMED]]
    more = [f"{len(down) - NAMED} more down"] if len(down) > NAMED else []
    read = f"{coverage.read} of {coverage.feeds} {'feed' if coverage.feeds == 1 else 'feeds'} could be read"
    tone = "bad" if down else "ok" if coverage.read == coverage.feeds else "warn"
    return "; ".join((read, *named, *more)), tone


def _down(feed: FeedStand, now: datetime) -> str:
    return f"down {span(now - feed.last_success_at)}" if feed.last_success_at else "never read"


# --- what is new ----------------------------------------------------------------------------


def summary(*, signals: int, stories: int, mails: int, changes: int) -> str:
    """How much is new, in a sentence: *2 new stories, 1 mail failed.*"""
    counted = (
        (signals, "situation with something new", "situations with something new"),
        (stories, "new story", "new stories"),
        (mails, "mail failed", "mails failed"),
        (changes, "change by others", "changes by others"),
    )
    told = [f"{number:,} {one if number == 1 else more}" for number, one, more in counted if number]
    return f"{', '.join(told)}." if told else "Nothing new."


@dataclass(frozen=True, slots=True)
class Glance:
    """Each part of the page in a few words, mail and feeds with their tones."""

    signals: str
    stories: str
    mail: tuple[str, str]
    feeds: tuple[str, str]


def glance(
    signals: int, stories: int, whole: bool, counts: Mapping[DeliveryState, int], troubled: int
) -> Glance:
    lost = counts.get(DeliveryState.FAILED, 0)
    late = sum(counts.get(state, 0) for state in FIRST) - lost
    failed = [f"{lost:,} failed"] if lost else []
    waiting = [f"{late:,} late or unsure"] if late else []
    out = counts.get(DeliveryState.SENT, 0)
    sent = f"{out:,} {'mail' if out == 1 else 'mails'} sent"
    return Glance(
        signals="1 situation with signals" if signals == 1 else f"{signals or 'No'} situations with signals",
        stories=f"{stories:,}{'' if whole else '+'} {'story' if stories == 1 else 'stories'}",
        mail=(", ".join((*failed, *waiting, sent)), "bad" if lost else "warn" if late else ""),
        feeds=(_feeds(troubled), "warn" if troubled else ""),
    )


def _feeds(troubled: int) -> str:
    if not troubled:
        return "No feed in trouble"
    return "1 feed in trouble" if troubled == 1 else f"{troubled:,} feeds in trouble"


# --- what others did ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChangeLine:
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str


def change_line(event: Event, *, whole: bool) -> ChangeLine:
    shown = [event.actor, event.action, event.subject, event.detail]
    actor, action, subject, detail = (clean(each if whole else discreet(each)) for each in shown)
    return ChangeLine(event.at, actor, action, subject, detail)


# --- what to do next ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a new service needs, and the commands that do it; ``link`` leads to a page that does it
    too, '' where none does."""

    done: bool
    words: str
    commands: tuple[str, ...]
    link: str = ""


def steps(*, feeds: bool, rules: bool, readers: bool, accounts: bool) -> tuple[Step, ...]:
    """What a new service needs, in order; nothing once it has all of it."""
    found = (
        Step(accounts, "Make an account: until then whoever reaches this port may look, and nobody may "
             "change anything here", ("users add NAME --role admin",)),
        Step(rules, "Say what matters: the rules and situations of the starter pack, or your own",
             ("rules import catalog", "situations import catalog"), "/rules/new"),
        Step(feeds, "Say what is read: the feeds of the starter pack, or your own",
             ("feeds import catalog",), "/feeds/add"),
        Step(readers, "Say who gets mail: readers sign up themselves, or are added",
             ("subscribers add ADDRESS --rule KEY --confirmed",), "/subscribers/new"),
    )  # fmt: skip
    return () if all(step.done for step in found) else found
