"""Items from elsewhere brought in as long work: some hundred at a time, and nothing of it is ever mailed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from alerts.errors import BadInput
from alerts.model import JobKind
from alerts.rules.index import RuleIndex
from alerts.services.archive import Backfilled, backfilling, record_import
from alerts.services.item_lines import items_of
from alerts.services.jobs import Save, Step, Take
from alerts.store.jobs import Job, NewJob

LARGEST_FILE = 5_000_000
"""Characters of a file that a page takes; ``alerts items import`` has no limit."""

AT_ONCE = 200
"""Items of one step: about a second's work."""

_TEXT = "the file"


def items_import(text: str, name: str) -> NewJob:
    """The job that brings in a file's items. Raises BadInput for the first line that cannot be read."""
    if len(text) > LARGEST_FILE:
        raise BadInput(f"the file is larger than {LARGEST_FILE:,} characters; use: alerts items import")
    count = sum(1 for _ in items_of(text.split("\n"), _TEXT))
    if not count:
        raise BadInput("there is no item in it; write one JSON object a line")
    about = f"{count:,} {'item' if count == 1 else 'items'}{f' of {name}' if name else ''}"
    return NewJob(JobKind.ITEMS_IMPORT, about, {}, material=text, whole=count)


def begin(
    engine: Engine,
    index: Callable[[], RuleIndex],
    languages: Sequence[str],
    clock: Callable[[], datetime],
) -> Callable[[Job], Take]:
    """How such a job is done: items that are there already are known the second time."""

    def begun(job: Job) -> Take:
        incoming = list(items_of((job.material or "").split("\n"), _TEXT))

        def take(result: Mapping[str, Any]) -> Save:
            behind, before = result.get("behind", 0), Backfilled(**result.get("counts", {}))
            batch, now = incoming[behind : behind + AT_ONCE], clock()
            save_items = backfilling(engine, batch, index(), languages, now)

            def save(tx: Connection) -> Step:
                total = before + save_items(tx)
                done = behind + len(batch)
                over = done >= len(incoming)
                if over:
                    record_import(tx, total, job.asked_by, now)
                return Step(done, len(incoming), {"behind": done, "counts": asdict(total)}, over)

            return save

        return take

    return begun
