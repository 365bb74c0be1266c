"""TXT records, from a name server of ours that answers, refuses or says nothing."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from alerts.errors import Unavailable
from alerts.net.names import Names

RECORDS = {
    "example.org.": ['"v=spf1 " "include:relay.example -all"', '"site-check=1"'],
    "key.example.org.": ['"p=' + "A" * 200 + '" "' + "B" * 200 + '"'],
    "empty.example.org.": [],
}


@contextlib.contextmanager
def name_server(records: Mapping[str, Sequence[str]], asked: list[str]) -> Iterator[tuple[str, int]]:
    """Answers what is in ``records``: no such name for others, a failure for ``broken``, ``mute`` nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                wire, peer = sock.recvfrom(4096)
                if not wire:
                    return
                answer = dns.message.make_response(dns.message.from_wire(wire))
                name = str(answer.question[0].name)
                asked.append(name)
                if name.startswith("mute"):
                    continue
                if name.startswith("broken"):
                    answer.set_rcode(dns.rcode.SERVFAIL)
                elif name not in records:
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                elif records[name]:
                    answer.answer.append(dns.rrset.from_text_list(name, 60, "IN", "TXT", records[name]))
                sock.sendto(answer.to_wire(), peer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield sock.getsockname()
        finally:
            sock.sendto(b"", sock.getsockname())
            thread.join()


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def server(asked: list[str]) -> Iterator[tuple[str, int]]:
    with name_server(RECORDS, asked) as address:
        yield address


def test_the_pieces_of_a_record_are_one_line_and_records_stay_apart(server: tuple[str, int]) -> None:
    names = Names([server])
    assert sorted(names.texts("example.org")) == ["site-check=1", "v=spf1 include:relay.example -all"]
    assert names.texts("key.example.org") == ("p=" + "A" * 200 + "B" * 200,)


@pytest.mark.parametrize("name", ["nowhere.example.org", "empty.example.org"])
def test_a_name_without_records_has_none(server: tuple[str, int], name: str) -> None:
    assert Names([server]).texts(name) == ()


@pytest.mark.parametrize("name", ["mute.example.org", "broken.example.org"])
def test_a_server_that_does_not_answer_is_asked_for_a_short_time_and_once(
    server: tuple[str, int], asked: list[str], name: str
) -> None:
    names = Names([server], seconds=0.3)
    with pytest.raises(Unavailable):
        names.texts(name)
    before = len(asked)
    with pytest.raises(Unavailable):
        names.texts("example.org")
    assert len(asked) == before


def test_nobody_at_the_name_servers_address_is_unavailable() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        address = taken.getsockname()
    with pytest.raises(Unavailable):
        Names([address], seconds=0.3).texts("example.org")
