"""The figures of one run, as JSON and as a table for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bench.measure import Stage


@dataclass(frozen=True, slots=True)
class Peer:
    """Two rates for the same work, in the same run. ``ratio`` above 1: we are quicker."""

    what: str
    unit: str
    ours: float
    peer: str
    theirs: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs


@dataclass(frozen=True, slots=True)
class Report:
    database: str
    stages: tuple[Stage, ...]
    figures: Mapping[str, float]
    peers: tuple[Peer, ...]

    def as_json(self) -> dict[str, Any]:
        def rounded(values: Mapping[str, Any]) -> dict[str, Any]:
            return {
                name: round(value, 2) if isinstance(value, float) else value for name, value in values.items()
            }

        return {
            "database": self.database,
            "stages": [
                rounded(asdict(each) | {"rate": each.rate, "statements_each": each.statements_each})
                for each in self.stages
            ],
            "figures": dict(self.figures),
            "peers": [rounded(asdict(each) | {"ratio": each.ratio}) for each in self.peers],
        }


def table(report: Report) -> str:
    head = ("stage", "done", "seconds", "CPU s", "a second", "SQL each", "MB before", "MB after", "MB peak")
    lines = [f"{report.database}\n", "{:<21}{:>17}{:>9}{:>8}{:>10}{:>10}{:>11}{:>10}{:>9}".format(*head)]
    for each in report.stages:
        work = f"{each.name:<21}{f'{each.done:,} {each.unit}':>17}"
        times = f"{each.seconds:>9.1f}{each.cpu_seconds:>8.1f}{each.rate:>10,.0f}"
        memory = f"{each.rss_before_mb:>11.0f}{each.rss_after_mb:>10.0f}{each.rss_peak_mb:>9.0f}"
        lines.append(f"{work}{times}{each.statements_each:>10.2f}{memory}")
    lines += ["", *(f"{name:<42}{value:>14,}" for name, value in report.figures.items()), ""]
    lines += [
        f"{each.what}: {each.ours:,.0f} {each.unit}/s, {each.peer}: {each.theirs:,.0f}/s, "
        f"ratio {each.ratio:.2f}"
        for each in report.peers
    ]
    return "\n".join(lines)
