"""Engines that compile a statement once in a process, not once in each: half of what a test on a new database
takes would be compiling what the test before it compiled."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, Engine, event

from alerts.store.unit import open_engine as open_new

_dialects: dict[str, Dialect] = {}
"""Of each kind of database the one that was the first to meet it, which is when a dialect learns of it."""

_statements: dict[Any, Any] = {}


def open_engine(url: str) -> Engine:
    """The engine for a database address, as the program opens it."""
    engine = open_new(url)
    if (dialect := _dialects.get(engine.name)) is None:
        event.listen(engine, "connect", lambda *_: _dialects.setdefault(engine.name, engine.dialect))
    else:
        engine.dialect = dialect  # what was compiled is for one dialect
    engine.update_execution_options(compiled_cache=_statements)
    return engine
