"""Which way a rule points is kept, also in a database that knew nothing of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from small_world import NOW
from sqlalchemy import Engine, text

from alerts.model import Polarity, Rule
from alerts.store import migrate, rules
from alerts.store.unit import reading, writing


@pytest.mark.parametrize("polarity", Polarity)
def test_the_polarity_of_a_rule_comes_back_and_changing_it_alone_is_an_edit(
    engine: Engine, polarity: Polarity
) -> None:
    with writing(engine) as tx:
        rules.save(tx, Rule("truce", "Truce", "truce"), author="anna", now=NOW)
        changed = rules.save(tx, Rule("truce", "Truce", "truce", polarity=polarity), author="anna", now=NOW)
    assert changed is (polarity is not Polarity.NEUTRAL)
    with reading(engine) as tx:
        assert rules.kept.get(tx, "truce").polarity is polarity


def test_rules_of_an_older_database_point_nowhere_until_somebody_says_so(
    empty_url: str, opened: Callable[[str], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import command

    engine = opened(empty_url)
    with monkeypatch.context() as older:
        to = command.upgrade
        older.setattr(command, "upgrade", lambda config, _: to(config, "0005"))
        migrate.upgrade(engine)
    with writing(engine) as tx:
        tx.execute(text("INSERT INTO rules (id, key, number) VALUES (1, 'truce', 1)"))
        tx.execute(
            text(
                "INSERT INTO rule_versions (id, rule_id, number, name, query, severity, languages, sources,"
                " match, no_match, author, created_at)"
                " VALUES (1, 1, 1, 'Truce', 'truce', 'low', '[]', '[]', '[]', '[]', 'anna', :at)"
            ),
            {"at": "2026-11-21 08:00:00"},
        )
    migrate.upgrade(engine)
    with reading(engine) as tx:
        (rule,) = rules.current(tx)
    assert (rule.query, rule.polarity) == ("truce", Polarity.NEUTRAL)
