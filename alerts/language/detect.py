"""Which language a text is in: its script first, then the statistics, then what the feed claims."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from alerts.language.codes import primary
from alerts.language.fold import is_simplified
from alerts.language.scripts import main_script, writing

UNKNOWN = "und"
_MUCH_LIKELIER = 20
"""How many times likelier than the claimed language another must be. Measured: of headlines claimed
rightly 1 in 1000 is taken for another, of those claimed wrongly 1 in 20 to 100 is not."""
_LIKELIER = 4
"""The same for the first enabled language, without a claim: a headline of names is any language's."""
_ENOUGH = 1_000  # characters tell the language of the rest
_TURKISH_CAPITAL = re.compile("[İĞŞ]")
_TRADITIONAL = re.compile("-(?:Hant|TW|HK|MO)\\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Detected:
    """A language (one of the enabled tags) and how sure we are of it, 0 to 1."""

    language: str
    confidence: float


@lru_cache(maxsize=32)
def _by_language(tags: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for tag in tags:
        found.setdefault(primary(tag), []).append(tag)
    return found


@cache
def _whole_model() -> Any:
    """The model of all languages: about a second and some ten megabytes, so only when first asked."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@lru_cache(maxsize=32)
def _restricted_model(languages: tuple[str, ...]) -> Any | None:
    """A view of the model for these languages alone; None when it knows fewer than two of them."""
    whole = _whole_model()
    known = set(languages).intersection(whole.labels)
    if len(known) < 2:
        return None
    view = copy.copy(whole)  # set_languages changes the object it is called on, never the shared tables
    view.set_languages(sorted(known))
    return view


def _written_in(text: str, tags: Sequence[str], claim: str | None) -> str:
    """Which of several tags of one language is meant: as claimed, or by the characters if Chinese."""
    if len(tags) == 1:
        return tags[0]
    for tag in tags:
        if claim and tag.lower() == claim.replace("_", "-").lower():
            return tag
    if not is_simplified(text):
        return next((tag for tag in tags if _TRADITIONAL.search(tag)), tags[0])
    return next((tag for tag in tags if not _TRADITIONAL.search(tag)), tags[0])


def detect(text: str, claim: str | None, enabled: Sequence[str]) -> Detected:
    """The language of the text, one of ``enabled`` (or ``und`` when none is enabled).

    ``enabled`` are BCP 47 tags; the answer is the one whose language it is, as it was given, and of
    *zh-Hans* and *zh-Hant* the one the characters belong to.

    ``claim`` is what the feed says (BCP 47). It wins when it is enabled and written in the script and
    the letters of the text, unless another language is much the likelier one. Without a claim the
    first enabled language wins, unless another is clearly likelier. A text without letters, or in a
    script that no enabled language uses, gets the claim or else the first enabled language, with
    confidence 0.
    """
    if not enabled:
        return Detected(UNKNOWN, 0.0)
    tags = _by_language(tuple(enabled))
    claimed = primary(claim or "")
    language, confidence = _judged(text[:_ENOUGH], claimed, tuple(tags))
    return Detected(_written_in(text, tags[language], claim), round(confidence, 4))


def _small(text: str) -> str:
    """A headline in capitals as it is otherwise printed, for the model has seen few capitals."""
    if _TURKISH_CAPITAL.search(text):
        text = text.replace("İ", "i").replace("I", "ı")
    return text.lower()


def _judged(text: str, claimed: str, languages: Sequence[str]) -> tuple[str, float]:
    script = main_script(text)
    possible = writing(text, script, languages) if script else ()
    if not possible:
        return claimed if claimed in languages else languages[0], 0.0
    if len(possible) == 1:
        return possible[0], 1.0
    model = _restricted_model(tuple(sorted(possible)))
    if model is None:
        return claimed if claimed in possible else possible[0], 0.0
    ranked: list[tuple[str, float]] = model.rank(_small(text) if text.isupper() else text)
    likely, confidence = ranked[0]
    expected, factor = (claimed, _MUCH_LIKELIER) if claimed in possible else (languages[0], _LIKELIER)
    if expected in possible and expected != likely:
        supposed = float(dict(ranked).get(expected, 0.0))
        if confidence <= factor * supposed or expected not in model.labels:
            return expected, supposed
    return likely, float(confidence)
