"""The pages of situations as they are shown: words cleaned, sentences written, drawings drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from alerts.digests.fragment import Direction, Fragment, clean, fragment
from alerts.digests.times import Times
from alerts.language.fold import fold
from alerts.model import Reason, Surge, Trend, TrendCall
from alerts.services.situation_days import ShownDay
from alerts.services.situation_stand import Stand, stand_of
from alerts.services.situation_view import Line, SituationView, ToldStory, Urgency
from alerts.store.situation_stories import Teller
from alerts.store.trends import Called
from alerts.web.discreet import discreet
from alerts.web.situations.regions import regions
from alerts.web.situations.situation_lines import (
    CallLine,
    DayLine,
    MonthLine,
    OverviewLine,
    Page,
    StandLine,
    StoryLine,
    StoryLink,
    SurgeLine,
)
from alerts.web.situations.situation_words import SituationWords
from alerts.web.situations.timeline import spark, timeline

_TITLE_LIMIT = 300
_NAME_LIMIT = 100
_LONGEST_LINK = 2000
_RISKS, _HOPES = frozenset(("urgent", "warnings", "precursor")), frozenset(("opportunity",))
_AHEAD = _RISKS | _HOPES | {"calm"}
"""Kinds of reasons that are about the month ahead, see ``alerts.warning.trend``."""

TELLERS_SHOWN = 6
SOURCES_SHOWN = 30


class Composer:
    """Writes pages for one language. ``named``: with the names of the editors who decided."""

    def __init__(
        self, words: SituationWords, times: Times, direction: Direction, *, named: bool = False
    ) -> None:
        self._words, self._times, self._direction, self._named = words, times, direction, named

    @property
    def trends(self) -> tuple[tuple[str, str], ...]:
        """All trends there are, with what they are called."""
        return tuple((each.value, self._words.trend(each)) for each in Trend)

    def overview(self, lines: Iterable[Line]) -> tuple[OverviewLine, ...]:
        """Situations to look at first before the quiet ones, then by name."""
        ordered = sorted(
            lines, key=lambda line: (-line.urgency, fold(self._words.signals.situation(line.name)))
        )
        return tuple(map(self._overview_line, ordered))

    def _overview_line(self, line: Line) -> OverviewLine:
        return OverviewLine(
            key=line.key,
            name=clean(self._words.signals.situation(line.name)),
            regions=regions(line.places, self._times.locale),
            stand=self.stand(line.stand) if line.stand else None,
            newer=self.stand(line.newer) if line.newer else None,
            alarm=self._words.signals.level(line.alarm) if line.alarm else "",
            level=line.alarm.value if line.alarm else "",
            loud=line.urgency is not Urgency.NONE,
            called=line.stand is not None and (line.stand.confirmed or line.stand.trend is not Trend.UNKNOWN),
            spark=spark(line.days, self._words.spark(line.days), self._direction),
            retired=line.retired,
        )

    def stand(self, stand: Stand) -> StandLine:
        said, call = self._words, stand.call
        reasons = sorted(call.reasons, key=lambda each: each.kind not in _foremost(call))
        first, rest = (None, reasons) if stand.reason or not reasons else (reasons[0], reasons[1:])

        def told(reasons: Iterable[Reason]) -> tuple[str, ...]:
            return tuple(said.signals.reason_sentence(each, call.as_of) for each in reasons)

        of_trend = [each for each in rest if each.kind not in _AHEAD]
        differs = (call.trend, call.risk_alert, call.resolution_opportunity) != (
            stand.trend,
            stand.risk_alert,
            stand.resolution_opportunity,
        )
        return StandLine(
            trend=stand.trend,
            word=said.trend(stand.trend),
            quieter=stand.quieter,
            risk_alert=stand.risk_alert,
            resolution_opportunity=stand.resolution_opportunity,
            confirmed=stand.confirmed,
            by=clean(stand.by) if self._named else "",
            at=said.day(stand.at.date()),
            iso=_iso(stand.at),
            sentence=told([first])[0] if first else clean(stand.reason),
            own=bool(stand.reason),
            pro=told(each for each in of_trend if each.supports),
            con=told(each for each in of_trend if not each.supports),
            ahead=told(each for each in rest if each.kind in _AHEAD),
            other=self._said(stand) if differs else "",
            method=call.method,
        )

    def _said(self, stand: Stand) -> str:
        call, words = stand.call, self._words.signals
        marks = [words.risk_alert] if call.risk_alert else []
        marks += [words.resolution_opportunity] if call.resolution_opportunity else []
        return ", ".join([self._words.trend(call.trend), *marks])

    def page(self, view: SituationView) -> Page:
        words, days = self._words, view.line.days
        rules = {key: words.signals.rule(name) for key, name in view.rule_names.items()}
        marks = words.marks(view.marks, rules)
        return Page(
            line=self._overview_line(view.line),
            places=tuple(words.signals.place(each) for each in view.line.places),
            rules=tuple(sorted(map(clean, rules.values()), key=fold)),
            drawing=timeline(days, marks, words.drawing(days, len(view.marks)), self._direction),
            sentence=words.sentence(days, len(view.marks)),
            days=tuple(self._day(day) for day in reversed(days)),
            surges=tuple(self._surge(each, rules) for each in view.surges),
            kinds=self._kinds(view),
            stories=words.stories(view.stories),
            sources=tuple(
                (self._source(name), words.stories(count)) for name, count in view.sources[:SOURCES_SHOWN]
            ),
            more_sources=max(0, len(view.sources) - SOURCES_SHOWN),
            months=tuple(self.month(each.first, each.stand) for each in view.months),
            history=tuple(self._call(each) for each in view.history),
            draft=self.stand(stand_of(view.draft)) if view.draft else None,
        )

    def month(self, first: date, stand: Stand | None = None) -> MonthLine:
        words = self._words
        return MonthLine(
            words.month(first),
            words.short_month(first),
            f"{first:%Y-%m}",
            self.stand(stand) if stand else None,
        )

    def _day(self, day: ShownDay) -> DayLine:
        words = self._words
        return DayLine(
            day=words.day(day.date),
            iso=day.date.isoformat(),
            seen=day.seen,
            over=day.over,
            escalation=words.count(day.escalation),
            escalation_band=words.band(day.escalation_band),
            deescalation=words.count(day.deescalation),
            deescalation_band=words.band(day.deescalation_band),
        )

    def _surge(self, surge: Surge, rule_names: Mapping[str, str]) -> SurgeLine:
        return SurgeLine(
            level=surge.level,
            word=self._words.signals.level(surge.level),
            rule=clean(rule_names.get(surge.rule, surge.rule)),
            place=self._words.signals.place(surge.place),
            day=self._words.day(surge.day),
            iso=surge.day.isoformat(),
            sentences=self._words.signals.surge_sentences(surge),
            stories=tuple(
                StoryLink(
                    fragment(each.title, each.language, _TITLE_LIMIT),
                    _link(each.url),
                    self._source(each.source),
                )
                for each in surge.stories
            ),
        )

    def _kinds(self, view: SituationView) -> tuple[tuple[str, tuple[StoryLine, ...]], ...]:
        """Kinds that have the same heading, as those without a name of theirs, are told together."""
        found: dict[str, list[StoryLine]] = {}
        for kind, told in view.kinds:
            found.setdefault(self._words.kind(kind), []).extend(map(self._story, told))
        return tuple((heading, tuple(lines)) for heading, lines in found.items())

    def _story(self, story: ToldStory) -> StoryLine:
        lead = story.told.lead
        others = [each for each in story.tellers if each.source != lead.source]
        return StoryLine(
            lead=StoryLink(
                fragment(lead.title, lead.language, _TITLE_LIMIT), _link(lead.url), self._source(lead.source)
            ),
            widely=self._words.widely(story.tally),
            at=self._times.moment(story.told.first_seen_at),
            iso=_iso(story.told.first_seen_at),
            language=self._times.language_name(lead.language),
            others=tuple(self._teller(each) for each in others[:TELLERS_SHOWN]),
            more=max(0, len(others) - TELLERS_SHOWN),
        )

    def _teller(self, teller: Teller) -> tuple[Fragment, str | None]:
        return self._source(teller.source), _link(teller.url)

    def _source(self, name: str) -> Fragment:
        return fragment(discreet(name), "und", _NAME_LIMIT)

    def _call(self, called: Called) -> CallLine:
        draft = self.stand(
            stand_of(Called(called.id, called.situation_id, called.made_at, called.call, None, None))
        )
        decision = self.stand(stand_of(called)) if called.decision else None
        return CallLine(
            draft=draft,
            decision=decision,
            agreed=decision is not None and not decision.other,
            replaced=self._words.day(called.replaced_at.date()) if called.replaced_at else "",
        )


def _foremost(call: TrendCall) -> frozenset[str]:
    """The kinds of reasons that come first: without a trend, what makes an alert or an opportunity."""
    if call.trend is not Trend.UNKNOWN:
        return frozenset()
    return _RISKS if call.risk_alert else _HOPES if call.resolution_opportunity else frozenset()


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _link(url: str) -> str | None:
    return url if url.startswith(("http://", "https://")) and len(url) <= _LONGEST_LINK else None
