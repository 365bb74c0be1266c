"""The outbox: what waits, what was sent and what failed; one mail with every try; what came back.

Everybody of the staff may look; whole addresses, the mails themselves and all buttons are for admins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.embedded.inbox import open_mail
from alerts.errors import BadInput, NotFound
from alerts.mail.address import check_address
from alerts.model import DeliveryState
from alerts.services import brake
from alerts.services.resending import hold, resend
from alerts.store import brakes, outbox, people
from alerts.store.outbox import Kind, Sought
from alerts.store.unit import reading
from alerts.web.desk.delivery_lines import RETURN_WORDS, STATE_TONES, delivery_line
from alerts.web.desk.delivery_page import read_delivery
from alerts.web.discreet import discreet
from alerts.web.forms import text
from alerts.web.guard import AdminsForm, Looking, Managing, Staff
from alerts.web.headers import MAIL_POLICY, NEW_TAB
from alerts.web.pages import Pages

ON_A_PAGE = 50
RETURNS_ON_A_PAGE = 100
MOST_COUNTED = 1_000

_DONE = {
    "again": "Queued again: the same mail, with the same Message-ID.",
    "held": "Held back, until somebody queues it again.",
    "resumed": "Sending goes on.",
}
_OLD = "The form was too old, and nothing was changed. Please press again."
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is to show, as its address says: words, for what cannot be is not asked."""

    state: str = ""
    kind: str = ""
    day: str = ""
    address: str = ""
    before: int | None = None

    def link(self, **changes: object) -> str:
        """The query of the address for the same list with something else about it."""
        said = {"state": self.state, "kind": self.kind, "day": self.day, "address": self.address, **changes}
        query = urlencode({name: value for name, value in said.items() if value})
        return f"?{query}" if query else ""

    @property
    def sought(self) -> Sought:
        since = datetime.combine(date.fromisoformat(self.day), time(), UTC) if self.day else None
        return Sought(
            DeliveryState(self.state) if self.state else None,
            Kind(self.kind) if self.kind else None,
            self.address.lower(),
            since,
            since + timedelta(days=1) if since else None,
        )


def asked(query: Mapping[str, str], *, manages: bool) -> Asked:
    """Reads the address. Only who may see whole addresses can ask for one."""
    state, kind, before = query.get("state", ""), query.get("kind", ""), query.get("before", "")
    return Asked(
        state if state in set(DeliveryState) else "",
        kind if kind in set(Kind) else "",
        _day(query.get("day", "")),
        _address(query.get("address", "")) if manages else "",
        int(before) if _ID.fullmatch(before) else None,
    )


def _day(said: str) -> str:
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return ""
    return day.isoformat() if 1970 <= day.year < 9000 else ""


def _address(said: str) -> str:
    try:
        return check_address(said[:300])
    except BadInput:
        return said.strip()[:300]


def number(id: str) -> int:
    """Raises HTTPException 404 for what can be the number of nothing."""
    if not _ID.fullmatch(id):
        raise HTTPException(404)
    return int(id)


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    @router.api_route("/deliveries", methods=["GET", "HEAD"])
    def list_deliveries(request: Request, staff: Looking) -> Response:
        manages = staff is not None and staff.manages
        wish = asked(request.query_params, manages=manages)
        with reading(app.engine) as tx:
            leaf = outbox.leaf(tx, wish.sought, wish.before, ON_A_PAGE)
            counts, stop = outbox.counts_up_to(tx, MOST_COUNTED + 1), brakes.in_force(tx)
        return pages.show(
            "desk/deliveries.html",
            staff=staff,
            asked=wish,
            lines=[delivery_line(mail, whole=manages) for mail in leaf.mails],
            before=leaf.before,
            counts=counts,
            most=MOST_COUNTED,
            states=tuple(DeliveryState),
            tones=STATE_TONES,
            kinds=tuple(Kind),
            stop=stop,
            stop_reason=_shown(stop.reason, manages) if stop else "",
            manages=manages,
            done=_DONE.get(request.query_params.get("done", ""), ""),
        )

    @router.post("/deliveries/resume")
    def go_on(posted: AdminsForm) -> Response:
        if posted.stale:
            return RedirectResponse(f"{pages.root}/deliveries", 303)
        stop = brake.resume(app.engine, actor=posted.staff.name, now=app.clock())
        return RedirectResponse(f"{pages.root}/deliveries{'?done=resumed' if stop else ''}", 303)

    @router.api_route("/deliveries/returned", methods=["GET", "HEAD"])
    def list_returned(request: Request, staff: Looking) -> Response:
        manages = staff is not None and staff.manages
        before = request.query_params.get("before", "")
        with reading(app.engine) as tx:
            found = people.came_back(
                tx, RETURNS_ON_A_PAGE + 1, before=int(before) if _ID.fullmatch(before) else None
            )
        return pages.show(
            "desk/returned.html",
            staff=staff,
            returned=found[:RETURNS_ON_A_PAGE],
            before=found[RETURNS_ON_A_PAGE - 1].id if len(found) > RETURNS_ON_A_PAGE else None,
            kinds=RETURN_WORDS,
            manages=manages,
            shown=lambda said: _shown(said, manages),
        )

    def one(
        id: str, staff: Staff | None, *, done: str = "", problem: str = "", status: int = 200
    ) -> Response:
        manages = staff is not None and staff.manages
        with reading(app.engine) as tx:
            found = read_delivery(tx, number(id), whole=manages)
        if found is None:
            raise HTTPException(404)
        envelope = app.return_path.failures(app.signer.return_tag(found.line.id))
        return pages.show(
            "desk/delivery.html",
            staff=staff,
            status=status,
            mail=found,
            envelope=envelope if manages else "",
            kinds=RETURN_WORDS,
            manages=manages,
            shown=lambda said: _shown(said, manages),
            done=_DONE.get(done, ""),
            problem=problem,
        )

    @router.api_route("/deliveries/{id}", methods=["GET", "HEAD"])
    def show(request: Request, id: str, staff: Looking) -> Response:
        return one(id, staff, done=request.query_params.get("done", ""))

    @router.post("/deliveries/{id}")
    def act(id: str, posted: AdminsForm) -> Response:
        if posted.stale:
            return one(id, posted.staff, problem=_OLD, status=400)
        actor, now = posted.staff.name, app.clock()
        try:
            match text(posted.form, "act"):
                case "again":
                    resend(app.engine, number(id), actor=actor, now=now)
                    done = "again"
                case "hold":
                    hold(app.engine, number(id), text(posted.form, "why")[:500], actor=actor, now=now)
                    done = "held"
                case _:
                    raise HTTPException(400)
        except NotFound as error:
            raise HTTPException(404) from error
        except BadInput as error:
            return one(id, posted.staff, problem=str(error), status=409)
        return RedirectResponse(f"{pages.root}/deliveries/{id}?done={done}", 303)

    @router.api_route("/deliveries/{id}/mail", methods=["GET", "HEAD"])
    def show_mail(id: str, staff: Managing) -> Response:
        with reading(app.engine) as tx:
            found = read_delivery(tx, number(id), whole=True)
            raw = outbox.content(tx, number(id))
        if found is None or raw is None:
            raise HTTPException(404)
        mail = open_mail(raw)
        return pages.show(
            "desk/delivery_mail.html",
            staff=staff,
            headers={"Content-Security-Policy": MAIL_POLICY},
            mail=found,
            opened=mail,
            size=len(raw),
            frame=NEW_TAB + mail.html,
        )

    @router.api_route("/deliveries/{id}/raw", methods=["GET", "HEAD"])
    def raw_mail(id: str, _staff: Managing) -> Response:
        with reading(app.engine) as tx:
            raw = outbox.content(tx, number(id))
        if raw is None:
            raise HTTPException(404)
        download = {"Content-Disposition": f'attachment; filename="delivery-{id}.eml"'}
        return Response(raw, media_type="message/rfc822", headers=download)

    return router


def _shown(said: str, whole: bool) -> str:
    return said if whole else discreet(said)
