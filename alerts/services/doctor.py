"""Is every part usable? Each check is named and tried; one that fails does not hide the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from alerts.errors import AlertsError, Unavailable
from alerts.mail.transport import SmtpTransport
from alerts.store import brakes
from alerts.store.migrate import pending
from alerts.store.unit import reading


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check came to, in a sentence."""

    check: str
    ok: bool
    message: str


def examine(checks: Mapping[str, Callable[[], str]]) -> tuple[Finding, ...]:
    """Runs each check. A check returns what it found and raises an AlertsError when it fails."""
    findings = []
    for name, check in checks.items():
        try:
            findings.append(Finding(name, True, check()))
        except AlertsError as error:
            findings.append(Finding(name, False, str(error)))
    return tuple(findings)


def check_database(engine: Engine, *, embedded: bool) -> str:
    """Whether it has this program's schema; the embedded one is brought there by itself."""
    if pending(engine):
        if embedded:
            return "sqlite, made or brought up to date by the next command that needs it"
        raise Unavailable("the database is not at this program's schema; run: alerts db upgrade")
    return f"{engine.dialect.name}, at this program's schema"


def check_broker(url: str) -> str:
    """Whether it answers; ``url`` is '' when none is configured."""
    if not url:
        return "none configured; alerts up starts one of its own"
    # Only here: the client takes long to import and nothing but this check and Celery needs it.
    from redis import Redis
    from redis.exceptions import RedisError

    try:
        with Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as redis:
            redis.ping()
    except (RedisError, ValueError) as error:
        raise Unavailable(f"the broker of ALERTS_BROKER_URL does not answer: {error}") from error
    return "answers"


def check_mail_server(smtp: SmtpTransport | None) -> str:
    """Whether it answers and takes our login; None when none is configured."""
    if smtp is None:
        return "none configured; alerts up keeps mail in a local inbox"
    try:
        return smtp.check()
    finally:
        smtp.close()


def check_sending(engine: Engine) -> str:
    """Whether the emergency brake is pulled."""
    if pending(engine):
        return "nothing sent yet"
    with reading(engine) as tx:
        stop = brakes.in_force(tx)
    if stop:
        since = f"{stop.pulled_at:%Y-%m-%d %H:%M} UTC"
        raise Unavailable(
            f"stopped since {since}: {stop.reason}; when that is mended, run: alerts mail resume"
        )
    return "goes on"
