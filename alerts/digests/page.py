"""A digest as a page shows it: words cleaned and clipped, addresses checked, entries grouped by rule.

Everything a template prints is decided here; templates only arrange it and supply the sentences.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from alerts.digests.address import address
from alerts.digests.fragment import (
    Direction,
    Fragment,
    fragment,
    language_direction,
    proper_name,
    strength,
)
from alerts.digests.signal_lines import AssessmentLine, SurgeLine, assessment_lines, story_titles, surge_lines
from alerts.digests.signal_words import SignalWords
from alerts.digests.times import Times
from alerts.model import Coverage, Digest, Entry, Links, Reader, RuleName

# How many code points of foreign words, and how many lines of a kind, one message spends on them. The
# bounds keep the frame of a message (all but its entries) far below the byte budget.
TITLE_LIMIT = 300
SUBJECT_LIMIT = 120
QUOTE_LIMIT = 500
MOST_RULES = 40
MOST_RULES_OF_ENTRY = 5
MOST_SILENT_FEEDS = 12


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule of the reader: how many entries it has here, and the address that unsubscribes from it."""

    key: str
    name: Fragment
    severity: str
    count: int
    unsubscribe: str | None


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry. ``url`` is None when the feed gave no usable address; ``language`` is the name of the
    headline's language when it is not the page's; ``twin`` when another link has the same words. ``outlets``
    and ``origins`` say who else tells the story."""

    url: str | None
    host: str | None
    title: Fragment
    quotes: tuple[Fragment, ...]
    source: Fragment
    language: str | None
    moment: str
    dated: bool
    rules: tuple[RuleLine, ...]
    twin: bool
    outlets: int
    origins: int


@dataclass(frozen=True, slots=True)
class Section:
    """A rule and the entries for which it is the most severe one."""

    rule: RuleLine
    entries: tuple[EntryLine, ...]


@dataclass(frozen=True, slots=True)
class SilentLine:
    name: Fragment
    since: str | None


@dataclass(frozen=True, slots=True)
class CoverageLine:
    feeds: int
    read: int
    silent: tuple[SilentLine, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Page:
    """``total`` counts the window's items, ``kept`` those frozen with the digest, ``entries`` those shown.

    ``signals`` counts the changes noticed, ``assessments`` and ``surges`` are those shown. ``hits`` are the
    rules with entries, ``quiet`` those with nothing; ``followed`` are the rules the reader chose, and
    ``situations`` the names of what else they follow. Each ``more_`` counts the ones left out.
    """

    language: str
    direction: Direction
    service: Fragment
    cadence: str
    total: int
    kept: int
    entries: tuple[EntryLine, ...]
    signals: int
    assessments: tuple[AssessmentLine, ...]
    surges: tuple[SurgeLine, ...]
    hits: tuple[RuleLine, ...]
    more_hits: int
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
    coverage: CoverageLine | None
    unsubscribe: str
    unsubscribe_everything: str
    unsubscribe_rules: tuple[RuleLine, ...]

    def first(self, most: int) -> Page:
        """The same page with only the first of its signals and entries."""
        surges = max(0, most - len(self.assessments))
        return replace(
            self,
            assessments=self.assessments[:most],
            surges=self.surges[:surges],
            entries=self.entries[: max(0, surges - len(self.surges))],
        )

    @property
    def length(self) -> int:
        """How many signals and entries there are to be shown."""
        return len(self.assessments) + len(self.surges) + len(self.entries)

    @property
    def more_signals(self) -> int:
        return self.signals - len(self.assessments) - len(self.surges)

    @property
    def sections(self) -> tuple[Section, ...]:
        """The entries by their most severe rule, in order."""
        grouped: dict[str, list[EntryLine]] = {}
        for entry in self.entries:
            grouped.setdefault(entry.rules[0].key, []).append(entry)
        return tuple(Section(group[0].rules[0], tuple(group)) for group in grouped.values())

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
    language: str,
    times: Times,
    words: SignalWords,
) -> Page:
    """The page of one digest in one language, with all its entries."""
    stop = dict(links.unsubscribe_rules)
    counts = Counter(rule.key for entry in digest.entries for rule in entry.rules)
    names = {rule.key: rule for entry in digest.entries for rule in entry.rules}
    names.update((rule.key, rule) for rule in digest.rules)

    def line(rule: RuleName) -> RuleLine:
        name = proper_name(rule.name or rule.key, language, language)
        return RuleLine(rule.key, name, rule.severity.value, counts[rule.key], stop.get(rule.key))

    rules = {
        rule.key: line(rule)
        for rule in sorted(names.values(), key=lambda rule: (rule.severity.rank, rule.key))
    }
    hits = [rule for rule in rules.values() if rule.count]
    surging = {surge.rule for surge in digest.surges}
    quiet = [rule for rule in rules.values() if not rule.count and rule.key not in surging]
    # A rule that comes with a situation is not one that the reader chose or can leave.
    followed = [rule for rule in rules.values() if rule.unsubscribe or not digest.situations]
    titles = story_titles(digest)
    return Page(
        language=language,
        direction=language_direction(language),
        service=proper_name(service, language, language),
        cadence=digest.cadence.value,
        total=digest.total,
        kept=len(digest.entries),
        entries=tuple(_entry_line(entry, rules, titles, language, times) for entry in digest.entries),
        signals=len(digest.assessments) + len(digest.surges),
        assessments=assessment_lines(digest, words, language, times),
        surges=surge_lines(digest, names, words, language, times),
        hits=tuple(hits[:MOST_RULES]),
        more_hits=len(hits[MOST_RULES:]),
        quiet=tuple(quiet[:MOST_RULES]),
        more_quiet=len(quiet[MOST_RULES:]),
        followed=tuple(followed[:MOST_RULES]),
        more_followed=len(followed[MOST_RULES:]),
        situations=tuple(proper_name(name, language, language) for name in digest.situations[:MOST_RULES]),
        more_situations=len(digest.situations[MOST_RULES:]),
        days=times.days(digest.window),
        since=times.moment(digest.window.since),
        until=times.moment(digest.window.until),
        zone=times.zone_name,
        weekday=times.weekday(reader.weekday),
        hour=f"{reader.hour:02}:00",
        late=digest.late,
        coverage=_coverage(digest.coverage, language, times),
        unsubscribe=links.unsubscribe,
        unsubscribe_everything=links.unsubscribe_everything,
        unsubscribe_rules=tuple(rule for rule in rules.values() if rule.unsubscribe)[:MOST_RULES],
    )


def _entry_line(
    entry: Entry, rules: dict[str, RuleLine], titles: Counter[str], language: str, times: Times
) -> EntryLine:
    url = address(entry.url)
    host = (urlsplit(url).hostname or "").removeprefix("www.") if url else None
    title = fragment(entry.title, entry.language, TITLE_LIMIT)
    same_language = title.language.split("-")[0] == language.split("-")[0]
    return EntryLine(
        url=url,
        host=host,
        title=title,
        quotes=tuple(fragment(quote, entry.language, QUOTE_LIMIT) for quote in entry.quotes),
        source=proper_name(entry.source or host or "", entry.language, language),
        language=None if same_language else times.language_name(title.language),
        moment=times.moment(entry.published_at),
        dated=entry.dated,
        rules=tuple(rules[rule.key] for rule in entry.rules[:MOST_RULES_OF_ENTRY]),
        twin=titles[entry.title.text] > 1,
        outlets=entry.outlets,
        origins=entry.origins,
    )


def _coverage(coverage: Coverage | None, language: str, times: Times) -> CoverageLine | None:
    if coverage is None:
        return None
    silent = tuple(
        SilentLine(
            proper_name(feed.title, language, language), times.moment(feed.since) if feed.since else None
        )
        for feed in coverage.silent[:MOST_SILENT_FEEDS]
    )
    return CoverageLine(coverage.feeds, coverage.read, silent, len(coverage.silent) - len(silent))
