"""A link's token is ours, says exactly one thing, and nobody else can make one."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.mail.address import LOCAL_LIMIT
from alerts.mail.links import ID_LIMIT, TOKEN_LIMIT, Confirmation, Signer
from alerts.model import Grant, Scope

SECRET = b"a secret of the test, not of anybody"
SIGNER = Signer([SECRET])

ids = st.one_of(st.integers(0, 300), st.integers(0, ID_LIMIT - 1))
grants = st.builds(Grant, ids, st.sampled_from(Scope), ids)
times = st.datetimes(datetime(2020, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001

READERS: dict[str, Callable[[Signer, str], Any]] = {
    "unsubscribe": Signer.read,
    "unsubscribe by mail": Signer.read_unsubscribe_tag,
    "confirm": Signer.read_confirm,
    "preferences": Signer.read_preferences,
    "return": Signer.read_return_tag,
}


@st.composite
def written(draw: st.DrawFn) -> tuple[str, Any, Callable[[Signer], str]]:
    """A purpose, what is said, and how a signer says it."""
    grant, number, until = draw(grants), draw(ids), draw(times).replace(microsecond=0)
    ways: tuple[tuple[str, Any, Callable[[Signer], str]], ...] = (
        ("unsubscribe", grant, lambda s: s.token(grant)),
        ("unsubscribe by mail", grant, lambda s: s.unsubscribe_tag(grant)),
        ("confirm", Confirmation(number, until), lambda s: s.confirm_token(number, until)),
        ("preferences", number, lambda s: s.preferences_token(number)),
        ("return", number, lambda s: s.return_tag(number)),
    )
    return draw(st.sampled_from(ways))


@given(written())
def test_whatever_is_written_reads_back_and_stays_short(
    case: tuple[str, Any, Callable[[Signer], str]],
) -> None:
    purpose, meant, write = case
    token = write(SIGNER)
    assert READERS[purpose](SIGNER, token) == meant
    assert write(Signer([SECRET])) == token
    assert len(token) <= TOKEN_LIMIT
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*[A-Za-z0-9]", token)


@given(written())
def test_a_token_is_bound_to_its_purpose(case: tuple[str, Any, Callable[[Signer], str]]) -> None:
    """R18."""
    purpose, _, write = case
    token = write(SIGNER)
    assert [name for name, read in READERS.items() if read(SIGNER, token) is not None] == [purpose]


@given(grants, grants)
def test_two_grants_never_share_a_token(one: Grant, other: Grant) -> None:
    """R18: bound to its scope."""
    assert (one == other) == (SIGNER.token(one) == SIGNER.token(other))
    assert (one == other) == (SIGNER.unsubscribe_tag(one) == SIGNER.unsubscribe_tag(other))


@given(st.sampled_from(list(READERS)), st.one_of(st.text(), st.from_regex(r"[A-Za-z0-9_-]{1,60}")))
def test_whatever_comes_instead_of_a_token_is_none(purpose: str, text: str) -> None:
    assert READERS[purpose](SIGNER, text) is None


@given(written(), st.data())
def test_a_token_changed_in_one_place_is_none(
    case: tuple[str, Any, Callable[[Signer], str]], data: st.DataObject
) -> None:
    purpose, _, write = case
    token = write(SIGNER)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters(codec="ascii").filter(lambda c: c.lower() != token[place].lower()))
    assert READERS[purpose](SIGNER, token[:place] + letter + token[place + 1 :]) is None


@given(written(), st.sampled_from(["=", "==", "A", " ", "\n", "\u2028", "\ud800", "%3D"]))
def test_a_token_with_something_around_it_is_none(
    case: tuple[str, Any, Callable[[Signer], str]], extra: str
) -> None:
    purpose, _, write = case
    assert READERS[purpose](SIGNER, write(SIGNER) + extra) is None
    assert READERS[purpose](SIGNER, extra + write(SIGNER)) is None


@given(written())
def test_a_new_key_signs_and_old_ones_are_still_read_until_they_are_forgotten(
    case: tuple[str, Any, Callable[[Signer], str]],
) -> None:
    """R18: rotation keeps old mail working."""
    purpose, meant, write = case
    rotated = Signer([b"the new secret", SECRET])
    assert READERS[purpose](rotated, write(SIGNER)) == meant
    assert READERS[purpose](Signer([b"the new secret"]), write(rotated)) == meant
    assert READERS[purpose](Signer([b"the new secret"]), write(SIGNER)) is None


@pytest.mark.parametrize(
    ("token", "grant"),
    [
        ("AQcDuCm-ayLTYo5cBuwy_NFNegE", Grant(7, Scope.RULE, 3)),
        ("AimwCV3_zo67LNAv3MvkX1CJSC8B", Grant(41, Scope.DIGEST, 1200)),
        ("A4CAgICAIACofMBWD30p6zFN_WGTkOhdAQ", Grant(2**40, Scope.EVERYTHING, 0)),
    ],
)
def test_the_tokens_of_mails_that_went_out_long_ago_are_still_good(token: str, grant: Grant) -> None:
    """R15, R18: these were made by the first version of this program."""
    signer = Signer([b"golden secret of thirty-two bytes!!"])
    assert signer.read(token) == grant
    assert signer.token(grant) == token


@given(ids, st.sampled_from([str.upper, str.lower, str.title]))
def test_a_tag_survives_a_server_that_changes_the_case_of_an_address(
    number: int, spell: Callable[[str], str]
) -> None:
    """R13."""
    assert SIGNER.read_return_tag(spell(SIGNER.return_tag(number))) == number
    grant = Grant(number, Scope.DIGEST, number)
    assert SIGNER.read_unsubscribe_tag(spell(SIGNER.unsubscribe_tag(grant))) == grant


def test_a_tag_leaves_room_for_a_name_before_it() -> None:
    """R13: at most 64 characters before the @."""
    longest = Grant(ID_LIMIT - 1, Scope.SITUATION, ID_LIMIT - 1)
    for tag in (SIGNER.return_tag(ID_LIMIT - 1), SIGNER.unsubscribe_tag(longest)):
        assert re.fullmatch("[a-z2-7]{8,60}", tag)
        assert len(f"alerts-returns+b{tag}") <= LOCAL_LIMIT


def test_an_expired_link_still_says_what_it_was_for() -> None:
    long_ago = datetime(2021, 5, 1, 8, 0, 0, tzinfo=UTC)
    token = SIGNER.confirm_token(5, long_ago + timedelta(milliseconds=300))
    assert SIGNER.read_confirm(token) == Confirmation(5, long_ago)


def test_a_signature_has_128_bits_in_a_link_and_80_in_an_address() -> None:
    signed = base64.urlsafe_b64decode(SIGNER.token(Grant(1, Scope.EVERYTHING, 0)) + "==")
    assert len(signed) == 1 + 1 + 1 + 16 + 1  # scope, two small ids, signature, version
    tag = SIGNER.return_tag(1).upper()
    assert len(base64.b32decode(tag + "=" * (-len(tag) % 8))) == 1 + 10 + 1


@pytest.mark.parametrize("ids", [(-1, 0), (0, -1), (ID_LIMIT, 0), (0, ID_LIMIT)])
def test_an_id_out_of_range_is_refused(ids: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        SIGNER.token(Grant(ids[0], Scope.DIGEST, ids[1]))


@pytest.mark.parametrize("secrets", [[], [b""], [SECRET, b""]])
def test_an_empty_secret_is_refused(secrets: list[bytes]) -> None:
    with pytest.raises(ValueError, match="secret"):
        Signer(secrets)
