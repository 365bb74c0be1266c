"""The reasons of a trend call as sentences, one for each kind that ``alerts.warning.trend`` lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from gettext import NullTranslations
from types import MappingProxyType

from babel import Locale

from alerts.digests.figures import amount, hundredths, likelihood, percent
from alerts.digests.sentences import in_a_row
from alerts.digests.times import Times
from alerts.model import Reason


@dataclass(frozen=True, slots=True)
class _Told:
    """A reason's figures, and in which words they are told."""

    words: NullTranslations
    times: Times
    figures: Mapping[str, float]
    as_of: date

    @property
    def locale(self) -> Locale:
        return self.times.locale

    def amount(self, name: str) -> str:
        return amount(self.figures[name], self.locale)

    def share(self, name: str) -> str:
        """A figure that is in percent already."""
        return percent(self.figures[name] / 100, self.locale)

    def sentences(self, *sentences: str) -> str:
        return in_a_row(sentences, self.words)

    @property
    def probability(self) -> str:
        return likelihood(self.figures["probability"], self.locale)

    @property
    def day(self) -> str:
        return self.times.day(self.as_of - timedelta(days=round(self.figures["days_ago"])))


def reason_sentence(reason: Reason, as_of: date, words: NullTranslations, times: Times) -> str:
    """The reason of a call of that day. One of a kind that has no sentence any more is told by its name and
    figures: what was stored is told for ever."""
    told = _Told(words, times, dict(reason.numbers), as_of)
    sentence = _SENTENCES.get(reason.kind)
    if sentence is not None:
        return sentence(told)
    figures = ", ".join(f"{name} {told.amount(name)}" for name in told.figures)
    return f"{reason.kind}: {figures}" if figures else reason.kind


def _reports(told: _Told) -> str:
    sentence = told.words.ngettext(
        "%(count)s report of escalation in four weeks, where %(usual)s would be usual.",
        "%(count)s reports of escalation in four weeks, where %(usual)s would be usual.",
        round(told.figures["recent"]),
    )
    return sentence % {"count": told.amount("recent"), "usual": told.amount("usual")}


def _more(told: _Told) -> str:
    sentence = told.words.gettext("That is %(ratio)s times the rate; a rise is %(probability)s probable.")
    figures = {"ratio": told.amount("ratio"), "probability": told.probability}
    return told.sentences(_reports(told), sentence % figures)


def _fewer(told: _Told) -> str:
    sentence = told.words.gettext("That is %(ratio)s times the rate; a fall is %(probability)s probable.")
    figures = {"ratio": told.amount("ratio"), "probability": told.probability}
    return told.sentences(_reports(told), sentence % figures)


def _steady(told: _Told) -> str:
    return told.sentences(_reports(told), told.words.gettext("That is about the same."))


def _chance(told: _Told) -> str:
    sentence = told.words.gettext(
        "The change may be chance: it is real with a probability of only %(probability)s."
    )
    return sentence % {"probability": told.probability}


def _slight(told: _Told) -> str:
    sentence = told.words.gettext(
        "The change is sure but slight: %(ratio)s times the rate, where it takes %(limit)s times."
    )
    figures = {name: hundredths(told.figures[name], told.locale) for name in ("ratio", "limit")}
    return sentence % figures


def _share(told: _Told) -> str:
    sentence = told.words.ngettext(
        "De-escalation is %(share)s of the news of four weeks (%(count)s report); before it was %(before)s.",
        "De-escalation is %(share)s of the news of four weeks (%(count)s reports); before it was %(before)s.",
        round(told.figures["recent"]),
    )
    figures = {"count": told.amount("recent"), "share": told.share("share"), "before": told.share("before")}
    return sentence % figures


def _peace(told: _Told) -> str:
    sentence = told.words.gettext("That it is a larger part now is %(probability)s probable.")
    return told.sentences(_share(told), sentence % {"probability": told.probability})


def _no_peace(told: _Told) -> str:
    return told.sentences(told.words.gettext("There is no sure sign of peace."), _share(told))


def _few(told: _Told) -> str:
    sentence = told.words.ngettext(
        "%(count)s report in sixteen weeks; at least %(limit)s are needed.",
        "%(count)s reports in sixteen weeks; at least %(limit)s are needed.",
        round(told.figures["reports"]),
    )
    return sentence % {"count": told.amount("reports"), "limit": told.amount("limit")}


def _unseen(told: _Told) -> str:
    sentence = told.words.ngettext(
        "News was read on %(count)s day of %(days)s; at least %(limit)s are needed.",
        "News was read on %(count)s days of %(days)s; at least %(limit)s are needed.",
        round(told.figures["seen"]),
    )
    return sentence % {
        "count": told.amount("seen"),
        "days": told.amount("days"),
        "limit": told.amount("limit"),
    }


def _gaps(told: _Told) -> str:
    sentence = told.words.ngettext(
        "Nothing was read on %(count)s day of %(days)s; it counts neither way.",
        "Nothing was read on %(count)s days of %(days)s; they count neither way.",
        round(told.figures["missing"]),
    )
    return sentence % {"count": told.amount("missing"), "days": told.amount("days")}


def _urgent(told: _Told) -> str:
    return told.words.gettext("Urgent surge of escalation on %(date)s.") % {"date": told.day}


def _warnings(told: _Told) -> str:
    sentence = told.words.ngettext(
        "Surge warning for escalation on %(count)s of the last %(days)s days.",
        "Surge warnings for escalation on %(count)s of the last %(days)s days.",
        round(told.figures["warnings"]),
    )
    return sentence % {"count": told.amount("warnings"), "days": told.amount("days")}


def _precursor(told: _Told) -> str:
    sentence = told.words.gettext("Surge on %(date)s of what tends to come before fighting.")
    return sentence % {"date": told.day}


def _opportunity(told: _Told) -> str:
    return told.words.gettext("Surge of de-escalation on %(date)s.") % {"date": told.day}


def _calm(told: _Told) -> str:
    sentence = told.words.ngettext(
        "No surge in the last %(count)s day that would make a conflict risk alert.",
        "No surges in the last %(count)s days that would make a conflict risk alert.",
        round(told.figures["days"]),
    )
    return sentence % {"count": told.amount("days")}


_SENTENCES: Mapping[str, Callable[[_Told], str]] = MappingProxyType(
    {
        "more": _more,
        "fewer": _fewer,
        "steady": _steady,
        "chance": _chance,
        "slight": _slight,
        "peace": _peace,
        "no-peace": _no_peace,
        "few": _few,
        "unseen": _unseen,
        "gaps": _gaps,
        "urgent": _urgent,
        "warnings": _warnings,
        "precursor": _precursor,
        "opportunity": _opportunity,
        "calm": _calm,
    }
)
