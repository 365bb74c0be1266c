"""The translations of what we say: gettext catalogues, read from their .po files.

The words in the templates are English, so English needs no catalogue. A catalogue is a folder of the
locale folder: ``ar/LC_MESSAGES/alerts.po``. No compiled .mo file is kept: what translators edit is
what runs.
"""

from __future__ import annotations

import io
from gettext import NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import Translations

from alerts.errors import BadInput

DOMAIN = "alerts"
SOURCE_LANGUAGE = "en"


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
        """The language we have for the one that is wanted: ``ar-EG`` → ``ar``, unknown → ``en``."""
        ours = {tag.lower(): tag for tag in self.languages}
        wanted = language.lower().replace("_", "-").split("-")
        for length in range(len(wanted), 0, -1):
            if tag := ours.get("-".join(wanted[:length])):
                return tag
        return SOURCE_LANGUAGE

    def translations(self, language: str) -> NullTranslations:
        """The catalogue of the negotiated language. Raises BadInput naming a file that cannot be read.

        Untranslated and fuzzy messages stay English.
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
        return Translations(compiled, DOMAIN)
