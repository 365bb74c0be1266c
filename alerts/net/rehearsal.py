"""What the client would do with an address, told from scripted answers: nobody is called.

The same check as for real requests is made for the address itself, for what its name resolves to, and
for every redirect on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from alerts.errors import BlockedAddress
from alerts.net.address import Allow, Place, check_ip, is_localhost, locate
from alerts.net.client import MOST_REDIRECTS

_SECOND = "=>"
# Names that no public name server answers (RFC 6762, RFC 8375, RFC 9476 and what routers use).
_LOCAL_ENDINGS = (".internal", ".local", ".localdomain", ".home.arpa", ".lan", ".intranet", ".corp")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the request would be made, and why."""

    allowed: bool
    reason: str


def rehearse(
    url: str, allow: Allow, *, names: Mapping[str, Sequence[str]] | None = None, hops: Sequence[str] = ()
) -> Verdict:
    """Would we fetch ``url``, whose servers redirect to ``hops`` in turn?

    ``names`` maps host names to all their addresses; ``a=>b`` is one that is ``a`` when first asked and
    ``b`` the second time. Every address a name has or will have must pass: we connect only to one that
    was just checked, so the first answer could do no harm, but the second would be refused. A name
    that ``names`` does not hold cannot be resolved: block. Without ``names`` at all, names pass as
    long as they could be public, because they are checked when they are resolved.
    """
    answers = None if names is None else {_canonical(name): answer for name, answer in names.items()}
    try:
        place = locate(url, allow)
        reason = _check_name(place, allow, answers)
        for number, location in enumerate(hops, 1):
            if number > MOST_REDIRECTS:
                raise BlockedAddress(f"More than {MOST_REDIRECTS} redirects")
            try:
                place = locate(urljoin(place.url, location.strip(" \t")), allow)
            except ValueError:
                raise BlockedAddress("The redirect leads to an address that cannot be read") from None
            reason = f"Redirected to {place.url}: {_check_name(place, allow, answers)}"
    except BlockedAddress as blocked:
        return Verdict(False, str(blocked))
    return Verdict(True, reason)


def rehearse_ip(ip: str, allow: Allow) -> Verdict:
    """Would we connect to this IP address, on port 443?"""
    try:
        check_ip(ip, allow, 443)
    except BlockedAddress as blocked:
        return Verdict(False, str(blocked))
    return Verdict(True, f"{ip} may be called")


def _check_name(place: Place, allow: Allow, answers: Mapping[str, Sequence[str]] | None) -> str:
    """Why the host may be called; raises BlockedAddress."""
    host = place.host.rstrip(".")
    if ":" in host or host.rsplit(".", 1)[-1].isdigit() or is_localhost(host):
        return f"{host} may be called"
    if answers is None:
        if "." not in host or host.endswith(_LOCAL_ENDINGS):
            raise BlockedAddress(f"{host} is a name of a local network")
        return f"{host} is checked again when it is resolved"
    addresses = [ip.strip() for answer in answers.get(host, ()) for ip in answer.split(_SECOND)]
    if not addresses:
        raise BlockedAddress(f"The name {host} cannot be resolved")
    for ip in addresses:
        check_ip(ip, allow, place.port)
    return f"{host} resolves to {', '.join(addresses)}"


def _canonical(name: str) -> str:
    """A host name as ``Place.host`` writes it, without the root's dot."""
    try:
        name = locate(f"http://{name}/", Allow()).host
    except BlockedAddress:
        name = name.lower()
    return name.rstrip(".")
