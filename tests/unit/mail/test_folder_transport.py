"""Mails as files, for a replay that is compared byte for byte."""

from __future__ import annotations

from pathlib import Path

from alerts.mail.folder import FolderTransport
from alerts.mail.transport import Transport
from alerts.model import Outcome


def test_mails_become_numbered_files_with_their_bytes_unchanged(tmp_path: Path):
    transport: Transport = FolderTransport(tmp_path / "mail" / "out")
    contents = [b"one\r\n", b"two\n.\r\n", b"\xff\0"]
    assert [transport.send("a@b.example", "c@d.example", c).outcome for c in contents] == [Outcome.SENT] * 3
    transport.close()
    files = sorted((tmp_path / "mail" / "out").iterdir())
    assert [file.name for file in files] == ["0001.eml", "0002.eml", "0003.eml"]
    assert [file.read_bytes() for file in files] == contents


def test_a_second_transport_goes_on_counting_and_overwrites_nothing(tmp_path: Path):
    (tmp_path / "0009.eml").write_bytes(b"old")
    (tmp_path / "notes.eml").write_bytes(b"mine")
    sending = FolderTransport(tmp_path).send("a@b.example", "c@d.example", b"new")
    assert sending.reply == "0010.eml"
    assert (tmp_path / "0009.eml").read_bytes() == b"old"


def test_a_folder_that_cannot_be_written_is_unreachable(tmp_path: Path):
    (tmp_path / "file").touch()
    sending = FolderTransport(tmp_path / "file").send("a@b.example", "c@d.example", b"x")
    assert sending.outcome is Outcome.UNREACHABLE
    assert sending.reply
