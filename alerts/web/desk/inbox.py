"""The local inbox: the mails our own mail catcher kept, shown without letting them do anything.

Their links open the pages of readers; so as soon as there are accounts they are for admins.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from alerts.app import App
from alerts.embedded.inbox import Received, find, inbox, open_mail
from alerts.web.guard import Minding
from alerts.web.headers import MAIL_POLICY, NEW_TAB
from alerts.web.pages import Pages

MOST_LISTED = 200

_TELLING = ("from", "to", "date", "message-id", "list-id", "list-unsubscribe", "content-language")
"""Headers shown first; all others are one click away."""


class NoInbox(HTTPException):
    """There is no local inbox here; ``detail`` says why."""


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    def maildir() -> Path:
        if app.settings.maildir is None:
            raise NoInbox(404, "There is no inbox here: mail leaves through the configured SMTP server.")
        return app.settings.maildir

    def kept(id: str) -> Received:
        mail = find(maildir(), id)
        if mail is None:
            raise HTTPException(404)
        return mail

    @router.api_route("/inbox", methods=["GET", "HEAD"])
    def list_mails(staff: Minding) -> Response:
        mails = inbox(maildir())
        return pages.show("desk/inbox.html", staff=staff, mails=mails[:MOST_LISTED], total=len(mails))

    @router.api_route("/inbox/{id}", methods=["GET", "HEAD"])
    def show_mail(id: str, staff: Minding) -> Response:
        mail = kept(id)
        opened = open_mail(mail.raw)
        return pages.show(
            "desk/mail.html",
            staff=staff,
            headers={"Content-Security-Policy": MAIL_POLICY},
            mail=mail,
            telling=[header for header in opened.headers if header[0].lower() in _TELLING],
            opened=opened,
            frame=NEW_TAB + opened.html,
        )

    @router.api_route("/inbox/{id}/raw", methods=["GET", "HEAD"])
    def raw_mail(id: str, _staff: Minding) -> Response:
        download = {"Content-Disposition": 'attachment; filename="mail.eml"'}
        return Response(kept(id).raw, media_type="message/rfc822", headers=download)

    return router
