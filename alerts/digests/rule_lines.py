"""Rules as a page shows them: what each found, compared with the time before. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.digests.fragment import Fragment, proper_name
from alerts.digests.signal_words import SignalWords
from alerts.model import Digest, RuleCount, RuleName


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule of the reader, and the address that unsubscribes from it."""

    key: str
    name: Fragment
    severity: str
    unsubscribe: str | None


@dataclass(frozen=True, slots=True)
class CountLine:
    """How many stories a rule found, and in the time before (None: not comparable). ``led`` are those for
    which it is the most severe rule. ``share`` and ``share_before`` are percent of the highest number."""

    rule: RuleLine
    stories: int
    before: int | None
    led: int
    share: int
    share_before: int


def rule_lines(
    digest: Digest, unsubscribe: Mapping[str, str], words: SignalWords, language: str
) -> tuple[dict[str, RuleLine], dict[str, RuleName]]:
    """All rules that a digest speaks of, by key, the most severe first; and their names as they are kept."""
    names = {rule.key: rule for entry in digest.entries for rule in entry.rules}
    names.update((count.rule.key, count.rule) for count in digest.counts)
    names.update((rule.key, rule) for rule in digest.rules)
    ordered = sorted(names.values(), key=lambda rule: (rule.severity.rank, rule.key))
    lines = {
        rule.key: RuleLine(
            rule.key,
            proper_name(words.rule(rule.name) or rule.key, language, language),
            rule.severity.value,
            unsubscribe.get(rule.key),
        )
        for rule in ordered
    }
    return lines, names


def count_lines(digest: Digest, rules: Mapping[str, RuleLine]) -> tuple[CountLine, ...]:
    """The rules that have stories, now or before, the most severe first."""
    counts = {count.rule.key: count for count in digest.counts or _counted(digest)}
    most = max((max(each.stories, each.before or 0) for each in counts.values()), default=0)
    return tuple(
        CountLine(
            rule,
            found.stories,
            found.before,
            found.led,
            _share(found.stories, most),
            _share(found.before or 0, most),
        )
        for key, rule in rules.items()
        if (found := counts.get(key))
    )


def _counted(digest: Digest) -> Sequence[RuleCount]:
    """What the entries show of a digest that was made without a comparison."""
    names = {rule.key: rule for entry in digest.entries for rule in entry.rules}
    return [
        RuleCount(
            rule,
            sum(rule.key in {each.key for each in entry.rules} for entry in digest.entries),
            led=sum(entry.rules[0].key == rule.key for entry in digest.entries),
        )
        for rule in names.values()
    ]


def _share(number: int, most: int) -> int:
    """Percent of the highest number; what is there at all is seen."""
    return max(1, round(100 * number / most)) if number else 0
