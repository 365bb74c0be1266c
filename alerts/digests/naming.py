"""What the rules and situations that we ship are called, in each language that we speak. Pure.

Their English names stand in the files of ``alerts/catalog`` and are messages of the catalogues, rules in the
context *rule* and situations in *situation*. A name is known by its words alone: what somebody wrote, or
changed, is in no catalogue, and is not ours to translate.
"""

from __future__ import annotations

from gettext import NullTranslations
from typing import Literal, get_args

Named = Literal["rule", "situation"]

CONTEXTS: frozenset[str] = frozenset(get_args(Named))
"""The contexts in which a message is a name, so that a catalogue lacks nothing that it does not hold."""


def called(name: str, named: Named, words: NullTranslations) -> str:
    """The name in the language of these words where it is ours, else as it is."""
    return words.pgettext(named, name)
