"""The doctor asks the DNS whether receivers will believe us; a machine without DNS is not a sick one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from alerts.errors import Unavailable
from alerts.services.doctor import examine
from alerts.services.sender_domain import SenderDomain, dns_checks

KEY = "v=DKIM1; p=" + "A" * 392
GOOD = {
    "bounce.alerts.example.org": ("v=spf1 include:relay.example -all",),
    "s1._domainkey.alerts.example.org": (KEY,),
    "_dmarc.example.org": ("v=DMARC1; p=quarantine",),
}
OURS = SenderDomain("alerts.example.org", "bounce.alerts.example.org", "s1")


def _examine(
    records: Mapping[str, tuple[str, ...]], sender: SenderDomain = OURS
) -> dict[str, tuple[bool, str]]:
    found = examine(dns_checks(sender, lambda name: records.get(name, ())))
    return {each.check: (each.ok, each.message) for each in found}


def test_a_domain_with_all_three_records_is_well() -> None:
    """R12."""
    found = _examine(GOOD)
    assert {check: ok for check, (ok, _) in found.items()} == {"SPF": True, "DKIM": True, "DMARC": True}
    assert found["DMARC"][1] == "_dmarc.example.org: p=quarantine"


@pytest.mark.parametrize(
    ("missing", "check"),
    list(zip(GOOD, ["SPF", "DKIM", "DMARC"], strict=True)),
)
def test_each_missing_record_fails_its_own_check_and_no_other(missing: str, check: str) -> None:
    found = _examine({name: texts for name, texts in GOOD.items() if name != missing})
    assert [name for name, (ok, _) in found.items() if not ok] == [check]


def test_without_a_selector_dkim_is_not_asked_and_the_setting_is_named() -> None:
    ok, words = _examine(GOOD, SenderDomain("alerts.example.org", "alerts.example.org", ""))["DKIM"]
    assert ok
    assert "ALERTS_DKIM_SELECTOR" in words


def test_a_dns_that_cannot_be_asked_is_said_and_is_no_failure() -> None:
    def texts(_: str) -> tuple[str, ...]:
        raise Unavailable("no name server answered in time")

    for finding in examine(dns_checks(OURS, texts)):
        assert finding.ok
        assert finding.message == "could not be asked: no name server answered in time"


@pytest.mark.parametrize("domain", ["localhost", "alerts.example", "mail.test"])
def test_a_domain_that_is_not_of_the_internet_is_not_asked_about(domain: str) -> None:
    def texts(name: str) -> tuple[str, ...]:
        raise AssertionError(name)

    assert all(each.ok for each in examine(dns_checks(SenderDomain(domain, domain, "s1"), texts)))
