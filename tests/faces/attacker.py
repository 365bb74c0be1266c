"""Somebody who knows every form of ours, tries whatever they like in it, and looks what came of it."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from full_world import FullWorld
from page_forms import Form, dangers, forms, links
from situation_world import entered
from test_web_roles import WAYS
from web_client import Answer

from alerts.web.headers import MAIL_POLICY, PAGE_POLICY
from alerts.web.site import make_web

OTHER_FIELDS = ("lang", "said", "done", "before", "after", "page", "q", "key", "part", "act", "do", "held.x")
"""That pages read though no form of theirs may show them."""


@dataclass(frozen=True)
class Place:
    """A field of a form on the page at ``page``, by which its word is found anew."""

    page: str
    form: Form
    name: str

    @property
    def id(self) -> tuple[str, bool, str, str]:
        part = dict(self.form.fields).get("part", "")
        return self.form.path.partition("?")[0], self.form.post, part, self.name


class Attacker:
    """An admin's browser on a service that is put back as it was whenever something has changed."""

    def __init__(self, home: Path) -> None:
        self.world = FullWorld(home, "")
        self.browser = entered(make_web(self.world.app), "berta")
        self.sent: Counter[int] = Counter()
        self.faults: list[str] = []
        self._cookies = dict(self.browser.cookies)
        self._file = Path(str(self.world.app.engine.url.database))
        self._database = self._opened()
        self._kept = home / "kept.db"
        with closing(sqlite3.connect(self._kept)) as kept:
            self._database.backup(kept)
        self._seen = self._version()

    def _opened(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file)

    def _version(self) -> int:
        """Another number whenever somebody else has written."""
        return int(self._database.execute("PRAGMA data_version").fetchone()[0])

    def changed(self) -> bool:
        """Whether anything was written since it was asked last."""
        before, self._seen = self._seen, self._version()
        return before != self._seen

    def put_back(self) -> None:
        self.browser.cookies = dict(self._cookies)
        self.world.app.engine.dispose()
        self._database.close()
        for end in ("-wal", "-shm"):
            Path(f"{self._file}{end}").unlink(missing_ok=True)
        shutil.copy(self._kept, self._file)
        self._database = self._opened()
        self._seen = self._version()

    def is_sound(self) -> bool:
        check = self._database.execute("PRAGMA integrity_check").fetchall()
        return check == [("ok",)] and not self._database.execute("PRAGMA foreign_key_check").fetchall()

    def close(self) -> None:
        self._database.close()
        self.world.app.engine.dispose()

    def places(self) -> list[Place]:
        """Every field of every form of every page, and every parameter that a link or form sends to one."""
        found: dict[tuple[str, bool, str, str], Place] = {}
        pages = {
            (way.address or path).format(w=self.world)
            for path, way in WAYS.items()
            if way.get is not None and path not in ("/api", "/static", "/metrics")
        }
        for address in sorted(pages - {"/rules/none/retire"} | {"/rules/shelling/retire"}):
            answer = self.browser.get(address)
            if not answer.body or not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            shown = list(forms(answer.text, address))
            asked = [Form(address, False, (), OTHER_FIELDS)]
            for link in links(answer.text, address):
                query = parse_qsl(urlsplit(link).query, keep_blank_values=True)
                asked.append(Form(link.partition("?")[0], False, tuple(query), tuple(n for n, _ in query)))
            for form in (*shown, *asked):
                for name in form.open:
                    place = Place(address, form, name)
                    found.setdefault(place.id, place)
        return list(found.values())

    def send(self, place: Place, word: str) -> None:
        """Puts the word into that field, and looks at the answer, and at what is shown afterwards."""
        told = f"{place.form.path} {place.name}={word[:60]!r}"
        query = urlencode(place.form.filled(**{place.name: word}), errors="surrogatepass")
        if place.form.post:
            answer = self.asked("POST", place.form.path, query.encode(), told)
        else:
            answer = self.asked("GET", f"{place.form.path}?{query}", b"", told)
        self.sent[answer.status] += 1
        if self.changed():
            if not place.form.post:
                self.faults.append(f"GET changed something: {told}")
            self.asked(
                "GET", answer.headers.get("location", place.page).partition("#")[0], b"", f"after {told}"
            )
            if not self.is_sound():
                self.faults.append(f"the database is broken: {told}")
            self.put_back()

    def asked(self, method: str, path: str, body: bytes, told: str) -> Answer:
        try:
            answer = self.browser.send(path, body) if method == "POST" else self.browser.get(path)
        except Exception as error:  # noqa: BLE001 what the server logs, after an answer of 500
            self.faults.append(f"{type(error).__name__} {error}: {told}")
            return Answer(500, {}, b"")
        self.check(answer, told)
        return answer

    def check(self, answer: Answer, told: str) -> None:
        if answer.status >= 500:
            self.faults.append(f"{answer.status}: {told}")
        if answer.headers.get("content-security-policy") not in (PAGE_POLICY, MAIL_POLICY):
            self.faults.append(f"no policy: {told}")
        for name in ("location", "hx-redirect", "hx-location"):
            leads = answer.headers.get(name, "/")
            if not leads.startswith("/") or leads.startswith(("//", "/\\")) or set(leads) & set("\r\n\\"):
                self.faults.append(f"leads to {leads}: {told}")
        if answer.headers.get("content-type", "").startswith("text/html") and answer.body:
            self.faults += [f"{danger}: {told}" for danger in dangers(answer.text)]
