"""Signals in a reader's words: what surged, where a situation went, what speaks for and against it.

Every sentence states one fact with its figures. Names of rules and of situations may be anybody's and stay
out of the sentences; whoever prints them sees to their direction.
"""

from __future__ import annotations

from datetime import date
from gettext import NullTranslations

from alerts.digests.figures import amount, percent, place_name
from alerts.digests.naming import called
from alerts.digests.reason_words import reason_sentence
from alerts.digests.times import Times
from alerts.model import Assessment, Level, Reason, Surge, Trend

RAREST = 10_000
"""Of what chance does less often than once in so many days, only that is said; nor is what is usual less
often told exactly."""

_OFTEN = 0.1
"""From this probability on a chance is told in percent."""

_SELDOM = 0.1
"""What is usual less often than so many times a day is told as once in so many days."""

_ARROWS = {Trend.DETERIORATED: "↓", Trend.IMPROVED: "↑", Trend.UNCHANGED: "↔"}


class SignalWords:
    """One reader's words: ``translations`` of their language, ``times`` of their zone and locale."""

    def __init__(self, translations: NullTranslations, times: Times) -> None:
        self._words = translations
        self._times = times

    def rule(self, name: str) -> str:
        """What a rule of that name is called."""
        return called(name, "rule", self._words)

    def situation(self, name: str) -> str:
        """What a situation of that name is called."""
        return called(name, "situation", self._words)

    # --- surges -------------------------------------------------------------------------------

    def level(self, level: Level) -> str:
        """What a surge of this level is called, such as *Urgent surge*."""
        if level is Level.URGENT:
            return self._words.gettext("Urgent surge")
        if level is Level.WARNING:
            return self._words.gettext("Surge warning")
        return self._words.gettext("Surge watch")

    def place(self, key: str) -> str:
        """The name of a country from its key, such as *North Korea*; '' for everywhere."""
        return place_name(key, self._times.locale)

    def surge_sentences(self, surge: Surge) -> tuple[str, ...]:
        """How many stories came, how many are usual, how often chance alone brings as many, and when the
        first of them was seen."""
        came = self.came(surge.observed, surge.days, surge.sources)
        sentences = (came, self.usual(surge.usual), self.by_chance(surge.p))
        if surge.first_seen_at is None:
            return sentences
        seen = self._words.gettext("First seen %(time)s.")
        return (*sentences, seen % {"time": self._times.moment(surge.first_seen_at)})

    def came(self, observed: int, window: int, sources: int | None) -> str:
        """How many stories came within so many days, and from how many publishers, if that is known."""
        stories = self._words.ngettext("%(count)s story", "%(count)s stories", observed)
        days = self._words.ngettext("in %(count)s day", "in %(count)s days", window)
        told = {
            "stories": stories % {"count": self._amount(observed)},
            "days": days % {"count": self._amount(window)},
        }
        if sources is None:
            return self._words.gettext("%(stories)s %(days)s.") % told
        publishers = self._words.ngettext(
            "from %(count)s independent publisher", "from %(count)s independent publishers", sources
        )
        told["publishers"] = publishers % {"count": self._amount(sources)}
        return self._words.gettext("%(stories)s %(days)s, %(publishers)s.") % told

    def usual(self, a_day: float) -> str:
        """How many stories are usual, from their number a day."""
        if a_day * RAREST < 1:
            usual = self._words.gettext("Usual is next to none")
        elif a_day < _SELDOM:
            days = round(1 / a_day)
            usual = self._words.ngettext(
                "Usual is one in %(count)s day", "Usual is one in %(count)s days", days
            )
            usual %= {"count": self._amount(days)}
        else:
            usual = self._words.gettext("Usual is %(amount)s a day") % {"amount": self._amount(a_day)}
        basis = self._words.gettext("%(usual)s (last four weeks, adjusted for how much was collected).")
        return basis % {"usual": usual}

    def by_chance(self, p: float) -> str:
        """How often chance alone brings as much, from its probability on one day."""
        if p >= _OFTEN:
            often = self._words.gettext("By chance on %(percent)s of such days.")
            return often % {"percent": percent(p, self._times.locale)}
        if p * RAREST < 1:
            days = RAREST
            once = self._words.ngettext(
                "By chance less than once in %(count)s such day.",
                "By chance less than once in %(count)s such days.",
                days,
            )
        else:
            days = int(float(f"{1 / p:.2g}"))
            once = self._words.ngettext(
                "By chance about once in %(count)s such day.",
                "By chance about once in %(count)s such days.",
                days,
            )
        return once % {"count": self._amount(days)}

    # --- situations ---------------------------------------------------------------------------

    def trend(self, trend: Trend) -> str:
        """Where a situation went, such as *deteriorated situation*: words to stand within a line."""
        if trend is Trend.DETERIORATED:
            return self._words.gettext("deteriorated situation")
        if trend is Trend.IMPROVED:
            return self._words.gettext("improved situation")
        if trend is Trend.UNCHANGED:
            return self._words.gettext("unchanged situation")
        return self._words.gettext("not enough data")

    def arrow(self, trend: Trend) -> str:
        """The arrow that may stand before these words, never alone; '' without data."""
        return _ARROWS.get(trend, "")

    @property
    def quieter(self) -> str:
        """What is added to an unchanged situation with much less news and no sign of peace."""
        return self._words.gettext("much less news than before")

    @property
    def risk_alert(self) -> str:
        return self._words.gettext("conflict risk alert")

    @property
    def resolution_opportunity(self) -> str:
        return self._words.gettext("resolution opportunity")

    def marks(self, assessment: Assessment) -> tuple[str, ...]:
        """What an assessment says besides the trend: conflict risk alert, resolution opportunity, quieter."""
        quieter = assessment.call.quieter and assessment.trend is Trend.UNCHANGED
        return (
            *((self.risk_alert,) if assessment.risk_alert else ()),
            *((self.resolution_opportunity,) if assessment.resolution_opportunity else ()),
            *((self.quieter,) if quieter else ()),
        )

    def authority(self, assessment: Assessment) -> str:
        """Who says so: the machine, or an editor, and whether they agree."""
        if not assessment.confirmed:
            return self._words.gettext("media signal (machine draft)")
        draft = assessment.call
        drafted = (draft.trend, draft.risk_alert, draft.resolution_opportunity)
        if drafted == (assessment.trend, assessment.risk_alert, assessment.resolution_opportunity):
            return self._words.gettext("confirmed by an editor")
        return self._words.gettext("decided by an editor, against the machine draft")

    def reason_sentence(self, reason: Reason, as_of: date) -> str:
        """A reason of the call of that day, as one or two full sentences."""
        return reason_sentence(reason, as_of, self._words, self._times)

    def _amount(self, value: float) -> str:
        return amount(value, self._times.locale)


def capitalised(words: str) -> str:
    """Words that may stand within a line, at the beginning of one."""
    return words[:1].upper() + words[1:]
