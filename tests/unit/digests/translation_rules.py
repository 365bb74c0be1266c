"""What a program can say of a translation; each finding is a sentence. Pure.

Of each language we decided: which marks are its own, which quotation marks it uses, that French puts a narrow
no-break space (U+202F) before a high mark and inside quotation marks, that Chinese has no spaces, and that
readers are addressed formally.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

NARROW = "\u202f"
NUMBERS = range(1001)
"""The counts for which forms of plurals are looked at; those of millions are never told."""

ALLOWED = {
    "ar": (),
    "es": ("Burkina Faso", "Sri Lanka"),
    "fr": ("Burkina Faso", "Côte d’Ivoire", "Sierra Leone", "Sri Lanka"),
    "ko": ("필요.",),
    "ru": (),
    "zh_Hans": (),
}
"""Words that look like a slip and are none; they are taken out before looking."""

NAMES = ("UTC", "CrisisWatch", "GMT", "IP", "AND", "OR", "NOT", "NEAR", "ATLEAST", "SCORE", "JSON")
"""What stands in Latin letters in every language."""

FOREIGN_MARKS = {
    "ar": re.compile(r"[,;?]"),
    "es": re.compile(r"[„“”‟]"),
    "fr": re.compile(r"[„“”‟]"),
    "ko": re.compile(r"[、，。！？；：«»„]"),
    "ru": re.compile(r"[“”‟]"),
    "zh_Hans": re.compile(r"[,;:?!.()«»\s]"),
}
"""What stands in no translation into a language, because it has a mark of its own."""

ADDRESSED_AS_A_FRIEND = {
    "es": re.compile(r"\b(?:tú|tus?|ti|te|vosotros|vuestr[oa]s?)\b", re.IGNORECASE),
    "fr": re.compile(r"\b(?:tu|toi|ton|tes)\b", re.IGNORECASE),
    "ko": re.compile(r"(?<!니)다[.!?]|요[.!?]"),
    "ru": re.compile(r"\b(?:ты|тебя|тебе|тобой|тво[йяёи]|твоих)\b", re.IGNORECASE),
    "zh_Hans": re.compile("你"),
}
"""Signs of a familiar way to speak; of Arabic none can be told from letters alone."""

STOPS = {".": ".。", "?": "?؟？", "!": "!！", ":": ":：", ",": ",،，、", "…": "…"}
"""The marks a message may end with, and what stands for each in other languages."""

OWN_SPACE = "、，。：；（）？！"
"""Marks that carry their space with them."""

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_LATIN = ("es", "fr")


class Told(NamedTuple):
    """A message and one form of its translation. ``numbers`` are the counts that the form is for, None for a
    message without a plural."""

    locale: str
    ids: tuple[str, ...]
    form: str
    numbers: tuple[int, ...] | None = None


Rule = Callable[[Told], Iterator[str]]


def findings(told: Told) -> list[str]:
    """Everything that is wrong with a translation."""
    allowed = told.form
    for words in ALLOWED[told.locale]:
        allowed = allowed.replace(words, "")
    return [finding for rule in RULES for finding in rule(told._replace(form=allowed))]


def names(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))


def words(text: str) -> str:
    """A text without what programs put in."""
    return _PLACEHOLDER.sub("\ufffc", text)


# --- what programs put in ---------------------------------------------------------------------


def placeholders_are_those_of_the_message(told: Told) -> Iterator[str]:
    """A form for one number may say it in words; the form for nothing may leave out what there is none of."""
    wanted = names("".join(told.ids))
    if more := names(told.form) - wanted:
        yield f"unknown placeholders {sorted(more)}"
    numbers = told.numbers or ()
    optional = wanted if numbers == (0,) else {"count"} if len(numbers) == 1 else set()
    if lost := wanted - names(told.form) - optional:
        yield f"lost placeholders {sorted(lost)}"


def percent_signs_are_those_of_the_message(told: Told) -> Iterator[str]:
    signs = [re.findall("%%?", _PLACEHOLDER.sub("", text)) for text in (told.ids[0], told.form)]
    if signs[0] != signs[1]:
        yield f"percent signs {signs[1]}, not {signs[0]}"


# --- spaces and marks -------------------------------------------------------------------------


def spaces_at_the_ends_are_those_of_the_message(told: Told) -> Iterator[str]:
    said = told.ids[0]
    leading = said[: len(said) - len(said.lstrip())]
    trailing = said[len(said.rstrip()) :]
    if told.form[-1:] in OWN_SPACE:
        trailing = ""
    if told.form != f"{leading}{told.form.strip()}{trailing}":
        yield "spaces at its ends"


def spaces_are_single(told: Told) -> Iterator[str]:
    if re.search(r"\s\s|\n", told.form):
        yield "two spaces, or a new line"


def it_ends_as_the_message_does(told: Told) -> Iterator[str]:
    said, form = told.ids[0].strip()[-1:], told.form.strip()[-1:]
    closing = {mark for marks in STOPS.values() for mark in marks}
    if said in STOPS and form not in STOPS[said]:
        yield f"ends with {form!r}, not with one of {STOPS[said]!r}"
    if said not in STOPS and form in closing:
        yield f"ends with {form!r}; the message does not"


def quotation_marks_and_dots_are_not_those_of_a_typewriter(told: Told) -> Iterator[str]:
    for mark in ('"', "'", "...", " - ", "--"):
        if mark in told.form:
            yield f"{mark!r}"


def marks_are_its_own(told: Told) -> Iterator[str]:
    for found in FOREIGN_MARKS[told.locale].finditer(words(told.form).rstrip() or told.form.strip()):
        yield f"{found[0]!r} is not a mark of the language"


def french_spaces_are_narrow_and_do_not_break(told: Told) -> Iterator[str]:
    if told.locale != "fr":
        return
    for found in re.finditer(rf"[^{NARROW}](?=[;:?!»])|«[^{NARROW}]", words(told.form)):
        yield f"no narrow no-break space at {found[0]!r}"
    if "\u00a0" in told.form:
        yield "a wide no-break space"


def spanish_questions_are_opened(told: Told) -> Iterator[str]:
    if told.locale == "es" and ("?" in told.form) > ("¿" in told.form):
        yield "a question that is not opened"


# --- letters ----------------------------------------------------------------------------------


def letters_are_composed_and_visible(told: Told) -> Iterator[str]:
    if unicodedata.normalize("NFC", told.form) != told.form:
        yield "not in normal form C"
    for character in told.form:
        if unicodedata.category(character) in ("Cf", "Cc", "Co", "Cn") and character != "\u200c":
            yield f"an invisible U+{ord(character):04X}"
    if "\u0640" in told.form:
        yield "a drawn-out line (tatweel)"


def letters_are_of_its_script(told: Told) -> Iterator[str]:
    if told.locale in _LATIN:
        return
    for found in re.findall(r"[A-Za-z]+", words(told.form)):
        if found not in NAMES:
            yield f"{found!r} in Latin letters"


def it_is_not_the_english_message(told: Told) -> Iterator[str]:
    if len(re.findall(r"[a-z]{2,}", words(told.form))) > 1 and told.form in told.ids:
        yield "is English"


def readers_are_addressed_formally(told: Told) -> Iterator[str]:
    pattern = ADDRESSED_AS_A_FRIEND.get(told.locale)
    for found in pattern.finditer(words(told.form)) if pattern else ():
        yield f"{found[0]!r} is too familiar"


RULES: tuple[Rule, ...] = (
    placeholders_are_those_of_the_message,
    percent_signs_are_those_of_the_message,
    spaces_at_the_ends_are_those_of_the_message,
    spaces_are_single,
    it_ends_as_the_message_does,
    quotation_marks_and_dots_are_not_those_of_a_typewriter,
    marks_are_its_own,
    french_spaces_are_narrow_and_do_not_break,
    spanish_questions_are_opened,
    letters_are_composed_and_visible,
    letters_are_of_its_script,
    it_is_not_the_english_message,
    readers_are_addressed_formally,
)
