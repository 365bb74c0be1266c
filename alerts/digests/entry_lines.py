"""Stories as a page shows them: words cleaned and clipped, addresses checked, links told apart. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from alerts.digests.address import address
from alerts.digests.fragment import Fragment, fragment, proper_name
from alerts.digests.link_words import LinkWords
from alerts.digests.rule_lines import RuleLine
from alerts.digests.signal_words import SignalWords
from alerts.digests.times import Times
from alerts.model import Entry, Marked, Teller

# How many code points of foreign words, and how many rules, one entry spends on them.
TITLE_LIMIT = 300
QUOTE_LIMIT = 500
MOST_RULES_OF_ENTRY = 5
FEW_OTHERS = 2
"""How many other publishers are named where there is no room for all that are known."""


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A sentence that matched; ``source`` is empty when it is of the item it stands with."""

    words: Fragment
    source: Fragment


@dataclass(frozen=True, slots=True)
class TellerLine:
    """Another publisher of a story, and when. ``url`` and ``language`` as of an entry."""

    url: str | None
    source: Fragment
    moment: str
    language: str | None
    apart: str


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry. ``url`` is None when the feed gave no usable address; ``language`` is the name of the
    headline's language when it is not the page's; ``apart`` tells its link from others with the same words.

    ``place`` and ``clock`` are where it happened and the time there, '' when that is not known or the same
    as here. ``more_others`` counts the publishers that ``others`` leaves out; ``joined`` those that came
    after ``found``, when the first match of the story was.
    """

    url: str | None
    host: str | None
    title: Fragment
    quotes: tuple[QuoteLine, ...]
    source: Fragment
    language: str | None
    moment: str
    dated: bool
    place: str
    clock: str
    rules: tuple[RuleLine, ...]
    apart: str
    labels: tuple[str, ...]
    outlets: int
    origins: int
    others: tuple[TellerLine, ...]
    more_others: int
    found: str | None
    joined: int

    def terse(self) -> EntryLine:
        """The same with few of the other publishers named."""
        left_out = len(self.others[FEW_OTHERS:])
        return replace(self, others=self.others[:FEW_OTHERS], more_others=self.more_others + left_out)


def entry_line(
    entry: Entry,
    rules: Mapping[str, RuleLine],
    words: SignalWords,
    language: str,
    times: Times,
    links: LinkWords,
    until: datetime | None,
) -> EntryLine:
    """An entry in a page of that language. ``rules`` has all its rules. Times are short in a page that says
    itself ``until`` when it reaches."""

    def moment(at: datetime) -> str:
        return times.short(at, until) if until else times.moment(at)

    url = address(entry.url)
    host = (urlsplit(url).hostname or "").removeprefix("www.") if url else None
    title = fragment(entry.title, entry.language, TITLE_LIMIT)
    source = proper_name(entry.source or host or "", entry.language, language)
    place = entry.places[0] if len(entry.places) == 1 else ""
    clock = times.there(entry.published_at, place) if place else None
    apart = links.apart(title.text, url, source.text)
    others = tuple(
        _teller(each, times.short(each.seen_at, until or each.seen_at), language, times, links)
        for each in entry.others
    )
    return EntryLine(
        url=url,
        host=host,
        title=title,
        quotes=tuple(_quote(quote, entry.language, language) for quote in entry.quotes),
        source=source,
        language=_language(title.language, language, times),
        moment=moment(entry.published_at),
        dated=entry.dated,
        place=words.place(place) if clock else "",
        clock=clock or "",
        rules=tuple(rules[rule.key] for rule in entry.rules[:MOST_RULES_OF_ENTRY]),
        apart=apart,
        labels=tuple(label.value for label in entry.labels),
        outlets=entry.outlets,
        origins=entry.origins,
        others=others,
        more_others=max(0, entry.outlets - 1 - len(others)) if others else 0,
        found=times.moment(entry.found_at) if entry.found_at else None,
        joined=entry.joined,
    )


def _quote(quote: Marked, language: str, page: str) -> QuoteLine:
    told_in = quote.language or language
    return QuoteLine(fragment(quote, told_in, QUOTE_LIMIT), proper_name(quote.source, told_in, page))


def _teller(teller: Teller, moment: str, language: str, times: Times, links: LinkWords) -> TellerLine:
    url = address(teller.url)
    source = proper_name(teller.source, teller.language, language)
    said = f"{source.text}, {moment}"
    return TellerLine(
        url, source, moment, _language(teller.language, language, times), links.apart(said, url)
    )


def _language(tag: str, page: str, times: Times) -> str | None:
    """The name of a language that is not the page's."""
    return None if tag.split("-")[0] == page.split("-")[0] else times.language_name(tag)
