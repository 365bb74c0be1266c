"""The form of a concept: what was typed, kept as it was typed, and the concept that it says. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from starlette.datastructures import FormData

from alerts.errors import BadInput
from alerts.model import Concept, Polarity, Terms
from alerts.rules.concepts import EVERY_LANGUAGE, check_concept
from alerts.rules.toml_tables import KEY
from alerts.web.forms import text

FORM_OF_A_NEW_CONCEPT = "new"
"""No concept written here has this key: in an address it stands for the form."""

ANOTHER = "another"
"""Stands for a language that the form has no fields of yet."""

_LISTS = ("terms", "exclude")
_FIELD = re.compile(r"(terms|exclude)\.([a-z]{2,3}|another)")
_LONGEST_LINE = 400
_MOST_LINES = 2_000


@dataclass(frozen=True, slots=True)
class ConceptDraft:
    """The fields as they stand in the form. ``terms`` and ``exclude`` are lines by language; ``began`` is the
    version of the deployment's own that the edit began from, 0 when it has none."""

    key: str = ""
    name: str = ""
    polarity: str = Polarity.NEUTRAL.value
    parent: str = ""
    terms: Mapping[str, str] = field(default_factory=dict)
    exclude: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    why: str = ""
    began: str = "0"


def drafted(form: FormData) -> ConceptDraft:
    """What was typed."""
    typed = {
        name: " ".join(text(form, name).split())
        for name in ("key", "name", "polarity", "parent", "language", "why", "began")
    }
    lists: dict[str, dict[str, str]] = {name: {} for name in _LISTS}
    for name in form:
        if found := _FIELD.fullmatch(name):
            lists[found[1]][found[2]] = text(form, name).strip("\n")
    return ConceptDraft(**typed, terms=lists["terms"], exclude=lists["exclude"])


def draft_of(concept: Concept) -> ConceptDraft:
    """The form of a concept of the deployment's own, or of one that is to become so."""
    return ConceptDraft(
        key=concept.key,
        name=concept.name,
        polarity=concept.polarity.value,
        parent=concept.parent,
        terms={language: "\n".join(terms) for language, terms in concept.terms},
        exclude={language: "\n".join(terms) for language, terms in concept.exclude},
        began=str(concept.version),
    )


def began(draft: ConceptDraft) -> int:
    """The version that the edit began from; -1, which no version is, for what is none."""
    return int(draft.began) if re.fullmatch(r"[0-9]{1,18}", draft.began, re.ASCII) else -1


@dataclass(frozen=True, slots=True)
class Fault:
    """A field that needs mending: its id in the form, what it is called there, and what is wrong."""

    id: str
    label: str
    told: str


_LABELS = {"terms": "Terms", "exclude": "Never counts", "language": "The code of another language"}


def faults(wrong: Mapping[str, str], name_of: Callable[[str], str]) -> tuple[Fault, ...]:
    """What is wrong, as a page says it; ``name_of`` a language is its name."""

    def label(name: str) -> str:
        field, _, code = name.partition(".")
        said = _LABELS.get(field, field.capitalize())
        if not code:
            return said
        return f"{said}, {'another language' if code == ANOTHER else name_of(code)}"

    return tuple(Fault(name.replace(".", "-"), label(name), told) for name, told in wrong.items())


def read_draft(draft: ConceptDraft) -> tuple[Concept, Mapping[str, str]]:
    """The concept that the form says, and what is wrong with its fields, by their names."""
    wrong: dict[str, str] = {}
    if not KEY.fullmatch(draft.key):
        wrong["key"] = "Write small letters, digits and hyphens, 64 at most, such as border-crossing."
    elif draft.key == FORM_OF_A_NEW_CONCEPT:
        wrong["key"] = "This word is the address of the form for new concepts; write another."
    if draft.polarity not in list(Polarity):
        wrong["polarity"] = "Choose one of the four."
    another = draft.language.lower()
    if any(_lines(getattr(draft, name).get(ANOTHER, "")) for name in _LISTS) and not another:
        wrong["language"] = "Which language are these terms in?"
    terms, exclude = (_terms(getattr(draft, name), another) for name in _LISTS)
    concept = Concept(draft.key, draft.name or draft.key, parent=draft.parent, terms=terms, exclude=exclude)
    if "polarity" not in wrong:
        concept = replace(concept, polarity=Polarity(draft.polarity))
    if len(f"{draft.name}{draft.why}") > _LONGEST_LINE * 5:
        wrong["name"] = "This is too long."
    wrong |= dict(_wrong_terms(concept, another, draft))
    return concept, wrong


def _wrong_terms(concept: Concept, another: str, draft: ConceptDraft) -> Iterator[tuple[str, str]]:
    """Each list by itself, so that what is wrong can be told beside it."""
    for name in _LISTS:
        for language, texts in getattr(concept, name):
            place = f"{name}.{language}"
            if language == another and ANOTHER in getattr(draft, name):
                place = "language" if not re.fullmatch(r"[a-z]{2,3}", language) else f"{name}.{ANOTHER}"
            if len(texts) > _MOST_LINES or any(len(each) > _LONGEST_LINE for each in texts):
                yield (
                    place,
                    f"More than {_MOST_LINES} terms, or one of over {_LONGEST_LINE} signs.",
                )
                continue
            try:
                check_concept(_with_one_list(concept, name, ((language, texts),)))
            except BadInput as error:
                told = str(error).partition(f"{name}.{language}: ")[2] or str(error)
                yield place, told[:1].upper() + told[1:]


def _with_one_list(concept: Concept, name: str, lists: Terms) -> Concept:
    bare = replace(concept, terms=(), exclude=())
    return replace(bare, terms=lists) if name == "terms" else replace(bare, exclude=lists)


def _terms(lists: Mapping[str, str], another: str) -> Terms:
    """Languages with terms, in the order of the form; the other language joins its own if it is there."""
    found: dict[str, tuple[str, ...]] = {}
    for language, typed in lists.items():
        meant = another if language == ANOTHER else language
        if lines := _lines(typed):
            found[meant] = (*found.get(meant, ()), *lines)
    return tuple(found.items())


def _lines(typed: str) -> tuple[str, ...]:
    return tuple(filter(None, (" ".join(line.split()) for line in typed.split("\n"))))


def languages_of(draft: ConceptDraft, languages: Sequence[str]) -> tuple[str, ...]:
    """The languages that the form has fields of: those of the service, every one that has terms, and ``mul``
    for what is written alike in all."""
    others = (each for each in (*draft.terms, *draft.exclude) if each != ANOTHER)
    return tuple(dict.fromkeys((*languages, *others, EVERY_LANGUAGE)))
