"""Requests are counted by mailbox, however an address is written, and by nothing that names anybody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.errors import BadInput
from alerts.mail.address import keyed_hash, mailbox, normalise_address

SECRET = b"a secret of the test"


@pytest.mark.parametrize(
    "spelling",
    [
        "m.u.n.a@Desk.example.org",
        "MUNA@desk.example.org",
        "muna+news@desk.example.org",
        "mu.na+a+b@DESK.EXAMPLE.ORG",
    ],
)
def test_dots_tags_and_letter_case_make_no_other_mailbox(spelling: str) -> None:
    """R21."""
    assert mailbox(spelling) == "muna@desk.example.org"


def test_a_tag_alone_is_still_somebody() -> None:
    assert mailbox("+x@desk.example.org") == "+x@desk.example.org"


def test_other_people_are_other_mailboxes() -> None:
    assert len({mailbox(f"{name}@desk.example.org") for name in ("muna", "munah", "mona", "muna-h")}) == 4


@given(st.from_regex(r"[a-z][a-z0-9.+_-]{0,20}", fullmatch=True))
def test_counting_twice_by_the_same_name_is_counting_once(local: str) -> None:
    name = mailbox(f"{local}@desk.example.org")
    assert normalise_address(name) == name
    assert mailbox(name).partition("+")[0] == name.partition("+")[0]


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(BadInput):
        mailbox("no address")


def test_a_hash_is_bound_to_its_purpose_and_secret() -> None:
    """R18, R22."""
    hashes = {
        keyed_hash("request", "muna@desk.example.org", SECRET),
        keyed_hash("network", "muna@desk.example.org", SECRET),
        keyed_hash("request", "muna@desk.example.org", SECRET + b"!"),
        keyed_hash("request", "mona@desk.example.org", SECRET),
    }
    assert len(hashes) == 4 and all(len(each) == 64 for each in hashes)
