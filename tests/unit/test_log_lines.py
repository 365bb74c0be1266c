"""What programs that run on say of themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from alerts.__main__ import log_lines


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    kept = structlog.get_config()
    log_lines()
    yield capsys
    structlog.configure(**kept)


@pytest.mark.parametrize("event", ["delivery", "refused <duty@desk.example.org>"])
def test_no_line_says_an_address_or_a_key_that_somebody_elses_words_name(
    lines: pytest.CaptureFixture[str], event: str
) -> None:
    said = "rcpt: 550 5.1.1 <duty@desk.example.org>: unknown; https://desk.example.org/feed?key=private"
    structlog.get_logger("alerts").info(event, delivery=7, reason=said)
    line = lines.readouterr().out
    assert "delivery=7" in line and "rcpt: 550 5.1.1 <d…@desk.example.org>" in line
    assert "duty@" not in line and "private" not in line
