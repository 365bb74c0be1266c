"""Links that lead to different places never have the same words: whoever hears only the links must be able to
choose (WCAG 2.4.4, 2.4.9)."""

from __future__ import annotations

from itertools import chain, count


class LinkWords:
    """The words of the links of one page, in the order in which they are handed in."""

    def __init__(self) -> None:
        self._targets: dict[str, str] = {}

    def apart(self, text: str, url: str | None, source: str = "") -> str:
        """What has to stand in brackets after these words: '' while they lead to one place only, else the
        source, or a number where that is not enough."""
        if url is None:
            return ""
        tries = chain([""], [source] if source else [], map(str, count(2)))
        return next(words for words in tries if self._targets.setdefault(_said(text, words), url) == url)


def _said(text: str, apart: str) -> str:
    return f"{text} ({apart})" if apart else text
