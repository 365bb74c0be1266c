"""Which language a text is in: its script first, then the statistics, then what the feed claims."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from alerts.language.scripts import main_script, writes

UNKNOWN = "und"
_CONFIDENT = 0.95
_ENOUGH_LETTERS = 20  # below this a headline of names speaks every language


@dataclass(frozen=True, slots=True)
class Detected:
    """A language (ISO 639 code) and how sure we are of it, 0 to 1."""

    language: str
    confidence: float


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


def detect(text: str, claim: str | None, enabled: Sequence[str]) -> Detected:
    """The language of the text, one of ``enabled`` (or ``und`` when none is enabled).

    ``claim`` is what the feed says (BCP 47). It wins when it is enabled and written in the script of
    the text, unless the text is long enough to judge and the detector is confident of another
    language. A text without letters, or in a script that no enabled language uses, gets the claim
    or else the first enabled language, with confidence 0.
    """
    if not enabled:
        return Detected(UNKNOWN, 0.0)
    claimed = (claim or "").replace("_", "-").partition("-")[0].lower()
    script = main_script(text)
    possible = tuple(code for code in enabled if script and writes(code, script))
    if not possible:
        return Detected(claimed if claimed in enabled else enabled[0], 0.0)
    if len(possible) == 1:
        return Detected(possible[0], 1.0)
    model = _restricted_model(tuple(sorted(possible)))
    if model is None:
        return Detected(claimed if claimed in possible else possible[0], 0.0)
    ranked: list[tuple[str, float]] = model.rank(text)
    likely, confidence = ranked[0]
    letters = sum(map(str.isalpha, text))
    if claimed not in possible or likely == claimed:
        return Detected(likely, round(float(confidence), 4))
    if confidence >= _CONFIDENT and letters >= _ENOUGH_LETTERS:
        return Detected(likely, round(float(confidence), 4))
    return Detected(claimed, round(float(dict(ranked).get(claimed, 0.0)), 4))
