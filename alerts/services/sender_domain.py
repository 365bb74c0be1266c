"""The doctor's questions to the DNS: will receivers believe that our mail is ours?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alerts.errors import AlertsError, Unavailable
from alerts.mail.sender_domain import Judged, dmarc_names, judge_dkim, judge_dmarc, judge_spf

Texts = Callable[[str], tuple[str, ...]]

_OURS_ALONE = ("localhost", "test", "example", "invalid", "local", "internal")


@dataclass(frozen=True, slots=True)
class SenderDomain:
    """Who we say we are: the domains of From and of the envelope, and the relay's DKIM selector, '' when
    nobody told us."""

    domain: str
    return_domain: str
    selector: str


def dns_checks(sender: SenderDomain, texts: Texts) -> dict[str, Callable[[], str]]:
    """Checks for ``examine``, by name. ``texts`` gives TXT records, and raises Unavailable when it cannot:
    that is no fault of the records, so the check says so and passes."""

    def asked(judge: Callable[[], Judged]) -> Callable[[], str]:
        def check() -> str:
            if sender.domain.rpartition(".")[2] in _OURS_ALONE:
                return f"not asked: {sender.domain} is no domain of the internet"
            try:
                judged = judge()
            except Unavailable as error:
                return f"could not be asked: {error}"
            if not judged.ok:
                raise AlertsError(judged.words)
            return judged.words

        return check

    def spf() -> Judged:
        return judge_spf(sender.return_domain, texts(sender.return_domain))

    def dkim() -> Judged:
        if not sender.selector:
            return Judged(True, "not asked: set ALERTS_DKIM_SELECTOR to the selector the relay signs with")
        name = f"{sender.selector}._domainkey.{sender.domain}"
        return judge_dkim(name, texts(name))

    def dmarc() -> Judged:
        for name in dmarc_names(sender.domain):
            judged = judge_dmarc(sender.domain, name, texts(name), sender.return_domain)
            if judged:
                return judged
        return Judged(False, f"{sender.domain} has no DMARC record: publish v=DMARC1; p=none at least")

    return {"SPF": asked(spf), "DKIM": asked(dkim), "DMARC": asked(dmarc)}
