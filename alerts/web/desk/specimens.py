"""Every kind of message in every language and state, from the templates as they are on disk now.

For those who edit templates: what is shown is invented, and nothing is stored or sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from itertools import groupby
from operator import attrgetter
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from alerts.app import App
from alerts.digests.render import MOST_HTML_BYTES
from alerts.digests.specimens import SPECIMENS, State
from alerts.errors import BadInput
from alerts.web.guard import Looking
from alerts.web.headers import MAIL_POLICY, NEW_TAB
from alerts.web.pages import Pages

KINDS = {kind: {each.state: each for each in group} for kind, group in groupby(SPECIMENS, attrgetter("kind"))}
"""The specimens of each kind of message, by state."""

NAMES = {
    "alert": "Alert",
    "update": "Update to an alert",
    "held": "Alerts that were held back",
    "change": "Change: surges and situations",
    "daily": "Daily digest",
    "weekly": "Weekly digest",
    "monthly": "Monthly digest",
    "confirm": "Letter: please confirm",
    "welcome": "Letter: welcome",
    "goodbye": "Letter: goodbye",
    "preferences": "Letter: link to the preferences",
    "move": "Letter: please confirm a new address",
    "moved": "Letter: the address was changed",
    "dead-feeds": "To operators: feeds that cannot be read",
    "failed-deliveries": "To operators: mails that failed",
    "coverage": "To operators: too few feeds read",
    "sending-stopped": "To operators: sending has stopped",
    "test": "To operators: test mail",
}
STATES = {State.EMPTY: "nothing new", State.ONE: "one", State.MANY: "many", State.OVERFLOW: "overflow"}
PARTS = {"html": "page", "text": "plain text", "source": "HTML source"}
WIDTHS = {"desktop": "desktop", "phone": "phone"}
SCHEMES = {"auto": "as this page", "light": "light", "dark": "dark"}


class NoSpecimen(HTTPException):
    """There is no such specimen; ``detail`` says what there is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be chosen about what is shown: each option with its name and address."""

    key: str
    options: tuple[tuple[str, str, str], ...]
    chosen: str

    @property
    def name(self) -> str:
        return next(name for value, name, _ in self.options if value == self.chosen)

    @property
    def next(self) -> tuple[str, str, str] | None:
        """The option after the chosen one; None after the last."""
        values = [value for value, _, _ in self.options]
        return next(iter(self.options[values.index(self.chosen) + 1 :]), None)


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    @router.api_route("/templates", methods=["GET", "HEAD"])
    def list_kinds(staff: Looking, language: str = "en") -> Response:
        languages = dict(pages.languages)
        _known("language", language, languages)
        return pages.show(
            "desk/specimens.html",
            staff=staff,
            kinds=KINDS,
            names=NAMES,
            states=STATES,
            languages=languages,
            chosen=language,
            folder=app.settings.template_folder,
        )

    @router.api_route("/templates/{kind}", methods=["GET", "HEAD"])
    def show_kind(
        kind: str,
        staff: Looking,
        language: str = "en",
        state: str = "one",
        part: str = "html",
        width: str = "desktop",
        scheme: str = "auto",
    ) -> Response:
        _known("kind of message", kind, KINDS)
        offered: dict[str, Mapping[str, str]] = {
            "language": dict(pages.languages),
            "state": {each.value: name for each, name in STATES.items() if each in KINDS[kind]},
            "part": PARTS,
            "width": WIDTHS,
            "scheme": SCHEMES,
        }
        chosen = {"language": language, "state": state, "part": part, "width": width, "scheme": scheme}
        for key, options in offered.items():
            _known(key, chosen[key], options)
        message, problem = None, ""
        try:
            message = KINDS[kind][State(state)].write(
                app.renderer.current, language, app.settings.service_name, app.settings.contact
            )
        except BadInput as error:
            problem = str(error)
        sender_name, sender = parseaddr(app.settings.sender)
        return pages.show(
            "desk/specimen.html",
            staff=staff,
            headers={"Content-Security-Policy": MAIL_POLICY},
            kind=kind,
            name=NAMES[kind],
            choices={key: _choice(f"{pages.root}/templates/{kind}", key, offered, chosen) for key in offered},
            message=message,
            frame=NEW_TAB + message.html if message else "",
            problem=problem,
            sender_name=sender_name or app.settings.service_name,
            sender=sender,
            most=MOST_HTML_BYTES,
        )

    return router


def _known(what: str, value: str, options: Iterable[str]) -> None:
    if value not in options:
        raise NoSpecimen(404, f"There is no such {what} here. There is: {', '.join(options)}.")


def _choice(
    page: str, key: str, offered: Mapping[str, Mapping[str, str]], chosen: Mapping[str, str]
) -> Choice:
    """The options for one key, all else staying as it is. Each leads back to its own line of the page, where
    the keyboard goes on."""
    options = tuple(
        (value, name, f"{page}?{urlencode({**chosen, key: value})}#{key}")
        for value, name in offered[key].items()
    )
    return Choice(key, options, chosen[key])
