"""Fetching what came back: each mail once, nothing lost, no password in any message (R25)."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from alerts.errors import BadInput, Unavailable
from alerts.mail import mailbox
from alerts.mail.mailbox import MAIL_LIMIT, open_mailbox

PASSWORD = "s3cret"


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_each_mail_of_a_maildir_is_worked_on_once(maildir):
    (maildir / "new" / "1700000001.a.host").write_bytes(b"first")
    (maildir / "new" / "1700000002.b.host").write_bytes(b"second")
    with open_mailbox(maildir.as_uri().replace("file:", "maildir:")) as box:
        mails = list(box.messages())
        assert [content for _, content in mails] == [b"first", b"second"]
        box.done(mails[0][0])
        assert [content for _, content in box.messages()] == [b"second"]
    assert [path.name for path in (maildir / "cur").iterdir()] == ["1700000001.a.host:2,S"]


def test_a_mail_taken_away_meanwhile_counts_as_done(maildir):
    with open_mailbox(f"maildir://{maildir}") as box:
        box.done("gone")


def test_a_huge_mail_is_cut_and_a_full_box_is_read_in_runs(maildir, monkeypatch):
    monkeypatch.setattr(mailbox, "RUN_LIMIT", 2)
    for number in range(3):
        (maildir / "new" / str(number)).write_bytes(b"x" * (MAIL_LIMIT + 9))
    with open_mailbox(f"maildir://{maildir}") as box:
        assert [len(content) for _, content in box.messages()] == [MAIL_LIMIT, MAIL_LIMIT]


def test_a_folder_that_is_no_maildir_is_unavailable(tmp_path):
    with pytest.raises(Unavailable, match="no Maildir"):
        open_mailbox(f"maildir://{tmp_path}")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pop3://user:s3cret@host/",
        "imaps://host/INBOX",
        "imaps://user@host",
        "imap://user:s3cret@host:99999/",
        "imap://user:s3cret%0d%0aX@host/",
        "maildir://host/path",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url):
    with pytest.raises(BadInput) as refused:
        open_mailbox(url)
    assert PASSWORD not in str(refused.value)


class ImapServer:
    """The few commands of IMAP4rev1 (RFC 3501) that a reader of bounces uses, one connection at a time."""

    def __init__(self, mails: dict[int, bytes], refuse_login: bool = False) -> None:
        self.mails = mails
        self.seen: set[int] = set()
        self.folder = ""
        self._refuse_login = refuse_login
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def url(self, folder: str = "") -> str:
        return f"imap://news:{PASSWORD}@127.0.0.1:{self.port}{folder}"

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                stream.write(b"* OK ready\r\n")
                stream.flush()
                for line in stream:
                    tag, _, command = line.decode().strip().partition(" ")
                    stream.write(self._answer(command) + f"{tag} {self._verdict(command)}\r\n".encode())
                    stream.flush()
                    if command == "LOGOUT":
                        break

    def _verdict(self, command: str) -> str:
        if command.startswith("LOGIN") and self._refuse_login:
            return f"NO you said {command}"
        return "OK done"

    def _answer(self, command: str) -> bytes:
        if command == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n"
        if command.startswith("SELECT"):
            self.folder = command.partition(" ")[2]
            return b"* 1 EXISTS\r\n"
        if command == "UID SEARCH UNSEEN":
            return (
                b"* SEARCH "
                + " ".join(str(uid) for uid in self.mails if uid not in self.seen).encode()
                + b"\r\n"
            )
        if fetch := re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
            content = self.mails[int(fetch[1])][: int(fetch[2])]
            return f"* 1 FETCH (UID {fetch[1]} BODY[]<0> {{{len(content)}}}\r\n".encode() + content + b")\r\n"
        if store := re.fullmatch(r"UID STORE (\d+) \+FLAGS\.SILENT \(\\Seen\)", command):
            self.seen.add(int(store[1]))
        return b"* BYE\r\n" if command == "LOGOUT" else b""


@contextmanager
def serving(mails: dict[int, bytes], refuse_login: bool = False) -> Iterator[ImapServer]:
    server = ImapServer(mails, refuse_login)
    try:
        yield server
    finally:
        server.close()


def test_each_mail_of_an_imap_folder_is_worked_on_once():
    with serving({12: b"later\r\n", 7: b"first\r\n"}) as server:
        url = server.url("/Came%20%22back%22")
        with open_mailbox(url) as box:
            assert list(box.messages()) == [("7", b"first\r\n"), ("12", b"later\r\n")]
            assert server.seen == set()
            box.done("7")
        with open_mailbox(url) as box:
            assert [key for key, _ in box.messages()] == ["12"]
        assert server.folder == '"Came \\"back\\""'


def test_a_huge_mail_is_asked_for_only_as_far_as_it_is_read():
    with serving({1: b"x" * (MAIL_LIMIT + 5)}) as server, open_mailbox(server.url()) as box:
        assert [len(content) for _, content in box.messages()] == [MAIL_LIMIT]


def test_a_refused_login_is_unavailable_and_its_words_hide_the_password():
    with (
        serving({}, refuse_login=True) as server,
        open_mailbox(server.url()) as box,
        pytest.raises(Unavailable) as refused,
    ):
        list(box.messages())
    assert "you said" in str(refused.value)
    assert PASSWORD not in str(refused.value)


def test_a_server_that_is_away_or_silent_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"imap://news:{PASSWORD}@127.0.0.1:{port}"
        with open_mailbox(url, timeout_seconds=0.05) as box, pytest.raises(Unavailable):
            list(box.messages())
    with open_mailbox(url.replace("imap:", "imaps:")) as box, pytest.raises(Unavailable):
        list(box.messages())
