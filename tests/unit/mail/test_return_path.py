"""R13: what is returned names its delivery, in an address that survives the way there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.errors import BadInput
from alerts.mail.address import LOCAL_LIMIT, check_address
from alerts.mail.links import Signer
from alerts.mail.return_path import TAG_LIMIT, return_path
from alerts.mail.returns import Tag, tags
from alerts.model import Grant, Scope

SIGNER = Signer([b"a secret of the tests, long enough to be one"])
LONGEST = "a" * (LOCAL_LIMIT - TAG_LIMIT - 2) + "@example.org"
ids = st.integers(0, 2**40)


@given(ids, st.sampled_from(["bounces@example.org", LONGEST, "Re-Turns@Example.ORG"]))
def test_the_envelope_sender_is_a_short_lower_case_address_that_names_the_delivery(
    delivery_id: int, address: str
) -> None:
    """R13."""
    path = return_path(address)
    sender = path.failures(SIGNER.return_tag(delivery_id))
    assert sender == sender.lower() == check_address(sender)
    assert len(sender.rpartition("@")[0]) <= LOCAL_LIMIT
    for spelling in (sender, sender.upper()):
        (tag,) = tags(f"Return-Path: <>\r\nDelivered-To: {spelling}\r\n\r\n".encode())
        assert tag.purpose == "b"
        assert SIGNER.read_return_tag(tag.token) == delivery_id


@given(st.builds(Grant, ids, st.sampled_from(Scope), ids))
def test_a_reader_can_leave_by_mail_to_an_address_that_says_what_they_leave(grant: Grant) -> None:
    """R11: the mailto beside the https address."""
    address = return_path(LONGEST).leaving(SIGNER.unsubscribe_tag(grant))
    assert len(check_address(address).rpartition("@")[0]) <= LOCAL_LIMIT
    (tag,) = tags(f"To: <{address}>\r\n\r\n".encode())
    assert tag == Tag("u", SIGNER.unsubscribe_tag(grant))
    assert SIGNER.read_unsubscribe_tag(tag.token) == grant
    assert SIGNER.read_return_tag(tag.token) is None


@pytest.mark.parametrize("address", ["a" + LONGEST, "nobody", "a b@example.org"])
def test_an_address_without_room_for_a_tag_is_refused(address: str) -> None:
    with pytest.raises(BadInput):
        return_path(address)
