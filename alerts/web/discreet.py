"""What a page without a login may show of things that are somebody's own. Pure."""

from __future__ import annotations

import re

_PART = r"[^\s<>()\[\],;:\"'@=/]"
# It begins at the start of a word only: else a long word without @ would be read again from each letter.
_MAIL = re.compile(rf"(?<!{_PART})({_PART}){_PART}*@([^\s<>()\[\],;:\"'@=]+)")
_WEB = re.compile(
    r"(?P<to>https?://)(?P<user>[^\s/?#]*@)?(?P<path>[^\s?#]*)(?P<query>[?#]\S+)?", re.IGNORECASE
)


def discreet(text: str) -> str:
    """The text with every mail address cut to its first letter and domain (``d…@example.org``), and
    every web address without its query and login, where keys of private feeds are."""
    shown, end = "", 0
    for web in _WEB.finditer(text):
        shown += _masked(text[end : web.start()]) + web["to"] + ("…@" if web["user"] else "")
        shown += _masked(web["path"]) + ("?…" if web["query"] else "")
        end = web.end()
    return shown + _masked(text[end:])


def _masked(text: str) -> str:
    return _MAIL.sub(r"\1…@\2", text)
