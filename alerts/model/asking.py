"""Asking for mail: what a person wishes, and when they want it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from alerts.model.kinds import Cadence, Level


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of every day without mail, in the reader's zone: from ``since`` o'clock until ``until`` o'clock
    (0–23 each, different), over midnight when ``until`` is the smaller one."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for. ``hour`` 0–23, ``minute`` and ``weekday`` (0 is Monday) in their own zone;
    ``surges`` is the lowest level of surges to be told of, or *none*. ``own_query`` is that of a rule which
    they wrote for themselves.

    None leaves what was asked before, and means the default for who is new: no surges, but those from
    *warning* on for who follows a situation.
    """

    address: str
    language: str | None
    timezone: str | None
    cadence: Cadence
    rules: tuple[str, ...]
    hour: int | None = None
    weekday: int | None = None
    monthday: int | None = None
    confirmed: bool = False
    situations: tuple[str, ...] = ()
    surges: Level | Literal["none"] | None = None
    minute: int | None = None
    tell_nothing: bool | None = None
    quiet: Quiet | Literal["none"] | None = None
    paused_until: datetime | None = None
    own_query: str | None = None
