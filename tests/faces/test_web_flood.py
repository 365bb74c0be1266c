"""What once hit a real newsletter: 18,099 sign-ups from five machines. Here 133 of them at once over the web
page; ``tests/services/test_request_limits.py`` has a day of them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
from public_pages import FILLED
from web_client import ask
from web_world import World, make_app

from alerts.model import DeliveryState
from alerts.store import outbox
from alerts.store.unit import reading
from alerts.web.site import make_web

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("machines", "mails"), [("192.0.2.{}", 30), ("192.0.{}.1", 50), ("2001:db8:0:{}::1", 30)]
)
def test_a_flood_of_sign_ups_leads_to_few_mails_and_tells_nobody_so(
    tmp_path: Path, machines: str, mails: int
) -> None:
    """R21: a machine gets ten letters an hour, those side by side thirty, and all answers are the same."""
    app = make_app(tmp_path)
    World(app)
    web = make_web(app)
    answers = set()
    for number in range(133):
        fields = FILLED | {"address": f"victim{number}@desk{number % 7}.example.org"}
        machine = machines.format(number % 5)
        answer = ask(web, "/subscribe", "POST", urlencode(fields).encode(), FORM, machine)
        answers.add((answer.status, answer.text.replace(fields["address"], "")))
    assert len(answers) == 1
    with reading(app.engine) as tx:
        assert outbox.counts(tx)[DeliveryState.QUEUED] == mails
