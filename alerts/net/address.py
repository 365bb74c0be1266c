"""May we call this address? One explicit allow logic for every URL and every resolved address.

``ipaddress.is_global`` is no such check (it passes 6to4, NAT64, multicast and more), so the ranges
are written out here, after the IANA special-purpose registries (RFC 6890 and its successors).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote, urlsplit

from yarl import URL

from alerts.errors import BlockedAddress

PORTS = frozenset({80, 443, 8080, 8443})
LONGEST_URL = 4_000
LOOPBACK = "127.0.0.1"
_REMEMBERED = 5_000

_SPECIAL_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # looks public, answers cloud metadata
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
_SPECIAL_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # IETF protocol assignments; Teredo carries an IPv4 address
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries an IPv4 address
        "3fff::/20",
    )
)
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff\\]|\s")
_START = re.compile(r"https?://", re.IGNORECASE)
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True)
class Allow:
    """Networks that the operator lets us call besides the public internet, on any port."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, *texts: str) -> Allow:
        """From CIDR notation, such as ``127.0.0.0/8``; raises ValueError for anything else."""
        return cls(tuple(ip_network(text) for text in texts))

    def contains(self, ip: IPv4Address | IPv6Address) -> bool:
        return any(ip in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class Place:
    """A checked URL, written in one way only so that no two parsers can read it differently.

    ``host`` is an ASCII name in lower case or a canonical IP address without brackets; ``target``
    is path and query in ASCII.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == _usual_port(self.scheme)
        return f"{self.scheme}://{host}{'' if usual else f':{self.port}'}{self.target}"


def check_url(url: str, allow: Allow) -> None:
    """Raise BlockedAddress unless we may try this URL; a name must still pass ``check_ip`` when resolved."""
    locate(url, allow)


@lru_cache(maxsize=_REMEMBERED)
def locate(url: str, allow: Allow) -> Place:
    """Check a URL as ``check_url`` does and return where it leads, without its fragment.

    Nothing but the arguments decides, so what passed is remembered: feeds are asked again and again.
    """
    place = _read(url)
    if is_localhost(place.host):
        check_ip(LOOPBACK, allow, place.port)
    elif _is_literal(place.host):
        check_ip(place.host, allow, place.port)
    elif place.port not in PORTS and not allow.networks:
        raise _wrong_port(place.port)
    return place


def is_localhost(host: str) -> bool:
    """Whether this name is the loopback whatever DNS says (RFC 6761 §6.3); we call it at ``LOOPBACK``."""
    return f".{host.rstrip('.')}".endswith(".localhost")


@lru_cache(maxsize=_REMEMBERED)
def allowed_by_name(host: str, allow: Allow) -> bool:
    """Whether this host of a Place is seen to be in an allowed network without asking DNS."""
    if is_localhost(host):
        host = LOOPBACK
    return _is_literal(host) and allow.contains(ip_address(host))


def check_ip(ip: str, allow: Allow, port: int) -> None:
    """Raise BlockedAddress unless the address is public and the port usual, or the operator allows it."""
    try:
        address = ip_address(ip)
    except ValueError:
        raise BlockedAddress(f"{ip!r} is not an IP address") from None
    if getattr(address, "scope_id", None) is not None:
        raise BlockedAddress(f"{ip} names a local network interface")
    if allow.contains(address):
        return
    public = _public_4(address) if isinstance(address, IPv4Address) else _public_6(address)
    if not public:
        raise BlockedAddress(f"{ip} is not on the public internet")
    if port not in PORTS:
        raise _wrong_port(port)


def _public_4(address: IPv4Address) -> bool:
    return not any(address in network for network in _SPECIAL_4)


def _public_6(address: IPv6Address) -> bool:
    if address not in _GLOBAL_6 or any(address in network for network in _SPECIAL_6):
        return False
    return (int(address) >> 32) & 0xFFFF_FFFF not in _ISATAP


def _read(url: str) -> Place:
    if len(url) > LONGEST_URL:
        raise BlockedAddress(f"The address is longer than {LONGEST_URL} characters")
    if _FORBIDDEN.search(url):
        raise BlockedAddress("The address contains a space, a backslash or a control character")
    start = _START.match(url)
    if start is None:
        raise BlockedAddress("The address does not start with http:// or https://")
    # Browsers, libraries and RFC 3986 disagree where the host of "a#@b" ends: refuse all such.
    if "@" in url[start.end() :].split("/", 1)[0]:
        raise BlockedAddress("The address contains credentials")
    try:
        parts = urlsplit(url)
        port = parts.port
        name = parts.hostname or ""
    except ValueError as error:
        raise BlockedAddress(f"The address cannot be read: {error}") from None
    if ("[" in parts.netloc or "]" in parts.netloc) != (":" in name):
        raise BlockedAddress("Brackets in the address hold no IPv6 address")
    scheme = parts.scheme
    path = quote(parts.path or "/", safe=_PRINTABLE)
    query = f"?{quote(parts.query, safe=_PRINTABLE)}" if parts.query else ""
    return Place(scheme, _host(name), _usual_port(scheme) if port is None else port, path + query)


def _host(name: str) -> str:
    """The host in its one canonical form; names that some resolver takes for a number are refused."""
    if ":" in name:
        try:
            return str(IPv6Address(name))
        except ValueError:
            raise BlockedAddress(f"[{name}] is not an IPv6 address") from None
    if not name.isascii():
        try:
            name = (URL.build(scheme="http", host=name).raw_host or "").lower()
        except ValueError:
            raise BlockedAddress(f"{name!r} is not a host name") from None
    if len(name) > 253 or not _HOST.fullmatch(name):
        raise BlockedAddress(f"{name!r} is not a host name" if name else "The address has no host")
    if _NUMERIC_LABEL.fullmatch(name.rstrip(".").rsplit(".", 1)[-1]):
        try:
            return str(IPv4Address(name))
        except ValueError:
            raise BlockedAddress(f"{name} is a number in disguise, not a host name") from None
    return name


def _is_literal(host: str) -> bool:
    return ":" in host or host.rsplit(".", 1)[-1].isdigit()


def _usual_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _wrong_port(port: int) -> BlockedAddress:
    return BlockedAddress(f"Port {port} is not one of 80, 443, 8080, 8443")
