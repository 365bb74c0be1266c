"""A digest as a page shows it: words cleaned and clipped, addresses checked, entries grouped by rule.

Everything a template prints is decided here; templates only arrange it and supply the sentences.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from alerts.digests.comparison import before
from alerts.digests.entry_lines import EntryLine, entry_line
from alerts.digests.fragment import (
    Direction,
    Fragment,
    fragment,
    language_direction,
    proper_name,
    strength,
)
from alerts.digests.link_words import LinkWords
from alerts.digests.rule_lines import CountLine, RuleLine, count_lines, rule_lines
from alerts.digests.signal_lines import AssessmentLine, SurgeLine, assessment_lines, surge_lines
from alerts.digests.signal_words import SignalWords
from alerts.digests.times import Times
from alerts.model import Cadence, Coverage, Digest, Links, Reader

# How many code points of foreign words, and how many lines of a kind, one message spends on them. The
# bounds keep the frame of a message (all but its entries) far below the byte budget.
SUBJECT_LIMIT = 120
CONTACT_LIMIT = 300
MOST_RULES = 40
MOST_SILENT_FEEDS = 12

_USUAL = {
    Cadence.DAILY: timedelta(days=1),
    Cadence.WEEKLY: timedelta(days=7),
    Cadence.MONTHLY: timedelta(days=30),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A rule and the entries for which it is the most severe one; ``total`` counts all there are."""

    rule: RuleLine
    entries: tuple[EntryLine, ...]
    total: int


@dataclass(frozen=True, slots=True)
class SilentLine:
    """A feed that could not be read: since when, and for how long; None: it never could."""

    name: Fragment
    since: str | None
    lasting: str | None


@dataclass(frozen=True, slots=True)
class CoverageLine:
    feeds: int
    read: int
    silent: tuple[SilentLine, ...]
    more: int

    @property
    def missing(self) -> int:
        return self.feeds - self.read


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that can be ended: its name, and the address of the page that ends it."""

    name: Fragment
    url: str


@dataclass(frozen=True, slots=True)
class Page:
    """``total`` counts the window's stories and ``items`` what tells them, ``kept`` the stories frozen with
    the digest, ``entries`` those shown.

    ``signals`` counts the changes noticed, ``assessments`` and ``surges`` are those shown. ``counts`` are the
    rules with stories, compared with the ``days_before`` ('' where there is no comparison), and ``shared``
    when they add up to more than there are, as several found the same; ``quiet`` are the rules without;
    ``followed`` are the rules the reader chose, and ``situations`` the names of what else they follow. Each
    ``more_`` counts the ones left out. ``periods`` counts the usual windows that a late one covers.
    ``held_since`` and ``first_told`` as in a digest; ``update`` is True when the same story was told before.
    """

    language: str
    direction: Direction
    service: Fragment
    contact: Fragment
    cadence: str
    total: int
    items: int
    kept: int
    entries: tuple[EntryLine, ...]
    signals: int
    assessments: tuple[AssessmentLine, ...]
    surges: tuple[SurgeLine, ...]
    counts: tuple[CountLine, ...]
    more_counts: int
    shared: bool
    days_before: str
    quiet: tuple[RuleLine, ...]
    more_quiet: int
    followed: tuple[RuleLine, ...]
    more_followed: int
    situations: tuple[Fragment, ...]
    more_situations: int
    days: str
    since: str
    until: str
    zone: str
    weekday: str
    hour: str
    late: bool
    periods: int
    held_since: str | None
    update: bool
    first_told: str | None
    coverage: CoverageLine | None
    preferences: str
    web: str
    unsubscribe: str
    unsubscribe_everything: str
    unsubscribe_rules: tuple[Ending, ...]
    unsubscribe_situations: tuple[Ending, ...]

    def first(self, most: int) -> Page:
        """The same page with only the first of its signals and entries."""
        surges = max(0, most - len(self.assessments))
        return replace(
            self,
            assessments=self.assessments[:most],
            surges=self.surges[:surges],
            entries=self.entries[: max(0, surges - len(self.surges))],
        )

    def terse(self) -> Page:
        """The same page with few words on who else tells a story."""
        return replace(self, entries=tuple(entry.terse() for entry in self.entries))

    @property
    def length(self) -> int:
        """How many signals and entries there are to be shown."""
        return len(self.assessments) + len(self.surges) + len(self.entries)

    @property
    def more_signals(self) -> int:
        return self.signals - len(self.assessments) - len(self.surges)

    @property
    def empty(self) -> bool:
        """Whether nothing happened that could be told."""
        return not self.total and not self.signals

    @property
    def sections(self) -> tuple[Section, ...]:
        """The entries by their most severe rule, in order."""
        grouped: dict[str, list[EntryLine]] = {}
        for entry in self.entries:
            grouped.setdefault(entry.rules[0].key, []).append(entry)
        led = {count.rule.key: count.led for count in self.counts}
        return tuple(
            Section(found[0].rules[0], tuple(found), max(led.get(key, 0), len(found)))
            for key, found in grouped.items()
        )

    @property
    def severity(self) -> str:
        """The highest severity in a page that has entries."""
        return self.entries[0].rules[0].severity

    @property
    def headline(self) -> str | None:
        """The words of an alert's only entry where they fit in its subject.

        Mail programs show subjects from left to right and strip the characters that would isolate a
        run, so a right-to-left subject must begin and end with a letter of its own direction; and a
        clipped headline ends in an ellipsis, which is none.
        """
        if len(self.entries) != 1 or not self.entries[0].title:
            return None
        title = self.entries[0].title
        if self.direction == "ltr":
            return fragment(title.text, title.language, SUBJECT_LIMIT).text
        ends = {strength(title.text[0]), strength(title.text[-1])}
        return title.text if ends == {"rtl"} and len(title.text) <= SUBJECT_LIMIT else None


def compose(
    digest: Digest,
    reader: Reader,
    links: Links,
    service: str,
    contact: str,
    language: str,
    times: Times,
    words: SignalWords,
) -> Page:
    """The page of one digest in one language, with all its entries."""
    rules, names = rule_lines(digest, dict(links.unsubscribe_rules), words, language)
    counts = count_lines(digest, rules)
    told = {count.rule.key for count in counts} | {surge.rule for surge in digest.surges}
    quiet = [rule for key, rule in rules.items() if key not in told]
    # A rule that comes with a situation is not one that the reader chose or can leave.
    followed = [rule for rule in rules.values() if rule.unsubscribe or not digest.situations]
    told_apart = LinkWords()
    compared = any(count.before is not None for count in counts)
    until = None if digest.cadence is Cadence.IMMEDIATE else digest.window.until
    usual = _USUAL.get(digest.cadence)
    length = digest.window.until - digest.window.since
    return Page(
        language=language,
        direction=language_direction(language),
        service=proper_name(service, language, language),
        contact=fragment(contact, language, CONTACT_LIMIT),
        cadence=digest.cadence.value,
        total=digest.total,
        items=max(digest.items, digest.total),
        kept=len(digest.entries),
        signals=len(digest.assessments) + len(digest.surges),
        assessments=assessment_lines(digest, words, language, times),
        surges=surge_lines(digest, names, words, language, times, told_apart),
        entries=tuple(
            entry_line(entry, rules, words, language, times, told_apart, until) for entry in digest.entries
        ),
        counts=counts[:MOST_RULES],
        more_counts=len(counts[MOST_RULES:]),
        shared=sum(count.stories for count in counts) > digest.total,
        days_before=times.days(before(digest.window)) if compared else "",
        quiet=tuple(quiet[:MOST_RULES]),
        more_quiet=len(quiet[MOST_RULES:]),
        followed=tuple(followed[:MOST_RULES]),
        more_followed=len(followed[MOST_RULES:]),
        situations=tuple(
            proper_name(words.situation(name), language, language) for name in digest.situations[:MOST_RULES]
        ),
        more_situations=len(digest.situations[MOST_RULES:]),
        days=times.days(digest.window),
        since=times.moment(digest.window.since),
        until=times.moment(digest.window.until),
        zone=times.zone_name,
        weekday=times.weekday(reader.weekday),
        hour=f"{reader.hour:02}:{reader.minute:02}",
        late=digest.late,
        periods=max(1, round(length / usual)) if usual else 1,
        held_since=times.moment(digest.held_since) if digest.held_since else None,
        update=bool(digest.root),
        first_told=times.moment(digest.first_told_at) if digest.first_told_at else None,
        coverage=_coverage(digest, language, times),
        preferences=links.preferences,
        web=links.web,
        unsubscribe=links.unsubscribe,
        unsubscribe_everything=links.unsubscribe_everything,
        unsubscribe_rules=tuple(
            Ending(rule.name, rule.unsubscribe) for rule in rules.values() if rule.unsubscribe
        )[:MOST_RULES],
        unsubscribe_situations=tuple(
            Ending(proper_name(words.situation(name), language, language), url)
            for name, url in links.unsubscribe_situations[:MOST_RULES]
        ),
    )


def _coverage(digest: Digest, language: str, times: Times) -> CoverageLine | None:
    coverage: Coverage | None = digest.coverage
    if coverage is None:
        return None
    silent = tuple(
        SilentLine(
            proper_name(feed.title, language, language),
            times.moment(feed.since) if feed.since else None,
            times.lasting(digest.window.until - feed.since) if feed.since else None,
        )
        for feed in coverage.silent[:MOST_SILENT_FEEDS]
    )
    return CoverageLine(coverage.feeds, coverage.read, silent, len(coverage.silent) - len(silent))
