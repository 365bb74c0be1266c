"""``alerts why-not``: what became of one item."""

from __future__ import annotations

from typing import Annotated

import typer

from alerts.app import ready
from alerts.cli.output import Json, plain, print_json, print_table, say, short
from alerts.mail.address import normalise_address
from alerts.services.why import why
from alerts.store.unit import reading


def why_not(
    item: Annotated[str, typer.Argument(help="The item's address or id.")],
    subscriber: Annotated[str, typer.Option(help="Only for this address.")] = "",
    rule: Annotated[str, typer.Option(help="Only for this rule.")] = "",
    as_json: Json = False,
) -> None:
    """Say for each rule and subscriber why an item was or was not mailed.

    Example: alerts why-not https://example.org/news/17 --subscriber desk@example.org
    """
    app = ready()
    with reading(app.engine) as tx:
        found = why(
            tx,
            item,
            address_key=normalise_address(subscriber) if subscriber else None,
            rule_key=rule or None,
            languages=app.settings.languages,
        )
    for kept, answers in found:
        if as_json:
            print_json({"item": kept.id, "answers": plain(answers)})
            continue
        say(f"item {kept.id}: {kept.item.title}")
        print_table(
            ("rule", "subscriber", "outcome", "when", "reason"),
            ((a.rule, a.subscriber, a.outcome, a.at, short(a.reason, 100)) for a in answers),
        )
