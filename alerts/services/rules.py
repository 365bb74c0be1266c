"""Rules on their way in, and the compiled rules that polls match with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from sqlalchemy import Connection, Engine

from alerts.errors import NotConfirmed, QueryError
from alerts.model import Rule
from alerts.rules.files import check
from alerts.rules.gazetteer import Gazetteer, gazetteer
from alerts.rules.index import RuleIndex
from alerts.rules.lexicon import NO_CONCEPTS, Concepts
from alerts.rules.query import check_concepts, parse
from alerts.services import texts
from alerts.services.concepts import concepts_in_force
from alerts.services.texts import Edit, Imported
from alerts.store import concepts, rules
from alerts.store.unit import reading, writing

__all__ = [
    "Confirm",
    "Edit",
    "Imported",
    "RuleBook",
    "import_rules",
    "restore_rule",
    "retire_rule",
    "save_rule",
]


@dataclass(frozen=True, slots=True)
class Confirm:
    """A change to a rule that more than ``above`` people have asked for must be ``given`` twice."""

    above: int
    given: bool = False


def import_rules(
    engine: Engine,
    new: Sequence[Rule],
    *,
    author: str,
    now: datetime,
    reason: str = "",
    languages: Sequence[str] = (),
    confirm: Confirm | None = None,
) -> Imported:
    """Checks every rule that differs, with its examples, then saves those: all or none.

    Raises BadInput naming the rule and the example that fails, NotConfirmed when many people would feel
    the change. Nothing already stored is matched again and nothing is mailed for it.
    """
    with writing(engine) as tx:
        return _write(tx, new, Edit(author, now, reason), languages, confirm)


def save_rule(
    engine: Engine,
    rule: Rule,
    began: int,
    edit: Edit,
    languages: Sequence[str] = (),
    confirm: Confirm | None = None,
) -> Imported:
    """Saves one rule that somebody edited, beginning from the version ``began`` (0: there was none).

    Raises Overtaken when another version, or none, is in force by now, else as ``import_rules`` does.
    """
    with writing(engine) as tx:
        texts.hold(tx, rules.kept, rule.key, began)
        return _write(tx, [rule], edit, languages, confirm)


def restore_rule(
    engine: Engine,
    key: str,
    number: int,
    edit: Edit,
    languages: Sequence[str] = (),
    confirm: Confirm | None = None,
    began: int | None = None,
) -> Imported:
    """Writes an earlier version again, as the newest. Raises NotFound, BadInput, NotConfirmed, or Overtaken
    as ``retire_rule`` does; ``began`` is 0 for a rule that is retired."""
    with writing(engine) as tx:
        old = replace(rules.kept.at(tx, key, number), version=0)
        texts.hold(tx, rules.kept, key, began)
        return _write(tx, [old], edit, languages, confirm, note=f"version {number} again")


def _write(
    tx: Connection,
    new: Sequence[Rule],
    edit: Edit,
    languages: Sequence[str],
    confirm: Confirm | None,
    note: str = "",
) -> Imported:
    known = concepts_in_force(tx, languages)
    in_force = {rule.key: rule for rule in rules.kept.load(tx, [rule.key for rule in new])}
    for rule in new:
        old = in_force.get(rule.key)
        if old is None or replace(old, version=0) != replace(rule, version=0):
            check(rule, known)
    done = texts.write(tx, rules.kept, new, edit, note)
    for key in done.written if confirm and not confirm.given else ():
        people = rules.readers(tx, key)
        if confirm and people > confirm.above:
            who = "1 person gets" if people == 1 else f"{people} people get"
            raise NotConfirmed(
                f"{who} mail for the rule {key}; try it first with alerts rules try, "
                "then save it with --confirm"
            )
    return done


def retire_rule(engine: Engine, key: str, edit: Edit, began: int | None = None) -> None:
    """Takes a rule out of force; its matches and versions stay. Raises NotFound, or Overtaken when another
    version than ``began`` is in force, if one is named."""
    with writing(engine) as tx:
        texts.retire(tx, rules.kept, key, edit, began)


class RuleBook:
    """The rules in force, compiled with the concepts in force; read again only when one was written.

    An edit of rules compiles those rules alone; an edit of a concept compiles all. A rule that can no
    longer be read is left out, and named in ``broken``: the others go on.
    """

    def __init__(self, engine: Engine, languages: Sequence[str] = ()) -> None:
        self._engine = engine
        self._languages = tuple(languages)
        self._lock = Lock()
        self._stamps: tuple[tuple[int, int], tuple[int, int]] | None = None
        self._versions: dict[str, int] = {}
        self._newest = 0
        self._concepts = NO_CONCEPTS
        self._index = RuleIndex(())
        self.broken: dict[str, str] = {}

    def index(self) -> RuleIndex:
        """The rules of this moment."""
        with self._lock, reading(self._engine) as tx:
            stamps = (rules.stamp(tx), concepts.kept.stamp(tx))
            if self._stamps is None or stamps[1] != self._stamps[1]:
                self._compile(tx)
            elif stamps[0] != self._stamps[0]:
                self._edit(tx, self._stamps[0], stamps[0])
            self._stamps = stamps
            return self._index

    def _compile(self, tx: Connection) -> None:
        self._concepts = concepts_in_force(tx, self._languages)
        self._versions, self._newest, self.broken = {}, 0, {}
        self._index = RuleIndex((), self._concepts)
        self._take(rules.current(tx), ())

    def _edit(self, tx: Connection, was: tuple[int, int], is_now: tuple[int, int]) -> None:
        """Takes what was written since. When the sums say that there is more to it than new texts (a rule
        was retired, or a text with an older number came late), all versions are compared."""
        count, written = rules.kept.newer(tx, self._newest)
        fresh = sum(rule.key not in self._versions for rule in written)
        gone: Collection[str] = ()
        if (was[0] + count, len(self._versions) + fresh) != is_now:
            in_force = rules.kept.versions(tx)
            gone = self._versions.keys() - in_force.keys()
            changed = [key for key, version in in_force.items() if self._versions.get(key) != version]
            written = rules.kept.load(tx, changed)
        self._take(written, gone)

    def _take(self, written: Sequence[Rule], gone: Collection[str]) -> None:
        for key in (*gone, *(rule.key for rule in written)):
            self.broken.pop(key, None)
        try:
            self._index = self._index.edited(written, gone)
        except QueryError:
            sound = tuple(self._readable(written))
            leaving = {*gone, *(rule.key for rule in written)}
            self._index = self._index.edited(sound, leaving)
        for key in gone:
            del self._versions[key]
        self._versions.update((rule.key, rule.version) for rule in written)
        self._newest = max((self._newest, *(rule.version for rule in written)))

    def _readable(self, written: Iterable[Rule]) -> Iterable[Rule]:
        for rule in written:
            try:
                check_concepts(parse(rule.query), self._concepts.by_key, rule.query)
            except QueryError as error:
                self.broken[rule.key] = str(error)
            else:
                yield rule

    def concepts(self) -> Concepts:
        """The concepts that ``index`` was last compiled with."""
        return self._concepts

    def gazetteer(self) -> Gazetteer:
        """The countries of the concepts that ``index`` was last compiled with."""
        return gazetteer(self._concepts)
