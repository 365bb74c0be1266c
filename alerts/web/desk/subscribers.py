"""The readers, for admins: all of them, by hand or from a list; and one with all that is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.errors import BadInput, NotFound
from alerts.mail.address import check_address
from alerts.model import Cadence, SubscriberState
from alerts.services.csv_import import read_people, subscribers_import
from alerts.services.inviting import Became, bring_in
from alerts.services.jobs import ask_for
from alerts.services.personal_data import export
from alerts.services.reception import CONFIRM_WITHIN
from alerts.store import people, requests
from alerts.store.people import Sought
from alerts.store.unit import reading, writing
from alerts.web.choices import Filled, filled, offer, wish_of
from alerts.web.desk.delivery_lines import RETURN_WORDS
from alerts.web.desk.subscriber_acts import ACTS, act_on
from alerts.web.desk.subscriber_form import HabitsForm, choice, quiet_words
from alerts.web.desk.subscriber_page import CADENCE_WORDS, STATE_WORDS, read_subscriber
from alerts.web.forms import text, uploaded
from alerts.web.guard import ADMINS_ONLY, AdminsForm, EditorsUpload, Managing, Staff
from alerts.web.pages import Pages
from alerts.web.zones import zones

ON_A_PAGE = 50
UNANSWERED_SHOWN = 50
FAULTS_SHOWN = 100

_DONE = {
    "added": "Added, with the consent that you recorded.",
    "asked": "A letter is on its way. Nothing else comes until the button in it is pressed.",
    "erased": "Erased. Only a keyed hash of the address is left, so that no list can bring them back.",
    **ACTS,
}
_TYPED = ("address", "language", "timezone", "consent", "note")
_OLD = "The form was too old, and nothing was changed. Please press again."
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is to show, as its address says: words, for what cannot be is not asked."""

    address: str = ""
    state: str = ""
    cadence: str = ""
    language: str = ""
    follows: str = ""
    suppressed: str = ""
    after: str = ""

    def link(self, **changes: object) -> str:
        """The query of the address for the same list with something else about it."""
        names = ("address", "state", "cadence", "language", "follows", "suppressed")
        said = {name: getattr(self, name) for name in names} | changes
        query = urlencode({name: value for name, value in said.items() if value})
        return f"?{query}" if query else ""

    @property
    def sought(self) -> Sought:
        return Sought(
            self.address.casefold(),
            SubscriberState(self.state) if self.state else None,
            Cadence(self.cadence) if self.cadence else None,
            self.language,
            self.follows,
            self.suppressed == "yes",
        )


def asked(query: Mapping[str, str]) -> Asked:
    """Reads the address."""
    said = {name: query.get(name, "").strip()[:300] for name in Asked.__slots__}
    found = Asked(**said)
    return replace(
        found,
        state=found.state if found.state in set(SubscriberState) else "",
        cadence=found.cadence if found.cadence in set(Cadence) else "",
    )


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    @router.api_route("/subscribers", methods=["GET", "HEAD"])
    def list_subscribers(request: Request, staff: Managing) -> Response:
        wish = asked(request.query_params)
        with reading(app.engine) as tx:
            leaf = people.leaf(tx, wish.sought, wish.after, ON_A_PAGE, app.address_hashes)
            counts, languages = people.counts(tx), people.languages(tx)
            unanswered = requests.unanswered(tx, app.clock() - CONFIRM_WITHIN, UNANSWERED_SHOWN + 1)
        return pages.show(
            "desk/subscribers.html",
            staff=staff,
            asked=wish,
            leaf=leaf,
            counts=counts,
            languages=languages,
            unanswered=unanswered[:UNANSWERED_SHOWN],
            more=len(unanswered) > UNANSWERED_SHOWN,
            states=tuple(SubscriberState),
            cadences=tuple(Cadence),
            state_words=STATE_WORDS,
            cadence_words=CADENCE_WORDS,
            done=_DONE.get(request.query_params.get("done", ""), ""),
        )

    # --- bringing people in ---------------------------------------------------------------

    def form_page(
        staff: Staff, order: Filled, person: Mapping[str, str], problem: str = "", status: int = 200
    ) -> Response:
        return pages.show(
            "desk/subscriber_new.html",
            staff=staff,
            status=status,
            order=order,
            typed=person,
            problem=problem,
            languages=pages.languages,
            zones=zones("en", app.clock()),
            cadence_words=CADENCE_WORDS,
            offer=offer(app, "en"),
        )

    @router.api_route("/subscribers/new", methods=["GET", "HEAD"])
    def show_new(staff: Managing) -> Response:
        return form_page(staff, Filled(), dict.fromkeys(_TYPED, "") | {"language": "en", "timezone": "UTC"})

    @router.post("/subscribers/new")
    def add(posted: AdminsForm) -> Response:
        form, staff = posted.form, posted.staff
        order = filled(form)
        typed = {name: text(form, name)[:1000] for name in _TYPED}
        if posted.stale:
            return form_page(staff, order, typed, _OLD, 400)
        if text(form, "do") == "look":
            return form_page(staff, order, typed)
        note = typed["note"].strip()
        if typed["consent"] == "yes" and not note:
            return form_page(staff, order, typed, "say where the consent is recorded", 400)
        consent = note if typed["consent"] == "yes" else ""
        try:
            address = check_address(typed["address"])
            wish = wish_of(choice(app, None, order), address, typed["language"], typed["timezone"])
        except BadInput as error:
            return form_page(staff, order, typed, str(error), 400)
        with writing(app.engine) as tx:
            came = bring_in(tx, app.reception, wish, consent, actor=staff.name, now=app.clock())
        if came.became in (Became.REFUSED, Became.KNOWN):
            return form_page(staff, order, typed, came.why, 409)
        if came.subscriber_id is not None:
            return RedirectResponse(f"{pages.root}/subscribers/{came.subscriber_id}?done=added", 303)
        return RedirectResponse(f"{pages.root}/subscribers?done=asked", 303)

    def list_page(
        staff: Staff,
        problem: str = "",
        *,
        faults: object = (),
        sent: FormData | None = None,
        status: int = 200,
    ) -> Response:
        return pages.show(
            "desk/subscribers_import.html",
            staff=staff,
            keys=offer(app, "en").boxes(Filled()),
            status=status,
            problem=problem,
            faults=faults,
            shown=FAULTS_SHOWN,
            typed=text(sent, "list-text") if sent else "",
            leave_out=sent is not None and text(sent, "leave_out") == "yes",
        )

    @router.api_route("/subscribers/import", methods=["GET", "HEAD"])
    def show_import(staff: Managing) -> Response:
        return list_page(staff)

    @router.post("/subscribers/import", dependencies=[ADMINS_ONLY])
    def bring_list_in(posted: EditorsUpload) -> Response:
        content, name = uploaded(posted.form, "list")
        if posted.stale:
            return list_page(posted.staff, _OLD, sent=posted.form, status=400)
        try:
            read = read_people(content)
            if read.faults and text(posted.form, "leave_out") != "yes":
                return list_page(posted.staff, faults=read.faults, sent=posted.form, status=400)
            job = subscribers_import(content, name)
        except BadInput as error:
            return list_page(posted.staff, str(error), sent=posted.form, status=400)
        with writing(app.engine) as tx:
            job_id = ask_for(tx, job, posted.staff.name, app.clock())
        return RedirectResponse(f"{pages.root}/jobs/{job_id}", 303)

    # --- one of them ----------------------------------------------------------------------

    def one(
        id: str,
        staff: Staff,
        *,
        done: str = "",
        part: str = "",
        problem: str = "",
        sent: HabitsForm | Filled | None = None,
        status: int = 200,
    ) -> Response:
        with reading(app.engine) as tx:
            found = read_subscriber(tx, app, number(id))
        if found is None:
            raise HTTPException(404)
        taken = {each.form.cadence for each in found.orders if each.ended_at is None}
        free = [cadence for cadence in Cadence if cadence not in taken]
        return pages.show(
            "desk/subscriber.html",
            staff=staff,
            status=status,
            page=found,
            free=free,
            new=Filled(cadence=free[0].value) if free else None,
            part=part,
            problem=problem,
            sent=sent,
            quiet=quiet_words(found.person.quiet),
            return_words=RETURN_WORDS,
            shown=str,
            languages=pages.languages,
            zones=zones("en", app.clock()),
            cadence_words=CADENCE_WORDS,
            offer=offer(app, "en", found.person.id),
            done=_DONE.get(done, ""),
        )

    @router.api_route("/subscribers/{id}", methods=["GET", "HEAD"])
    def show(request: Request, id: str, staff: Managing) -> Response:
        return one(id, staff, done=request.query_params.get("done", ""))

    @router.post("/subscribers/{id}")
    def change(id: str, posted: AdminsForm) -> Response:
        act, part = text(posted.form, "act"), text(posted.form, "part")[:20]
        sent: HabitsForm | Filled | None = None
        if act in ("habits", "order"):
            sent = HabitsForm.sent(posted.form) if act == "habits" else filled(posted.form)
        if posted.stale:
            return one(id, posted.staff, part=part or act, problem=_OLD, sent=sent, status=400)
        if text(posted.form, "do") == "look":
            return one(id, posted.staff, part=part, sent=sent)
        try:
            done = act_on(app, number(id), act, posted.form, posted.staff.name)
        except (BadInput, NotFound) as error:
            return one(id, posted.staff, part=part or act, problem=str(error), sent=sent, status=400)
        if done == "erased":
            return RedirectResponse(f"{pages.root}/subscribers?done=erased", 303)
        return RedirectResponse(f"{pages.root}/subscribers/{id}?done={done}", 303)

    @router.api_route("/subscribers/{id}/export", methods=["GET", "HEAD"])
    def download(id: str, _staff: Managing) -> Response:
        try:
            kept = export(app.engine, number(id))
        except NotFound as error:
            raise HTTPException(404) from error
        body = json.dumps(kept.document(), ensure_ascii=False, indent=1)
        headers = {"Content-Disposition": f'attachment; filename="subscriber-{id}.json"'}
        return Response(body, media_type="application/json", headers=headers)

    return router


def number(id: str) -> int:
    """Raises HTTPException 404 for what can be the number of nobody."""
    if not _ID.fullmatch(id):
        raise HTTPException(404)
    return int(id)
