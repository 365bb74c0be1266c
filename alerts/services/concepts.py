"""Concepts: those in force, and how a deployment's own come in, go out of force and come back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, Engine

from alerts.errors import BadInput, QueryError
from alerts.model import Concept, Rule
from alerts.rules.concepts import check_concept
from alerts.rules.files import check
from alerts.rules.lexicon import Concepts
from alerts.rules.query import parse
from alerts.rules.shipped import check_all_parents, concepts_with, with_draft
from alerts.rules.tree import ConceptRef, nodes
from alerts.services import texts
from alerts.services.texts import Edit, Imported
from alerts.store import concepts, rules, situations
from alerts.store.unit import writing


def concepts_in_force(tx: Connection, languages: Sequence[str]) -> Concepts:
    """The shipped concepts with those of the database added or in their place."""
    return concepts_with(concepts.kept.current(tx), languages)


def import_concepts(
    engine: Engine, new: Sequence[Concept], edit: Edit, languages: Sequence[str] = ()
) -> Imported:
    """Checks all, then saves those that say something new: all or none.

    What says the same as what is in force is not written, so that it goes on following what is shipped.
    Notes name the rules whose examples the change breaks. Raises BadInput naming the concept.
    """
    for concept in new:
        check_concept(concept)
    with writing(engine) as tx:
        before = concepts.kept.current(tx)
        return _write(tx, before, new, edit, languages)


def save_concept(
    engine: Engine, concept: Concept, began: int, edit: Edit, languages: Sequence[str] = ()
) -> Imported:
    """Saves one concept that somebody edited, beginning from the version ``began`` of the deployment's own
    (0: there was none).

    Raises Overtaken when another is in force by now, else as ``import_concepts`` does.
    """
    check_concept(concept)
    with writing(engine) as tx:
        texts.hold(tx, concepts.kept, concept.key, began)
        before = concepts.kept.current(tx)
        return _write(tx, before, [concept], edit, languages)


def try_concept(tx: Connection, concept: Concept, languages: Sequence[str]) -> tuple[str, ...]:
    """What the rules that use a concept would say against this text of it: their examples that would break.

    Raises BadInput when it cannot be saved.
    """
    check_concept(concept)
    then = with_draft(concepts_in_force(tx, languages), concept, languages)
    check_all_parents(then)
    return tuple(_broken(tx, then, (concept.key,)))


def restore_concept(
    engine: Engine,
    key: str,
    number: int,
    edit: Edit,
    languages: Sequence[str] = (),
    began: int | None = None,
) -> Imported:
    """Writes an earlier version again, as the newest. Raises NotFound, BadInput, or Overtaken as
    ``restore_rule`` does."""
    with writing(engine) as tx:
        old = replace(concepts.kept.at(tx, key, number), version=0)
        texts.hold(tx, concepts.kept, key, began)
        before = concepts.kept.current(tx)
        return _write(tx, before, [old], edit, languages, note=f"version {number} again")


def _write(
    tx: Connection,
    before: Sequence[Concept],
    new: Sequence[Concept],
    edit: Edit,
    languages: Sequence[str],
    note: str = "",
) -> Imported:
    known = concepts_with(before, languages)
    own = {concept.key for concept in before}
    saying = [concept for concept in new if concept.key in own or not _same(known, concept, languages)]
    left = {concept.key: concept for concept in before} | {concept.key: concept for concept in saying}
    then = concepts_with(left.values(), languages)
    check_all_parents(then)
    done = texts.write(tx, concepts.kept, saying, edit, note)
    same = tuple(concept.key for concept in new if concept not in saying)
    notes = tuple(_broken(tx, then, done.written)) if done.written else ()
    return Imported(done.written, (*done.unchanged, *same), notes)


def _same(known: Concepts, concept: Concept, languages: Sequence[str]) -> bool:
    """Whether nothing would change if this concept were the deployment's own."""
    shipped = known.by_key.get(concept.key)
    if shipped is None:
        return False
    then = concepts_with([concept], languages).by_key[concept.key]
    return replace(then, version=0) == replace(shipped, version=0)


def retire_concept(
    engine: Engine, key: str, edit: Edit, languages: Sequence[str] = (), began: int | None = None
) -> None:
    """Takes a deployment's own concept out of force; one that is shipped counts again.

    Raises NotFound; Overtaken as ``retire_rule`` does; BadInput while a rule, concept or situation needs it.
    """
    with writing(engine) as tx:
        texts.retire(tx, concepts.kept, key, edit, began)
        then = concepts_in_force(tx, languages)
        if key not in then.by_key:
            used = [*_rules_with(tx, (key,)), *_situations_with(tx, key)]
            if used:
                raise BadInput(f"@{key} is needed by {', '.join(used[:5])}; change that first")
        check_all_parents(then)


def _rules_with(tx: Connection, keys: Collection[str]) -> Iterable[str]:
    return (f"the rule {rule.key}" for rule in users(rules.current(tx), keys))


def _situations_with(tx: Connection, key: str) -> Iterable[str]:
    return (f"the situation {each.key}" for each in situations.kept.current(tx) if key in each.places)


def users(all_rules: Iterable[Rule], keys: Collection[str]) -> Iterable[Rule]:
    """Those of the rules that name one of these concepts."""
    for rule in all_rules:
        written = rule.query.lower()
        if not any(key in written for key in keys):  # most are told apart without being read
            continue
        try:
            named = {part.key for part in nodes(parse(rule.query)) if isinstance(part, ConceptRef)}
        except QueryError:
            continue
        if not named.isdisjoint(keys):
            yield rule


def _broken(tx: Connection, then: Concepts, changed: Collection[str]) -> Iterable[str]:
    """What the examples of rules that use the changed concepts have to say against it."""
    keys = _with_ancestors(then, changed)
    written = {rule.key: rule for key in keys for rule in rules.naming(tx, key)}
    for rule in users((written[key] for key in sorted(written)), keys):
        try:
            check(rule, then)
        except BadInput as error:
            yield str(error)


def _with_ancestors(known: Concepts, keys: Collection[str]) -> set[str]:
    found: set[str] = set()
    for key in keys:
        at = key
        while at and at not in found:
            found.add(at)
            at = known.by_key[at].parent if at in known.by_key else ""
    return found
