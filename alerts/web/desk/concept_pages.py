"""What the pages of the concepts show: all of them; and one, with how often its terms are met. Reads only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from alerts.digests.times import Times
from alerts.errors import NotFound
from alerts.language.fold import fold
from alerts.model import Concept, Polarity
from alerts.rules.concepts import EVERY_LANGUAGE
from alerts.rules.lexicon import Concepts
from alerts.rules.shipped import is_country, shipped_concept
from alerts.services.concepts import concepts_in_force
from alerts.services.term_hits import TermHits, term_hits
from alerts.store import archive, concepts, rules, situations
from alerts.store.versions import Written
from alerts.web.desk.match_lines import MatchLine
from alerts.web.desk.rule_changes import Difference, concept_differences
from alerts.web.desk.rule_trial import found_line, seen_said

CONCEPTS_ON_A_PAGE = 100
VERSIONS_SHOWN = 50
USERS_SHOWN = 50

_NAMED = re.compile(r"[@＠]([A-Za-z0-9][A-Za-z0-9-]*)")
_QUOTED = re.compile('["“”„‟«»「」『』＂][^"“”„‟«»「」『』＂]*["“”„‟«»「」『』＂]')
_NAMES = Times("en", "UTC")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which concepts the list shows. ``lacks`` is a language in which they have no terms; ``show`` is '' for
    all but countries, ``countries``, or ``own`` for what this deployment has written."""

    q: str = ""
    polarity: str = ""
    lacks: str = ""
    show: str = ""


def read_filter(asked: Mapping[str, str], languages: Sequence[str]) -> Filter:
    """Of what an address asks for, what can be asked."""
    polarity, lacks, show = (asked.get(name, "") for name in ("polarity", "lacks", "show"))
    return Filter(
        q=" ".join(asked.get("q", "").split())[:100],
        polarity=polarity if polarity in list(Polarity) else "",
        lacks=lacks if lacks in languages else "",
        show=show if show in ("countries", "own") else "",
    )


@dataclass(frozen=True, slots=True)
class ConceptLine:
    """One concept in the list. ``whose`` is *shipped*, *changed here* or *written here*; ``lacks`` are names
    of languages of the service, ``uses`` the rules in force that name it."""

    key: str
    name: str
    polarity: str
    whose: str
    terms: int
    speaks: int
    lacks: tuple[str, ...]
    uses: int


@dataclass(frozen=True, slots=True)
class ConceptList:
    """A page of the list; ``after`` is the last key on it when there are more, else ''."""

    count: int
    lines: tuple[ConceptLine, ...]
    after: str


def read_list(tx: Connection, asked: Filter, after: str, languages: Sequence[str]) -> ConceptList:
    """The concepts in force that are asked for, by key."""
    known = concepts_in_force(tx, languages)
    own = concepts.kept.versions(tx)
    chosen = sorted(key for key in known.by_key if _is_asked_for(key, asked, known, own, languages))
    later = [key for key in chosen if key > after]
    shown = later[:CONCEPTS_ON_A_PAGE]
    uses = _uses(rules.queries_with_concepts(tx)) if shown else {}
    return ConceptList(
        count=len(chosen),
        lines=tuple(_line(known.by_key[key], known, own, languages, uses) for key in shown),
        after=shown[-1] if len(later) > len(shown) else "",
    )


def _is_asked_for(
    key: str, asked: Filter, known: Concepts, own: Mapping[str, int], languages: Sequence[str]
) -> bool:
    concept = known.by_key[key]
    if asked.show == "own":
        shown = key in own
    else:
        shown = bool(asked.q) or is_country(key) is (asked.show == "countries")
    if not shown or (asked.polarity and concept.polarity.value != asked.polarity):
        return False
    if asked.lacks and asked.lacks not in _lacks(concept, known, languages):
        return False
    wanted = fold(asked.q.lstrip("@"))
    said = (key, concept.name, *(term for _, terms in concept.terms for term in terms))
    return not wanted or any(wanted in fold(each) for each in said)


def _uses(queries: Iterable[str]) -> Counter[str]:
    """How many of the queries name each concept."""
    return Counter(key for query in queries for key in _named(query))


def _named(query: str) -> set[str]:
    """The concepts that a query names, which is not read for that: it takes a twentieth of the time."""
    return set(_NAMED.findall(_QUOTED.sub(" ", query).lower()))


def _spoken(concept: Concept, known: Concepts) -> set[str]:
    """The languages in which a concept, or one below it, has terms."""
    family = (known.by_key[member] for member in known.family(concept.key))
    return {language for each in family for language, terms in each.terms if terms}


def _lacks(concept: Concept, known: Concepts, languages: Sequence[str]) -> tuple[str, ...]:
    """The languages of the service that it has no terms in; none when it has names only, alike in all."""
    spoken = _spoken(concept, known)
    return () if spoken == {EVERY_LANGUAGE} else tuple(each for each in languages if each not in spoken)


def _line(
    concept: Concept,
    known: Concepts,
    own: Mapping[str, int],
    languages: Sequence[str],
    uses: Mapping[str, int],
) -> ConceptLine:
    return ConceptLine(
        key=concept.key,
        name=concept.name,
        polarity=concept.polarity.value,
        whose=_whose(concept.key, concept.key in own, languages),
        terms=sum(len(terms) for _, terms in concept.terms),
        speaks=len(_spoken(concept, known) - {EVERY_LANGUAGE}),
        lacks=tuple(map(language_name, _lacks(concept, known, languages))),
        uses=uses.get(concept.key, 0),
    )


def _whose(key: str, own: bool, languages: Sequence[str]) -> str:
    if not own:
        return "shipped"
    return "changed here" if shipped_concept(key, languages) else "written here"


def language_name(code: str) -> str:
    """*Arabic* for ``ar``; *every language* for ``mul``."""
    return "every language" if code == EVERY_LANGUAGE else _NAMES.language_name(code) or code


@dataclass(frozen=True, slots=True)
class TermLine:
    """A term and the items that it was met in."""

    term: str
    hits: int


@dataclass(frozen=True, slots=True)
class LanguageTerms:
    """The terms of one language. ``read``: the archive has items in it, so that no hits mean something."""

    code: str
    name: str
    read: bool
    terms: tuple[TermLine, ...]
    exclude: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HitsShown:
    """How often the terms of a concept were met, and where; ``said`` tells in which items."""

    said: str
    whole: bool
    matches: int
    languages: tuple[LanguageTerms, ...]
    samples: tuple[MatchLine, ...]


def hits_shown(hits: TermHits, concept: Concept, spoken: Sequence[str]) -> HitsShown:
    """``spoken`` are the languages of the archive."""
    exclude = dict(concept.exclude)
    listed = dict(concept.terms)
    codes = dict.fromkeys((*listed, *exclude))
    return HitsShown(
        said=seen_said(hits.items, hits.since, whole=hits.whole),
        whole=hits.whole,
        matches=hits.matches,
        languages=tuple(
            LanguageTerms(
                code,
                language_name(code),
                code == EVERY_LANGUAGE or code in spoken,
                tuple(TermLine(term, hits.hits.get((code, term), 0)) for term in listed.get(code, ())),
                exclude.get(code, ()),
            )
            for code in codes
        ),
        samples=tuple(found_line(each, _NAMES) for each in hits.samples),
    )


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One text that the concept has had here; ``differences`` are those from the text before it, which is the
    shipped one for the first."""

    written: Written[Concept]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class ConceptPage:
    """Everything about one concept. ``in_force``: it counts now; ``own``: as this deployment wrote it, in
    the version ``began``, which is 0 else; ``shipped``: the program has one under this key. ``rules`` are
    (key, name), some of all ``uses``."""

    concept: Concept
    whose: str
    in_force: bool
    own: bool
    began: int
    shipped: bool
    country: bool
    children: tuple[str, ...]
    lacks: tuple[str, ...]
    hits: HitsShown | None
    rules: tuple[tuple[str, str], ...]
    uses: int
    situations: tuple[str, ...]
    versions: tuple[VersionLine, ...]


def read_concept(tx: Connection, key: str, languages: Sequence[str], now: datetime) -> ConceptPage | None:
    """Everything the page of one concept shows; None when there has never been such a concept."""
    known = concepts_in_force(tx, languages)
    shipped = shipped_concept(key, languages)
    try:
        history = concepts.kept.history(tx, key)
    except NotFound:
        history = ()
    if key not in known.by_key and not history:
        return None
    in_force = key in known.by_key
    concept = known.by_key[key] if in_force else history[0].text
    own = concepts.kept.find(tx, key)
    named = rules.queries_naming(tx, key)
    using = sorted((rule, name) for rule, name, query in named if key in _named(query))
    hits = term_hits(tx, concept, known, now) if in_force else None
    return ConceptPage(
        concept=concept,
        whose=_whose(key, own is not None, languages),
        in_force=in_force,
        own=own is not None,
        began=own.version if own else 0,
        shipped=shipped is not None,
        country=is_country(key),
        children=tuple(known.family(key))[1:][:USERS_SHOWN] if in_force else (),
        lacks=tuple(map(language_name, _lacks(concept, known, languages))) if in_force else (),
        hits=hits_shown(hits, concept, archive.languages(tx)) if hits else None,
        rules=tuple(using[:USERS_SHOWN]),
        uses=len(using),
        situations=tuple(each.name for each in situations.kept.current(tx) if key in each.places),
        versions=tuple(_versions(history, shipped))[:VERSIONS_SHOWN],
    )


def _versions(history: Sequence[Written[Concept]], shipped: Concept | None) -> Iterator[VersionLine]:
    olders = [each.text for each in history[1:]]
    first = None if shipped is None or is_country(shipped.key) else shipped
    for written, older in zip(history, [*olders, first], strict=False):
        yield VersionLine(written, concept_differences(older, written.text))
