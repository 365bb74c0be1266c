"""Every specimen of the product in every language, and some more, for whatever must hold of all messages.

A new language comes by itself with its catalogue, a new kind of message with its specimen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from lxml import html as lxml_html

from alerts.digests import specimens as product
from alerts.digests.render import Renderer
from alerts.digests.specimen_news import flood
from alerts.digests.specimen_signals import DRAFT
from alerts.digests.specimens import LINKS, ZONE, State, digest
from alerts.model import Cadence, Digest, Letter, Message

__all__ = ["CONTACT", "LINKS", "RENDERER", "SERVICE", "SPECIMENS", "ZONE", "Specimen", "State", "spoken_in"]

ROOT = Path(__file__).resolve().parents[1]
RENDERER = Renderer(ROOT / "templates" / "email", ROOT / "alerts" / "locale")
SERVICE = "Harbour Watch"
CONTACT = "Harbour Watch, Quay 1, 10115 Berlin · desk@alerts.example.org"


@dataclass(frozen=True)
class Specimen:
    """A message in a language; ``digest`` or ``letter`` is what it tells."""

    shown: product.Specimen
    language: str

    def __str__(self) -> str:
        return f"{self.kind}-{self.language}-{self.state}"

    @property
    def kind(self) -> str:
        return self.shown.kind

    @property
    def state(self) -> State:
        return self.shown.state

    @property
    def digest(self) -> Digest | None:
        return self.shown.told if isinstance(self.shown.told, Digest) else None

    @property
    def letter(self) -> Letter | None:
        return self.shown.told if isinstance(self.shown.told, Letter) else None

    @cached_property
    def message(self) -> Message:
        return self.shown.write(RENDERER, self.language, SERVICE, CONTACT)

    @cached_property
    def page(self) -> lxml_html.HtmlElement:
        """The HTML as a tree, to be read only."""
        return lxml_html.document_fromstring(self.message.html)


def _turned() -> product.Specimen:
    """An alert of a situation alone."""
    told = replace(digest(Cadence.IMMEDIATE, State.EMPTY), assessments=(DRAFT,))
    return product.Specimen("turned", State.ONE, told)


def _unspaced() -> product.Specimen:
    """News in scripts without spaces, where marked words touch their neighbours."""
    entries = tuple(each for each in flood(60) if each.language in ("zh", "ja"))
    told = replace(digest(Cadence.WEEKLY, State.EMPTY), entries=entries, total=len(entries))
    return product.Specimen("unspaced", State.MANY, told)


_SHOWN = (*product.SPECIMENS, _turned(), _unspaced())


def spoken_in(language: str) -> tuple[Specimen, ...]:
    """All of them in one language."""
    return tuple(Specimen(shown, language) for shown in _SHOWN)


SPECIMENS = tuple(specimen for language in RENDERER.languages for specimen in spoken_in(language))
