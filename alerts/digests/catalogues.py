"""The translations of what we say: gettext catalogues, read from their .po files.

The words in the templates are English, so English needs no catalogue. A catalogue is a folder of the
locale folder: ``ar/LC_MESSAGES/alerts.po``. No compiled .mo file is kept: what translators edit is
what runs.
"""

from __future__ import annotations

import io
from gettext import NullTranslations
from pathlib import Path

import structlog
from babel.core import get_global, parse_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import Translations

from alerts.digests.naming import CONTEXTS
from alerts.errors import BadInput

DOMAIN = "alerts"
SOURCE_LANGUAGE = "en"

log = structlog.get_logger("alerts")


class Catalogues:
    """The catalogues under one folder, each read when it is first needed."""

    def __init__(self, locales: Path) -> None:
        self._locales = locales
        self._read: dict[str, NullTranslations] = {SOURCE_LANGUAGE: NullTranslations()}

    @property
    def languages(self) -> tuple[str, ...]:
        """The BCP 47 tags that can be rendered, English first."""
        found = (
            path.parts[-3].replace("_", "-") for path in self._locales.glob(f"*/LC_MESSAGES/{DOMAIN}.po")
        )
        return SOURCE_LANGUAGE, *sorted(found)

    def negotiate(self, language: str) -> str:
        """The language we have for the one that is wanted, else English.

        Only one in the same script will do, whatever its country: ``ar-EG`` → ``ar``, ``zh-SG`` →
        ``zh-Hans``, but ``zh-TW`` → ``en``. Of several the one that agrees longest is taken.
        """
        wanted = _subtags(language)
        ours = [tag for tag in self.languages if _written(tag) == _written(language)]
        return max(ours, key=lambda tag: _agreement(_subtags(tag), wanted), default=SOURCE_LANGUAGE)

    def translations(self, language: str) -> NullTranslations:
        """The catalogue of the negotiated language. Raises BadInput naming a file that cannot be read.

        Untranslated and fuzzy messages stay English, and each is logged once.
        """
        tag = self.negotiate(language)
        if tag not in self._read:
            self._read[tag] = self._load(tag.replace("-", "_"))
        return self._read[tag]

    def _load(self, locale: str) -> NullTranslations:
        path = self._locales / locale / "LC_MESSAGES" / f"{DOMAIN}.po"
        try:
            with path.open("rb") as file:
                catalogue = read_po(file, locale=locale, domain=DOMAIN, abort_invalid=True)
        except PoFileError as error:
            raise BadInput(f"{path}, line {error.lineno + 1}: {error}") from error
        except (OSError, ValueError) as error:
            raise BadInput(f"{path}: {error}") from error
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        translations = Translations(compiled, DOMAIN)
        translations.add_fallback(_English(locale))
        return translations


class _English(NullTranslations):
    """What a catalogue does not hold, in English; an operator's template may say such words."""

    def __init__(self, locale: str) -> None:
        super().__init__()
        self._locale = locale
        self._told: set[str] = set()

    def gettext(self, message: str) -> str:
        self._tell(message)
        return super().gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self._tell(msgid1)
        return super().ngettext(msgid1, msgid2, n)

    def pgettext(self, context: str, message: str) -> str:
        if context not in CONTEXTS:
            self._tell(message)
        return super().pgettext(context, message)

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        self._tell(msgid1)
        return super().npgettext(context, msgid1, msgid2, n)

    def _tell(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            log.warning("not translated", locale=self._locale, message=message)


def _subtags(tag: str) -> list[str]:
    return tag.lower().replace("_", "-").split("-")


def _agreement(ours: list[str], wanted: list[str]) -> int:
    """How many subtags are the same, from the first."""
    return next((at for at, (a, b) in enumerate(zip(ours, wanted, strict=False)) if a != b), len(ours))


def _written(tag: str) -> tuple[str, str] | None:
    """Language and script of a tag, the script being the likeliest where it is not said (CLDR); None when it
    is no tag."""
    try:
        language, country, script, *_ = parse_locale(tag.split("-u-")[0].replace("_", "-"), sep="-")
    except ValueError:
        return None
    likely = get_global("likely_subtags")
    for known in (f"{language}_{country}", language):
        if script is None and known in likely:
            _, _, script, *_ = parse_locale(likely[known])
    return language, script or ""
