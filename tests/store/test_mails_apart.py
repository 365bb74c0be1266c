"""The bytes of a mail lie in a row of their own, and those of an older database are brought there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from small_world import NOW
from sqlalchemy import Engine, text

from alerts.model import Letter, LetterKind
from alerts.store import deliveries, migrate
from alerts.store.deliveries import Claimed
from alerts.store.unit import writing

MAIL = b"Subject: =?utf-8?q?=C3=A9?=\r\n\r\n\x00 words\r\n"


def _take(engine: Engine, delivery_id: int, *, rendered: bool) -> Claimed | None:
    until = NOW + timedelta(minutes=1)
    with writing(engine) as tx:
        return deliveries.claim(tx, delivery_id, now=NOW, until=until, token="x", rendered=rendered)


def _queue(engine: Engine, name: str) -> int:
    letter = Letter(LetterKind.TEST, "en", "UTC")
    with writing(engine) as tx:
        posted = deliveries.post(tx, f"{name}@desk.example.org", letter, f"<{name}@example.org>", NOW)
    assert posted is not None
    return posted


def test_mails_that_an_older_program_wrote_are_sent_as_they_were_written(
    empty_url: str, opened: Callable[[str], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import command

    engine = opened(empty_url)
    with monkeypatch.context() as older:
        to = command.upgrade
        older.setattr(command, "upgrade", lambda config, _: to(config, "0009"))
        migrate.upgrade(engine)
    written, queued = _queue(engine, "anna"), _queue(engine, "ben")
    with writing(engine) as tx:
        tx.execute(
            text("UPDATE deliveries SET content = :mail WHERE id = :id"), {"mail": MAIL, "id": written}
        )
        begun = "INSERT INTO attempts (delivery_id, number, started_at) VALUES (:id, 1, :at)"
        tx.execute(text(begun), {"id": written, "at": "2026-11-21 08:00:00+00:00"})
    migrate.upgrade(engine)
    with writing(engine) as tx:
        assert tx.scalar(text("SELECT count(*) FROM attempts")) == 1
        tx.execute(text("DELETE FROM attempts"))
    assert _take(engine, queued, rendered=True) is None
    claims = _take(engine, written, rendered=True), _take(engine, queued, rendered=False)
    assert [claimed and claimed.content for claimed in claims] == [MAIL, None]


def test_a_mail_is_written_once(engine: Engine) -> None:
    """Every try sends the same bytes, so nothing may write others in their place."""
    delivery_id = _queue(engine, "anna")
    with writing(engine) as tx:
        deliveries.keep_content(tx, delivery_id, "words", MAIL)
    with pytest.raises(Exception, match=r"(?i)unique"), writing(engine) as tx:
        deliveries.keep_content(tx, delivery_id, "others", b"others")
    claimed = _take(engine, delivery_id, rendered=True)
    assert claimed is not None and claimed.content == MAIL
