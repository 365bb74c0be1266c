"""Where words can be put on our pages: the fields of their forms, and what their addresses ask for."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from attacker import Request
from full_world import FullWorld
from page_forms import Form, forms, links
from test_web_roles import WAYS
from web_client import Browser

OTHER_FIELDS = ("lang", "said", "done", "before", "after", "page", "q", "key", "part", "act", "do", "held.x")
"""That pages read though no form of theirs may show them."""


@dataclass(frozen=True)
class FormField:
    """A field of a form on the page at ``page``."""

    page: str
    form: Form
    name: str

    @property
    def id(self) -> tuple[str, bool, str, str]:
        part = dict(self.form.fields).get("part", "")
        return self.form.path.partition("?")[0], self.form.post, part, self.name

    @property
    def told(self) -> str:
        return f"{self.form.path} {self.name}"

    def holding(self, word: str) -> Request:
        query = urlencode(self.form.filled(**{self.name: word}), errors="surrogatepass")
        if self.form.post:
            return Request("POST", self.form.path, query.encode(), (self.page,))
        return Request("GET", f"{self.form.path}?{query}")


def form_places(world: FullWorld, browser: Browser) -> list[FormField]:
    """Every field of every form of every page, and every parameter that a link or form sends to one."""
    found: dict[tuple[str, bool, str, str], FormField] = {}
    pages = {
        (way.address or path).format(w=world)
        for path, way in WAYS.items()
        if way.get is not None and path not in ("/api", "/static", "/metrics")
    }
    for address in sorted(pages - {"/rules/none/retire"} | {"/rules/shelling/retire"}):
        answer = browser.get(address)
        if not answer.body or not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        shown = list(forms(answer.text, address))
        asked = [Form(address, False, (), OTHER_FIELDS)]
        for link in links(answer.text, address):
            query = parse_qsl(urlsplit(link).query, keep_blank_values=True)
            asked.append(Form(link.partition("?")[0], False, tuple(query), tuple(n for n, _ in query)))
        for form in (*shown, *asked):
            for name in form.open:
                place = FormField(address, form, name)
                found.setdefault(place.id, place)
    return list(found.values())
