"""Which characters belong to which writing system, as far as matching needs to know.

The constants are bodies of regular-expression character classes. The ranges are the blocks of
Unicode 15 in which news is written today; historic scripts are left out.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA = "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
HANGUL = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7ff\uffa0-\uffdc"
BOPOMOFO = "\u3105-\u312f"
SOUTH_EAST_ASIAN = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
UNSPACED = HAN + KANA + HANGUL + BOPOMOFO + SOUTH_EAST_ASIAN
"""Scripts in which a word is not found by looking for spaces."""

CLITIC = "\u0590-\u074f\u0750-\u077f\u08a0-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
"""Hebrew, Arabic, Syriac: small words such as *the* and *and* are written onto the next word."""


def _mark_ranges() -> str:
    """Every combining mark of the Basic Multilingual Plane: ``\\w`` leaves them out, words do not."""
    marks = [point for point in range(0x300, 0x10000) if unicodedata.category(chr(point))[0] == "M"]
    runs = [list(run) for _, run in groupby(enumerate(marks), key=lambda pair: pair[1] - pair[0])]
    return "".join(f"{chr(run[0][1])}-{chr(run[-1][1])}" for run in runs)


MARKS = _mark_ranges()
JOINERS = "\u00ad\u200c\u200d"
"""Soft hyphen, zero-width non-joiner and joiner: inside a word, and no part of its spelling."""

_SCRIPTS = {
    "Latin": re.compile("[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a]"),
    "Cyrillic": re.compile("[\u0400-\u052f]"),
    "Greek": re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),
    "Arabic": re.compile("[\u0620-\u064a\u066e-\u06d5\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]"),
    "Hebrew": re.compile("[\u05d0-\u05ea]"),
    "Han": re.compile(f"[{HAN}]"),
    "Kana": re.compile(f"[{KANA}]"),
    "Hangul": re.compile(f"[{HANGUL}]"),
    "Thai": re.compile("[\u0e01-\u0e4e]"),
    "Devanagari": re.compile("[\u0900-\u097f]"),
    "Bengali": re.compile("[\u0980-\u09ff]"),
    "Gurmukhi": re.compile("[\u0a00-\u0a7f]"),
    "Gujarati": re.compile("[\u0a80-\u0aff]"),
    "Tamil": re.compile("[\u0b80-\u0bff]"),
    "Telugu": re.compile("[\u0c00-\u0c7f]"),
    "Sinhala": re.compile("[\u0d80-\u0dff]"),
    "Lao": re.compile("[\u0e80-\u0eff]"),
    "Myanmar": re.compile("[\u1000-\u109f]"),
    "Georgian": re.compile("[\u10a0-\u10ff\u1c90-\u1cbf]"),
    "Ethiopic": re.compile("[\u1200-\u137f]"),
    "Khmer": re.compile("[\u1780-\u17ff]"),
    "Armenian": re.compile("[\u0531-\u058f]"),
}

_WRITTEN_IN = {
    "Cyrillic": "ru uk bg be mk sr bs kk ky mn tg tt ba",
    "Greek": "el grc",
    "Arabic": "ar fa ur ps ug sd ku sdh arz ary",
    "Hebrew": "he yi",
    "Han": "zh ja yue wuu",
    "Kana": "ja",
    "Hangul": "ko",
    "Thai": "th",
    "Devanagari": "hi mr ne sa gom",
    "Bengali": "bn as",
    "Gurmukhi": "pa",
    "Gujarati": "gu",
    "Tamil": "ta",
    "Telugu": "te",
    "Sinhala": "si",
    "Lao": "lo",
    "Myanmar": "my",
    "Georgian": "ka",
    "Ethiopic": "am ti",
    "Khmer": "km",
    "Armenian": "hy",
}
_ALSO_LATIN = frozenset(["sr", "bs", "ku", "uz"])
_LANGUAGES = {script: frozenset(codes.split()) for script, codes in _WRITTEN_IN.items()}
_NOT_LATIN = frozenset().union(*_LANGUAGES.values()) - _ALSO_LATIN


def writes(language: str, script: str) -> bool:
    """Whether texts of this language (ISO 639 code) are printed in this script."""
    if script == "Latin":
        return language not in _NOT_LATIN
    return language in _LANGUAGES.get(script, frozenset())


def main_script(text: str) -> str | None:
    """The script of most letters of the text; None when it has none that we know.

    An ideograph weighs as two letters, and ideographs among kana count as kana, so that Japanese
    is told from Chinese and a Chinese headline about NATO stays Chinese.
    """
    if text.isascii():
        return "Latin" if _SCRIPTS["Latin"].search(text) else None
    counts = {script: len(pattern.findall(text)) for script, pattern in _SCRIPTS.items()}
    counts["Han"] *= 2
    counts["Hangul"] *= 2
    if counts["Kana"] * 10 >= counts["Han"]:
        counts["Kana"], counts["Han"] = counts["Kana"] + counts["Han"], 0
    script = max(counts, key=lambda name: counts[name])
    return script if counts[script] else None
