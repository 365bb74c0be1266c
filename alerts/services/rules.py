"""Rules on their way in, and the compiled rules that polls match with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlalchemy import Engine

from alerts.model import Rule
from alerts.rules.files import check
from alerts.rules.index import RuleIndex
from alerts.store import audit
from alerts.store import rules as kept
from alerts.store.unit import reading, writing


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import of rules came to."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]


def import_rules(engine: Engine, rules: Sequence[Rule], *, author: str, now: datetime) -> Imported:
    """Checks every rule with its examples, then saves all that differ: all or none.

    Raises BadInput naming the rule and the example that fails. Nothing already stored is matched
    again and nothing is mailed for it.
    """
    for rule in rules:
        check(rule)
    written, unchanged = [], []
    with writing(engine) as tx:
        for rule in rules:
            if kept.save(tx, rule, author=author, now=now):
                written.append(rule.key)
                audit.record(tx, at=now, actor=author, action="rule written", subject=rule.key)
            else:
                unchanged.append(rule.key)
    return Imported(tuple(written), tuple(unchanged))


class RuleBook:
    """The rules in force, compiled; read again only when one was written or retired."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._stamp: tuple[int, int] | None = None
        self._index = RuleIndex(())

    def index(self) -> RuleIndex:
        with self._lock, reading(self._engine) as tx:
            stamp = kept.stamp(tx)
            if stamp != self._stamp:
                self._index, self._stamp = RuleIndex(kept.current(tx)), stamp
            return self._index
