"""Where mails go that tests read: everything is accepted and kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from alerts.model import Outcome, Sending


@dataclass
class Post:
    """A transport; ``mails`` are all that left, oldest first."""

    mails: list[bytes] = field(default_factory=list)

    def send(self, _sender: str, _recipient: str, content: bytes) -> Sending:
        self.mails.append(content)
        return Sending(Outcome.SENT, "dot", 250, "kept")

    def close(self) -> None:
        pass
