"""Accounts: what the command line makes, and what a login may do and for how long."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, select

from alerts.errors import BadInput, NotFound
from alerts.model import Role
from alerts.services.accounts import (
    IDLE,
    LONGEST_SESSION,
    TRIES_HERE,
    TRIES_LAST,
    TRIES_OF_ADDRESS,
    TRIES_OF_NAME,
    Access,
    TooManyTries,
    Visitor,
    WrongLogin,
    access,
    account_name,
    add_account,
    check_password,
    known_browser,
    listed,
    log_in,
    log_out,
    remove_account,
    set_password,
)
from alerts.store import audit
from alerts.store.passwords import Passwords
from alerts.store.schema import LoginTry, Session, User
from alerts.store.unit import reading

NOW = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
SECRET = b"a secret of forty characters, for tests!"
RIGHT, OTHER = "grey heron on the pier", "brown heron in the reeds"
HERE = "192.0.2.7"


@pytest.fixture
def passwords() -> Passwords:
    """As cheap as argon2id can be."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def anna(engine: Engine, passwords: Passwords) -> str:
    add_account(engine, passwords, "Anna", Role.EDITOR, RIGHT, actor="cli", now=NOW)
    return "anna"


def enter(
    engine: Engine,
    passwords: Passwords,
    name: str = "anna",
    password: str = RIGHT,
    *,
    address: str = HERE,
    now: datetime = NOW,
    **more: str,
) -> str:
    return log_in(engine, passwords, name, password, address, secret=SECRET, now=now, **more)


def told(engine: Engine) -> list[tuple[str, str, str]]:
    with reading(engine) as tx:
        return [(event.actor, event.action, event.subject) for event in reversed(audit.latest(tx))]


# Names and passwords


@pytest.mark.parametrize("typed", ["anna", " Anna ", "a.b-c_d+e@f.example", "7a", "anna\n"])
def test_a_name_is_compared_in_small_letters(typed: str) -> None:
    assert account_name(typed) == typed.strip().lower()


@pytest.mark.parametrize("typed", ["", "a", "-anna", "an na", "änna", "аnna", "a" * 65, "a\0b", "<b>"])
def test_what_could_be_mistaken_for_another_name_is_refused(typed: str) -> None:
    with pytest.raises(BadInput):
        account_name(typed)


@pytest.mark.parametrize(
    "password", ["", "eleven char", "a" * 1025, "aaaaaaaaaaaa", "ababababababab", "annaannaanna"]
)
def test_a_password_that_will_not_do_is_refused(password: str) -> None:
    with pytest.raises(BadInput, match="password"):
        check_password(password, "anna")


def test_twelve_characters_of_any_script_will_do() -> None:
    check_password("голубая цапля", "anna")
    check_password("twelve chars", "anna")


def test_a_password_is_kept_only_as_a_hash_of_argon2id_with_at_least_what_owasp_asks_for() -> None:
    kept = Passwords().hashed(RIGHT)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert RIGHT not in kept
    assert Passwords().is_right(kept, RIGHT)
    assert not Passwords().is_right(kept, OTHER)


def test_the_same_signs_from_another_keyboard_are_the_same_password(passwords: Passwords) -> None:
    kept = passwords.hashed("caf\u00e9 am Hafen")
    assert passwords.is_right(kept, "cafe\u0301 am Hafen")


def test_no_password_is_right_for_no_account_or_a_broken_hash(passwords: Passwords) -> None:
    assert not passwords.is_right(None, RIGHT)
    assert not passwords.is_right("", RIGHT)
    assert not passwords.is_right("$argon2id$", RIGHT)


# Made on the command line


@pytest.mark.usefixtures("anna")
def test_an_account_is_there_once(engine: Engine, passwords: Passwords) -> None:
    with pytest.raises(BadInput, match="there is an account 'anna' already"):
        add_account(engine, passwords, "ANNA", Role.ADMIN, OTHER, actor="cli", now=NOW)
    assert [(each.name, each.role) for each in listed(engine, NOW)] == [("anna", Role.EDITOR)]
    assert enter(engine, passwords)


def test_an_unknown_account_is_told_so(engine: Engine, passwords: Passwords) -> None:
    with pytest.raises(NotFound):
        set_password(engine, passwords, "nobody", OTHER, secret=SECRET, actor="cli", now=NOW)
    with pytest.raises(NotFound):
        remove_account(engine, "nobody", actor="cli", now=NOW)
    assert told(engine) == []


@pytest.mark.usefixtures("anna")
def test_removing_says_whether_it_was_the_last_account(engine: Engine, passwords: Passwords) -> None:
    add_account(engine, passwords, "berta", Role.VIEWER, OTHER, actor="cli", now=NOW)
    assert not remove_account(engine, "anna", actor="cli", now=NOW)
    assert remove_account(engine, "berta", actor="cli", now=NOW)
    assert access(engine, "", NOW) == Access(False, None)


def test_every_write_leaves_one_audit_event(engine: Engine, passwords: Passwords, anna: str) -> None:
    token = enter(engine, passwords)
    log_out(engine, token, now=NOW)
    log_out(engine, token, now=NOW)
    for name, password in ((anna, OTHER), ("nobody", RIGHT)):
        with pytest.raises(WrongLogin):
            enter(engine, passwords, name, password)
    set_password(engine, passwords, anna, OTHER, secret=SECRET, actor="cli", now=NOW)
    remove_account(engine, anna, actor="cli", now=NOW)
    assert told(engine) == [
        ("cli", "account added", "anna"),
        ("anna", "logged in", "anna"),
        ("anna", "logged out", "anna"),
        (f"web {HERE}", "login failed", "anna"),
        (f"web {HERE}", "login failed", "an unknown name"),
        ("cli", "password changed", "anna"),
        ("cli", "account removed", "anna"),
    ]


# Sessions


@pytest.mark.usefixtures("anna")
def test_a_login_lets_in_whoever_has_its_token(engine: Engine, passwords: Passwords) -> None:
    token = enter(engine, passwords, " ANNA ")
    assert access(engine, token, NOW) == Access(True, Visitor("anna", Role.EDITOR))
    assert access(engine, "", NOW) == access(engine, "x" * 43, NOW) == Access(True, None)


@pytest.mark.usefixtures("anna")
def test_the_token_is_long_new_each_time_and_kept_nowhere(engine: Engine, passwords: Passwords) -> None:
    tokens = {enter(engine, passwords) for _ in range(3)}
    assert len(tokens) == 3
    assert all(len(token) == 43 for token in tokens)
    with reading(engine) as tx:
        kept = repr([tuple(row) for row in tx.execute(select(*Session.__table__.columns))])
    assert not any(token in kept for token in tokens)


@pytest.mark.usefixtures("anna")
def test_a_login_ends_the_session_that_it_takes_the_place_of(engine: Engine, passwords: Passwords) -> None:
    first = enter(engine, passwords)
    second = enter(engine, passwords, leaving=first)
    assert access(engine, first, NOW).visitor is None
    assert access(engine, second, NOW).visitor


@pytest.mark.parametrize("ending", ["log out", "password", "removal"])
def test_what_ends_sessions_ends_them_at_once(
    engine: Engine, passwords: Passwords, anna: str, ending: str
) -> None:
    add_account(engine, passwords, "berta", Role.VIEWER, OTHER, actor="cli", now=NOW)
    here, there = enter(engine, passwords), enter(engine, passwords)
    hers = enter(engine, passwords, "berta", OTHER)
    match ending:
        case "log out":
            log_out(engine, here, now=NOW)
        case "password":
            set_password(engine, passwords, anna, OTHER, secret=SECRET, actor="cli", now=NOW)
        case _:
            remove_account(engine, anna, actor="cli", now=NOW)
    assert access(engine, here, NOW).visitor is None
    assert (access(engine, there, NOW).visitor is None) == (ending != "log out")
    assert access(engine, hers, NOW).visitor == Visitor("berta", Role.VIEWER)


@pytest.mark.usefixtures("anna")
def test_a_session_that_is_not_used_ends_and_one_that_is_used_goes_on(
    engine: Engine, passwords: Passwords
) -> None:
    idle, used = enter(engine, passwords), enter(engine, passwords)
    almost = IDLE - timedelta(minutes=1)
    assert access(engine, used, NOW + almost).visitor
    assert access(engine, idle, NOW + IDLE).visitor is None
    assert access(engine, used, NOW + almost + almost).visitor


@pytest.mark.usefixtures("anna")
def test_no_session_outlives_a_week_however_much_it_is_used(engine: Engine, passwords: Passwords) -> None:
    token, now = enter(engine, passwords), NOW
    while now - NOW < LONGEST_SESSION:
        assert access(engine, token, now).visitor
        now += timedelta(hours=6)
    assert access(engine, token, NOW + LONGEST_SESSION).visitor is None


@pytest.mark.usefixtures("anna")
def test_looking_writes_at_most_once_in_ten_minutes(engine: Engine, passwords: Passwords) -> None:
    token = enter(engine, passwords)

    def used_at() -> datetime:
        with reading(engine) as tx:
            return tx.scalars(select(Session.used_at)).one()

    access(engine, token, NOW + timedelta(minutes=10))
    assert used_at() == NOW
    access(engine, token, NOW + timedelta(minutes=11))
    assert used_at() == NOW + timedelta(minutes=11)


@pytest.mark.usefixtures("anna")
def test_sessions_that_have_ended_are_deleted_at_the_next_login(engine: Engine, passwords: Passwords) -> None:
    enter(engine, passwords)
    enter(engine, passwords, now=NOW + LONGEST_SESSION)
    with reading(engine) as tx:
        assert len(tx.scalars(select(Session.id)).all()) == 1


def test_a_password_that_changes_between_reading_and_logging_in_does_not_let_in(
    engine: Engine, passwords: Passwords, anna: str
) -> None:
    class Slow(Passwords):
        def is_right(self, kept: str | None, password: str) -> bool:
            set_password(engine, passwords, anna, OTHER, secret=SECRET, actor="cli", now=NOW)
            return passwords.is_right(kept, password)

    with pytest.raises(WrongLogin):
        enter(engine, Slow())


@pytest.mark.usefixtures("passwords", "anna")
def test_a_hash_of_older_parameters_is_made_anew_at_the_next_login(engine: Engine) -> None:
    def kept() -> str:
        with reading(engine) as tx:
            return tx.scalars(select(User.password_hash)).one()

    dearer = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    old = kept()
    with pytest.raises(WrongLogin):
        enter(engine, dearer, password=OTHER)
    assert kept() == old
    token = enter(engine, dearer)
    assert kept().startswith("$argon2id$v=19$m=16,t=2,p=1$")
    assert access(engine, token, NOW).visitor
    assert enter(engine, dearer)


# Guessing


def test_an_unknown_name_and_a_wrong_password_are_told_the_same_and_cost_the_same(
    engine: Engine, passwords: Passwords, anna: str
) -> None:
    compared: list[bool] = []

    class Counting(Passwords):
        def is_right(self, kept: str | None, password: str) -> bool:
            compared.append(kept is None)
            return passwords.is_right(kept, password)

    counting, words = Counting(), []
    for name in (anna, "nobody"):
        with pytest.raises(WrongLogin) as refused:
            enter(engine, counting, name, OTHER)
        words.append(str(refused.value))
    assert compared == [False, True]
    assert words[0] == words[1]


def fail(
    engine: Engine,
    passwords: Passwords,
    name: str,
    address: str,
    times: int,
    now: datetime = NOW,
    **more: str,
) -> None:
    for _ in range(times):
        with pytest.raises(WrongLogin):
            enter(engine, passwords, name, OTHER, address=address, now=now, **more)


def close(engine: Engine, passwords: Passwords, name: str, times: int = TRIES_OF_NAME) -> None:
    """Somebody with many networks uses up the tries of a name."""
    for number in range(times // TRIES_HERE):
        fail(engine, passwords, name, f"203.0.113.{number}", TRIES_HERE)


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_a_name_can_be_tried_so_often_an_hour_wherever_from(
    engine: Engine, passwords: Passwords, anna: str, name: str
) -> None:
    close(engine, passwords, name)
    with pytest.raises(TooManyTries):
        enter(engine, passwords, name, address="198.51.100.1")
    later = NOW + TRIES_LAST
    if name == anna:
        assert enter(engine, passwords, now=later)
    else:
        fail(engine, passwords, name, HERE, 1, later)


@pytest.mark.usefixtures("anna")
def test_a_stranger_does_not_keep_the_owner_out(engine: Engine, passwords: Passwords) -> None:
    fail(engine, passwords, "anna", "198.51.100.1", TRIES_HERE)
    with pytest.raises(TooManyTries):
        enter(engine, passwords, address="198.51.100.1")
    assert enter(engine, passwords)


@pytest.mark.usefixtures("anna")
def test_a_browser_that_has_logged_in_before_has_tries_of_its_own(
    engine: Engine, passwords: Passwords
) -> None:
    known = known_browser("anna", SECRET)
    close(engine, passwords, "anna")
    for number in range(TRIES_OF_ADDRESS // TRIES_HERE):
        fail(engine, passwords, f"name{number}", HERE, TRIES_HERE)
    for wrong in ("", "x.y", known_browser("bert", SECRET), known_browser("anna", b"another secret of ours")):
        with pytest.raises(TooManyTries):
            enter(engine, passwords, known=wrong)
    assert enter(engine, passwords, known=known)
    fail(engine, passwords, "anna", HERE, TRIES_HERE, known=known)
    with pytest.raises(TooManyTries):
        enter(engine, passwords, known=known)


@pytest.mark.usefixtures("anna")
def test_from_an_address_so_many_names_can_be_tried_an_hour(engine: Engine, passwords: Passwords) -> None:
    for number in range(TRIES_OF_ADDRESS):
        fail(engine, passwords, f"name{number}", HERE, 1)
    with pytest.raises(TooManyTries):
        enter(engine, passwords)
    assert enter(engine, passwords, address="198.51.100.1")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("fe80::1%eth0", "fe80::1%eth1", True),
        ("unknown", "unknown", True),
    ],
)
@pytest.mark.usefixtures("anna")
def test_addresses_that_one_person_has_count_as_one(
    engine: Engine, passwords: Passwords, one: str, other: str, same: bool
) -> None:
    for number in range(TRIES_OF_ADDRESS):
        fail(engine, passwords, f"name{number}", one, 1)
    if same:
        with pytest.raises(TooManyTries):
            enter(engine, passwords, address=other)
    else:
        assert enter(engine, passwords, address=other)


@pytest.mark.usefixtures("anna")
def test_logins_that_succeed_count_for_nothing(engine: Engine, passwords: Passwords) -> None:
    for _ in range(TRIES_OF_ADDRESS + 1):
        enter(engine, passwords)


def test_another_password_lets_a_name_be_tried_again_at_once(
    engine: Engine, passwords: Passwords, anna: str
) -> None:
    fail(engine, passwords, anna, HERE, TRIES_HERE)
    set_password(engine, passwords, anna, OTHER, secret=SECRET, actor="cli", now=NOW)
    assert enter(engine, passwords, password=OTHER)


@pytest.mark.usefixtures("passwords", "anna")
def test_many_tries_at_once_get_no_more_guesses_than_one_after_another(engine: Engine) -> None:
    guesses, start = [0], threading.Barrier(3 * TRIES_HERE)

    class Counting(Passwords):
        def is_right(self, _kept: str | None, _password: str) -> bool:
            guesses[0] += 1
            return False

    def guess(number: int) -> None:
        start.wait()
        with pytest.raises((WrongLogin, TooManyTries)):
            enter(engine, Counting(), address=f"2001:db8::{number}")

    threads = [threading.Thread(target=guess, args=[number]) for number in range(3 * TRIES_HERE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert guesses[0] <= TRIES_HERE


@pytest.mark.usefixtures("anna")
def test_what_was_typed_as_a_name_is_kept_nowhere_when_it_is_none(
    engine: Engine, passwords: Passwords
) -> None:
    fail(engine, passwords, "My secret sentence!", HERE, 1)
    with reading(engine) as tx:
        kept = [tuple(row) for row in tx.execute(select(*LoginTry.__table__.columns))]
        assert "secret sentence" not in repr([kept, audit.latest(tx)]).lower()
    later = NOW + TRIES_LAST
    enter(engine, passwords, now=later)
    with reading(engine) as tx:
        assert tx.scalars(select(LoginTry.id)).all() == []
