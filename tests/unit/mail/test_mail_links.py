"""A link's token is ours, says exactly one thing, and nobody else can make one."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.mail.links import ID_LIMIT, TOKEN_LIMIT, Signer
from alerts.model import Grant, Scope

SECRET = b"a secret of the test, not of anybody"
SIGNER = Signer(SECRET)

ids = st.one_of(st.integers(0, 300), st.integers(0, ID_LIMIT - 1))
grants = st.builds(Grant, ids, st.sampled_from(Scope), ids)


@given(grants)
def test_a_token_reads_back_as_its_grant_and_stays_short(grant):
    token = SIGNER.token(grant)
    assert SIGNER.read(token) == grant
    assert token == Signer(SECRET).token(grant)
    assert len(token) <= TOKEN_LIMIT
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*[A-Za-z0-9]", token)


@given(grants, grants)
def test_two_grants_never_share_a_token(one, other):
    assert (one == other) == (SIGNER.token(one) == SIGNER.token(other))


@given(st.one_of(st.text(), st.from_regex(r"[A-Za-z0-9_-]{1,60}", fullmatch=True)))
def test_whatever_comes_instead_of_a_token_is_none(text):
    assert SIGNER.read(text) is None


@given(grants, st.data())
def test_a_token_changed_in_one_place_is_none(grant, data):
    token = SIGNER.token(grant)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters(codec="ascii").filter(lambda c: c != token[place]))
    assert SIGNER.read(token[:place] + letter + token[place + 1 :]) is None


@given(grants, st.sampled_from(["", "=", "==", "A", " ", "\n", "\u2028", "\ud800", "%3D"]))
def test_a_token_with_something_around_it_is_none(grant, extra):
    token = SIGNER.token(grant)
    assert SIGNER.read(token + extra) == (grant if not extra else None)
    assert SIGNER.read(extra + token) == (grant if not extra else None)


def test_another_secret_or_purpose_reads_nothing(monkeypatch):
    grant = Grant(7, Scope.RULE, 3)
    token = SIGNER.token(grant)
    assert Signer(SECRET + b"!").read(token) is None
    monkeypatch.setattr("alerts.mail.links._PURPOSE", b"alerts confirm\0")
    assert SIGNER.read(token) is None


def test_a_token_of_another_key_number_reads_nothing(monkeypatch):
    monkeypatch.setattr("alerts.mail.links._KEY", 2)
    newer = SIGNER.token(Grant(7, Scope.RULE, 3))
    monkeypatch.undo()
    assert SIGNER.read(newer) is None


def test_the_signature_has_128_bits():
    signed = base64.urlsafe_b64decode(SIGNER.token(Grant(1, Scope.EVERYTHING, 0)) + "==")
    assert len(signed) == 1 + 1 + 1 + 16 + 1  # scope, two small ids, signature, key


@pytest.mark.parametrize("ids", [(-1, 0), (0, -1), (ID_LIMIT, 0), (0, ID_LIMIT)])
def test_an_id_out_of_range_is_refused(ids):
    with pytest.raises(ValueError, match="out of range"):
        SIGNER.token(Grant(ids[0], Scope.DIGEST, ids[1]))


def test_an_empty_secret_is_refused():
    with pytest.raises(ValueError, match="secret"):
        Signer(b"")
