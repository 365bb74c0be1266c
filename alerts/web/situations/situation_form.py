"""The form of a situation: what was typed, kept as it was typed, and the situation that it says. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from starlette.datastructures import FormData

from alerts.model import Situation
from alerts.rules.toml_tables import KEY
from alerts.web.forms import text

FORM_OF_A_NEW_SITUATION = "new"
"""No situation written here has this key: in an address it stands for the form."""

LONGEST_LINE = 1000
_BETWEEN = re.compile(r"[,;\n]+")
_HINTED = 40


@dataclass(frozen=True, slots=True)
class Draft:
    """The fields as they stand in the form. ``began`` is the version that the edit began from, 0 for a new
    situation; ``why`` goes into the history."""

    key: str = ""
    name: str = ""
    places: str = ""
    rules: str = ""
    why: str = ""
    began: str = "0"


def drafted(form: FormData) -> Draft:
    """What was typed."""
    typed = {
        name: " ".join(text(form, name).split())[:LONGEST_LINE] for name in ("key", "name", "why", "began")
    }
    return Draft(**typed, places=text(form, "places").strip("\n"), rules=text(form, "rules").strip("\n"))


def draft_of(situation: Situation) -> Draft:
    """The form of a situation that is in force."""
    return Draft(
        key=situation.key,
        name=situation.name,
        places=", ".join(situation.places),
        rules="\n".join(situation.rules),
        began=str(situation.version),
    )


def began(draft: Draft) -> int:
    """The version that the edit began from; -1, which no version is, for what is none."""
    return int(draft.began) if re.fullmatch(r"[0-9]{1,18}", draft.began, re.ASCII) else -1


def read_draft(
    draft: Draft, places: Mapping[str, str], rules: Mapping[str, str]
) -> tuple[Situation, Mapping[str, str]]:
    """The situation that the form says, and what is wrong with its fields, by their names.

    ``places`` and ``rules`` are the names by key of those there are: both can be typed.
    """
    wrong: dict[str, str] = {}
    if not KEY.fullmatch(draft.key):
        wrong["key"] = "Write small letters, digits and hyphens, 64 at most, such as korean-peninsula."
    elif draft.key == FORM_OF_A_NEW_SITUATION:
        wrong["key"] = "This word is the address of the form for new situations; write another."
    found = {}
    for name, typed, known in (("places", draft.places, places), ("rules", draft.rules, rules)):
        found[name], strange = _keys(typed, known)
        if strange is not None:
            close = get_close_matches(strange.casefold(), _words(known), 1)
            hint = f"; did you mean {_words(known)[close[0]]}?" if close else ""
            what = "country" if name == "places" else "rule"
            wrong[name] = f"There is no {what} “{strange[:_HINTED]}”{hint}."
        elif not found[name]:
            wrong[name] = "Write at least one."
    return Situation(draft.key, draft.name or draft.key, found["places"], found["rules"]), wrong


def _words(known: Mapping[str, str]) -> dict[str, str]:
    """All that may be typed → the key that it means."""
    return {name.casefold(): key for key, name in known.items()} | {key: key for key in known}


def _keys(typed: str, known: Mapping[str, str]) -> tuple[tuple[str, ...], str | None]:
    """The keys of what was typed, and the first word that means nothing."""
    words, keys = _words(known), list[str]()
    for part in _parts(typed):
        key = words.get(part.casefold().removeprefix("@"))
        if key is None:
            return tuple(keys), part
        keys.append(key)
    return tuple(dict.fromkeys(keys)), None


def _parts(typed: str) -> Iterable[str]:
    parts = (" ".join(part.split()) for part in _BETWEEN.split(typed))
    return (part for part in parts if part)
