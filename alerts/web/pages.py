"""Pages from templates: one Jinja environment for each language, everything escaped unless built here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from alerts.app import App
from alerts.digests.compiled import COMPILED
from alerts.digests.figures import place_name
from alerts.digests.fragment import language_direction
from alerts.digests.naming import called
from alerts.typed import typed
from alerts.web.guard import Staff
from alerts.web.headers import HEADERS

_FOLDER = Path(__file__).parent
STATIC = _FOLDER / "static"


class Pages:
    """Renders the pages of one service. Safe to share between threads."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._environments: dict[str, Environment] = {}
        self.root = urlsplit(app.settings.pages).path

    def show(
        self,
        template: str,
        *,
        language: str = "en",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        staff: Staff | None = None,
        **words: object,
    ) -> HTMLResponse:
        """The answer made from a template, in the language nearest to the one that is wanted.

        ``staff`` is who is logged in.
        """
        tag = self._app.renderer.negotiate(language)
        environment = self._environments.get(tag)
        if environment is None:
            environment = self._environments[tag] = self._environment(tag)
        now = self._app.clock()
        html = environment.get_template(template).render(now=now, moment=_moment(now), staff=staff, **words)
        return HTMLResponse(html, status, {**HEADERS, **(headers or {})})

    def chosen(self, request: Request) -> str:
        """The language that the address asks for (``?lang=``), else ``preferred``."""
        asked = request.query_params.get("lang", "")[:35]
        return self._app.renderer.negotiate(asked) if asked else self.preferred(request)

    @property
    def languages(self) -> tuple[tuple[str, str], ...]:
        """The languages we speak, each with its own name."""
        tags = self._app.renderer.languages
        return tuple((tag, Locale.parse(tag, sep="-").display_name or tag) for tag in tags)

    def preferred(self, request: Request) -> str:
        """The first language a browser asks for that we speak (RFC 9110 §12.5.4), else English."""
        wishes = []
        for part in request.headers.get("accept-language", "")[:500].split(","):
            tag, _, weight = part.strip().partition(";q=")
            try:
                wishes.append((-float(weight or 1), tag))
            except ValueError:
                continue
        for _, tag in sorted(wishes, key=lambda wish: wish[0]):
            ours = self._app.renderer.negotiate(tag)
            if ours.split("-")[0].lower() == tag.split("-")[0].lower():
                return ours
        return "en"

    def _environment(self, language: str) -> Environment:
        settings = self._app.settings
        environment = Environment(
            loader=FileSystemLoader(_FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=COMPILED,
        )
        environment.policies["ext.i18n.trimmed"] = True
        translations = self._app.renderer.translations(language)
        environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
        environment.filters["called"] = lambda name, named: called(name, named, translations)
        locale = Locale.parse(language, sep="-")
        environment.filters["place_of_concept"] = lambda about: _place_of_concept(about, locale)
        environment.globals |= {
            "language": language,
            "direction": language_direction(language),
            "service": settings.service_name,
            "root": self.root,
            "sign_up": settings.sign_up == "on",
            "has_inbox": settings.maildir is not None,
            "typed": partial(typed, settings),
        }
        return environment


def _place_of_concept(about: str, locale: Locale) -> str:
    """The name of the country that ``@key`` stands for; '' for another concept, and for what is none."""
    key = about.removeprefix("@")
    name = place_name(key, locale)
    return name if key != about and name != key else ""


class _moment:
    """Writes a time as seen from now: the clock alone for today, with the day otherwise. Always UTC."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)

    def __call__(self, at: datetime) -> Markup:
        at = at.astimezone(UTC)
        if at.date() == self._now.date():
            shown = f"{at:%H:%M}"
        elif at.year == self._now.year:
            shown = f"{at.day} {at:%b %H:%M}"
        else:
            shown = f"{at.day} {at:%b %Y}"
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at:%Y-%m-%d %H:%M:%S} UTC", shown
        )
