from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.errors import BlockedAddress
from alerts.net.address import Allow, check_ip, check_url, locate

NOTHING = Allow()
LOOPBACK = Allow.of("127.0.0.0/8")

NOT_PUBLIC_4 = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
]  # fmt: skip
NOT_PUBLIC_6 = [
    "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
    "2001:db8::/32", "2002::/16", "3fff::/20", "4000::/2", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10",
    "ff00::/8",
]  # fmt: skip


@st.composite
def not_public(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(NOT_PUBLIC_4 + NOT_PUBLIC_6))
    network = IPv6Network(text) if ":" in text else IPv4Network(text)
    offset = draw(st.one_of(st.just(0), st.integers(0, network.num_addresses - 1)))
    return str(network[offset])


@given(not_public(), st.sampled_from([80, 443, 8080, 8443]))
def test_no_address_of_a_special_range_is_called(ip: str, port: int) -> None:
    with pytest.raises(BlockedAddress):
        check_ip(ip, NOTHING, port)


@pytest.mark.parametrize(
    "ip",
    [
        "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0",
        "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2000::", "2001:200::",
        "2001:db7::1",
        "2003::", "2a00:1450::1", "3fff:1000::", "3ffe:ffff::1",
    ],
)  # fmt: skip
def test_the_neighbours_of_special_ranges_are_public(ip: str) -> None:
    check_ip(ip, NOTHING, 443)


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_inside_an_ipv6_address_opens_nothing(number: int) -> None:
    inside = IPv4Address(number)
    for text in (f"::{inside}", f"::ffff:{inside}", f"64:ff9b::{inside}", f"2a00:1450::5efe:{inside}"):
        with pytest.raises(BlockedAddress):
            check_ip(text, LOOPBACK, 80)
    six_to_four = IPv6Address((0x2002 << 112) | (number << 80))
    with pytest.raises(BlockedAddress):
        check_ip(str(six_to_four), LOOPBACK, 80)


@pytest.mark.parametrize(
    "ip", ["fe80::1%eth0", "2a00:1450::1%1", "127.1", "0x7f.0.0.1", "", "localhost", "1.2.3.4 "]
)
def test_what_is_not_one_plain_address_is_refused(ip: str) -> None:
    with pytest.raises(BlockedAddress):
        check_ip(ip, LOOPBACK, 80)


def test_the_operators_networks_are_allowed_on_any_port_and_nothing_else_is() -> None:
    check_ip("127.8.9.10", LOOPBACK, 6379)
    check_url("http://127.0.0.1:5001/feed", LOOPBACK)
    check_url("http://localhost:5001/feed", LOOPBACK)
    for ip, port in (("10.0.0.1", 80), ("1.1.1.1", 6379), ("::1", 80)):
        with pytest.raises(BlockedAddress):
            check_ip(ip, LOOPBACK, port)


def test_what_one_operator_allows_is_not_remembered_for_another() -> None:
    for _ in range(2):
        check_url("http://127.0.0.1:5001/feed", LOOPBACK)
        with pytest.raises(BlockedAddress):
            check_url("http://127.0.0.1:5001/feed", NOTHING)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "017700000001", "0x7f000001", "0x7f.1", "0177.0.0.1",
        "0",
        "127.0.0.1.", "127.0.0.01", "0x7f.0x0.0x0.0x1", "１２７.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1",
        "127%2e0%2e0%2e1",
        "localhost", "LOCALHOST.", "a.localhost", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1%25eth0]", "[fe80::1]", "[v1.x]",
        "1.2.3", "1.2.3.4.5", "999.1.1.1", "0x", "feeds.example.0x1",
    ],
)  # fmt: skip
def test_no_way_of_writing_an_inner_address_is_a_url_we_call(host: str) -> None:
    with pytest.raises(BlockedAddress):
        check_url(f"http://{host}/feed.xml", NOTHING)


@pytest.mark.parametrize(
    "url",
    [
        "", "feeds.example", "//feeds.example/", "http:/feeds.example/", "http:feeds.example", "http://", "http://?",
        "http:///x", "http://:80/", "file:///etc/passwd", "ftp://feeds.example/", "javascript:alert(1)",
        "jar:http://feeds.example!/", "http://user@feeds.example/", "http://user:word@feeds.example/",
        "http://@feeds.example/", "http://feeds.example#@127.0.0.1/", "http://feeds.example?@127.0.0.1/",
        "http://127.0.0.1\\@feeds.example/", "http://feeds.example\\.evil/", " http://feeds.example/",
        "http://feeds.example/ x", "http://feeds.example/\r\nX: y", "http://feeds.example/\x00",
        "http://feeds\t.example/", "http://feeds.example/\u2028", "http://feeds.example/\ud800",
        "http://feeds.example:25/", "http://feeds.example:99999/", "http://feeds.example:8o/",
        "http://a:11211:80/", "http://fe eds.example/", "http://feeds_example!/", "http://-feeds.example/",
        "http://feeds..example/", f"http://{'a' * 64}.example/", f"http://feeds.example/{'a' * 4000}",
        "http://feeds.example／x/", "http://[::1/", "http://[feeds.example]/",
    ],
)  # fmt: skip
def test_a_url_that_is_doubtful_in_any_part_is_refused(url: str) -> None:
    with pytest.raises(BlockedAddress):
        check_url(url, NOTHING)


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("http://feeds.example", "http://feeds.example/"),
        ("HTTPS://Feeds.Example:443/A?b=C#part", "https://feeds.example/A?b=C"),
        ("http://feeds.example:8080/x", "http://feeds.example:8080/x"),
        ("http://feeds.example./x", "http://feeds.example./x"),
        (
            "http://пример.example/лента?т=1",
            "http://xn--e1afmkfd.example/%D0%BB%D0%B5%D0%BD%D1%82%D0%B0?%D1%82=1",
        ),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        ("http://feeds.example/%7Ea/%2F?q=%20+", "http://feeds.example/%7Ea/%2F?q=%20+"),
        ("http://feeds.example/@name/feed", "http://feeds.example/@name/feed"),
        ("http://1.1.1.1/feed", "http://1.1.1.1/feed"),
        ("https://[2A00:1450:0::1]/feed", "https://[2a00:1450::1]/feed"),
        ("http://4chan.example/", "http://4chan.example/"),
        ("http://my_feed.example/", "http://my_feed.example/"),
    ],
)
def test_a_good_url_is_called_in_one_canonical_form(url: str, same: str) -> None:
    assert locate(url, NOTHING).url == same
    assert locate(same, NOTHING).url == same


def test_an_unusual_port_of_a_name_waits_for_its_address_when_the_operator_allows_networks() -> None:
    check_url("http://intranet.example:5001/", LOOPBACK)
    with pytest.raises(BlockedAddress, match="Port 5001"):
        check_ip("1.1.1.1", LOOPBACK, 5001)
