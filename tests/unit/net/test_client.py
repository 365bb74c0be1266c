from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Iterator

import pytest
from loopback import Answer, always, response, serving

from alerts.errors import BlockedAddress, FetchError
from alerts.net.address import Allow
from alerts.net.client import Client, Response

LOOPBACK = Allow.of("127.0.0.0/8")


def get(
    answer: Answer, path: str = "/feed", *, max_bytes: int = 10_000_000, deadline_seconds: float = 30
) -> Response:
    """One request of a fresh client to a fresh server."""

    async def scene() -> Response:
        client = Client(LOOPBACK, "test/1 (mailto:a@news.example)", deadline_seconds=deadline_seconds)
        async with serving(answer) as port, client:
            return await client.get(f"http://127.0.0.1:{port}{path}", {}, max_bytes=max_bytes)

    return asyncio.run(scene())


def failure(answer: Answer, **limits: float) -> FetchError:
    with pytest.raises(FetchError) as caught:
        get(answer, **limits)  # type: ignore[arg-type]
    return caught.value


def routes(table: dict[str, bytes]) -> Answer:
    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(table[head.split()[1]])

    return answer


def test_an_answer_is_returned_with_its_headers_and_address() -> None:
    seen: list[str] = []

    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        seen.append(head)
        writer.write(response(200, b"<rss/>", ETag='"1"', Content_Type="text/xml"))

    got = get(answer, "/a%2Fb?c=d%20e")
    assert (got.status, got.body, got.headers["etag"], got.moved_to) == (200, b"<rss/>", '"1"', None)
    assert seen[0].startswith("GET /a%2Fb?c=d%20e HTTP/1.1\r\n")
    assert "User-Agent: test/1 (mailto:a@news.example)\r\n" in seen[0]
    assert "Accept-Encoding: gzip, deflate, br\r\n" in seen[0]


def test_one_encoding_is_undone() -> None:
    body = gzip.compress(b"<rss/>")
    assert get(always(response(200, body, Content_Encoding="gzip"))).body == b"<rss/>"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (response(200, gzip.compress(b"\0" * 200_000), Content_Encoding="gzip"), "too-large"),
        (response(200, gzip.compress(gzip.compress(b"x")), Content_Encoding="gzip, gzip"), "encoding"),
        (response(200, b"x", Content_Encoding="zstd"), "encoding"),
        (response(200, b"not gzip", Content_Encoding="gzip"), "encoding"),
        (response(200, gzip.compress(b"x" * 99)[:20], Content_Encoding="gzip"), "encoding"),
        (response(200, b"x" * 100_001), "too-large"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 100_001, "too-large"),
        (response(200, b"short", Content_Length="50"), "connect"),
        (b"", "connect"),
        (b"220 mail.example ESMTP\r\n\r\n", "http"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 50_000 + b"\r\n\r\n", "http"),
        (response(302), "redirects"),
        (response(302, Location="/feed"), "redirects"),
        (response(301, Location="http://10.0.0.1/"), "blocked"),
        (response(307, Location="http://169.254.169.254/latest/"), "blocked"),
        (response(308, Location="file:///etc/passwd"), "blocked"),
        (response(302, Location="//[::1]/"), "blocked"),
        (response(302, Location="http://0x7f.1/"), "blocked"),
        (response(302, Location="http://[/"), "blocked"),
    ],
)
def test_each_way_to_fail_has_its_reason(answer: bytes, reason: str) -> None:
    assert failure(always(answer), max_bytes=100_000).reason == reason


def test_a_server_that_never_answers_is_left_at_the_deadline() -> None:
    async def answer(_: str, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    assert failure(answer, deadline_seconds=0.05).reason == "timeout"


def test_a_server_that_drips_bytes_is_left_at_the_deadline() -> None:
    async def answer(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    error = failure(answer, deadline_seconds=0.2)
    assert (error.reason, error.transient) == ("timeout", True)


@pytest.mark.parametrize(
    ("first", "second", "moved"), [(301, 308, True), (301, 302, False), (307, 301, False), (303, 303, False)]
)
def test_an_address_has_moved_only_when_every_redirect_was_permanent(
    first: int, second: int, moved: bool
) -> None:
    table = {
        "/feed": response(first, Location="/b?x=1"),
        "/b?x=1": response(second, Location="c#part"),
        "/c": response(200, b"<rss/>"),
    }
    got = get(routes(table))
    assert got.url.endswith("/c")
    assert got.moved_to == (got.url if moved else None)


def test_five_redirects_are_followed_and_not_six() -> None:
    table = {f"/{n}": response(301, Location=f"/{n + 1}") for n in range(6)} | {"/6": response(200, b"x")}
    assert get(routes(table), "/1").body == b"x"
    with pytest.raises(FetchError, match="More than 5"):
        get(routes(table), "/0")


@pytest.mark.parametrize("status", [304, 404, 410, 500])
def test_a_status_without_a_usable_body_is_an_answer(status: int) -> None:
    got = get(always(response(status, b"" if status == 304 else b"sorry", Content_Length="5")))
    assert (got.status, got.body) == (status, b"")


def test_cookies_of_one_answer_are_not_sent_with_the_next_request() -> None:
    heads: list[str] = []

    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        heads.append(head.lower())
        writer.write(
            response(200, Set_Cookie="a=b")
            if "/2" in head
            else response(302, Location="/2", Set_Cookie="a=b")
        )

    get(answer)
    assert len(heads) == 2
    assert not any("cookie" in head for head in heads)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert get(always(response(200, b"x"))).body == b"x"


def scripted(*answers: tuple[str, ...]) -> tuple[Callable[[str], object], list[str]]:
    asked: list[str] = []
    script: Iterator[tuple[str, ...]] = iter(answers)

    async def resolve(name: str) -> tuple[str, ...]:
        asked.append(name)
        return next(script)

    return resolve, asked


def test_a_name_is_asked_for_once_per_connection_and_its_second_face_is_blocked() -> None:
    resolve, asked = scripted(("127.0.0.1",), ("10.0.0.1",))
    served: list[str] = []

    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        served.append(head)
        writer.write(response(302, Location="/again"))

    async def scene() -> None:
        async with serving(answer) as port, Client(LOOPBACK, "test", resolve=resolve) as client:  # type: ignore[arg-type]
            with pytest.raises(BlockedAddress, match=r"10\.0\.0\.1"):
                await client.get(f"http://feeds.example:{port}/", {})

    asyncio.run(scene())
    assert asked == ["feeds.example", "feeds.example"]
    assert len(served) == 1


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1", "192.168.0.1"), ("::1",), ("::ffff:127.0.0.1",), ("fe80::1%eth0",), ("1.1.1.1",)],
)
def test_one_forbidden_address_condemns_a_name(addresses: tuple[str, ...]) -> None:
    resolve, _ = scripted(addresses)

    async def scene() -> None:
        async with Client(LOOPBACK, "test", resolve=resolve) as client:  # type: ignore[arg-type]
            with pytest.raises(BlockedAddress):
                await client.get("http://feeds.example:5001/", {})

    asyncio.run(scene())


def test_a_name_without_addresses_a_closed_port_and_broken_tls_are_told_apart() -> None:
    async def resolve(name: str) -> tuple[str, ...]:
        if name == "nowhere.example":
            raise OSError("no such name")
        return ("127.0.0.1",)

    async def no_tls(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"this is not TLS\n")
        writer.close()

    async def scene() -> list[str]:
        reasons = []
        server = await asyncio.start_server(no_tls, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Client(LOOPBACK, "test", resolve=resolve) as client:
            for url in (
                "http://nowhere.example/",
                "http://feeds.example:1/",
                f"https://feeds.example:{port}/",
            ):
                with pytest.raises(FetchError) as caught:
                    await client.get(url, {})
                reasons.append(caught.value.reason)
        return reasons

    assert asyncio.run(scene()) == ["dns", "connect", "tls"]


def test_the_systems_names_are_resolved_and_localhost_is_the_loopback() -> None:
    async def scene() -> bytes:
        async with serving(always(response(200, b"x"))) as port, Client(LOOPBACK, "test") as client:
            return (await client.get(f"http://localhost:{port}/", {})).body

    assert asyncio.run(scene()) == b"x"


def test_in_a_batch_one_that_hangs_delays_no_other() -> None:
    async def scene() -> list[Response | BaseException]:
        healthy_done = asyncio.Event()

        async def answer(head: str, writer: asyncio.StreamWriter) -> None:
            if head.startswith("GET /0 "):
                await healthy_done.wait()
                writer.write(response(200, b"last"))
            else:
                writer.write(response(200, b"x"))

        async def resolve(_: str) -> tuple[str, ...]:
            return ("127.0.0.1",)

        async with serving(answer) as port, Client(LOOPBACK, "test", resolve=resolve) as client:
            urls = [f"http://host{n}.example:{port}/{n}" for n in range(100)]
            hanging = asyncio.create_task(client.get(urls[0], {}))
            others = await asyncio.gather(*(client.get(url, {}) for url in urls[1:]), return_exceptions=True)
            healthy_done.set()
            return [*others, await hanging]

    answers = asyncio.run(scene())
    assert [answer.body for answer in answers if isinstance(answer, Response)] == [b"x"] * 99 + [b"last"]
