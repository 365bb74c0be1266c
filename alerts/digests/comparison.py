"""Is a time fit to be compared with another? Pure."""

from __future__ import annotations

from alerts.model import Window

LEAST_FEEDS = 0.8
"""Of the feeds that are read now, this part must have been read then."""

MOST_DARK = 0.25
"""Nothing may have come on this part of the days then."""


def before(window: Window) -> Window:
    """The window of equal length that ends where this one begins."""
    return Window(window.since - (window.until - window.since), window.since)


def comparable(*, feeds: int, of_feeds: int, written: bool, days: int, dark_days: int) -> bool:
    """Whether fewer stories then would say something of the world, and not of how we looked.

    ``feeds`` of today's ``of_feeds`` were read when that time began, the rule was ``written``; on
    ``dark_days`` of the ``days`` of which that is known nothing came at all.
    """
    enough_feeds = of_feeds > 0 and feeds >= LEAST_FEEDS * of_feeds
    return written and enough_feeds and dark_days <= MOST_DARK * days
