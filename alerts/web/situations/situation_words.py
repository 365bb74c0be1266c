"""What the pages of situations say in their reader's language, beyond the sentences of signals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from gettext import NullTranslations
from itertools import groupby

from babel import dates

from alerts.digests.figures import amount
from alerts.digests.fragment import clean, direction, language_direction
from alerts.digests.plain import isolate
from alerts.digests.sentences import in_a_row
from alerts.digests.signal_words import SignalWords, capitalised
from alerts.digests.times import Times
from alerts.model import Surge, Trend
from alerts.services.situation_days import Band, ShownDay
from alerts.store.stories import Tally
from alerts.web.situations.timeline import Mark, Words


class SituationWords:
    """One reader's words: ``translations`` of their language, ``times`` of their locale in UTC."""

    def __init__(self, translations: NullTranslations, times: Times) -> None:
        self._words = translations
        self._times = times
        self._page = language_direction(str(times.locale))
        self.signals = SignalWords(translations, times)

    def day(self, on: date) -> str:
        """Long date, such as *November 19, 2026*."""
        return self._times.day(on)

    def short_day(self, on: date) -> str:
        """Month and day, such as *Nov 19*."""
        return str(dates.format_skeleton("MMMd", on, locale=self._times.locale))

    def month(self, first: date) -> str:
        """Month and year, such as *November 2026*."""
        return capitalised(str(dates.format_skeleton("yMMMM", first, locale=self._times.locale)))

    def short_month(self, first: date) -> str:
        """The same in short: *Nov 2026*."""
        return capitalised(str(dates.format_skeleton("yMMM", first, locale=self._times.locale)))

    def count(self, number: float) -> str:
        return amount(number, self._times.locale)

    def trend(self, trend: Trend) -> str:
        """Where a situation went, in a word or two that can stand alone."""
        if trend is Trend.DETERIORATED:
            return self._words.gettext("Deteriorated")
        if trend is Trend.IMPROVED:
            return self._words.gettext("Improved")
        if trend is Trend.UNCHANGED:
            return self._words.gettext("Unchanged")
        return self._words.gettext("Not enough data")

    def kind(self, kind: str) -> str:
        """The heading over items of a kind of publication; that of plain news for kinds without a name."""
        gettext = self._words.gettext
        headings = {
            "briefing": gettext("Briefings"),
            "report": gettext("Reports"),
            "situation-report": gettext("Situation reports"),
            "q-and-a": gettext("Questions and answers"),
            "commentary": gettext("Commentary"),
            "editorial": gettext("Editorials"),
            "analysis": gettext("Analysis"),
            "statement": gettext("Statements"),
            "press-release": gettext("Press releases"),
            "in-the-news": gettext("In the news"),
            "watch-list": gettext("Watch lists"),
            "alert": gettext("Alerts"),
            "interview": gettext("Interviews"),
            "speech": gettext("Speeches"),
            "podcast": gettext("Podcasts"),
            "video": gettext("Videos"),
            "photos": gettext("Photos"),
            "live": gettext("Live coverage"),
            "map": gettext("Maps"),
            "event": gettext("Events"),
        }
        return headings.get(kind) or gettext("News")

    def widely(self, tally: Tally) -> str:
        """How widely a story is told: *9 outlets, 2 independent*."""
        outlets = self._words.ngettext("%(count)s outlet", "%(count)s outlets", tally.outlets)
        outlets %= {"count": self.count(tally.outlets)}
        if tally.outlets == 1:
            return outlets
        own = self._words.ngettext("%(count)s independent", "%(count)s independent", tally.origins)
        told = {"outlets": outlets, "independent": own % {"count": self.count(tally.origins)}}
        return self._words.gettext("%(outlets)s, %(independent)s") % told

    def stories(self, number: int) -> str:
        found = self._words.ngettext("%(count)s story", "%(count)s stories", number)
        return found % {"count": self.count(number)}

    def _surge(self, surge: Surge, rule: str) -> str:
        """What a surge is called and whose it is: the rule's name and the place."""
        name = clean(rule)
        told = {
            "level": self.signals.level(surge.level),
            "rule": isolate(name, direction(name, "und"), self._page),
            "place": self.signals.place(surge.place),
        }
        return self._words.gettext("%(level)s: %(rule)s, %(place)s") % told

    # --- the timeline -------------------------------------------------------------------------

    def band(self, band: Band | None) -> str:
        """What was to be expected: *2–20*; '' when nothing could be said."""
        if band is None:
            return ""
        low, high = map(self.count, band)
        return low if low == high else f"{low}–{high}"

    def told(self, day: ShownDay) -> str:
        """One day in a line."""
        on = self.day(day.date)
        if not day.seen:
            figures = self._words.gettext("not collected")
        else:
            semicolon = self._words.pgettext("between the parts of a list", "; ")
            parts = [
                self._escalation(day.escalation, day.escalation_band),
                self._deescalation(day.deescalation, day.deescalation_band),
                *([] if day.over else [self._words.gettext("the day is not over")]),
            ]
            figures = semicolon.join(parts)
        return self._words.gettext("%(day)s: %(figures)s") % {"day": on, "figures": figures}

    def _escalation(self, count: int, band: Band | None) -> str:
        told = {"count": self.count(count), "band": self.band(band)}
        if band is None:
            return self._words.gettext("escalation %(count)s") % told
        return self._words.gettext("escalation %(count)s (expected %(band)s)") % told

    def _deescalation(self, count: int, band: Band | None) -> str:
        told = {"count": self.count(count), "band": self.band(band)}
        if band is None:
            return self._words.gettext("de-escalation %(count)s") % told
        return self._words.gettext("de-escalation %(count)s (expected %(band)s)") % told

    def sentence(self, days: Sequence[ShownDay], surges: int) -> str:
        """The timeline in a few sentences, for those who do not see it."""
        seen = [day for day in days if day.seen]
        told = {
            "days": self._days(len(days)),
            "last": self.day(days[-1].date),
            "stories": self.stories(sum(day.escalation for day in seen)),
            "peace": self.stories(sum(day.deescalation for day in seen)),
            "surges": self._surges(surges),
        }
        sentences = [
            self._words.gettext(
                "%(days)s to %(last)s: %(stories)s of escalation, %(peace)s of de-escalation, %(surges)s."
            )
            % told
        ]
        busiest = max(seen, key=lambda day: day.escalation, default=None)
        if busiest is not None and busiest.escalation:
            most = self._words.gettext("Most escalation on %(day)s: %(stories)s.")
            sentences.append(
                most % {"day": self.day(busiest.date), "stories": self.stories(busiest.escalation)}
            )
        if len(seen) < len(days):
            missing = self._words.gettext("Nothing was collected on %(days)s.")
            sentences.append(missing % {"days": self._days(len(days) - len(seen))})
        return in_a_row(sentences, self._words)

    def _days(self, number: int) -> str:
        return self._words.ngettext("%(count)s day", "%(count)s days", number) % {"count": self.count(number)}

    def _surges(self, number: int) -> str:
        found = self._words.ngettext("%(count)s surge", "%(count)s surges", number)
        return found % {"count": self.count(number)}

    def spark(self, days: Sequence[ShownDay]) -> str:
        """What a small timeline shows."""
        told = {"days": self._days(len(days)), "stories": self.stories(sum(day.escalation for day in days))}
        return self._words.gettext("%(stories)s of escalation in %(days)s") % told

    def drawing(self, days: Sequence[ShownDay], surges: int) -> Words:
        return Words(
            title=self._words.gettext("Stories a day"),
            description=self.sentence(days, surges),
            unseen=capitalised(self._words.gettext("not collected")),
            told=self.told,
            dated=self.short_day,
        )

    def marks(self, surges: Iterable[Surge], rule_names: dict[str, str]) -> tuple[Mark, ...]:
        """The surges of each day as one mark."""
        marks = []
        by_day = sorted(surges, key=lambda surge: (surge.day, -surge.level.rank, surge.p))
        for day, found in groupby(by_day, key=lambda surge: surge.day):
            of_day = list(found)
            lines = [self._surge(each, rule_names.get(each.rule, each.rule)) for each in of_day]
            level = of_day[0].level
            marks.append(Mark(day, level, self.signals.level(level), "\n".join([self.day(day), *lines])))
        return tuple(marks)
