"""What can be searched for and is perhaps not meant, and concepts that do not exist."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from alerts.errors import QueryError
from alerts.language.fold import fold
from alerts.language.tokens import is_character, tokens
from alerts.model import Concept, Field
from alerts.rules.concepts import EVERY_LANGUAGE
from alerts.rules.rewriting import NO_CONCEPTS, with_concepts
from alerts.rules.spoken import covered, silent_concepts
from alerts.rules.tree import And, ConceptRef, InField, Leaf, Node, Not, Or, Phrase, Word, children, nodes
from alerts.rules.words import quoted
from alerts.rules.writing import canonical

_NAMED = 5  # languages and words that one sentence lists before it counts
_LANGUAGE = re.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]+)*")
_NOT_PROSE = NO_CONCEPTS | {Field.PLACE, Field.CATEGORY}


@dataclass(frozen=True, slots=True)
class Warning_:
    """Something that can be searched for but is perhaps not meant. ``about`` is what of the query it speaks
    of, or how that is read."""

    code: str
    message: str
    hint: str
    about: str = ""


def check_concepts(node: Node, concepts: Mapping[str, Concept], query: str = "") -> None:
    """Raise QueryError E11 for the first concept of the query that does not exist.

    With ``query``, the text that was parsed, the error can point into it.
    """
    for part in nodes(node):
        if not isinstance(part, ConceptRef) or part.key in concepts:
            continue
        close = difflib.get_close_matches(part.key, concepts, 1, 0.5)
        hint = f"Did you mean @{close[0]} ?" if close else "List the words with OR, or make this concept."
        raise QueryError("E11", part.column, f"there is no concept @{part.key}", hint, query)


def warnings(
    node: Node, concepts: Mapping[str, Concept] | None = None, languages: Sequence[str] = ()
) -> tuple[Warning_, ...]:
    """What the writer may not have meant, each once: W1, W2, W4, W6 and W8 in reading order, then W7.

    W4 compares the concepts of the query to ``languages``, those that the service reads, as
    ``silent_concepts`` tells; W7 the words of the query to the terms of the concepts that it does not name.
    """
    known = concepts or {}
    silent = {id(part): missed for part, missed in silent_concepts(node, known, languages)}
    found: dict[Warning_, None] = {}
    for part, field in _fielded(node):
        if warning := _about(part, field, silent.get(id(part), ())):
            found[warning] = None
    return (*found, *_belonging(node, known))


def _fielded(node: Node, field: Field | None = None) -> Iterator[tuple[Node, Field | None]]:
    """The node and all below it in reading order, each with the field it is looked for in."""
    yield node, field
    for child in children(node):
        yield from _fielded(child, node.field if isinstance(node, InField) else field)


def _about(part: Node, field: Field | None, missed: Sequence[str]) -> Warning_ | None:
    match part:
        case Word(text="and" | "or" | "not" as text, exact=False):
            hint = f"Write {text.upper()} for the operator, or ={text} if you mean the word."
            return Warning_("W1", f"“{text}” in small letters is searched as a word", hint, text)
        case Or() if any(isinstance(c, And) and not c.bracketed for c in part.children):
            message = "AND and OR are mixed without brackets; AND is done first"
            return Warning_("W2", message, f"This is read as: {canonical(part)}", canonical(part))
        case Word() | Phrase() if field is Field.LANG and not _LANGUAGE.fullmatch(part.text):
            message = f"no item is in a language called {quoted(part.text)}"
            hint = "Write the two or three letters of its code: lang:en, lang:ar."
            return Warning_("W8", message, hint, part.text)
        case Word() | Phrase() if field not in _NOT_PROSE and _is_short(part):
            message = f"{quoted(part.text)} is very short and will match much else"
            hint = "Add the words that stand next to it, in quotation marks."
            return Warning_("W6", message, hint, part.text)
        case ConceptRef(key=key) if missed:
            hint = "Add terms in these languages, or the rule may not see their news."
            return Warning_("W4", f"@{key} has no terms in {_listed(missed, 'languages')}", hint, f"@{key}")
    return None


def _is_short(leaf: Leaf) -> bool:
    pieces = tokens(leaf.text, "und")
    if len(pieces) != 1:
        return False
    exact = pieces[0].exact
    return is_character(exact) or len(exact) < 3


def _listed(words: Sequence[str], kind: str) -> str:
    """``a, b and c``, or the first few and how many more; never one more, which is named as shortly."""
    if len(words) > _NAMED + 1:
        return f"{', '.join(words[:_NAMED])} and {len(words) - _NAMED} more {kind}"
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


@dataclass(frozen=True, slots=True, eq=False)
class _Concepts:
    """All concepts of a moment, which never change: equal when they are the same object, so that what was
    made of them need not be made for every query anew."""

    by_key: Mapping[str, Concept]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Concepts) and self.by_key is other.by_key

    def __hash__(self) -> int:
        return id(self.by_key)


@lru_cache(maxsize=4)
def _owners(concepts: _Concepts) -> Mapping[str, str]:
    """Term → key of the first concept that has it; without marks, so that two spellings of one are equal."""
    owners: dict[str, str] = {}
    for key, concept in concepts.by_key.items():
        for term in (term for _, terms in concept.terms for term in terms):
            owners.setdefault(fold(term.strip('=*"')), key)
    return owners


def _wanted(node: Node) -> Iterator[Leaf]:
    """The words and phrases that are looked for, and could be looked for by a concept."""
    match node:
        case Not() | Word(exact=True):
            return
        case InField() if node.field in NO_CONCEPTS:
            return
        case Word() | Phrase():
            yield node
    for child in children(node):
        yield from _wanted(child)


def _belonging(node: Node, concepts: Mapping[str, Concept]) -> Iterator[Warning_]:
    """W7, once for each concept that words of the rule belong to.

    A term of several concepts is counted for the first. ``=word`` says that it means this word, and so does
    a word in a rule that names its concept: who asks for the concept, or excludes it, knows it.
    """
    owners = _owners(_Concepts(concepts))
    named = {part.key for part in nodes(node) if isinstance(part, ConceptRef)}
    belongs: dict[Leaf, str] = {}
    words: dict[str, dict[str, None]] = {}
    for leaf in _wanted(node):
        if (owner := owners.get(fold(leaf.text))) and owner not in named:
            belongs[leaf] = owner
            words.setdefault(owner, {})[quoted(leaf.text)] = None
    if not words:
        return
    better = with_concepts(node, belongs)
    write = f"Perhaps write: {canonical(better)}"
    hint = write if better != node else "Perhaps write the concept in place of the words."
    for key, leaves in words.items():
        verb = "belongs" if len(leaves) == 1 else "belong"
        number = len(covered(key, concepts) - {EVERY_LANGUAGE})
        reach = "1 language" if number == 1 else f"{number} languages" if number else "every language"
        message = f"{_listed(list(leaves), 'words')} {verb} to the concept @{key}, which covers {reach}"
        yield Warning_("W7", message, hint, f"@{key}")
