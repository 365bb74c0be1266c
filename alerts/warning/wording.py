"""What headlines say about themselves: that they tell of another time, or of many events at once."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from alerts.language.fold import fold

_FILE = Path(__file__).parent.parent / "catalog" / "story_words.toml"
_UNSPACED = ("zh", "ja", "ko")


@cache
def _tables() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_FILE.read_text("utf-8"))


@cache
def function_words(language: str) -> frozenset[str]:
    """Words of a language (ISO 639) that say nothing about an event, folded."""
    return frozenset(map(fold, _tables()["function"].get(language, "").split()))


@cache
def _pattern(table: str, language: str) -> re.Pattern[str]:
    """The expressions of one language and of English, which other languages quote."""
    found = [*_tables()[table].get(language, ()), *(_tables()[table]["en"] if language != "en" else ())]
    apart = r"(?<!\w)(?:{})(?!\w)" if table == "again" and language not in _UNSPACED else "(?:{})"
    return re.compile(apart.format("|".join(found)), re.IGNORECASE)


def is_again(title: str, language: str) -> bool:
    """Whether a title says that something happened another time: *again*, *second*, *очередной*, *再び*."""
    return _pattern("again", language).search(title) is not None


def is_roundup(title: str, language: str) -> bool:
    """Whether a title heads a page about many events or one written anew every day."""
    return _pattern("roundup", language).search(title) is not None
