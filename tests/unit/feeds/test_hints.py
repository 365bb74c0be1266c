from __future__ import annotations

import pytest

from alerts.feeds.hints import poll_hints
from alerts.model import PollHints


@pytest.mark.parametrize(
    ("head", "text", "hints"),
    [
        ({}, "", PollHints()),
        ({"ttl": " 60 "}, "", PollHints(ttl_seconds=3_600)),
        ({"ttl": "0"}, "", PollHints()),
        ({"ttl": "99999999"}, "", PollHints(ttl_seconds=365 * 86_400)),
        ({"ttl": "soon"}, "", PollHints()),
        ({"sy_updateperiod": "hourly"}, "", PollHints(period_seconds=3_600)),
        ({"sy_updateperiod": "Daily", "sy_updatefrequency": "24"}, "", PollHints(period_seconds=3_600)),
        ({"sy_updateperiod": "daily", "sy_updatefrequency": "0"}, "", PollHints()),
        ({"sy_updateperiod": "fortnightly"}, "", PollHints()),
        ({}, "<skipHours><hour>24</hour><hour> 3 </hour></skipHours>", PollHints(skip_hours=(0, 3))),
        ({}, "<skipDays><day>sunday</day><day>Noday</day></skipDays>", PollHints(skip_days=(6,))),
        ({}, f"<skipHours>{''.join(f'<hour>{h}</hour>' for h in range(24))}</skipHours>", PollHints()),
    ],
)
def test_hints_are_read_and_nonsense_is_none(head: dict[str, str], text: str, hints: PollHints) -> None:
    assert poll_hints(head, text) == hints
