"""Which characters belong to which writing system, as far as matching needs to know.

The constants are bodies of regular-expression character classes. The ranges are the blocks of
Unicode 15 in which news is written today; historic scripts are left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA = "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
HANGUL = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7ff\uffa0-\uffdc"
BOPOMOFO = "\u3105-\u312f"
SOUTH_EAST_ASIAN = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
UNSPACED = HAN + KANA + HANGUL + BOPOMOFO + SOUTH_EAST_ASIAN
"""Scripts in which a word is not found by looking for spaces."""

CLITIC = "\u0590-\u074f\u0750-\u077f\u08a0-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
"""Hebrew, Arabic, Syriac: small words such as *the* and *and* are written onto the next word."""

_UNSPACED = re.compile(f"[{UNSPACED}]")
_CLITIC = re.compile(f"[{CLITIC}]")
_NO_LETTERS = "\u0640\u02bc"  # tatweel and an apostrophe, which Unicode calls letters
# ideographs and Korean syllables need no looking at
_UNIFORM = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))
_MIXED = ((0, 0x33FF), (0xA000, 0xABFF), (0xD7A4, 0xD7FF), (0xF900, 0xFFFF))


def _kind(character: str) -> str:
    """M: a mark, U: a letter without spaces, C: one that takes clitics, L: another letter, or a digit;
    nothing for what is in no word."""
    if unicodedata.category(character)[0] == "M":
        return "M"
    first = unicodedata.normalize("NFKC", character)[0]
    if not (character.isalnum() and first.isalnum()) or first in _NO_LETTERS:
        return ""
    if character.isdecimal():
        return "L"
    return "U" if _UNSPACED.match(first) else "C" if _CLITIC.match(first) else "L"


def _classes() -> dict[str, str]:
    """For each kind the body of a character class; points without character may fall into any."""
    runs: dict[str, list[list[int]]] = {"M": [], "U": [[*pair] for pair in _UNIFORM], "C": [], "L": []}
    for low, high in _MIXED:
        last = ""
        for point in range(low, high + 1):
            character = chr(point)
            if unicodedata.category(character) != "Cn":
                kind = _kind(character)
                if kind and kind == last:
                    runs[kind][-1][1] = point
                elif kind:
                    runs[kind].append([point, point])
                last = kind
    return {kind: "".join(f"{chr(low)}-{chr(high)}" for low, high in found) for kind, found in runs.items()}


_CLASS = _classes()
MARKS = _CLASS["M"]
"""Every combining mark: ``\\w`` leaves them out, words do not."""
CHARACTERS = _CLASS["U"] + "\U00020000-\U0003ffff"
"""The letters among UNSPACED. Its digits make numbers as all others do."""
CLITIC_LETTERS = _CLASS["C"]
"""The letters among CLITIC."""
LETTERS = _CLASS["L"] + "\U00010000-\U0001cfff\U0001d400-\U0001d7ff\U0001e100-\U0001efff"
"""The letters of all other scripts, and all digits."""
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


_IDEOGRAMS = {"Han": 3, "Kana": 2, "Hangul": 2}  # Latin letters that say as much as one character
_QUOTED = 4  # a text with names in Latin letters has fewer than this many of them to one of its own


def main_script(text: str) -> str | None:
    """The script the text is written in; None when it has no letter that we know.

    That is the script of most letters, but a text that quotes Latin names is still in its own: so
    Latin it is only when there is little else. Ideographs among kana count as kana, so that Japanese
    is told from Chinese.
    """
    latin = len(_SCRIPTS["Latin"].findall(text))
    if text.isascii():
        return "Latin" if latin else None
    counts = {"Latin": latin}
    left = sum(map(str.isalpha, text)) - latin
    for script, pattern in _SCRIPTS.items():
        if left <= 0:
            break
        if script != "Latin" and (count := len(pattern.findall(text))):
            counts[script] = count * _IDEOGRAMS.get(script, 1)
            left -= count
    if counts.get("Kana", 0) * 10 >= counts.get("Han", 0) > 0:
        counts["Kana"] += counts.pop("Han")
    others = sum(counts.values()) - latin
    if others * _QUOTED >= latin and others:
        counts["Latin"] = 0
    script = max(counts, key=lambda name: counts[name])
    return script if counts[script] else None


# Letters by which languages of one script are told apart: who writes them.
_TELLING = {
    "іїєґ": "uk",
    "ў": "be",
    "ыэё": "ru be kk ky mn tg tt ba",
    "ъщ": "ru bg uk kk ky mn tt ba",
    "јљњ": "sr mk bs",
    "ћђ": "sr bs",
    "ѓќѕ": "mk",
    "پچژگ": "fa ur ps ug sd ku sdh",
    "ٹڈڑےںہ": "ur",
    "ټډړښځڅ": "ps",
}
_WRITERS = {letter: frozenset(codes.split()) for letters, codes in _TELLING.items() for letter in letters}
_WRITERS |= {"і": frozenset(["uk", "be", "kk"]), "ъ": frozenset(["ru", "bg", "mn", "tt", "ba", "kk", "ky"])}
_TELLING_LETTER = re.compile(f"[{''.join(_WRITERS)}]")
# Characters that Japanese alone writes so, of those common in the news.
_JAPANESE = re.compile(
    "[発県込対実応図売伝弾鉄験権戦変団気経済沢労働圏両仏検様択拠処悪営歳満続総聴脳覚観訳軽辺関"
    "隠雑駅騒価児剤厳収塁塩巻帰広庁廃従徳恵払抜拝掲揺撃暦毎渇猟緑縁臓轄鉱銭錬閲陥霊頼顔駆髪齢]"
)


def writing(text: str, script: str, languages: Sequence[str]) -> tuple[str, ...]:
    """Those of ``languages`` (ISO 639 codes) that print texts in this script with these letters.

    A letter that a language does not write speaks against it, most of all when there are many: names
    are quoted from everywhere. All remain when the letters say nothing.
    """
    possible = tuple(language for language in languages if writes(language, script))
    if len(possible) < 2:
        return possible
    if script == "Han":
        return ("ja",) if "ja" in possible and _JAPANESE.search(text) else possible
    letters = _TELLING_LETTER.findall(text.lower())
    if not letters:
        return possible
    strange = {code: sum(code not in _WRITERS[letter] for letter in letters) for code in possible}
    fewest = min(strange.values())
    return tuple(code for code in possible if strange[code] == fewest)
