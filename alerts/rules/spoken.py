"""In which languages a concept has words, and a query can find news. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from alerts.model import Concept
from alerts.rules.concepts import EVERY_LANGUAGE
from alerts.rules.rewriting import NO_CONCEPTS
from alerts.rules.tree import And, AtLeast, ConceptRef, InField, Near, Node, Not, Or, Score, children, nodes


def covered(key: str, concepts: Mapping[str, Concept]) -> frozenset[str]:
    """The languages in which a concept, or one below it, has terms; ``mul`` where all share them."""
    family, above = set[str](), {key}
    while above - family:
        family |= above
        above = {concept.key for concept in concepts.values() if concept.parent in family}
    known = (concepts[each] for each in family if each in concepts)
    return frozenset(language for concept in known for language, terms in concept.terms if terms)


def silent_concepts(
    node: Node, concepts: Mapping[str, Concept], languages: Sequence[str]
) -> Iterator[tuple[ConceptRef, tuple[str, ...]]]:
    """The concepts of a query that have no terms in some of the languages, so that news in them may be
    missed; each with those languages, in reading order.

    What NOT excludes misses nothing. Nor does an alternative whose neighbours speak for it, as a verb of
    English only beside a noun of all languages; but a concept that was written or changed here (it has a
    version) speaks for itself, for it may mean something else than they do.
    """
    keys = {part.key for part in nodes(node) if isinstance(part, ConceptRef)}
    lacks = {key: _lacks(key, concepts, languages) for key in keys}
    own = {key for key in keys if key in concepts and concepts[key].version}

    def silent(part: Node, asked: frozenset[str]) -> Iterator[tuple[ConceptRef, tuple[str, ...]]]:
        missed = asked - _heard(part, lacks, asked)
        if isinstance(part, ConceptRef) and missed:
            yield part, tuple(language for language in languages if language in missed)
        for child in () if isinstance(part, Not) else children(part):
            alone = own and any(isinstance(each, ConceptRef) and each.key in own for each in nodes(child))
            if still := asked if alone else missed:
                yield from silent(child, still)

    return silent(node, frozenset().union(*lacks.values()))


def _lacks(key: str, concepts: Mapping[str, Concept], languages: Sequence[str]) -> frozenset[str]:
    """The languages in which a concept has no terms; none when it has only names that all share."""
    spoken = covered(key, concepts)
    known = key in concepts and spoken != {EVERY_LANGUAGE}
    return frozenset(languages) - spoken if known else frozenset()


def _heard(node: Node, lacks: Mapping[str, frozenset[str]], asked: frozenset[str]) -> frozenset[str]:
    """Those of the languages in which a part of a query can find news for certain. Of which language a word
    is, nobody says."""
    match node:
        case ConceptRef(key=key):
            return asked - lacks[key]
        case Not():
            return asked
        case InField():
            return asked if node.field in NO_CONCEPTS else _heard(node.child, lacks, asked)
        case Or():
            least, weighed = 1, [(child, 1) for child in node.children]
        case And() | Near():
            weighed = [(child, 1) for child in children(node)]
            least = len(weighed)
        case AtLeast():
            least, weighed = node.count, [(child, 1) for child in node.children]
        case Score():
            least, weighed = node.threshold, [each for each in node.children if each[1] > 0]
        case _:
            return frozenset()
    reached = Counter[str]()
    for child, weight in weighed:
        reached.update(dict.fromkeys(_heard(child, lacks, asked), weight))
    return frozenset(language for language in asked if reached[language] >= least)
