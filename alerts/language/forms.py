"""The forms of a word by which it meets other words of its language: as written, and its stems.

Measured on inflected words of crisis news (``python -m bench.languages``): Snowball cuts endings and
knows no irregular words, the dictionaries of simplemma know those and no new names. Where both serve,
a word has the stem of itself and that of its lemma, and meets by either.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

import Stemmer

from alerts.language.codes import primary
from alerts.language.fold import fold, lower
from alerts.language.scripts import UNSPACED

STEM, LEMMA = "\x01", "\x02"
"""What a stem and a lemma without stem begin with: no text has them, so neither meets a word as written."""

CAPITALS = "\x03"
"""What the form of a short word in capitals begins with: it tells *US* from *us*."""

_LONGEST = 40  # letters of a word worth looking up: in nothing longer are there endings to be found
_IN_CAPITALS = re.compile("[A-Z]{2,5}")
_WITHOUT_STEM = re.compile(f"[{UNSPACED}]|[0-9]*$")

# Snowball's algorithms. Left out where they find less than the dictionary or cut roots away: Arabic,
# Persian and Turkish; Serbian, which has a dictionary that reads both of its alphabets.
_ALGORITHMS = {
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
}
# Dictionaries of simplemma. Indonesian has none here: it leads words with other meanings to one root.
_OF_THEIR_OWN = (
    "ar bg ca cs da de el en es et fa fi fr ga he hi hu hy is it ka lt lv mk nl pl pt ro ru sk sl sq sv tr uk"
)
_DICTIONARIES = dict(zip(_OF_THEIR_OWN.split(), _OF_THEIR_OWN.split(), strict=True))
_DICTIONARIES |= {"bs": "hbs", "hr": "hbs", "sr": "hbs", "no": "nb"}

# In stems these stay what they are, under the name of letters that nobody writes any more: without its
# ending война (war) would be воин (warrior).
_DISTINCT = str.maketrans("йї", "ѯѱ")
_PERSIAN = str.maketrans("يك", "یک")
_TURKISH = str.maketrans("İI", "iı")
_own = threading.local()  # a Stemmer may not be used by two threads at once
_loading = threading.Lock()


def _stemmer(language: str) -> Callable[[str], str] | None:
    stemmers: dict[str, Callable[[str], str] | None] = _own.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        algorithm = _ALGORITHMS.get(language)
        known = algorithm is not None and algorithm in Stemmer.algorithms()
        stemmers[language] = Stemmer.Stemmer(algorithm).stemWord if known else None
    return stemmers[language]


@cache
def _lemmatize() -> Callable[[str, str], str]:
    """Reads dictionaries as they are stored: 3 to 50 MB a language, and some 0.1 ms a word."""
    from simplemma import Lemmatizer
    from simplemma.strategies import DefaultStrategy
    from simplemma.strategies.dictionaries import StreamDictionaryFactory

    kept = StreamDictionaryFactory(cache_max_size=len(_DICTIONARIES))
    return Lemmatizer(
        cache_max_size=0, lemmatization_strategy=DefaultStrategy(dictionary_factory=kept)
    ).lemmatize


@cache
def _loaded(dictionary: str) -> Callable[[str, str], str]:
    lemmatize = _lemmatize()
    lemmatize("a", dictionary)
    return lemmatize


def _lemma(word: str, language: str) -> str:
    dictionary = _DICTIONARIES[language]
    with _loading:  # up to two seconds, once for each language
        lemmatize = _loaded(dictionary)
    return lower(lemmatize(word, dictionary)) or word


def _as_written_in(language: str, surface: str) -> str:
    """The word in small letters of its language, diacritics kept, for stemmer and dictionary."""
    if language in ("tr", "az"):
        surface = surface.translate(_TURKISH)
    elif language == "fa":
        surface = surface.translate(_PERSIAN)
    return lower(surface)


def _stem(stem: str) -> str:
    return fold(stem.translate(_DISTINCT))


def _bare_lemma(lemma: str, language: str) -> str:
    """In Turkish nothing is folded: ölmek is to die, olmak to be."""
    return lemma if language in ("tr", "az") else _stem(lemma)


def load(languages: Iterable[str]) -> None:
    """Loads the dictionaries of these languages: some 8 MB and a quarter of a second each.

    To be called before a worker forks, so that its processes share them.
    """
    for language in languages:
        if (code := primary(language)) in _DICTIONARIES:
            _lemma("a", code)


@lru_cache(maxsize=1 << 16)
def forms(surface: str, language: str) -> tuple[str, ...]:
    """The forms of one word as written: folded, then its stems and lemmas; () when nothing is left.

    Two words of a language meet by stem exactly when they share a form. A stem begins with ``STEM``
    or ``LEMMA``. A word of two to five Latin capitals has another form, beginning with ``CAPITALS``.
    Threads may call it; a new language loads its dictionary, which takes up to two seconds.
    """
    exact = fold(surface)
    if not exact:
        return ()
    capitals = (CAPITALS + exact,) if _IN_CAPITALS.fullmatch(surface) else ()
    return (exact, *_stems(surface, exact, primary(language)), *capitals)


def _stems(surface: str, exact: str, language: str) -> tuple[str, ...]:
    """None for a language without stemmer and dictionary, and for characters of scripts without spaces."""
    stemmer = _stemmer(language)
    looked_up = language in _DICTIONARIES
    if not (stemmer or looked_up) or len(surface) > _LONGEST or _WITHOUT_STEM.match(exact):
        return ()
    word = _as_written_in(language, surface)
    lemma = _lemma(word, language) if looked_up else word
    if stemmer is None:
        return (LEMMA + (_bare_lemma(lemma, language) or exact),)
    stems = dict.fromkeys((_stem(stemmer(word)) or exact, _stem(stemmer(lemma)) or exact))
    return tuple(STEM + stem for stem in stems)
