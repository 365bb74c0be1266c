"""Small captures of two invented feeds over one day, for replays and soaks: what a feed showed, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

FIRST = datetime(2024, 5, 6, tzinfo=UTC)

_STORIES = (
    "Northern navy fires two ballistic missiles into the strait",
    "Farmers' market moves to the old harbour",
    "Council imposes new sanctions on shipping companies",
    "Two sides sign a ceasefire after talks in the capital",
    "City marathon draws a record crowd",
    "Third ballistic missile launch this week, army says",
    "Sanctions on grain exporters lifted after protest",
    "Opera season opens with a new conductor",
    "Mediators hope for a truce before the holiday",
    "Missile launched from submarine, coast guard reports",
)


def write_captures(folder: Path, *, steps: int = 8, hours: int = 3) -> Path:
    """``folder`` filled with two feeds: each capture holds all items so far, one new each step."""
    for place, name in enumerate(("harbour-post", "inland-wire")):
        (folder / name).mkdir(parents=True)
        for step in range(steps):
            at = FIRST + timedelta(hours=hours * step)
            numbers = range(step + 2)
            items = "".join(_item(name, number, place, hours) for number in numbers)
            document = f"<rss version='2.0'><channel><title>{name}</title>{items}</channel></rss>"
            (folder / name / f"{at:%Y%m%dT%H%M%SZ}.xml").write_text(document, encoding="utf-8")
    return folder


def _item(feed: str, number: int, place: int, hours: int) -> str:
    title = _STORIES[(number + 3 * place) % len(_STORIES)]
    at = format_datetime(FIRST + timedelta(hours=hours * (number - 1)))
    url = f"https://{feed}.example/{number}"
    return (
        f"<item><title>{escape(title)}</title><link>{url}</link><guid>{url}</guid>"
        f"<pubDate>{at}</pubDate><description>Report number {number}.</description></item>"
    )
