"""Mail that does not leave: a folder with one file a mail, for replays and for looking at."""

from __future__ import annotations

import os
from pathlib import Path

from alerts.mail.verdict import readable
from alerts.model import Outcome, Sending


class FolderTransport:
    """Every mail a file, in the order of sending: ``0001.eml``, ``0002.eml``, … after those already there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sent = 0

    def send(self, sender: str, recipient: str, content: bytes) -> Sending:  # noqa: ARG002 - as in Transport
        """See Transport. The file appears whole or not at all and holds ``content`` unchanged."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._sent:
                numbers = [int(path.stem) for path in self._folder.glob("*.eml") if path.stem.isdecimal()]
                self._sent = max(numbers, default=0)
            name = f"{self._sent + 1:04d}.eml"
            unfinished = self._folder / f".{name}.part"
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._folder / name)
        except OSError as failed:
            return Sending(Outcome.UNREACHABLE, "body", None, readable(str(failed)))
        self._sent += 1
        return Sending(Outcome.SENT, "dot", None, name)

    def close(self) -> None:
        """Nothing is open between mails."""
