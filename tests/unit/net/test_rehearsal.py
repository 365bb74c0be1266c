from __future__ import annotations

import pytest

from alerts.net.address import Allow
from alerts.net.rehearsal import rehearse, rehearse_ip

PUBLIC = "93.184.216.34"
NOWHERE = Allow()


@pytest.mark.parametrize(
    ("answers", "allowed"),
    [
        ([PUBLIC], True),
        ([PUBLIC, "2606:4700:4700::1111"], True),
        (["10.1.2.3"], False),
        ([PUBLIC, "127.0.0.1"], False),
        (["::ffff:127.0.0.1"], False),
        (["64:ff9b::a9fe:a9fe"], False),
        (["not an address"], False),
        ([], False),
        ([f"{PUBLIC}=>127.0.0.1"], False),
        ([f"127.0.0.1=>{PUBLIC}"], False),
        ([f"{PUBLIC}=>93.184.216.35"], True),
        ([f"{PUBLIC} => 169.254.169.254"], False),
    ],
)
def test_a_name_passes_when_every_answer_for_it_does_now_and_later(answers: list[str], allowed: bool) -> None:
    verdict = rehearse("https://news.example/feed", NOWHERE, names={"news.example": answers})
    assert verdict.allowed == allowed
    assert verdict.reason


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://NEWS.Example/feed", "news.example"),
        ("https://news.example./feed", "news.example"),
        ("https://news.example/feed", "News.Example."),
        ("http://пример.example/", "пример.example"),
        ("http://пример.example/", "xn--e1afmkfd.example"),
        ("http://xn--e1afmkfd.example/", "пример.example"),
    ],
)
def test_a_name_is_the_same_however_it_is_spelt(url: str, name: str) -> None:
    assert rehearse(url, NOWHERE, names={name: [PUBLIC]}).allowed
    assert not rehearse(url, NOWHERE, names={name: ["192.168.0.1"]}).allowed


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://news.example/feed", True),
        (f"http://{PUBLIC}/feed", True),
        (f"http://{PUBLIC}:22/feed", False),
        ("http://127.1/", False),
        ("http://localhost/", False),
        ("http://intranet/", False),
        ("http://ip6-localhost/", False),
        ("http://metadata.google.internal/", False),
        ("http://printer.local./", False),
        ("file:///etc/passwd", False),
        ("http://news.example@127.0.0.1/", False),
    ],
)
def test_without_any_answers_only_what_is_written_counts(url: str, allowed: bool) -> None:
    assert rehearse(url, NOWHERE).allowed == allowed


def test_a_name_that_the_script_does_not_know_cannot_be_resolved() -> None:
    verdict = rehearse("http://news.example/", NOWHERE, names={"other.example": [PUBLIC]})
    assert (verdict.allowed, verdict.reason) == (False, "The name news.example cannot be resolved")


@pytest.mark.parametrize(
    ("hops", "allowed"),
    [
        (["/moved.xml"], True),
        (["https://news.example/a", "/b", "//news.example/c", "?d", "http://news.example:8080/"], True),
        (["/1", "/2", "/3", "/4", "/5", "/6"], False),
        (["http://127.0.0.1/"], False),
        (["/ok", "//[::1]/"], False),
        (["file:///etc/passwd"], False),
        (["http://[/"], False),
        (["http://internal.example/"], False),
        (["http://unknown.example/"], False),
        (["http://news.example:25/"], False),
        (["http://u:p@news.example/"], False),
    ],
)
def test_every_redirect_is_checked_like_the_address_itself(hops: list[str], allowed: bool) -> None:
    names = {"news.example": [PUBLIC], "internal.example": ["10.0.0.1"]}
    assert rehearse("http://news.example/feed", NOWHERE, names=names, hops=hops).allowed == allowed


def test_networks_that_the_operator_allows_pass_on_any_port() -> None:
    home = Allow.of("10.0.0.0/8")
    assert rehearse("http://10.0.0.1:9000/", home).allowed
    assert rehearse("http://feed.example:9000/", home, names={"feed.example": ["10.0.0.1"]}).allowed
    assert not rehearse("http://feed.example:9000/", home, names={"feed.example": [PUBLIC]}).allowed


@pytest.mark.parametrize(
    ("ip", "allowed"), [(PUBLIC, True), ("10.0.0.1", False), ("::1", False), ("1.2.3", False), ("", False)]
)
def test_bare_addresses_are_checked_as_such(ip: str, allowed: bool) -> None:
    assert rehearse_ip(ip, NOWHERE).allowed == allowed
