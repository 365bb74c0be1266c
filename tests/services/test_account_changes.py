"""What the pages change about accounts, and what they refuse."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine
from test_accounts import HERE, NOW, OTHER, RIGHT, SECRET, told

from alerts.errors import BadInput, NotFound
from alerts.model import Role
from alerts.services.account_changes import (
    LastAdmin,
    change_own_password,
    change_role,
    end_own_session,
    end_sessions,
    remove_other,
)
from alerts.services.accounts import (
    TRIES_HERE,
    TooManyTries,
    WrongLogin,
    access,
    add_account,
    browsers,
    listed,
    log_in,
)
from alerts.store.passwords import Passwords


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(autouse=True)
def people(engine: Engine, passwords: Passwords) -> None:
    for name, role in (("anna", Role.ADMIN), ("bert", Role.EDITOR)):
        add_account(engine, passwords, name, role, RIGHT, actor="cli", now=NOW)


def enter(engine: Engine, passwords: Passwords, name: str = "anna", password: str = RIGHT) -> str:
    return log_in(engine, passwords, name, password, HERE, secret=SECRET, now=NOW)


def is_in(engine: Engine, token: str) -> bool:
    return access(engine, token, NOW).visitor is not None


def test_another_role_holds_at_once_and_is_in_the_audit(engine: Engine, passwords: Passwords) -> None:
    token = enter(engine, passwords, "bert")
    assert change_role(engine, "bert", Role.ADMIN, actor="anna", now=NOW)
    assert not change_role(engine, "bert", Role.ADMIN, actor="anna", now=NOW)
    visitor = access(engine, token, NOW).visitor
    assert visitor and visitor.role is Role.ADMIN
    assert told(engine)[-1] == ("anna", "role changed", "bert")


def test_the_last_admin_stays_one(engine: Engine) -> None:
    with pytest.raises(LastAdmin):
        change_role(engine, "anna", Role.EDITOR, actor="anna", now=NOW)
    with pytest.raises(LastAdmin):
        remove_other(engine, "anna", actor="anna", now=NOW)
    change_role(engine, "bert", Role.ADMIN, actor="anna", now=NOW)
    remove_other(engine, "anna", actor="bert", now=NOW)
    assert [each.name for each in listed(engine, NOW)] == ["bert"]


def test_whoever_is_not_there_is_not_found(engine: Engine) -> None:
    with pytest.raises(NotFound):
        change_role(engine, "carl", Role.ADMIN, actor="anna", now=NOW)
    with pytest.raises(NotFound):
        change_role(engine, "carl", Role.VIEWER, actor="anna", now=NOW)
    with pytest.raises(NotFound):
        remove_other(engine, "carl", actor="anna", now=NOW)


def test_all_browsers_of_one_account_can_be_logged_out(engine: Engine, passwords: Passwords) -> None:
    tokens = [enter(engine, passwords, "bert"), enter(engine, passwords, "bert")]
    mine = enter(engine, passwords)
    assert [each.sessions for each in listed(engine, NOW)] == [1, 2]
    assert end_sessions(engine, "bert", actor="anna", now=NOW) == 2
    assert [is_in(engine, token) for token in (*tokens, mine)] == [False, False, True]
    assert end_sessions(engine, "bert", actor="anna", now=NOW) == 0


def test_everybody_sees_their_own_browsers_and_logs_one_out(engine: Engine, passwords: Passwords) -> None:
    first, second, of_bert = (enter(engine, passwords, name) for name in ("anna", "anna", "bert"))
    found = browsers(engine, "anna", second, NOW)
    assert [(each.mine, each.address) for each in found] == [(True, HERE), (False, HERE)]
    (berts,) = browsers(engine, "bert", of_bert, NOW)
    assert not end_own_session(engine, "anna", berts.id, now=NOW), "never somebody else's"
    assert end_own_session(engine, "anna", found[1].id, now=NOW)
    assert [is_in(engine, token) for token in (first, second, of_bert)] == [False, True, True]


def change(engine: Engine, passwords: Passwords, old: str = RIGHT, new: str = OTHER) -> str:
    return change_own_password(engine, passwords, "anna", old, new, HERE, secret=SECRET, known="", now=NOW)


def test_ones_own_password_changes_and_all_other_browsers_are_out(
    engine: Engine, passwords: Passwords
) -> None:
    before = [enter(engine, passwords), enter(engine, passwords)]
    token = change(engine, passwords)
    assert [is_in(engine, each) for each in (*before, token)] == [False, False, True]
    with pytest.raises(WrongLogin):
        enter(engine, passwords)
    assert enter(engine, passwords, password=OTHER)


def test_a_wrong_old_password_or_a_bad_new_one_changes_nothing(engine: Engine, passwords: Passwords) -> None:
    token = enter(engine, passwords)
    with pytest.raises(WrongLogin):
        change(engine, passwords, old=OTHER)
    with pytest.raises(BadInput, match="too short"):
        change(engine, passwords, new="short")
    assert is_in(engine, token)
    assert enter(engine, passwords)


def test_a_stolen_browser_cannot_guess_the_password_for_ever(engine: Engine, passwords: Passwords) -> None:
    for _ in range(TRIES_HERE):
        with pytest.raises(WrongLogin):
            change(engine, passwords, old=OTHER)
    with pytest.raises(TooManyTries):
        change(engine, passwords)
