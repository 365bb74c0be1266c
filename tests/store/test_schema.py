"""The migrated schema is the one the models describe, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

import alerts.store
from alerts.errors import Unavailable
from alerts.store import migrate
from alerts.store.columns import Table
from alerts.store.unit import reading, writing

Open = Callable[[str], Engine]


def _is_modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Full-text tables are not: see ``alerts.store.archive``."""
    return kind != "table" or not str(name).startswith("item_keys")


def test_alembic_finds_no_difference_between_the_migrated_schema_and_the_models(engine: Engine) -> None:
    with reading(engine) as tx:
        options = {"compare_type": True, "compare_server_default": True, "include_name": _is_modelled}
        context = MigrationContext.configure(tx, opts=options)
        assert compare_metadata(context, Table.metadata) == []


def _shape(engine: Engine) -> dict[str, Any]:
    """Every column, key, constraint and index, by name."""

    def by_name(found: Any) -> Any:
        return sorted(found, key=lambda each: str(each["name"]))

    with reading(engine) as tx:
        seen = inspect(tx)
        return {
            name: {
                "columns": [{**c, "type": str(c["type"])} for c in by_name(seen.get_columns(name))],
                "primary key": seen.get_pk_constraint(name),
                "unique": by_name(seen.get_unique_constraints(name)),
                "foreign keys": by_name(seen.get_foreign_keys(name)),
                "indexes": by_name(seen.get_indexes(name)),
            }
            for name in seen.get_table_names()
            if name != "alembic_version" and _is_modelled(name, "table", {})
        }


def test_migrating_and_creating_from_the_models_name_and_shape_everything_alike(
    empty_url: str, opened: Open
) -> None:
    engine = opened(empty_url)
    migrate.upgrade(engine)
    migrated = _shape(engine)
    with writing(engine) as tx:
        Table.metadata.drop_all(tx)
        Table.metadata.create_all(tx)
    assert _shape(engine) == migrated


def test_the_newest_revision_is_alembics_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(alerts.store.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [migrate.newest()]
    for script in scripts.walk_revisions():
        assert Path(script.path).name.partition("_")[0] == script.revision


def test_upgrading_an_empty_database_twice_is_the_same_as_once(empty_url: str, opened: Open) -> None:
    engine = opened(empty_url)
    assert migrate.pending(engine)
    migrate.upgrade(engine)
    once = _shape(engine)
    migrate.upgrade(engine)
    assert not migrate.pending(engine)
    assert _shape(engine) == once


def test_two_programs_that_upgrade_at_the_same_time_do_not_disturb_each_other(
    empty_url: str, opened: Open
) -> None:
    gate, errors = threading.Barrier(2), []

    def upgrade(engine: Engine) -> None:
        assert migrate.pending(engine)
        gate.wait(20)
        try:
            migrate.upgrade(engine)
        except Exception as error:  # noqa: BLE001 - shown below
            errors.append(error)

    threads = [threading.Thread(target=upgrade, args=(opened(empty_url),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert not migrate.pending(opened(empty_url))


def test_a_database_of_a_newer_program_is_left_alone_and_said_so(empty_url: str, opened: Open) -> None:
    engine = opened(empty_url)
    migrate.upgrade(engine)
    with writing(engine) as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match="schema 9999, of a newer program"):
        migrate.upgrade(engine)


def test_a_migration_that_dies_halfway_leaves_nothing_behind(
    empty_url: str, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = opened(empty_url)

    class Died(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Died

    monkeypatch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", die)
    with pytest.raises(Died):
        migrate.upgrade(engine)
    monkeypatch.undo()
    assert set(_shape(engine)) == set()
    migrate.upgrade(engine)
    assert not migrate.pending(engine)
