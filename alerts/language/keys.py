"""Keys: short words by which a database finds the texts that a rule may match.

Whatever makes a term of a rule meet a text leaves a key in it: the text's keys promise too much, never
too little, and ``alerts.rules.evaluate`` decides. A text has as keys, for every word,

- its forms, exact and stems, without what tells the two apart;
- its last four letters, for terms that name the end of a word (*rakete*);
- in Arabic and Hebrew script every four letters in a row, for terms that are found inside words;

and of scripts without spaces every two characters that follow one another, and those that stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from alerts.language.forms import forms
from alerts.language.tokens import is_character, surfaces, takes_clitics

EDITION = 1
"""To be raised when a text gets other keys than before: then the archive is given its keys anew."""

ANY_KEY = "\ue000"
"""The only key of a text that has too many: it is found by whatever is looked for."""

NO_KEY = "\ue005"
"""A key that no text has."""

_ENDS, _INSIDE, _ALONE = "\ue001", "\ue002", "\ue003"
_MARKS = "\x01\x02\x03"  # what stems, lemmas and capitals begin with: see ``forms``
_LETTERS = 4
_LONGEST = 40
_MOST_KEYS = 20_000  # what PostgreSQL takes for one text is a megabyte
_SIGNS = re.compile(r"[\x00-/:-@\[-`{-\x7f]")


@dataclass(frozen=True, slots=True)
class Key:
    """A text that has this key; with ``begins`` one that has a key which begins so."""

    text: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Both:
    """A text for which all of these hold; there is at least one."""

    parts: tuple[Sought, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """A text for which one of these holds; there is at least one."""

    parts: tuple[Sought, ...]


Sought = Key | Both | Either


def _key(text: str) -> str:
    """Letters only, as the databases want them, and not too many."""
    return _SIGNS.sub("\ue004", text[:_LONGEST])


def form_key(form: str, *, begins: bool = False) -> Key:
    """Words that have this form; with ``begins``, whose form begins so."""
    return Key(_key(form.lstrip(_MARKS)), begins)


def ending_key(exact: str) -> Key:
    """Words that end so; of at least four letters."""
    return Key(_ENDS + _key(exact[-_LETTERS:]))


def inside_keys(exact: str) -> tuple[Key, ...]:
    """Words of a script that takes clitics with these letters in a row; of at least four."""
    return tuple(Key(_INSIDE + part) for part in _parts(exact))


def pair_key(first: str, second: str) -> Key:
    """Two characters that follow one another."""
    return Key(_key(first + second))


def alone_key(character: str) -> Key:
    """A character that touches no other."""
    return Key(_ALONE + _key(character))


def _parts(exact: str) -> list[str]:
    return [_key(exact[at : at + _LETTERS]) for at in range(len(exact) - _LETTERS + 1)]


@lru_cache(maxsize=1 << 16)
def _of_word(surface: str, language: str) -> tuple[str, frozenset[str]]:
    """A character, or '', and the keys of a word."""
    shapes = forms(surface, language)
    if not shapes:
        return "", frozenset()
    exact = shapes[0]
    if is_character(exact):
        return exact, frozenset()
    found = {_key(form.lstrip(_MARKS)) for form in shapes}
    if len(exact) >= _LETTERS:
        found.add(_ENDS + _key(exact[-_LETTERS:]))
        if takes_clitics(exact):
            found.update(_INSIDE + part for part in _parts(exact))
    return "", frozenset(found)


def keys(texts: Iterable[str], language: str) -> frozenset[str]:
    """All keys of some texts, each text a field or paragraph of one item in this language (ISO 639)."""
    found: set[str] = set()
    for text in texts:
        before, touches = "", False
        for surface in surfaces(text):
            character, more = _of_word(surface, language) if surface else ("", frozenset[str]())
            found |= more
            if before and character:
                found.add(_key(before + character))
            elif before and not touches:
                found.add(_ALONE + _key(before))
            before, touches = character, bool(before and character)
        if before and not touches:
            found.add(_ALONE + _key(before))
    return frozenset(found) if len(found) <= _MOST_KEYS else frozenset((ANY_KEY,))
