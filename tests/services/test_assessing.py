"""The machine drafts where a situation goes; a person decides; readers are told, and all of it is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from small_world import World
from sqlalchemy import Engine, insert

from alerts.errors import BadInput, NotFound
from alerts.model import Cadence, Level, Polarity, Rule, Severity, Situation, Surge, Trend
from alerts.services.assessing import Verdict, decide, draft
from alerts.services.rules import Edit
from alerts.services.situations import import_situations
from alerts.store import following, series, signals, trends
from alerts.store import schema as table
from alerts.store import signal_schema as signal
from alerts.store.unit import reading, writing

TODAY = date(2026, 7, 1)
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
RULES = (
    Rule("missile", "Missiles", "missile", Severity.CRITICAL, polarity=Polarity.ESCALATION),
    Rule("mobilise", "Mobilisation", "mobilise", Severity.HIGH, polarity=Polarity.PRECURSOR),
    Rule("truce", "Truces", "truce", Severity.LOW, polarity=Polarity.DEESCALATION),
)
MISSILE, MOBILISE, TRUCE = 1, 2, 3


class Desk:
    """A situation with a history of counts, written straight into the tables that calls are drawn up from."""

    def __init__(self, engine: Engine) -> None:
        self.world = World(engine, now=NOON, rules=RULES)
        self.engine = engine
        ukraine = Situation("ukraine", "Ukraine", ("ua",), ("missile", "mobilise", "truce"))
        import_situations(engine, [ukraine], Edit("test", NOON), ("en",))
        self._story = count(1)
        feed = self.world.add_feed()
        with writing(engine) as tx:
            common = {"feed_id": feed, "fingerprint": "", "url": "", "title": "", "summary": "", "text": ""}
            common |= {"authors": (), "categories": (), "language": "en", "seen_at": NOON}
            tx.execute(insert(table.Item).values(key="k", **common))
            match = {"item_id": 1, "rule_version_id": 1, "matched_at": NOON, "news": True, "evidence": ()}
            tx.execute(insert(table.Match).values(rule_id=MISSILE, **match))
            for days in range(1, 113):
                series.close(tx, {MISSILE: {TODAY - timedelta(days=days): 100.0}})

    def stories(self, rule_id: int, first: int, last: int, a_day: int = 1, every: int = 1) -> None:
        """So many stories on days ``first`` to ``last`` before today."""
        with writing(self.engine) as tx:
            for days in range(first, last + 1, every):
                for _ in range(a_day):
                    number = next(self._story)
                    tx.execute(insert(signal.Story).values(id=number, first_seen_at=NOON))
                    seen = series.Seen(rule_id, "ua", number, 1)
                    series.sight(tx, [seen], TODAY - timedelta(days=days))

    def surge(self, rule_id: int, days: int, level: Level) -> None:
        day = TODAY - timedelta(days=days)
        found = Surge("missile", "ua", day, level, 0.001, 9, 1.0, 0.3, 3)
        with writing(self.engine) as tx:
            signals.save_surge(tx, rule_id, found, NOON)

    def draft(self, days: int = 0) -> tuple[signals.SavedAssessment, ...]:
        """What is worth telling at once, when the day so many days from now begins."""
        later = timedelta(days=days)
        with writing(self.engine) as tx:
            return draft(tx, TODAY + later, NOON + later).assessments

    @property
    def called(self) -> trends.Called:
        with reading(self.engine) as tx:
            return trends.latest(tx)[1]

    def decide(self, verdict: Verdict = Verdict(), days: int = 0) -> list[int]:  # noqa: B008
        _, waiting = decide(
            self.engine,
            "ukraine",
            verdict,
            by="anna",
            telling=self.world.telling,
            clock=lambda: NOON + timedelta(days=days),
        )
        return list(waiting)


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)


def _much_worse(desk: Desk) -> None:
    desk.stories(MISSILE, 1, 28, a_day=4)
    desk.stories(MISSILE, 29, 112, every=2)


def test_a_draft_says_deteriorated_when_escalation_is_much_more_than_before(desk: Desk) -> None:
    _much_worse(desk)
    (told,) = desk.draft()
    assert told.assessment.trend is Trend.DETERIORATED
    assert not told.assessment.confirmed
    assert desk.called.call.reasons[0].kind == "more"
    assert desk.called.call.method


def test_a_precursor_counts_as_escalation(desk: Desk) -> None:
    desk.stories(MOBILISE, 1, 28, a_day=4)
    desk.stories(MISSILE, 29, 112, every=2)
    desk.draft()
    assert desk.called.call.trend is Trend.DETERIORATED


def test_a_story_that_meets_two_rules_counts_once(desk: Desk) -> None:
    desk.stories(MISSILE, 1, 112, every=7)
    with writing(desk.engine) as tx:
        for number in range(1, 5):
            series.sight(tx, [series.Seen(MOBILISE, "ua", number, 1)], TODAY - timedelta(days=1))
    with reading(desk.engine) as tx:
        (followed,) = following.situations_in_force(tx)
        found = trends.stories_by_day(tx, {MISSILE, MOBILISE}, followed.places, TODAY - timedelta(days=112))
    assert sum(found.values()) == 16


def test_days_that_nobody_collected_make_no_call(desk: Desk) -> None:
    _much_worse(desk)
    with writing(desk.engine) as tx:
        tx.execute(signal.Exposure.__table__.delete())  # type: ignore[attr-defined]
    desk.draft()
    assert desk.called.call.trend is Trend.UNKNOWN


def test_a_new_risk_alert_is_told_at_once_and_once(desk: Desk) -> None:
    desk.stories(MISSILE, 1, 112, every=4)
    assert desk.draft() == ()
    desk.surge(MISSILE, 2, Level.URGENT)
    (told,) = desk.draft(1)
    assert told.assessment.risk_alert
    assert told.assessment.trend is Trend.UNCHANGED
    assert desk.draft(2) == ()


def test_a_warning_of_deescalation_is_a_resolution_opportunity(desk: Desk) -> None:
    desk.stories(MISSILE, 1, 112, every=4)
    desk.surge(TRUCE, 2, Level.WARNING)
    (told,) = desk.draft()
    assert (told.assessment.resolution_opportunity, told.assessment.risk_alert) == (True, False)


def test_a_draft_that_says_the_same_is_kept_fresh_and_not_doubled(desk: Desk) -> None:
    _much_worse(desk)
    desk.draft()
    first = desk.called
    desk.draft(1)
    again = desk.called
    assert again.id == first.id
    assert again.call.as_of == first.call.as_of + timedelta(days=1)


def test_a_confirmed_draft_is_told_as_confirmed_and_stands(desk: Desk) -> None:
    _much_worse(desk)
    desk.draft()
    desk.decide()
    decision = desk.called.decision
    assert decision is not None
    assert (decision.trend, decision.by, decision.reason) == (Trend.DETERIORATED, "anna", "")
    desk.draft(1)
    assert desk.called.decision == decision
    with pytest.raises(BadInput, match="no draft to decide on"):
        desk.decide()


def test_an_override_needs_a_reason_that_readers_see(desk: Desk) -> None:
    _much_worse(desk)
    desk.draft()
    desk.world.person(rules=[], situations=("ukraine",))
    for invisible in ("", " \n", "\u200b", "\x1b\x00"):
        with pytest.raises(BadInput, match="give a reason"):
            desk.decide(Verdict(trend=Trend.UNCHANGED, reason=invisible))
    with pytest.raises(BadInput, match="at most 2000"):
        desk.decide(Verdict(trend=Trend.UNCHANGED, reason="long " * 1000))
    assert desk.called.decision is None
    desk.decide(Verdict(trend=Trend.UNCHANGED, reason="An anniversary, not fighting."))
    (mail,) = desk.world.outbox()
    (told,) = mail.digest.assessments
    assert (told.trend, told.confirmed) == (Trend.UNCHANGED, True)
    assert told.reason == "An anniversary, not fighting."
    assert told.call.trend is Trend.DETERIORATED


def test_confirming_what_was_told_already_mails_nothing_again(desk: Desk) -> None:
    _much_worse(desk)
    assert len(desk.draft()) == 1
    desk.world.person(rules=[], situations=("ukraine",))
    assert desk.decide() == []


def test_figures_that_change_after_a_decision_make_a_new_draft(desk: Desk) -> None:
    _much_worse(desk)
    desk.draft()
    desk.decide()
    desk.surge(MISSILE, 0, Level.URGENT)
    desk.draft(1)
    assert desk.called.decision is None
    with reading(desk.engine) as tx:
        history = trends.history(tx, 1)
    assert [each.decision is not None for each in history] == [False, True]


def test_a_month_after_a_decision_the_same_draft_is_asked_again(desk: Desk) -> None:
    desk.draft()
    desk.decide()
    desk.draft(27)
    assert desk.called.decision is not None
    desk.draft(28)
    assert desk.called.decision is None


def test_a_draft_that_changes_its_mind_replaces_the_one_nobody_decided_on(desk: Desk) -> None:
    desk.stories(MISSILE, 1, 112, every=4)
    desk.draft()
    desk.surge(MISSILE, 0, Level.URGENT)
    desk.draft(1)
    with reading(desk.engine) as tx:
        newest, oldest = trends.history(tx, 1)
    assert oldest.replaced_at == NOON + timedelta(days=1)
    assert newest.replaced_at is None


def test_a_digest_tells_the_last_assessment_of_its_window_once(desk: Desk) -> None:
    desk.world.person(cadence=Cadence.DAILY, rules=[], situations=("ukraine",))
    _much_worse(desk)
    desk.draft()
    desk.decide(Verdict(trend=Trend.UNCHANGED, reason="An anniversary."))
    for _ in range(2):
        desk.world.wait(days=1)
        desk.world.compose()
    told = [mail.digest.assessments for mail in desk.world.outbox()]
    assert [[each.reason for each in digest] for digest in told] == [["An anniversary."]]


def test_a_situation_that_nobody_knows_is_not_decided_on(desk: Desk) -> None:
    with pytest.raises(NotFound, match="no situation 'atlantis'"):
        decide(
            desk.engine,
            "atlantis",
            Verdict(),
            by="anna",
            telling=desk.world.telling,
            clock=lambda: NOON,
        )
