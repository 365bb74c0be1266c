"""The programs of one terminal: which are started, in what order, with what settings."""

from __future__ import annotations

import fcntl
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socket import create_connection

from alerts.cli.output import say
from alerts.config import Settings
from alerts.embedded import broker, catcher
from alerts.embedded.supervisor import Program, Supervisor, free_port
from alerts.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Embedded:
    """The parts that nobody configured, each on a free loopback port, and the settings that name them."""

    broker_port: int | None
    inbox_port: int | None
    environment: dict[str, str]


def embedded(settings: Settings) -> Embedded:
    """Decides what has to be started beside web, worker and beat. Makes the state folder."""
    home = settings.ensure_home().absolute()
    environment = {"ALERTS_HOME": str(home)}
    broker_port = inbox_port = None
    if not settings.broker_url:
        broker_port = free_port()
        environment["ALERTS_BROKER_URL"] = f"redis://127.0.0.1:{broker_port}/0"
    if not settings.smtp_url:
        inbox_port = free_port()
        environment["ALERTS_SMTP_URL"] = f"smtp://127.0.0.1:{inbox_port}"
        environment["ALERTS_MAILDIR"] = str(home / "mailbox")
    return Embedded(broker_port, inbox_port, environment)


def programs(settings: Settings, parts: Embedded) -> tuple[Program, ...]:
    """Broker and inbox when they are ours, then worker, beat and web; only web is waited for.

    ``settings`` are those in force with the environment of ``parts``.
    """
    own = (sys.executable, "-m", "alerts")
    return (
        *_broker(settings, parts.broker_port),
        *_inbox(settings, parts.inbox_port),
        Program("worker", (*own, "worker", "--only", "news")),
        Program("mailer", (*own, "worker", "--only", "mail")),
        Program("beat", (*own, "beat")),
        Program("web", (*own, "web"), ready=_listens(settings.http_host, settings.http_port)),
    )


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Keeps the state folder for this terminal. Raises Unavailable when another one has it, or when
    somebody listens on the port of the web pages: "ready" must mean that it is us who answer."""
    with (settings.ensure_home() / "running").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unavailable(f"the service runs already in {settings.home}; stop it there first") from error
        if _listens(settings.http_host, settings.http_port)():
            where = f"{settings.http_host}:{settings.http_port}"
            raise Unavailable(f"{where} is in use; choose another port: alerts up --port 8080")
        yield


@contextmanager
def running(supervisor: Supervisor) -> Iterator[None]:
    """Starts the programs for the time of the block. Ctrl-C and SIGTERM end it quietly and leave
    nothing running."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        supervisor.start()
        yield
    except KeyboardInterrupt:
        say("stopping …")
    finally:
        supervisor.stop()
        signal.signal(signal.SIGTERM, before)


def _broker(settings: Settings, port: int | None) -> tuple[Program, ...]:
    if port is None:
        return ()
    command = broker.broker_command(settings.home / "broker", port)
    return (Program("broker", command, ready=lambda: broker.ready(port)),)


def _inbox(settings: Settings, port: int | None) -> tuple[Program, ...]:
    if port is None:
        return ()
    command = (sys.executable, "-m", "alerts.embedded.catcher", "--port", str(port))
    return (
        Program("inbox", (*command, "--maildir", str(settings.maildir)), ready=lambda: catcher.answers(port)),
    )


def _listens(host: str, port: int) -> Callable[[], bool]:
    def ready() -> bool:
        try:
            create_connection((host, port), timeout=1).close()
        except OSError:
            return False
        return True

    return ready
