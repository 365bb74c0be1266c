"""``alerts rules try`` and ``hygiene``: what rules do on the archive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from alerts.app import App, ready
from alerts.cli.items import found_line
from alerts.cli.output import Json, counted, plain, print_json, print_table, rfc3339, say, short, visible
from alerts.model import Rule
from alerts.rules.toml_tables import KEY
from alerts.services.hygiene import look_over
from alerts.services.trying import Brief, Trial, try_rule
from alerts.store.rules import kept
from alerts.store.unit import reading


def try_(
    rule: Annotated[str, typer.Argument(help="Key of a rule in force, or a query.")],
    days: Annotated[int, typer.Option(min=1, max=36_500, help="How far to look back.")] = 30,
    key: Annotated[
        str, typer.Option(help="The rule that this query would change; what differs is shown.")
    ] = "",
    against: Annotated[int | None, typer.Option(help="Compare with this version of the rule.")] = None,
    as_json: Json = False,
) -> None:
    """Say what a rule would have found, and whom it would have mailed, without saving it.

    Example: alerts rules try '@missile NEAR/5 @launch' --days 30 --json
    """
    app = ready()
    trial = try_rule(
        app.engine,
        _meant(app, rule, key),
        now=app.clock(),
        languages=app.settings.languages,
        days=days,
        against=against,
    )
    if as_json:
        print_json(_as_json(trial))
    else:
        _say(trial, days)


def _meant(app: App, text: str, key: str) -> Rule:
    """The rule of that key; else the text is a query, perhaps for a rule that exists."""
    with reading(app.engine) as tx:
        if key:
            old = kept.get(tx, key)
            return Rule(key, old.name, text, languages=old.languages, sources=old.sources)
        found = kept.find(tx, text)
    if found is None and KEY.fullmatch(text):
        say(f"no rule has the key {text}; tried as a query")
    return found or Rule("query", "query", text)


def _as_json(trial: Trial) -> dict[str, Any]:
    return {
        "items": trial.items,
        "matches": trial.matches,
        "per_day": dict(trial.per_day),
        "expected_mails_per_week": plain(trial.expected_mails_per_week),
        "samples": [found_line(each) for each in trial.samples],
        "near_misses": [
            {
                "item": each.item.key,
                "at": each.at,
                "url": each.item.url,
                "title": each.item.title,
                "language": each.item.language,
                "condition": each.condition,
                "reason": each.reason,
            }
            for each in trial.near_misses
        ],
        "against": trial.against,
        "added": [_brief(each) for each in trial.added],
        "removed": [_brief(each) for each in trial.removed],
        "warnings": plain(trial.warnings),
    }


def _brief(brief: Brief) -> Mapping[str, object]:
    return {
        "item": brief.key,
        "at": brief.at,
        "title": brief.title,
        "url": brief.url,
        "language": brief.language,
    }


def _say(trial: Trial, days: int) -> None:
    verb = "matches" if trial.matches == 1 else "match"
    print(f"{trial.matches} of {counted(trial.items, 'item')} of {counted(days, 'day')} {verb}")
    print_table(("day", "matches"), ((day, count) for day, count in trial.per_day.items() if count))
    mails = trial.expected_mails_per_week
    each = ", ".join(f"{number:g} {cadence}" for cadence, number in mails.per_subscriber.items())
    print(f"mails a week: {mails.total:g} to {mails.subscribers} people who asked; for one person {each}")
    for found in trial.samples:
        shown = ", ".join(dict.fromkeys(e.text for e in found.evidence))
        print(visible(f"  {rfc3339(found.at)}  {found.item.title}  [{shown}]"))
    if trial.near_misses:
        print("nearly:")
    for miss in trial.near_misses:
        print(visible(f"  {miss.item.title}  [{miss.reason}]"))
    if trial.against is not None:
        print(f"against version {trial.against}: {len(trial.added)} added, {len(trial.removed)} removed")
    for sign, several in (("+", trial.added), ("-", trial.removed)):
        for brief in several:
            print(visible(f"  {sign} {rfc3339(brief.at)}  {brief.title}"))
    for warning in trial.warnings:
        say(f"{warning.code}: {warning.message}. {warning.hint}")


def hygiene(
    days: Annotated[int, typer.Option(min=1, max=36_500, help="How far to look back.")] = 90,
    as_json: Json = False,
) -> None:
    """Say which rules never fire, match too much, overlap, have idle words, or are past their review.

    Example: alerts rules hygiene --json
    """
    app = ready()
    found = look_over(app.engine, now=app.clock(), languages=app.settings.languages, days=days)
    if as_json:
        print_json(found)
        return
    say(f"{counted(found.rules, 'rule')}, {counted(found.items, 'item')} of {counted(found.days, 'day')}")
    print_table(
        ("rule", "what", "finding"),
        ((each.rule, each.kind, short(each.message, 100)) for each in found.findings),
    )
