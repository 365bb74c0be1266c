"""A concept for every country: its names from the CLDR, and what people added to them.

The CLDR says how a country is called in a list. Files in ``catalog/concepts/countries`` add what news
says (people, capitals, seats of government, heads of state) and what only looks like the country.
Their form is that of any concept. A term there takes the place of the CLDR's same words, and what is
excluded there is not taken from the CLDR either.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from babel import localedata

from alerts.model import Concept, Terms
from alerts.rules.concepts import EVERY_LANGUAGE, NAMES, concept_of
from alerts.rules.country_codes import COUNTRY, COUNTRY_CODES
from alerts.rules.country_names import spoken_names
from alerts.rules.toml_tables import read_tables

ADDITIONS = Path(__file__).parent.parent / "catalog" / "concepts" / "countries"
"""Where the additions to the CLDR are kept."""

_LOCALES = {
    "no": ("nb",),
    "pt": ("pt", "pt_PT"),
    "sr": ("sr", "sr_Latn"),
    "tl": ("fil",),
    "zh": ("zh", "zh_Hant", "zh_Hant_HK"),
}
"""Languages that news writes as more than one locale of the CLDR does, or under another name."""


@lru_cache(maxsize=8)
def _countries(languages: tuple[str, ...]) -> tuple[Concept, ...]:
    english = _territories("en")
    additions = _additions()
    root = Concept(COUNTRY, "Country")
    nothing = Concept("", "")
    return root, *(
        _country(code, english.get(code, code), additions.get(code, nothing), languages)
        for code in sorted(COUNTRY_CODES)
    )


def countries(languages: Sequence[str]) -> tuple[Concept, ...]:
    """Every country of ISO 3166-1 and Kosovo, named in these languages (ISO 639), after their parent.

    The key is the code in small letters, the parent ``country``. A language that the CLDR does not
    know has the added terms only.
    """
    return _countries(tuple(dict.fromkeys(languages)))


def _country(code: str, name: str, added: Concept, languages: tuple[str, ...]) -> Concept:
    more, exclude = dict(added.terms), dict(added.exclude)
    terms = {
        spoken: tuple(_merged(_names(spoken).get(code, ()), more.get(spoken, ()), exclude.get(spoken, ())))
        for spoken in (*languages, EVERY_LANGUAGE)
    }
    return Concept(
        key=code,
        name=name,
        parent=COUNTRY,
        terms=_filled(terms),
        exclude=_filled({spoken: exclude.get(spoken, ()) for spoken in (*languages, EVERY_LANGUAGE)}),
    )


def _filled(by_language: Mapping[str, tuple[str, ...]]) -> Terms:
    return tuple((language, texts) for language, texts in by_language.items() if texts)


def _merged(names: tuple[str, ...], added: tuple[str, ...], excluded: tuple[str, ...]) -> Iterator[str]:
    if added or excluded:
        replaced = {text.strip('="').casefold() for text in (*added, *excluded)}
        names = tuple(name for name in names if name.strip('="').casefold() not in replaced)
    yield from names
    yield from added


@cache
def _additions() -> Mapping[str, Concept]:
    """What the files add, by key. They are shipped and tested, so their terms are not checked again."""
    return {table.key: concept_of(table) for table in read_tables(ADDITIONS, "concept", NAMES)}


@cache
def _names(language: str) -> Mapping[str, tuple[str, ...]]:
    """The names of each country in one language, as terms."""
    names: dict[str, dict[str, None]] = {}
    for locale in _LOCALES.get(language, (language,)):
        for code, name in _territories(locale).items():
            if code in COUNTRY_CODES:
                names.setdefault(code, {}).update(dict.fromkeys(spoken_names(code, name, language)))
    return {code: tuple(found) for code, found in names.items()}


def _territories(locale: str) -> Mapping[str, str]:
    """Names by small code, straight from Babel's file: its loader keeps a megabyte for each locale."""
    if not localedata.exists(locale):
        return {}
    with Path(localedata.resolve_locale_filename(locale)).open("rb") as file:
        found: Mapping[str, str] = pickle.load(file).get("territories", {})  # noqa: S301 part of Babel
    return {code.lower(): name for code, name in found.items()}
