"""Where situations go: the machine drafts, a person confirms or overrides with a reason, all is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine

from alerts.errors import BadInput, Overtaken
from alerts.model import Assessment, Level, Polarity, Rule, Trend, TrendCall
from alerts.services.changes import tell
from alerts.services.holding import Telling
from alerts.store import audit, following, rules, series, signals, trends
from alerts.store.following import Followed
from alerts.store.signals import SavedAssessment
from alerts.store.trends import Called, Decision
from alerts.store.unit import writing
from alerts.warning.trend import ALARM_DAYS, BEFORE_DAYS, RECENT_DAYS, Alarm, TrendDay, call

TOLD_FROM = 0.95
"""How likely a change has to be to be told before a person has looked at it."""

QUIET = timedelta(days=7)
"""Between two drafts of one situation that are told."""

ASKED_AGAIN = timedelta(days=28)
"""After a decision, a draft that says what the figures said then is new again."""

LONGEST_REASON = 2000
"""Characters."""

_LOOKS_BACK = timedelta(days=RECENT_DAYS + BEFORE_DAYS)
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Drafted:
    """How many calls are new, and those that are worth telling at once."""

    changed: int = 0
    assessments: tuple[SavedAssessment, ...] = ()


# --- drafting -----------------------------------------------------------------------------


def draft(tx: Connection, today: date, now: datetime) -> Drafted:
    """Draws up the calls of all situations from the days before today."""
    followed = following.situations_in_force(tx)
    calls = _calls(tx, followed, today - _A_DAY)
    latest = trends.latest(tx)
    told = signals.latest_assessments(tx, [each.id for each in followed])
    changed, worth_telling = 0, []
    for each in followed:
        before, new = latest.get(each.id), calls[each.id]
        if before is not None and not _is_new(before, new, now):
            if before.decision is None:
                trends.refresh(tx, before.id, new)
            continue
        changed += 1
        call_id = trends.draft(tx, each.id, new, now)
        assessment = drafted(each, new)
        if _is_worth_telling(assessment, told.get(each.id), now):
            saved = signals.save_assessment(tx, each.id, call_id, assessment, now)
            worth_telling += [saved] if saved else []
    return Drafted(changed, tuple(worth_telling))


def drafted(followed: Followed, said: TrendCall) -> Assessment:
    """What the figures say, before a person has looked at it."""
    return Assessment(
        situation=followed.situation.key,
        name=followed.situation.name,
        trend=said.trend,
        risk_alert=said.risk_alert,
        resolution_opportunity=said.resolution_opportunity,
        confirmed=False,
        reason="",
        call=said,
    )


def _says(said: TrendCall | Assessment) -> tuple[Trend, bool, bool]:
    return said.trend, said.risk_alert, said.resolution_opportunity


def _is_new(before: Called, said: TrendCall, now: datetime) -> bool:
    if before.decision is not None and now - before.decision.at >= ASKED_AGAIN:
        return True
    return _says(before.call) != _says(said)


def _is_worth_telling(found: Assessment, told: SavedAssessment | None, now: datetime) -> bool:
    """Whether a draft goes out before anybody has looked: a sure change, a new risk or opportunity."""
    before = told.assessment if told else None
    alarming = found.risk_alert and not (before and before.risk_alert)
    if told is not None and now - told.made_at < QUIET and not alarming:
        return False
    changes = found.trend in (Trend.DETERIORATED, Trend.IMPROVED) and found.call.probability >= TOLD_FROM
    hopeful = found.resolution_opportunity and not (before and before.resolution_opportunity)
    differs = before is None or _says(before) != _says(found)
    return alarming or (differs and (changes or hopeful))


def _calls(tx: Connection, followed: Sequence[Followed], as_of: date) -> dict[int, TrendCall]:
    """Situation id → what the figures say of it, from counts as they are kept."""
    since = as_of - _LOOKS_BACK
    by_id = rules_of(tx, followed)
    exposures = series.exposures(tx, since)
    alarms = signals.alarms(tx, as_of - timedelta(days=ALARM_DAYS))
    return {
        each.id: call(
            tuple(_days(tx, each, by_id, exposures, since)), as_of, tuple(_alarms(each, by_id, alarms))
        )
        for each in followed
    }


def rules_of(tx: Connection, followed: Sequence[Followed]) -> dict[int, Rule]:
    """The rules of these situations that are in force, by id."""
    in_force = rules.kept.load(tx, {key for each in followed for key in each.situation.rules})
    ids = rules.ids(tx, [rule.key for rule in in_force])
    return {ids[rule.key]: rule for rule in in_force}


def of_polarity(
    followed: Followed, by_id: Mapping[int, Rule], wanted: Callable[[Polarity], bool]
) -> frozenset[int]:
    """The ids of a situation's rules whose polarity is a wanted one."""
    return frozenset(each for each in followed.rule_ids if each in by_id and wanted(by_id[each].polarity))


def stories_by_day(
    tx: Connection, followed: Followed, by_id: Mapping[int, Rule], since: date
) -> tuple[dict[date, int], dict[date, int]]:
    """The stories of each day that told of escalation, and those that told of de-escalation."""
    war, peace = (
        trends.stories_by_day(tx, of_polarity(followed, by_id, wanted), followed.places, since)
        for wanted in (lambda each: each.escalates, lambda each: each is Polarity.DEESCALATION)
    )
    return war, peace


def collected(followed: Followed, exposures: Mapping[int, Mapping[date, float]]) -> dict[date, float]:
    """What was collected for a situation on each day that was closed: for the rule that has been watched
    longest, because each rule has a unit of its own."""
    known = (exposures.get(rule_id, {}) for rule_id in sorted(followed.rule_ids))
    return dict(sorted(max(known, key=len, default={}).items()))


def _days(
    tx: Connection,
    followed: Followed,
    by_id: Mapping[int, Rule],
    exposures: Mapping[int, Mapping[date, float]],
    since: date,
) -> Iterator[TrendDay]:
    """The days that were closed: what nobody counted is no calm."""
    war, peace = stories_by_day(tx, followed, by_id, since)
    for day, exposure in collected(followed, exposures).items():
        yield TrendDay(day, war.get(day, 0), peace.get(day, 0), exposure)


def _alarms(
    followed: Followed, by_id: Mapping[int, Rule], alarms: Mapping[series.Name, Sequence[tuple[date, Level]]]
) -> Iterator[Alarm]:
    for (rule_id, place), found in sorted(alarms.items()):
        if rule_id in followed.rule_ids and place in followed.places and rule_id in by_id:
            polarity = by_id[rule_id].polarity
            way = Polarity.ESCALATION if polarity.escalates else polarity
            yield from (Alarm(day, level, way, polarity is Polarity.PRECURSOR) for day, level in found)


# --- deciding -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person makes of a draft. None confirms what it says. ``of`` is the id of the draft they looked
    at; None: whichever is the newest."""

    trend: Trend | None = None
    risk_alert: bool | None = None
    resolution_opportunity: bool | None = None
    reason: str = ""
    of: int | None = None


def decide(
    engine: Engine,
    key: str,
    verdict: Verdict,
    *,
    by: str,
    telling: Telling,
    clock: Callable[[], datetime],
) -> tuple[Assessment, tuple[int, ...]]:
    """Confirms the situation's draft, or overrides it, and tells who follows it. What holds now, and the
    ids of the alerts that wait to be sent.

    Raises NotFound for an unknown situation, Overtaken when there is no draft to decide on or no longer the
    one that was looked at, and BadInput when it is overridden without a reason.
    """
    now = clock()
    with writing(engine) as tx:
        followed = following.situation(tx, key)
        current = trends.latest(tx, [followed.id]).get(followed.id)
        if current is None or current.decision is not None:
            raise Overtaken(f"{key} has no draft to decide on; the next is drawn up when a day is over")
        if verdict.of not in (None, current.id):
            raise Overtaken(f"the draft of {key} is another one by now; look at it again")
        decision = _decision(current.call, verdict, by, now)
        if not trends.decide(tx, current.id, decision):
            raise Overtaken(f"somebody else decided on {key} meanwhile; look at it again")
        assessment = decided(followed, current.call, decision)
        before = signals.latest_assessments(tx, [followed.id]).get(followed.id)
        saved = signals.save_assessment(tx, followed.id, current.id, assessment, now)
        news = before is None or _says(before.assessment) != _says(assessment)
        waiting = tell(tx, (), [saved] if saved and news else [], telling, now)
        audit.record(
            tx,
            at=now,
            actor=by,
            action="trend confirmed" if _says(assessment) == _says(current.call) else "trend overridden",
            subject=f"situation {key}",
            detail=f"{assessment.trend}; {decision.reason}".removesuffix("; "),
        )
    return assessment, waiting


def _decision(said: TrendCall, verdict: Verdict, by: str, now: datetime) -> Decision:
    chosen = (
        said.trend if verdict.trend is None else verdict.trend,
        said.risk_alert if verdict.risk_alert is None else verdict.risk_alert,
        said.resolution_opportunity
        if verdict.resolution_opportunity is None
        else verdict.resolution_opportunity,
    )
    reason = " ".join("".join(sign if sign.isprintable() else " " for sign in verdict.reason).split())
    if chosen != _says(said) and not reason:
        raise BadInput("to say something other than the draft, give a reason: readers will see it")
    if len(reason) > LONGEST_REASON:
        raise BadInput(f"the reason has {len(reason)} characters; readers get at most {LONGEST_REASON}")
    return Decision(*chosen, reason, by, now)


def decided(followed: Followed, said: TrendCall, decision: Decision) -> Assessment:
    """What a person made of the figures."""
    return Assessment(
        situation=followed.situation.key,
        name=followed.situation.name,
        trend=decision.trend,
        risk_alert=decision.risk_alert,
        resolution_opportunity=decision.resolution_opportunity,
        confirmed=True,
        reason=decision.reason,
        call=said,
    )
