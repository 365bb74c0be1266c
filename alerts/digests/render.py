"""A digest in its reader's language: subject, plain text and HTML, from templates and catalogues.

Templates are files that an operator may edit; whatever is wrong with one is told with its name and line.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from copy import copy
from functools import cached_property
from gettext import NullTranslations
from pathlib import Path

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    select_autoescape,
)
from markupsafe import Markup

from alerts.digests.catalogues import Catalogues
from alerts.digests.compiled import COMPILED
from alerts.digests.fragment import Direction, Fragment, clean, fragment, language_direction
from alerts.digests.letters import LetterPage, compose_letter
from alerts.digests.page import Page, compose
from alerts.digests.plain import COLUMNS, bar, isolate, starred, width, wrap
from alerts.digests.signal_words import SignalWords, capitalised
from alerts.digests.times import Times
from alerts.errors import BadInput
from alerts.model import Cadence, Digest, Letter, LetterKind, LetterLinks, Links, Message, Reader

# Gmail cuts a message at about 102 kB and hides the rest, the unsubscribe links among it.
MOST_HTML_BYTES = 100_000

BEGINNING = 100
"""How many entries are printed first of a page that has more: rarely do so many fit."""

PREHEADER_LIMIT = 108

_KINDS = ("alert", "digest", *(kind.value for kind in LetterKind))
_PARTS = ("subject.txt", "body.txt", "body.html")


class Renderer:
    """Renders messages. ``templates`` is the folder with ``alert`` and ``digest``, ``locales`` the one
    with the catalogues. Safe to share between threads; nothing of one message is kept for another."""

    def __init__(self, templates: Path, locales: Path) -> None:
        self._templates = templates
        self._catalogues = Catalogues(locales)
        self._environments: dict[str, Environment] = {}
        self._looks = False  # at the files, whether they have changed

    @property
    def languages(self) -> tuple[str, ...]:
        """The BCP 47 tags of the languages it speaks, English first."""
        return self._catalogues.languages

    def negotiate(self, language: str) -> str:
        """The language that is used for the one that is wanted: ``ar-EG`` → ``ar``, unknown → ``en``."""
        return self._catalogues.negotiate(language)

    @cached_property
    def current(self) -> Renderer:
        """One with the templates as they are now, whenever it is asked: it reads anew those that changed.
        The catalogues stay."""
        looking = copy(self)
        looking._environments, looking._looks = {}, True
        return looking

    def translations(self, language: str) -> NullTranslations:
        """The catalogue for a language, for pages that are rendered elsewhere."""
        return self._catalogues.translations(language)

    def check(self) -> None:
        """Reads every template and catalogue; raises BadInput for the first that is missing or broken."""
        for language in self.languages:
            for kind in _KINDS:
                for part in _PARTS:
                    self._template(language, f"{kind}/{part}")

    def render(
        self,
        digest: Digest,
        reader: Reader,
        links: Links,
        service: str,
        *,
        contact: str = "",
        subject: str = "",
    ) -> Message:
        """The message for one reader. ``service`` is the name of the service as readers know it, ``contact``
        how and where it can be reached. An update to an earlier alert has the ``subject`` of that one.

        The HTML is at most MOST_HTML_BYTES long. Where it would be longer, fewer of the publishers are named
        who tell a story too; then entries, then signals, are left out from the end until it fits, and the
        message says how many. The text tells the same as the HTML: who compares the two, as spam filters do,
        finds nothing hidden. Raises BadInput when a template cannot be used or the zone is unknown.
        """
        language = self.negotiate(reader.language)
        times = Times(language.replace("-", "_"), reader.timezone)
        kind = "alert" if digest.cadence is Cadence.IMMEDIATE else "digest"

        words = SignalWords(self.translations(language), times)
        page = compose(digest, reader, links, service, contact, language, times, words)
        title = clean(subject or self._print(language, f"{kind}/subject.txt", page))

        def html(shown: Page) -> str:
            return _unindented(self._print(language, f"{kind}/body.html", shown, title))

        shown, fitting = _fitting(html, page)
        return Message(language, title, wrap(self._print(language, f"{kind}/body.txt", shown)), fitting)

    def render_letter(self, letter: Letter, links: LetterLinks, service: str) -> Message:
        """The message of one letter, in the language and zone it names. Raises BadInput like ``render``."""
        language = self.negotiate(letter.language)
        times = Times(language.replace("-", "_"), letter.timezone)
        words = SignalWords(self.translations(language), times)
        page = compose_letter(letter, links, service, language, times, words)
        subject = clean(self._print(language, f"{letter.kind}/subject.txt", page))
        text = wrap(self._print(language, f"{letter.kind}/body.txt", page, subject))
        html = _unindented(self._print(language, f"{letter.kind}/body.html", page, subject))
        return Message(language, subject, text, html)

    def _print(self, language: str, name: str, page: Page | LetterPage, subject: str = "") -> str:
        template = self._template(language, name)
        try:
            return template.render(page=page, subject=subject)
        except TemplateSyntaxError as error:  # in a template that this one includes
            raise self._broken(error.name or name, error.lineno, error) from error
        except TemplateNotFound as error:
            raise self._broken(error.name or name, None, error) from error
        except (TemplateError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            file, line = self._place(error) or (name, None)
            raise self._broken(file, line, error) from error

    def _template(self, language: str, name: str) -> Template:
        environment = self._environments.get(language)
        if environment is None:
            environment = self._environments[language] = self._environment(language)
        try:
            return environment.get_template(name)
        except TemplateSyntaxError as error:
            raise self._broken(error.name or name, error.lineno, error) from error
        except TemplateNotFound as error:
            raise self._broken(error.name or name, None, error) from error

    def _environment(self, language: str) -> Environment:
        """One environment for each language: translations are installed in it for ever, so that two
        readers' languages never meet."""
        environment = Environment(
            loader=_Loader(self._templates),
            autoescape=select_autoescape(enabled_extensions=("html",), default=False),
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=self._looks,
            bytecode_cache=COMPILED,
        )
        environment.policies["ext.i18n.trimmed"] = True
        environment.newstyle_gettext = True  # type: ignore[attr-defined]
        environment.install_gettext_translations(  # type: ignore[attr-defined]
            self.translations(language), newstyle=True
        )
        page_direction = language_direction(language)
        environment.filters["plain"] = lambda words: _plain(words, page_direction)
        environment.filters["underlined"] = _underlined
        environment.filters["brief"] = _brief
        environment.filters["bar"] = bar
        environment.filters["capitalised"] = capitalised
        return environment

    def _place(self, error: Exception) -> tuple[str, int | None] | None:
        """The template and line a failure came from."""
        frames = traceback.extract_tb(error.__traceback__)
        for frame in reversed(frames):
            if Path(frame.filename).is_relative_to(self._templates):
                return str(Path(frame.filename).relative_to(self._templates)), frame.lineno
        return None

    def _broken(self, name: object, line: int | None, error: Exception) -> BadInput:
        where = f"{self._templates / str(name)}" + (f", line {line}" if line else "")
        what = "no such template" if isinstance(error, TemplateNotFound) else str(error)
        return BadInput(f"{where}: {what}")


class _Loader(FileSystemLoader):
    """Reads templates; one that cannot be read or is not UTF-8 is told by its name."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._folder = folder

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        path = self._folder / template
        try:
            return super().get_source(environment, template)
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise BadInput(f"{path}, line {line}: not UTF-8 text") from error
        except OSError as error:
            if isinstance(error, TemplateNotFound):
                raise
            raise BadInput(f"{path}: {error.strerror or error}") from error


def _fitting(html: Callable[[Page], str], page: Page) -> tuple[Page, str]:
    """The page with the most that keeps within the budget, and its HTML. Found by measuring: entries are of
    much the same length, so that a guess between two measures is rarely far out. Where even a beginning does
    not fit, nothing longer is printed."""
    terse = page.terse()
    beginning = terse.first(BEGINNING)
    best = beginning, html(beginning) if page.length > BEGINNING else ""
    if _bytes(best[1]) <= MOST_HTML_BYTES:
        for shown in (page, terse):
            best = shown, html(shown)
            if _bytes(best[1]) <= MOST_HTML_BYTES:
                return best
    fits, fits_not = -1, best[0].length
    least, most = 0, _bytes(best[1])
    while fits_not - fits > 1:
        guess = fits + (fits_not - fits) * (MOST_HTML_BYTES - least) // (most - least)
        number = min(max(guess, fits + 1), fits_not - 1)
        shown = terse.first(number)
        length = _bytes(printed := html(shown))
        if length <= MOST_HTML_BYTES:
            fits, least, best = number, length, (shown, printed)
        else:
            fits_not, most = number, length
    return best


def _bytes(html: str) -> int:
    """The size on the wire once decoded: UTF-8 with CRLF line ends."""
    return len(html.encode()) + html.count("\n")


def _unindented(html: str) -> str:
    return "\n".join(stripped for line in html.split("\n") if (stripped := line.strip())) + "\n"


def _plain(words: Fragment, page: Direction) -> str:
    return isolate(starred(words), words.direction, page)


def _brief(html: Markup) -> str:
    """What a mail program shows beside the subject: text without tags, to be escaped again."""
    return fragment(html.striptags(), "und", PREHEADER_LIMIT).text


def _underlined(heading: str, mark: str) -> str:
    return f"{heading}\n{mark * min(width(heading), COLUMNS)}"
