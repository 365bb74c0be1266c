"""Which addresses we write to, and which spellings are one mailbox."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.errors import BadInput
from alerts.mail.address import check_address, check_domain, normalise_address, suppression_hash

SECRET = b"a secret of the test"

GOOD = {
    "reader@example.org": "reader@example.org",
    "  reader@example.org ": "reader@example.org",
    "First.Last+news@Example.ORG": "First.Last+news@example.org",
    "o'brien@mail.example.co.uk": "o'brien@mail.example.co.uk",
    "reader@localhost": "reader@localhost",
    "reader@b\u00fccher.example": "reader@xn--bcher-kva.example",
    "reader@fa\u00df.example": "reader@xn--fa-hia.example",  # not fass.example, which is somebody else's
    "reader@\u4f8b\u5b50.\u6d4b\u8bd5": "reader@xn--fsqu00a.xn--0zwm56d",
    "reader@\uff25\uff38\uff21\uff2d\uff30\uff2c\uff25.org": "reader@example.org",
    "a" * 64 + "@example.org": "a" * 64 + "@example.org",
}

BAD = [
    "",
    "reader",
    "@example.org",
    "reader@",
    "reader@example",
    "reader@example..org",
    "reader@example.org.",
    "reader@-example.org",
    "reader@exa_mple.org",
    "reader@127.0.0.1",
    "reader@[127.0.0.1]",
    "reader@@example.org",
    "a@b.example, c@d.example",
    "a@b.example;c@d.example",
    "Reader <reader@example.org>",
    '"a reader"@example.org',
    "a reader@example.org",
    "reader@example.org\r\nBcc: x@example.org",
    "reader\0@example.org",
    "reader@exam\u2028ple.org",
    "reader\u202e@example.org",
    "\ud800@example.org",
    "-oQ/tmp@example.org",
    ".reader@example.org",
    "read..er@example.org",
    "=?utf-8?q?x?=@example.org",
    "l\u00e9a@example.org",
    "a" * 65 + "@example.org",
    "reader@" + "a" * 64 + ".org",
    "reader@" + "a." * 130 + "org",
    "reader@" + "\u00fc" * 100_000 + ".org",
]


@pytest.mark.parametrize(("written", "wire"), GOOD.items())
def test_a_good_address_is_ready_for_the_wire(written, wire):
    assert check_address(written) == wire
    assert check_address(wire) == wire


@pytest.mark.parametrize("address", BAD)
def test_a_bad_address_is_refused_in_a_short_printable_sentence(address):
    with pytest.raises(BadInput) as raised:
        check_address(address)
    sentence = str(raised.value)
    assert sentence.isascii()
    assert sentence.isprintable()
    assert len(sentence) < 500


@given(st.text())
def test_any_text_is_an_ascii_address_or_bad_input(text):
    try:
        address = check_address(text)
    except BadInput:
        return
    assert address.isascii()
    assert address.count("@") == 1


@given(st.from_regex(r"[A-Za-z.+]{1,10}@\w{1,8}\.(?:org|ÉÜ|中国)", fullmatch=True))
def test_checking_twice_changes_nothing_more(text):
    try:
        once = check_address(text)
    except BadInput:
        return
    assert check_address(once) == once
    assert normalise_address(once) == normalise_address(text)


@pytest.mark.parametrize(
    "spelling",
    [
        "L\u00c9A@B\u00dcCHER.example",
        "l\u00e9a@xn--bcher-kva.example",
        "le\u0301a@bu\u0308cher.example",
        " l\u00e9a@B\u00fccher.EXAMPLE ",
    ],
)
def test_spellings_of_one_mailbox_are_looked_up_alike(spelling):
    assert normalise_address(spelling) == "l\u00e9a@xn--bcher-kva.example"
    assert suppression_hash(spelling, SECRET) == suppression_hash("l\u00e9a@b\u00fccher.example", SECRET)


def test_the_suppression_hash_tells_nothing_without_the_secret():
    first = suppression_hash("reader@example.org", SECRET)
    assert len(first) == 64
    assert first != suppression_hash("reader@example.org", SECRET + b"!")
    assert first != suppression_hash("reader2@example.org", SECRET)


def test_a_domain_alone_can_be_checked():
    assert check_domain("M\u00fcnchen.Example") == "xn--mnchen-3ya.example"
    with pytest.raises(BadInput):
        check_domain("mail")
