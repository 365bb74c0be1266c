"""``alerts situations trends``, ``calls`` and ``decide``: where situations go, and who said so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from gettext import NullTranslations
from typing import Annotated

import typer

from alerts.app import ready
from alerts.cli.output import Json, print_json, print_lines, print_table, say
from alerts.cli.person import actor
from alerts.digests.signal_words import SignalWords
from alerts.digests.times import Times
from alerts.model import Trend, TrendCall
from alerts.services.assessing import Verdict
from alerts.services.situation_stand import Stand, stand_of
from alerts.store import following, trends
from alerts.store.trends import Called
from alerts.store.unit import reading

_WORDS = SignalWords(NullTranslations(), Times("en", "UTC"))


class _Says(StrEnum):
    """A trend as it is typed."""

    DETERIORATED = "deteriorated"
    IMPROVED = "improved"
    UNCHANGED = "unchanged"


def add_trend_calls(cli: typer.Typer) -> None:
    """Gives ``alerts situations`` its commands about trends."""
    cli.command("trends")(_trends)
    cli.command("calls")(_calls)
    cli.command("decide")(_decide)


def _trends(as_json: Json = False) -> None:
    """Where each situation stands: its newest call, and whether a person has decided on it.

    Example: alerts situations trends --json
    """
    app = ready()
    with reading(app.engine) as tx:
        followed = following.situations_in_force(tx)
        latest = trends.latest(tx)
    called = [(each.situation.key, latest[each.id]) for each in followed if each.id in latest]
    if as_json:
        print_lines({"situation": key, **_as_json(each)} for key, each in called)
    else:
        print_table(
            ("situation", "trend", "risk", "opportunity", "by", "because"),
            ((key, *_row(stand_of(each))) for key, each in called),
        )


def _calls(key: Annotated[str, typer.Argument(help="Key of the situation.")], as_json: Json = False) -> None:
    """Every call of a situation, newest first: what the figures said, who decided what, and why.

    Example: alerts situations calls sudan
    """
    app = ready()
    with reading(app.engine) as tx:
        found = trends.history(tx, following.situation(tx, key).id)
    if as_json:
        print_lines(map(_as_json, found))
    else:
        print_table(
            ("made", "machine", "trend", "risk", "opportunity", "by", "because"),
            ((each.made_at, each.call.trend, *_row(stand_of(each))) for each in found),
        )


def _decide(
    key: Annotated[str, typer.Argument(help="Key of the situation.")],
    trend: Annotated[_Says | None, typer.Option(help="Instead of what the draft says.")] = None,
    risk: Annotated[
        bool | None, typer.Option("--risk/--no-risk", help="Whether there is a conflict risk alert.")
    ] = None,
    opportunity: Annotated[
        bool | None,
        typer.Option("--opportunity/--no-opportunity", help="Whether there is a resolution opportunity."),
    ] = None,
    why: Annotated[
        str, typer.Option("--why", help="Needed to say something other than the draft; readers see it.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Confirm the draft of a situation as it is, or say something else and why. Readers are told.

    Example: alerts situations decide sudan --trend unchanged --why "An anniversary, not fighting."
    """
    app = ready()
    verdict = Verdict(None if trend is None else Trend(trend.value), risk, opportunity, why)
    found = app.decide(key, verdict, actor())
    if as_json:
        print_json(
            {
                "situation": found.situation,
                "trend": found.trend,
                "risk_alert": found.risk_alert,
                "resolution_opportunity": found.resolution_opportunity,
                "reason": found.reason,
            }
        )
    else:
        say(f"{found.name}: {found.trend}{' (confirmed)' if not found.reason else f': {found.reason}'}")


def _row(stand: Stand) -> Sequence[object]:
    because = stand.reason or next(_sentences(stand.call), "")
    return (
        stand.trend,
        "alert" if stand.risk_alert else "",
        "yes" if stand.resolution_opportunity else "",
        stand.by or "machine draft",
        because,
    )


def _as_json(called: Called) -> dict[str, object]:
    stand = stand_of(called)
    return {
        "trend": stand.trend,
        "probability": round(called.call.probability, 4),
        "risk_alert": stand.risk_alert,
        "resolution_opportunity": stand.resolution_opportunity,
        "as_of": called.call.as_of,
        "made_at": called.made_at,
        "machine": called.call.trend,
        "confirmed": stand.confirmed,
        "by": stand.by or None,
        "reason": stand.reason,
        "reasons": list(_sentences(called.call)),
        "method": called.call.method,
    }


def _sentences(call: TrendCall) -> Iterator[str]:
    for each in call.reasons:
        said = _WORDS.reason_sentence(each, call.as_of)
        yield said if each.supports else f"Against it: {said}"
