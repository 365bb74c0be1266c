"""Writing rules, concepts and situations: the same steps for all three, each told to the audit.

The checks are those of ``services.rules``, ``services.concepts`` and ``services.situations``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from alerts.errors import Overtaken
from alerts.store import audit
from alerts.store.versions import Noun, Versions


@dataclass(frozen=True, slots=True)
class Edit:
    """Who writes, when, and why, in their words."""

    author: str
    now: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to: keys, and what the importer should know."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    notes: tuple[str, ...] = ()


def hold(tx: Connection, kept: Versions[Noun], key: str, began: int | None) -> None:
    """Keeps others from writing it until the transaction ends. Raises Overtaken when another version than
    ``began`` (0: none) is in force. Nothing, when it is None: whoever writes has not looked before."""
    if began is None:
        return
    kept.hold(tx, key)
    in_force = kept.find(tx, key)
    if (in_force.version if in_force else 0) != began:
        raise Overtaken(f"the {kept.kind} {key} was changed by somebody else meanwhile")


def write(
    tx: Connection, kept: Versions[Noun], nouns: Sequence[Noun], edit: Edit, note: str = ""
) -> Imported:
    """Saves those that differ from what is in force."""
    written, unchanged = [], []
    for noun in nouns:
        made = {"author": edit.author, "reason": edit.reason, "note": note}
        if kept.save(tx, noun, now=edit.now, **made):
            written.append(noun.key)
            _audit(tx, kept, noun.key, "written", edit, note)
        else:
            unchanged.append(noun.key)
    return Imported(tuple(written), tuple(unchanged))


def retire(tx: Connection, kept: Versions[Noun], key: str, edit: Edit, began: int | None = None) -> None:
    """Takes it out of force; its versions stay. Raises NotFound, or Overtaken when another version than
    ``began`` is in force, if one is named."""
    hold(tx, kept, key, began)
    kept.retire(tx, key, edit.now)
    _audit(tx, kept, key, "retired", edit, "")


def _audit(tx: Connection, kept: Versions[Noun], key: str, action: str, edit: Edit, note: str) -> None:
    detail = "; ".join(filter(None, (edit.reason, note)))
    audit.record(
        tx, at=edit.now, actor=edit.author, action=f"{kept.kind} {action}", subject=key, detail=detail
    )
