"""Sentences of ours, set one after the other as the reader's language does. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from gettext import NullTranslations


def in_a_row(sentences: Iterable[str], words: NullTranslations) -> str:
    """The sentences with what stands between two of them: a space, in Chinese nothing."""
    pattern = words.pgettext("two sentences", "%(first)s %(second)s")
    return (pattern % {"first": "", "second": ""}).join(sentences)
