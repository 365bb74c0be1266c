"""``alerts demo``: the whole service on sample feeds, with a local inbox, in one terminal."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from alerts.app import App
from alerts.cli.demo_past import live_through
from alerts.cli.output import Json, plain, print_json, say, visible
from alerts.cli.programs import Embedded, embedded, programs, running
from alerts.cli.rules import rules_at
from alerts.cli.situations import situations_at
from alerts.cli.subscriber_file import Described, read_subscribers
from alerts.embedded import samples
from alerts.embedded.supervisor import Program, Supervisor, free_port
from alerts.environment import read_settings
from alerts.errors import BadInput, Unavailable
from alerts.model import Cadence, DeliveryState
from alerts.parts import utc_now
from alerts.services.rules import Edit, import_rules
from alerts.services.situations import import_situations
from alerts.store import deliveries, digests, feeds, outbox, summary
from alerts.store.migrate import upgrade
from alerts.store.outbox import Outgoing
from alerts.store.summary import Summary
from alerts.store.unit import reading, writing
from alerts.typed import typed

_MARK = "this-folder-belongs-to-alerts-demo"
_PATIENCE_SECONDS = 60
_SPAN = {
    Cadence.IMMEDIATE: timedelta(0),
    Cadence.DAILY: timedelta(days=1),
    Cadence.WEEKLY: timedelta(days=7),
    Cadence.MONTHLY: timedelta(days=30),
}


def demo(
    port: Annotated[int, typer.Option(help="Port of the web pages; 0 takes a free one.")] = 0,
    once: Annotated[bool, typer.Option("--once", help="End when everything was told.")] = False,
    as_json: Json = False,
) -> None:
    """Run everything on sample feeds: real worker, beat, broker and mail server, and a local inbox.

    Says who received which mail and why, then where to read them. Without a terminal it ends by itself.

    Example: alerts demo
    """
    started = time.monotonic()
    once = once or as_json or not sys.stdout.isatty()
    parts, sample_port = _environment(port)
    app = App(read_settings())
    people = read_subscribers(samples.SAMPLE / "subscribers.toml")
    upgrade(app.engine)
    say("living through four months of invented news, for situations that have a past …")
    live_through(app.settings, app.clock())
    with reading(app.engine) as tx:
        before = summary.read(tx)
    say("preparing rules, subscribers and sample feeds …")
    _prepare(app, people, sample_port)
    log_path = app.settings.home / "log.txt"
    with log_path.open("w", encoding="utf-8") as log:
        command = (sys.executable, "-m", "alerts.embedded.samples", "--port", str(sample_port))
        publishers = Program("publishers", command)
        supervisor = Supervisor((publishers, *programs(app.settings, parts)), log)
        say(f"starting broker, inbox, web, worker and beat (log: {log_path}) …")
        with running(supervisor):
            _run(app)
            _report(app, people, before, time.monotonic() - started, as_json)
            if not once:
                print(f"Read them in the inbox:  {app.settings.pages}/inbox")
                print(f"Feeds, matches, outbox:  {app.settings.pages}/")
                print("To change something there, make an account in another terminal:")
                print(f"  {typed(app.settings, 'users add NAME --role admin')}")
                say("\nEverything goes on running; Ctrl-C stops it.")
                supervisor.wait()
            elif not as_json:
                print(f"The mails are in {app.settings.maildir}")
    app.engine.dispose()


def _environment(port: int) -> tuple[Embedded, int]:
    """The demo's own settings: nothing that is configured for real work is touched."""
    home = Path(os.environ.get("ALERTS_HOME", "var")) / "demo"
    for name in [name for name in os.environ if name.startswith("ALERTS_")]:
        del os.environ[name]
    if home.exists() and not (home / _MARK).exists():
        raise BadInput(f"{home} was not made by the demo; move it away or set ALERTS_HOME")
    shutil.rmtree(home, ignore_errors=True)
    os.environ |= {
        "ALERTS_HOME": str(home),
        "ALERTS_HTTP_PORT": str(port or free_port()),
        "ALERTS_FROM": "Alerts demo <alerts@demo.example.org>",
        "ALERTS_SERVICE_NAME": "Alerts demo",
        "ALERTS_FETCH_ALLOW": "127.0.0.0/8",
        "ALERTS_POLL_MIN_SECONDS": "2",
        "ALERTS_POLL_MAX_SECONDS": "4",
        "ALERTS_TICK_SECONDS": "1",
        "ALERTS_ALERTS_PER_HOUR": "100",  # a day of news in a minute is no crowd
    }
    parts = embedded(read_settings())
    (home / _MARK).touch()
    os.environ |= parts.environment
    return parts, free_port()


def _prepare(app: App, people: tuple[Described, ...], sample_port: int) -> None:
    now = app.clock()
    import_rules(app.engine, rules_at("catalog"), author="demo", now=now, languages=app.settings.languages)
    import_situations(app.engine, situations_at("catalog"), Edit("demo", now), app.settings.languages)
    for described in people:
        # Each of them subscribed one window ago, so that the digest of that window can be shown now.
        joined = App(app.settings, clock=_earlier(_SPAN[described.wish.cadence]))
        joined.subscribe([described.wish], actor="demo")
        joined.engine.dispose()
    with writing(app.engine) as tx:
        digests.set_due(tx, now + timedelta(days=1))
        for feed in samples.read_feeds():
            address = f"http://127.0.0.1:{sample_port}{feed.path}"
            new = feeds.NewFeed(address, feed.title, feed.source, feed.language)
            feeds.add(tx, new, interval_seconds=app.settings.poll_min_seconds, now=now)


def _earlier(by: timedelta) -> Callable[[], datetime]:
    return lambda: utc_now() - by


def _run(app: App) -> None:
    say("polling the sample feeds, twice, because one of them has more to say the second time …")
    _wait(app, "every feed was polled twice", _polled_twice)
    with writing(app.engine) as tx:
        digests.set_due(tx, app.clock())
    say("the daily, weekly and monthly digests are due now …")
    _wait(app, "every digest and alert was sent", _all_sent)


def _wait(app: App, what: str, reached: Callable[[App], bool]) -> None:
    """Until it is so, or for a minute. Raises Unavailable: then something is broken, see the log."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while not reached(app):
        if time.monotonic() > until:
            log = app.settings.home / "log.txt"
            raise Unavailable(f"the demo waited {_PATIENCE_SECONDS} s until {what}; see {log}")
        time.sleep(0.2)


def _polled_twice(app: App) -> bool:
    with reading(app.engine) as tx:
        return all(
            len([note for note in feeds.history(tx, feed.id) if note.outcome in ("read", "unchanged")]) >= 2
            for feed in feeds.overview(tx)
        )


def _all_sent(app: App) -> bool:
    with reading(app.engine) as tx:
        states = outbox.counts(tx)
        return not digests.due(tx, app.clock(), 1) and not any(
            states[state] for state in (*deliveries.WAITING, DeliveryState.SENDING)
        )


def _report(app: App, people: tuple[Described, ...], before: Summary, seconds: float, as_json: bool) -> None:
    with reading(app.engine) as tx:
        found = _since(before, summary.read(tx))
        mails = outbox.latest(tx, 1000)
    if as_json:
        print_json({**plain(found), "inbox": str(app.settings.maildir), "seconds": round(seconds, 1)})
        return
    print(
        f"\n{found.items} items from {found.feeds} feeds in {len(found.languages)} languages; "
        f"{found.matches} matches in {found.stories} stories; "
        f"{found.deliveries['sent']} mails sent in {seconds:.0f} s.\n"
        "The page Today has those that were news in the last 24 hours, not what a feed showed from before.\n"
        "A story that several rules found counts once in its digest, and below under each of them.\n"
    )
    for described in people:
        wish = described.wish
        print(f"{wish.address}  ({described.who})")
        asked = ", ".join((*wish.rules, *wish.situations))
        print(f"  {wish.cadence.value}, in {wish.language}, asked for: {asked}")
        for mail in sorted((mail for mail in mails if mail.address == wish.address), key=_made):
            print(visible(f"    {mail.state.value}: {mail.subject}"))
            print(visible(f"      because {_because(mail)}"))
        print()


def _since(before: Summary, now: Summary) -> Summary:
    """What came after the past."""
    counted = {
        name: getattr(now, name) - getattr(before, name) for name in ("feeds", "items", "stories", "matches")
    }
    return replace(now, **counted)


def _made(mail: Outgoing) -> int:
    return mail.id


def _because(mail: Outgoing) -> str:
    """The rules a mail tells of and how many items each has in it."""
    counts: dict[str, int] = {}
    for entry in mail.digest.entries:
        for rule in entry.rules:
            counts[rule.name] = counts.get(rule.name, 0) + 1
    if mail.digest.cadence is Cadence.IMMEDIATE and mail.digest.entries:
        entry = mail.digest.entries[0]
        words = [
            marked.text[start:end] for marked in (entry.title, *entry.quotes) for start, end in marked.spans
        ]
        return f"{' and '.join(counts)} matched {', '.join(dict.fromkeys(words))} in {entry.source}"
    return "; ".join(
        f"{name} matched {number} item{'s' if number > 1 else ''}" for name, number in counts.items()
    )
