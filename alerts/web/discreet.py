"""What a page without a login may show of things that are somebody's own. Pure."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"([^\s<>()\[\],;:\"'@=])[^\s<>()\[\],;:\"'@=]*@([^\s<>()\[\],;:\"'@=]+)")
_QUERY = re.compile(r"(https?://[^\s?#]*)[?#]\S+", re.IGNORECASE)


def discreet(text: str) -> str:
    """The text with every mail address cut to its first letter and domain (``d…@example.org``), and
    every web address without its query, where keys of private feeds are."""
    return _ADDRESS.sub(r"\1…@\2", _QUERY.sub(r"\1?…", text))
