"""Names of countries as a list has them, turned into the terms that find them in the news.

A name of one word is compared letter by letter: stemmers and lemmatisers take names for common words
(*Irán* for *ir*, *Дания* for *данные*, *Mali* for *mal*). So the forms in which a language writes it
are made here. Of several words each may be stemmed, as together they are hardly met by chance.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from alerts.language.fold import fold
from alerts.language.scripts import JOINERS
from alerts.language.tokens import is_character, takes_clitics

_ALIAS_IN_BRACKETS = frozenset({"ci", "mm", "sy", "tl"})
"""Countries of which a bracket or comma gives another name; of others, whose territory or which part."""

_NEIGHBOURS_NAME = frozenset({"cg"})
"""Countries whose name, when it is one word, means the neighbour in the news."""

_BRACKET = re.compile(r"\s*[(（]([^)）]*)[)）]\s*")
_COMMA = re.compile("[,،]")
_DASH = re.compile(r"\s[–—-]\s?|[–—]\s?")
_IN_TERMS = re.compile(f"[\\s'’ʼ.{JOINERS}-]")

_INVARIABLE = "af br ca cy en es eu fr ga gl ha hi id it ms mt oc pt so sw tl tr vi"
"""Languages that write a country always the same, or part its endings by an apostrophe as Turkish does."""

_ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "da": (("s", "s"), ("", " s")),
    "de": (("s", "s"), ("", " s")),
    "nl": (("s", "s"), ("", " s")),
    "no": (("s", "s"), ("", " s")),
    "sv": (("s", "s"), ("", " s")),
    "ru": (
        *(("ия", "ия ии ию ией"), ("а", "а ы и е у ой"), ("я", "я и е ю ей"), ("ы", "ы  ов ам ами ах")),
        *(("ь", "ь я и ю ем ью е"), ("й", "й я ю ем е"), ("о", "о"), ("е", "е"), ("и", "и"), ("у", "у")),
        ("", " а у ом е"),
    ),
    "uk": (
        *(("ія", "ія ії ію ією"), ("ка", "ка ки ці ку кою"), ("а", "а и і у ою"), ("я", "я і ї ю ею")),
        *(("и", "и  ів ам ами ах"), ("ь", "ь я ю ем і"), ("й", "й ю я єм ї"), ("о", "о"), ("е", "е")),
        *(("і", "і"), ("у", "у"), ("", " у а ом і ові")),
    ),
    "pl": (
        *(("ia", "ia ii ię ią"), ("ja", "ja ji ję ją"), ("ka", "ka ki ce kę ką"), ("a", "a y ie ę ą")),
        *(("y", "y  om ami ach"), ("e", "e"), ("i", "i"), ("o", "o"), ("u", "u"), ("", " u a owi em ie")),
    ),
}
"""For the last letters of a name, what stands in their place in its other forms."""

_LEAST_PREFIX = 5
_SHORT = 4


def spoken_names(code: str, name: str, language: str) -> Iterator[str]:
    """The terms for one country's name, without the signs of a list: *Myanmar (Burma)* gives two names,
    *Congo - Kinshasa* loses its dash."""
    parts = _COMMA.split(_BRACKET.sub(r",\1,", name)) if code in _ALIAS_IN_BRACKETS else None
    for part in parts or [_COMMA.split(_BRACKET.sub(" ", name))[0]]:
        text = " ".join(_DASH.sub(" ", part).split())
        if not text or (code in _NEIGHBOURS_NAME and " " not in text and "-" not in text):
            continue
        spellings = [text.replace("&", "and"), text.replace("& ", "")] if "&" in text else [text]
        if text.startswith("St. "):
            spellings += [spelling.replace("St.", "Saint") for spelling in spellings]
        for spelling in spellings:
            yield from _terms(spelling, language)


def _terms(name: str, language: str) -> Iterator[str]:
    if not _readable(name):
        yield f'"{name}"'
    elif " " in name or "-" in name or is_character(name):
        yield name
    elif takes_clitics(name):
        yield f'"{name}"' if _hides_in_words(name) else name
    elif language in _ENDINGS:
        ending, others = next(pair for pair in _ENDINGS[language] if name.endswith(pair[0]))
        begin = name.removesuffix(ending)
        yield from (f"={begin}{other}" for other in others.split(" "))
    elif language in _INVARIABLE.split() or len(begin := name[:-1]) < _LEAST_PREFIX:
        yield f"={name}"
    else:
        yield f"{begin}*"


def _hides_in_words(name: str) -> bool:
    """Whether an Arabic or Hebrew name, looked for inside words, would be found where it is not: it is
    short, or its first letters look like the article (*ألبانيا* would be found in *إسبانيا*)."""
    folded = fold(name)
    return len(folded.removeprefix("ال")) <= _SHORT or (folded.startswith("ال") and not name.startswith("ال"))


def _readable(text: str) -> bool:
    """Whether the rule language takes these words as they are; else they need quotation marks."""
    rest = _IN_TERMS.sub("", text)
    return rest.isalpha() or all(sign.isalpha() or unicodedata.category(sign)[0] == "M" for sign in rest)
